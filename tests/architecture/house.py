"""What the architecture tests look at: the source files of the house, parsed once."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUIXIN = ROOT / "suixin"
STOREYS_OF_MODULES = ("ground", "data", "services", "domains", "bureau")
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def sources() -> tuple[Path, ...]:
    """Every Python file of the product: no tests, no migrations."""
    return tuple(
        path for path in sorted(SUIXIN.rglob("*.py"))
        if not {"tests", "migrations", "node_modules"} & set(path.relative_to(ROOT).parts)
    )


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def dotted(path: Path) -> str:
    """The import name of a file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules() -> Iterator[Path]:
    """Folders of the modules of the house, in the storeys that have modules."""
    for storey in STOREYS_OF_MODULES:
        for folder in sorted((SUIXIN / storey).glob("*/")):
            if any(folder.glob("*.py")):
                yield folder


def functions(path: Path) -> Iterator[FunctionNode]:
    """Every function of a file, methods and inner ones included."""
    return (node for node in ast.walk(parsed(path)) if isinstance(node, FunctionNode))


def public_functions(path: Path) -> Iterator[FunctionNode]:
    """Functions of the file's top level whose names do not begin with an underscore."""
    return (node for node in parsed(path).body if isinstance(node, FunctionNode) and not node.name.startswith("_"))


def imports(path: Path) -> Iterator[str]:
    """Every dotted name that a file imports; `from a import b` gives `a.b`."""
    return imported(parsed(path))


def imported(tree: ast.AST) -> Iterator[str]:
    """The same of a part of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def error_classes() -> Iterator[tuple[str, str]]:
    """(code, class) of every error that sets a code of its own."""
    for path in sources():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                for line in node.body:
                    if (code := _code_of(line)) and _is_error(node):
                        yield code, f"{dotted(path)}.{node.name}"


def _code_of(line: ast.stmt) -> str:
    """The text that a line of a class body gives to `code`; empty for other lines."""
    if not isinstance(line, ast.Assign | ast.AnnAssign):
        return ""
    targets = line.targets if isinstance(line, ast.Assign) else [line.target]
    is_code = any(isinstance(target, ast.Name) and target.id == "code" for target in targets)
    return line.value.value if is_code and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str) else ""


def _is_error(node: ast.ClassDef) -> bool:
    """Whether the class is an error of ours: it sets `http_status`, or stands on an error of ours by name."""
    names = {target.id for line in node.body if isinstance(line, ast.Assign) for target in line.targets if isinstance(target, ast.Name)}
    return "http_status" in names or node.name == "SuixinError" or any(_is_class_name(base) for base in node.bases)


def _is_class_name(base: ast.expr) -> bool:
    return isinstance(base, ast.Name) and base.id[:1].isupper() and base.id not in {"Enum", "StrEnum", "Model"}
