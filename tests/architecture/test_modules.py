"""Every module has its rooms in order: README, doors nobody else walks through, rules without Django."""

import tomllib

import pytest

from tests.architecture.house import ROOT, STOREYS_OF_MODULES, SUIXIN, dotted, imports, modules, sources

PRIVATE_ROOMS = {"api", "pages", "forms", "jobs"}
IMPURE = ("django", "duckdb", "deltalake", "suixin.kit.clock", "ninja", "time", "pathlib", "os", "io", "sqlite3")
MODULES = list(modules())


def _room_of(name: str) -> tuple[str, str] | None:
    """(module, room) of a dotted name inside a module of the house; None for other names."""
    parts = name.split(".")
    return (".".join(parts[:3]), parts[3]) if parts[0] == "suixin" and len(parts) > 3 and parts[1] in STOREYS_OF_MODULES else None


@pytest.mark.parametrize("module", MODULES, ids=lambda m: m.name)
def test_module_has_readme_of_at_most_40_lines(module):
    readme = module / "README.md"
    assert readme.exists(), f"{module.relative_to(ROOT)} needs a README.md: what it keeps, what it promises, its words"
    assert len(readme.read_text("utf-8").splitlines()) <= 40


def test_nobody_imports_private_rooms_of_another_module():
    trespasses = [
        f"{dotted(path)} imports {name}"
        for path in sources()
        for name in imports(path)
        if (room := _room_of(name)) and room[1] in PRIVATE_ROOMS
        and not dotted(path).startswith((room[0], "suixin.site"))
    ]
    assert trespasses == []


def test_rules_are_pure():
    impure = [
        f"{dotted(path)} imports {name}"
        for path in sources()
        if path.stem == "rules" and path.parent != SUIXIN / "site"
        for name in imports(path)
        if name.split(".")[0] in IMPURE or name.startswith("suixin.kit.clock")
    ]
    assert impure == []


def test_time_comes_from_the_clock():
    clock = SUIXIN / "kit" / "clock.py"
    offenders = [
        dotted(path) for path in sources()
        if path != clock and any(call in path.read_text("utf-8") for call in ("datetime.now(", "date.today(", "timezone.now("))
    ]
    assert offenders == []


def test_every_storey_with_modules_has_an_import_contract():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    placed = {container for contract in contracts for container in contract.get("containers", [])}
    independent = {name.removesuffix(".*") for contract in contracts for name in contract.get("modules", [])}
    storeys = {f"suixin.{module.parent.name}" for module in MODULES}
    assert storeys <= placed | independent
