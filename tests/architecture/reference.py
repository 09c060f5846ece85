"""Makes docs/reference.md from the code: `python -m tests.architecture.reference`. A test compares the two."""

import ast
from dataclasses import fields

from suixin.site import cli
from suixin.site.config import REPOSITORY, Config, variable
from tests.architecture.house import ROOT, STOREYS_OF_MODULES, SUIXIN, dotted, error_classes, parsed, sources

FILE = ROOT / "docs" / "reference.md"
HEAD = """# Reference

Made from the code by `python -m tests.architecture.reference`; a test fails when this file is not current.
"""


def reference() -> str:
    """The whole text of docs/reference.md."""
    return "\n".join([HEAD, *_settings(), *_commands(), *_errors(), *_events()])


def _settings() -> list[str]:
    told = "Environment variables; a wrong value stops the start with a sentence."
    lines = ["## Settings", "", told, "", "| variable | default | text |", "|---|---|---|"]
    for setting in fields(Config):
        default = setting.metadata["default"].replace(str(REPOSITORY.parent), "..")
        default = "number of processors, at most 4" if setting.name == "threads" else f"`{default}`" if default else ""
        lines.append(f"| `{variable(setting.name)}` | {default} | {setting.metadata['text']} |")
    return [*lines, ""]


def _commands() -> list[str]:
    rows = [f"| `suixin {name}` | {text} |" for name, text in cli.COMMANDS.items()]
    return ["## Commands", "", "`suixin COMMAND --help` lists the arguments.", "", "| command | text |", "|---|---|", *rows, ""]


def _errors() -> list[str]:
    texts: dict[str, list[str]] = {}
    for code, name in error_classes():
        texts.setdefault(code, []).append(name)
    told = {code: "; ".join(f"`{_short(name)}` {_said(name)}" for name in sorted(names)) for code, names in texts.items()}
    rows = [f"| `{code}` | {text} |" for code, text in sorted(told.items())]
    return ["## Error codes", "", "| code | errors |", "|---|---|", *rows, ""]


def _events() -> list[str]:
    files = [path for path in sources() if path.stem == "events" and path.parent.parent.name in STOREYS_OF_MODULES]
    rows = [
        f"| `{dotted(path)}.{node.name}` | {_first_line(node)} |"
        for path in files for node in parsed(path).body if isinstance(node, ast.ClassDef)
    ]
    return ["## Events", "", "| event | text |", "|---|---|", *rows, ""] if rows else []


def _short(name: str) -> str:
    return name.removeprefix("suixin.")


def _said(name: str) -> str:
    module, _, cls = name.rpartition(".")
    path = SUIXIN.parent / (module.replace(".", "/") + ".py")
    path = path if path.exists() else path.with_suffix("") / "__init__.py"
    return next(_first_line(node) for node in parsed(path).body if isinstance(node, ast.ClassDef) and node.name == cls)


def _first_line(node: ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").split("\n")[0].replace("|", "/")


if __name__ == "__main__":
    FILE.write_text(reference(), "utf-8")
