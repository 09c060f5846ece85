"""The same through the real command: no stack trace, nothing half-written, kill -9 and a full disk included."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from suixin.site.testing_database import place_migrated
from tests.bad_input.material import CASES, table

POINTS = ("archived", "judged", "files_written", "committed", "row_saved", "index_swapped")
SEED = os.environ.get("SUIXIN_SEED", "510900")
KILLED = -9
ACCEPT = ("--accept", "--secrecy-assessment", "保密评〔模拟〕1号", "--privacy-assessment", "个保评〔模拟〕1号")
PATIENCE = 300 + 5 * int(os.environ.get("SUIXIN_KILLS", "0"))  # seconds; a run that hangs fails


def run(home: Path, *words: str, module: str = "suixin.site.cli", limit: int = 0, **variables: str) -> tuple[int, str]:
    """Exit code and all output of a command in that home; `limit` bounds the size of every file it writes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SUIXIN_")}
    env = {**kept, "SUIXIN_HOME": str(home), "DJANGO_SETTINGS_MODULE": "suixin.site.settings", **variables}

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-m", module, *words], env=env, capture_output=True, text=True, timeout=PATIENCE, check=False,
        preexec_fn=bound if limit else None,
    )
    told = done.stdout + done.stderr
    assert "Traceback" not in told, told[-3000:]
    return done.returncode, told


def runs_of(home: Path, status: str) -> int:
    """How many files the control database says came to that end."""
    with sqlite3.connect(home / "suixin.sqlite") as connection:
        row = connection.execute("SELECT count(*) FROM collection_run WHERE status = ?", (status,)).fetchone()
    return int(row[0])


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its database and organisations; a missing file is refused."""
    home = tmp_path_factory.mktemp("made")
    place_migrated(home)
    code, told = run(home, "collect", str(home / "没有.csv"))
    assert (code, "没有这个文件" in told) == (2, True), told
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A copy of it of one's own."""
    return shutil.copytree(made, tmp_path / "home")


def test_folder_of_bad_files_ends_in_lines_and_exit_code_one(tmp_path: Path, home: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for case in CASES:
        (folder / case.name).write_bytes(case.make())
    code, told = run(home, "collect", str(folder), *ACCEPT)
    assert code == 1, told
    assert all(case.name in told for case in CASES), told
    assert runs_of(home, "landed") == sum(len(case.counts) for case in CASES)
    assert run(home, "check")[0] == 0


def test_single_bad_file_is_a_sentence(home: Path) -> None:
    (home / "空文件.csv").touch()
    code, told = run(home, "collect", str(home / "空文件.csv"))
    assert (code, "空的" in told) == (1, True), told


def test_home_without_a_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(table())
    code, told = run(tmp_path / "home", "collect", str(tmp_path / "a.csv"))
    assert (code, "suixin migrate" in told) == (2, True), told


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the resource `trial`, delivery 0 landed and open."""
    home = tmp_path_factory.mktemp("trial")
    run(place_migrated(home), "prepare", module="tests.bad_input.killing")
    return home


def test_command_killed_at_a_named_point_leaves_counts_and_checksum_exact(trial: Path) -> None:
    points = ("archived", "committed", "index_swapped")
    for number, point in enumerate(points, 1):
        path = str(trial / "in" / f"delivery-{number}.csv")
        code, told = run(trial, "collect", path, SUIXIN_CRASH_AT=point)
        assert code == KILLED, f"not killed at {point}: {told}"
        code, told = run(trial, "collect", path)
        assert code == 0, told
    assert run(trial, "verify", str(len(points)), module="tests.bad_input.killing")[0] == 0


def test_kill_at_every_point_and_at_random_instants_leaves_counts_and_checksum_exact(migrated_home: Path) -> None:
    kills = os.environ.get("SUIXIN_KILLS", "8")
    code, told = run(migrated_home, "random", kills, SEED, *POINTS, module="tests.bad_input.killing")
    assert code == 0, told[-3000:]
    assert json.loads(told.splitlines()[-1])["points"] == len(POINTS)


def test_full_disk_is_a_sentence_and_the_next_run_completes(home: Path) -> None:
    size = max(path.stat().st_size for path in home.glob("suixin.sqlite*")) + 500_000
    path = home / "大表.csv"
    lines = (f"B{n:06d},{os.urandom(40).hex()},{n}" for n in range(size // 20))
    path.write_text("\n".join(["编号,校验码,数量", *lines]), "utf-8")
    code, told = run(home, "collect", str(path), *ACCEPT, limit=size)
    assert (code in (1, 70), "空间不足" in told or "已满" in told) == (True, True), told
    code, told = run(home, "collect", str(path), *ACCEPT)
    assert (code, runs_of(home, "landed")) == (0, 1), told
