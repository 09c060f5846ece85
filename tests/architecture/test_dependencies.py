"""Locked dependencies: hashes everywhere, no registry address, no licence that we may not ship."""

import re
import tomllib
from importlib import metadata

import pytest

from tests.architecture.house import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.M)
LGPL_LISTED = {"psycopg", "psycopg-binary", "python-stdnum"}


def _names(text: str) -> set[str]:
    return {re.sub(r"[-_.]+", "-", name).lower() for name, _ in PINNED.findall(text)}


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


def test_no_copyleft_licence_is_locked():
    locked = _names("\n".join(lock.read_text("utf-8") for lock in LOCKS))
    guilty = []
    for distribution in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.name).lower()
        about = distribution.metadata.json
        words = f"{about.get('license_expression', '')} {str(about.get('license', ''))[:60]} {about.get('classifier', '')}"
        if name in locked - LGPL_LISTED and re.search(r"\b(A?GPL|LGPL|Affero)", words):
            guilty.append(f"{name}: {words[:120]}")
    assert guilty == []


def test_every_lgpl_dependency_is_in_the_notice():
    notice = (ROOT / "NOTICE").read_text("utf-8")
    assert [name for name in LGPL_LISTED - {"psycopg-binary"} if name not in notice] == []
