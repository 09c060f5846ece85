"""A full disk and several writers at once: one sentence, or exactly what each brought."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from suixin.data.lake.archive import archive_file
from suixin.data.lake.errors import DiskFull
from suixin.data.lake.repair import Repaired
from suixin.data.lake.tests.processes import run


def test_disk_that_fills_while_rows_are_written_leaves_the_table_as_it_was(migrated_home: Path):
    found = run("crowding", migrated_home, "full", "3000000")
    assert "磁盘空间不足" in str(found["sentence"])
    assert (found["rows"], found["batches"]) == (100, [["small.csv", "landed"]])
    assert (found["strangers"], found["scratch"], found["repaired"]) == ([], [], str(Repaired()))


def test_writers_at_once_bring_each_delivery_once(migrated_home: Path):
    found = run("crowding", migrated_home, "same", "4")
    assert (found["codes"], found["rows"]) == ([0] * 4, 500)
    names = ["common.csv", "own1.csv", "own2.csv", "own3.csv", "own4.csv"]
    assert (found["batches"], found["strangers"]) == ([[name, "landed"] for name in names], [])
    assert found["ids"] == [[1 + 100 * n, 100 + 100 * n] for n in range(5)]


@pytest.fixture
def small_disk(lake: Path):
    """The lake on a disk of 4 MB."""
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(lake)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("needs the right to mount; the same is tried with a file size limit above")
    yield lake
    subprocess.run(["umount", str(lake)], check=True)


def test_disk_that_fills_while_an_original_is_archived_keeps_nothing(tmp_path: Path, small_disk: Path):
    path = tmp_path / "noise.bin"
    path.write_bytes(os.urandom(8 << 20))
    with pytest.raises(DiskFull, match=r"归档文件“noise.bin”时磁盘空间不足"):
        archive_file(path, table="trial")
    assert not [found for found in small_disk.rglob("*") if found.is_file()]
