"""A backup or restore that dies, or runs out of disk, leaves nothing that looks whole; the next one is well."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from suixin.site.bench.processes import environment
from tests.backup.conftest import PASSPHRASE, ran

pytestmark = pytest.mark.slow
KILLED = -signal.SIGKILL


@pytest.fixture
def home(grown: Path, tmp_path: Path) -> Path:
    """A home of one's own."""
    return shutil.copytree(grown, tmp_path / "home")


@pytest.mark.parametrize("target", ["many", "one.tar.zst"])
def test_killed_backup_is_no_backup(home: Path, tmp_path: Path, target: str) -> None:
    done = ran(home, "backup", str(tmp_path / target), check=False, more={"SUIXIN_CRASH_AT": "backup_written"})
    assert done.returncode == KILLED
    assert ran(home, "backup", str(tmp_path / target), "--verify", check=False).returncode == 2
    ran(home, "backup", str(tmp_path / target))
    ran(home, "backup", str(tmp_path / target), "--verify")
    assert not [path for path in tmp_path.rglob("*") if "partial" in path.name]
    assert list((home / "tmp").glob("backup-*")) == []


LIMIT = 4 << 20


@pytest.fixture
def bulky(home: Path) -> Path:
    """The home with a file larger than the disk, so to say: than any file may become."""
    (home / "state" / "bulk.log").write_bytes(os.urandom(LIMIT + 1))
    return home


@pytest.mark.parametrize("target", ["many", "one.tar.zst"])
def test_full_disk_is_a_sentence_and_leaves_nothing(bulky: Path, tmp_path: Path, target: str) -> None:
    done = ran(bulky, "backup", str(tmp_path / target), check=False, limit=LIMIT)
    assert (done.returncode, "没有留下不完整的备份" in done.stderr) == (2, True), done.stderr
    assert [path.name for path in tmp_path.rglob("*") if path.name.startswith(("suixin-2", "one.", ".one", ".partial"))] == []


def test_disk_that_fills_up_during_a_restore_leaves_nothing(bulky: Path, tmp_path: Path) -> None:
    ran(bulky, "backup", str(tmp_path / "whole.tar.zst"))
    done = ran(tmp_path / "place" / "home", "restore", str(tmp_path / "whole.tar.zst"), check=False, limit=LIMIT)
    assert (done.returncode, "File too large" in done.stderr) == (2, True), done.stderr
    assert list((tmp_path / "place").iterdir()) == []


def test_restore_killed_at_any_moment_is_begun_anew(kept: Path, tmp_path: Path) -> None:
    home, env = tmp_path / "home", environment(tmp_path / "home", SUIXIN_BACKUP_PASSPHRASE=PASSPHRASE)
    command = [sys.executable, "-m", "suixin.site.cli", "restore", str(kept)]
    for awaited in ("备份", "数据库"):
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert next(line for line in process.stdout if line.startswith(awaited))
            os.kill(process.pid, signal.SIGKILL)
        assert not home.exists()
    ran(home, "restore", str(kept))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def test_second_backup_links_what_did_not_change(home: Path, tmp_path: Path) -> None:
    for _ in range(2):
        ran(home, "backup", str(tmp_path / "many"))
    first, second = sorted((tmp_path / "many").glob("suixin-*"))
    data = [path.relative_to(second) for path in (second / "lake").rglob("*.*") if path.is_file()]
    assert data
    assert all((first / name).stat().st_ino == (second / name).stat().st_ino for name in data)
    ran(home, "backup", str(second), "--verify")


def test_keys_are_never_left_out_in_silence(home: Path, tmp_path: Path) -> None:
    none = {"SUIXIN_BACKUP_PASSPHRASE": ""}
    done = ran(home, "backup", str(tmp_path / "b"), check=False, more=none)
    assert (done.returncode, "--without-keys" in done.stderr) == (2, True)
    assert "打不开" in ran(home, "backup", str(tmp_path / "b"), "--without-keys", more=none).stdout
    assert "不含密钥" in ran(tmp_path / "new", "restore", str(tmp_path / "b"), more=none).stdout
    master = (home / "keys" / "master.key").read_bytes()
    assert not [path for path in (tmp_path / "b").rglob("*") if path.is_file() and master in path.read_bytes()]
