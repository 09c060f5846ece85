"""Chunks of a log as files."""

from pathlib import Path

from suixin.data.collection import changing


def test_two_chunks_without_a_row_are_two_files(tmp_path: Path) -> None:
    """Else destroying the original of one would bar every later one."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = (changing.nothing(("id", "name"), tmp_path / name, place={}) for name in "ab")
    assert first.path.read_bytes() != second.path.read_bytes()
