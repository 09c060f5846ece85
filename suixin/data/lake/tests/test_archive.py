"""Originals are kept once under their SM3, whole or not at all."""

import hashlib
import os
from pathlib import Path

import pytest

from suixin.data.lake import archive
from suixin.data.lake.errors import FileChanged
from suixin.data.lake.tests import factories

pytestmark = pytest.mark.django_db


def test_original_is_kept_under_its_sm3_and_read_back(tmp_path: Path, lake: Path):
    path = factories.small_file(tmp_path, "县区,数量\n船山区,1\n" * 200_000)
    kept = archive.archive_file(path, table="trial")
    assert kept.sm3 == hashlib.new("sm3", path.read_bytes()).hexdigest()
    assert kept == archive.Archived(kept.sm3, path.stat().st_size, f"archive/trial/{kept.sm3}.sealed")
    with archive.open_archived(kept.relative_path) as stream:
        assert stream.read() == path.read_bytes()
    assert (lake / kept.relative_path).stat().st_mode & 0o222 == 0


def test_same_bytes_are_kept_once(tmp_path: Path, lake: Path):
    first = archive.archive_file(factories.small_file(tmp_path), table="trial")
    assert archive.archive_file(factories.small_file(tmp_path), table="trial") == first
    assert len(list((lake / "archive" / "trial").iterdir())) == 1


def test_empty_file_is_kept(tmp_path: Path):
    assert archive.archive_file(factories.small_file(tmp_path, ""), table="trial").size == 0


@pytest.mark.parametrize("change", ["grow", "rewrite", "shrink"])
def test_file_that_changes_while_read_is_refused(tmp_path: Path, lake: Path, monkeypatch, change: str):
    path = factories.small_file(tmp_path, "x" * (3 << 20))
    _change_while_hashing(monkeypatch, path, change)
    with pytest.raises(FileChanged, match="读取过程中被改动"):
        archive.archive_file(path, table="trial")
    assert not [found for found in lake.rglob("*") if found.is_file()]


def _change_while_hashing(monkeypatch, path: Path, change: str) -> None:
    class Meddling:
        def __init__(self) -> None:
            self._hash = hashlib.new("sm3")

        def update(self, chunk: bytes) -> None:
            if change == "shrink":
                os.truncate(path, 2 << 20)
            else:
                with path.open("ab" if change == "grow" else "r+b") as file:
                    file.write(b"y")
                os.utime(path, ns=(1, 1))
            self._hash.update(chunk)

        def hexdigest(self) -> str:
            return self._hash.hexdigest()

    monkeypatch.setattr(archive, "new_sm3", Meddling)
