"""Locked dependencies: hashes everywhere, no registry address, no licence that we may not ship."""

import ast
import json
import re
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, dotted, imported, imports, parsed, sources

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.M)
CHOSEN = {"asyncssh"}  # offered under EPL-2.0 or the GPL, taken under the first; NOTICE says so
LGPL_LISTED = {"jwcrypto", "psycopg", "psycopg-binary", "python-stdnum"}
ALLOWED = re.compile(r"MIT|BSD|Apache|ISC|MPL|Mozilla|PSF|Python Software|Unlicense|Public Domain|Zlib|CC0|0BSD")
COPYLEFT = re.compile(r"\b(A|L)?GPL|Affero|General Public|SSPL|EUPL|BUSL|Commons Clause", re.I)
OF_THE_INTERPRETER = {"pip", "suixin"}
MAY_IMPORT_EXTRAS = (  # extras, tests, set-up; connectors look first whether theirs is there
    "suixin.site.bench", "suixin.site.shots", "suixin.site.testing", "suixin.site.assets", "suixin.data.collection.sources",
    "suixin.data.doors.tables.postgres",
)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _names(text: str) -> set[str]:
    return {_normal(name) for name, _ in PINNED.findall(text)}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_lock_pins_by_hash_and_names_no_registry(lock):
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    blocks = re.split(r"\n(?=[a-z])", text.strip())
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.sub(r"[-_.]+", "-", re.split(r"[<>=\[ ;]", name)[0]).lower() for name in project["dependencies"]}
    assert wanted <= _names((ROOT / "requirements" / "base.lock").read_text("utf-8"))


def test_runtime_lock_holds_no_test_tools_and_no_peers():
    locked = _names((ROOT / "requirements" / "base.lock").read_text("utf-8"))
    assert locked & {"pytest", "datasette", "uvicorn", "psycopg", "playwright", "mypy", "ruff"} == set()


def _at_run_time(path: Path) -> Iterator[str]:
    """What a file imports when it runs: not what stands under `if TYPE_CHECKING`."""
    typing_only = {
        name for node in ast.walk(parsed(path)) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for name in imported(node)
    }
    return (name for name in imports(path) if name not in typing_only)


def _licences() -> dict[str, str]:
    """Licence of everything installed here, as pip-licenses reads the metadata."""
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--with-system", "--from=mixed"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {_normal(entry["Name"]): entry["License"] for entry in told}


def test_every_locked_package_has_a_licence_that_we_may_ship():
    locked = _names("\n".join(lock.read_text("utf-8") for lock in LOCKS))
    guilty = {
        name: licence for name, licence in _licences().items()
        if name in locked and name not in LGPL_LISTED | CHOSEN and (COPYLEFT.search(licence) or not ALLOWED.search(licence))
    }
    assert guilty == {}


def test_test_tools_under_the_lgpl_are_not_in_the_product():
    base = _names((ROOT / "requirements" / "base.lock").read_text("utf-8"))
    lgpl = {name for name, licence in _licences().items() if "LGPL" in licence or "Lesser" in licence}
    assert lgpl <= LGPL_LISTED
    assert lgpl & base == {"python-stdnum"}


def test_nothing_is_installed_that_is_not_locked():
    locked = _names("\n".join(lock.read_text("utf-8") for lock in LOCKS))
    installed = {_normal(distribution.name) for distribution in metadata.distributions(path=[sysconfig.get_path("purelib")])}
    assert installed - locked - OF_THE_INTERPRETER == set()


def test_installed_versions_are_locked_ones():
    wanted: dict[str, set[str]] = {}
    for name, version in (pair for lock in LOCKS for pair in PINNED.findall(lock.read_text("utf-8"))):
        wanted.setdefault(_normal(name), set()).add(version)
    purelib = metadata.distributions(path=[sysconfig.get_path("purelib")])
    different = {d.name: d.version for d in purelib if d.version not in wanted.get(_normal(d.name), {d.version})}
    assert {name for name in different if _normal(name) not in OF_THE_INTERPRETER} == set()


def test_product_imports_only_what_the_runtime_lock_installs():
    base = _names((ROOT / "requirements" / "base.lock").read_text("utf-8"))
    homes = {module: {_normal(name) for name in names} for module, names in metadata.packages_distributions().items()}
    strangers = {
        f"{dotted(path)} imports {module}" for path in sources() for module in {name.split(".")[0] for name in _at_run_time(path)}
        if module in homes and module != "suixin" and not homes[module] & base
        and not any(dotted(path).startswith(prefix) for prefix in MAY_IMPORT_EXTRAS)
    }
    assert strangers == set()


def _browser_packages() -> dict[str, dict[str, object]]:
    """What npm installs, by place."""
    return {
        place: told for place, told in json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"].items() if place
    }


# npm's metadata tell no licence; the package's README does
TOLD_BY_ITS_README = {"node_modules/@mapbox/jsonlint-lines-primitives": "MIT"}


def test_every_browser_package_is_pinned_by_hash_and_names_no_registry():
    packages = _browser_packages()
    assert [place for place, told in packages.items() if not str(told.get("integrity", "")).startswith("sha512-")] == []
    assert [place for place, told in packages.items() if "resolved" in told] == []
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))
    exact = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert {name: packages[f"node_modules/{name}"]["version"] for name in exact} == exact


def test_every_browser_package_has_a_licence_that_we_may_ship():
    told = {place: str(one.get("license") or TOLD_BY_ITS_README.get(place, "")) for place, one in _browser_packages().items()}
    assert {place: licence for place, licence in told.items() if COPYLEFT.search(licence) or not ALLOWED.search(licence)} == {}


def test_every_lgpl_dependency_is_in_the_notice():
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert [name for name in (LGPL_LISTED | CHOSEN) - {"psycopg-binary"} if name not in notice] == []
