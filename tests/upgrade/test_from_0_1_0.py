"""An installation of release 0.1.0 becomes one of this release with everything in it."""

import json
from pathlib import Path

from tests.upgrade.conftest import Run


def found_and_expected(home: Path, run: Run, **more: str):
    """What this release finds in the home, and what the old one said was there."""
    found = json.loads(run(home, module="tests.upgrade.looking", **more).stdout)
    return found, json.loads((home / "expected.json").read_text("utf-8"))


def require_same(found, expected) -> None:
    """Lookup with the old secret, sign-in, download, rows, batches, rejects and audit are what they were."""
    for name in ("data", "tables", "batches", "audit"):
        assert found[name] == expected[name], name
    assert found["signed_in"]
    assert found["download"] == expected["tables"]["stations"]["rows"] + 1
    assert found["rejects"] == [batch["rejected"] for batch in expected["batches"]]


def test_migrated_home_of_0_1_0_keeps_everything(home: Path, run: Run) -> None:
    run(home, "check")
    require_same(*found_and_expected(home, run))


def test_migrating_twice_changes_nothing(home: Path, run: Run) -> None:
    run(home, "migrate", "--quiet")
    require_same(*found_and_expected(home, run))
