"""What was backed up is there again, on either database, whatever it came from."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest
import zstandard

from tests.backup.conftest import ran
from tests.upgrade.test_from_0_1_0 import require_same

pytestmark = pytest.mark.slow


def looked_at(home: Path, *, database: str = ""):
    """What this release finds in the home, and what release 0.1.0 said was there."""
    found = json.loads(ran(home, module="tests.upgrade.looking", database=database).stdout)
    return found, json.loads((home / "expected.json").read_text("utf-8"))


def test_restored_installation_answers_as_the_old_one_did(restored: Path, tmp_path: Path) -> None:
    assert "与清单相符" in (restored / "told.txt").read_text("utf-8")
    assert sorted(path.name for path in restored.iterdir()) == ["home", "told.txt"]
    assert not (restored / "home" / "tmp").exists() or not list((restored / "home" / "tmp").rglob("*.jsonl.zst"))
    home = shutil.copytree(restored / "home", tmp_path / "home")
    require_same(*looked_at(home))
    ran(home, "check")


def test_backup_of_sqlite_is_restored_into_postgresql_and_back(kept: Path, tmp_path: Path, postgres: str) -> None:
    ran(tmp_path / "there", "restore", str(kept), database=postgres)
    require_same(*looked_at(tmp_path / "there", database=postgres))
    ran(tmp_path / "there", "backup", str(tmp_path / "back"), database=postgres)
    ran(tmp_path / "here", "restore", str(tmp_path / "back"))
    require_same(*looked_at(tmp_path / "here"))


def test_home_of_0_1_0_moves_to_postgresql_through_a_backup(tmp_path: Path, old_home: Path, postgres: str) -> None:
    ran(old_home, "backup", str(tmp_path / "old"))
    told = ran(tmp_path / "new", "restore", str(tmp_path / "old"), database=postgres).stdout
    assert "与清单相符(postgresql)" in told
    require_same(*looked_at(tmp_path / "new", database=postgres))


def test_restore_refuses_a_home_that_holds_something(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine.txt").write_text("x")
    done = ran(tmp_path / "home", "restore", str(kept), check=False)
    assert (done.returncode, "已有内容(mine.txt 等)" in done.stderr) == (2, True)
    ran(tmp_path / "home", "restore", str(kept), "--replace")
    [aside] = tmp_path.glob("home.before-*")
    assert (aside / "mine.txt").read_text() == "x"
    require_same(*looked_at(tmp_path / "home"))


def test_restore_refuses_a_postgresql_database_that_holds_tables(kept: Path, tmp_path: Path, postgres: str) -> None:
    import psycopg  # an extra: `postgres` has left the test out where there is none

    with psycopg.connect(postgres) as connection:
        connection.execute("CREATE TABLE somebodys (number integer)")
    done = ran(tmp_path / "home", "restore", str(kept), check=False, database=postgres)
    assert (done.returncode, "数据库里已有表" in done.stderr) == (2, True)
    assert not (tmp_path / "home").exists()
    assert "移入模式 before_" in ran(tmp_path / "home", "restore", str(kept), "--replace", database=postgres).stdout


def test_numbers_are_not_given_twice_after_a_restore(restored: Path, tmp_path: Path) -> None:
    shutil.copytree(restored / "home", tmp_path / "home")
    (tmp_path / "home" / "stop").touch()
    before = json.loads(ran(tmp_path / "home", "tell", module="tests.backup.working").stdout)
    (tmp_path / "new.csv").write_text("编码,姓名,金额,日期\nZ1,李六,1.5,2024-01-01\n", "utf-8")
    ran(tmp_path / "home", "collect", str(tmp_path / "new.csv"), "--resource", "insured")
    after = json.loads(ran(tmp_path / "home", "tell", module="tests.backup.working").stdout)
    assert after["insured"]["batches"][-1][0] > before["stations"]["batches"][-1][0]


def test_what_is_saved_is_sealed(grown: Path, tmp_path: Path) -> None:
    home = shutil.copytree(grown, tmp_path / "home")
    ran(home, "backup", str(tmp_path / "whole.tar.zst"))
    with zstandard.open(tmp_path / "whole.tar.zst", "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        audit = (one for one in archive if one.name.startswith("database/audit."))
        tables = {Path(one.name).name: file.read() for one in audit if (file := archive.extractfile(one))}
    rows = {name: zstandard.ZstdDecompressor().decompressobj().decompress(data).count(b"\n") - 1 for name, data in tables.items()}
    assert rows["audit.record.jsonl.zst"] == rows["audit.seal.jsonl.zst"] > 0
    assert rows["audit.pending.jsonl.zst"] == 0
