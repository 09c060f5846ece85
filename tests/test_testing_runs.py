"""Processes of one run of the tests share what takes long to make, and begin with the longest files."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from suixin.site import testing_runs


def test_what_is_shared_is_made_once(tmp_path: Path) -> None:
    asked: list[Path] = []

    def make(folder: Path) -> None:
        asked.append(folder)
        folder.mkdir()
        (folder / "file").write_text(str(len(asked)))

    places = [testing_runs.once(tmp_path)("home", make) for _ in range(3)]
    assert (set(places), len(asked), (places[0] / "file").read_text()) == ({tmp_path / "home"}, 1, "1")


def test_half_of_what_is_shared_is_never_taken_for_the_whole(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        folder.mkdir()
        (folder / "half").touch()
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk is full"):
        testing_runs.once(tmp_path)("home", fail)
    assert not (tmp_path / "home").exists()
    assert list(testing_runs.once(tmp_path)("home", Path.mkdir).iterdir()) == []


def _item(path: str, name: str, *marks: str) -> SimpleNamespace:
    return SimpleNamespace(path=Path(path), name=name, get_closest_marker=lambda mark: mark in marks or None)


def test_longest_file_begins_and_files_stay_whole_in_their_order() -> None:
    items = [
        _item("quick.py", "1"), _item("rows.py", "2", "db"), _item("quick.py", "3"), _item("seen.py", "4", "browser"),
        _item("long.py", "6"), _item("long.py", "5", "slow"),
    ]
    testing_runs.longest_first(items, touches_database=lambda item: bool(item.get_closest_marker("db")))  # type: ignore[arg-type]
    assert [item.name for item in items] == ["6", "5", "4", "2", "1", "3"]
