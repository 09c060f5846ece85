"""A backup of an installation that collects and answers calls all the while is one instant of it, nothing between."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from suixin.kit import signing
from suixin.site.bench.processes import environment, free_port, serving
from tests.backup.conftest import ran


def backed_up_at_work(home: Path, target: Path, *, database: str = "") -> dict[str, object]:
    """Three backups while a process lands batches and a server answers signed calls; the last one's content there."""
    expected, port = json.loads((home / "expected.json").read_text("utf-8")), free_port()
    more = {"SUIXIN_DATABASE_URL": database} if database else {}
    landing = subprocess.Popen([sys.executable, "-m", "tests.backup.working", "land"], env=environment(home, **more))
    given = [f"{name}={value}" for name, value in more.items()]
    serve = ["env", *given, sys.executable, "-m", "suixin.site.cli", "serve", "--no-worker", "--port", str(port)]
    with serving(serve, home=home, port=port, log=home / "serve.log"):
        for _ in range(3):
            address = f"http://127.0.0.1:{port}{expected['address']}"
            called = httpx.get(address, headers=signing.sign("GET", address, app_id="upgrade-app", secret=expected["secret"].encode()))
            assert called.json()["data"] == expected["data"], called.text
            ran(home, "backup", str(target), database=database)
            assert landing.poll() is None, "the collection ended by itself"
    (home / "stop").touch()
    assert landing.wait(60) == 0
    newest = max(target.glob("suixin-*"))
    found: dict[str, object] = json.loads(
        ran(home, "tell", str(newest / "manifest.json"), module="tests.backup.working", database=database).stdout
    )
    return found


def without_paths(found: dict[str, object]) -> str:
    """The same as text that compares."""
    return json.dumps(found, sort_keys=True)


@pytest.mark.slow
def test_backup_at_work_is_one_instant(grown: Path, tmp_path: Path, postgres: str) -> None:
    home = shutil.copytree(grown, tmp_path / "home")
    wanted = backed_up_at_work(home, tmp_path / "backups")
    shutil.rmtree(home)
    for name, database in (("same", ""), ("other", postgres)):
        ran(tmp_path / name, "restore", str(tmp_path / "backups"), database=database)
        found = json.loads(ran(tmp_path / name, "tell", module="tests.backup.working", database=database).stdout)
        assert without_paths(found) == without_paths(wanted)
        ran(tmp_path / name, "check", database=database)


@pytest.mark.slow
def test_backup_at_work_on_postgresql_is_one_instant(kept: Path, tmp_path: Path, postgres: str) -> None:
    ran(tmp_path / "home", "restore", str(kept), database=postgres)
    wanted = backed_up_at_work(tmp_path / "home", tmp_path / "backups", database=postgres)
    ran(tmp_path / "same", "restore", str(tmp_path / "backups"), "--replace", database=postgres)
    found = json.loads(ran(tmp_path / "same", "tell", module="tests.backup.working", database=postgres).stdout)
    assert without_paths(found) == without_paths(wanted)
