"""Records of the access log that are moved from their journal while the home is copied."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from suixin.data.access import settling
from suixin.data.access.journal import Journal
from suixin.data.access.tests.test_journal import packed
from suixin.site.backup import home


def settle(place: Path) -> list[str]:
    settling.settle(place / "state/access.sqlite", place / "state/journal")
    with closing(sqlite3.connect(place / "state/access.sqlite")) as held:
        return [trace for (trace,) in held.execute("SELECT trace_id FROM access ORDER BY id")]


@pytest.mark.parametrize("has_ended", [False, True])
def test_record_moved_while_the_home_is_copied_is_in_the_copy_once(tmp_path: Path, has_ended: bool) -> None:
    own, copy = tmp_path / "own", tmp_path / "copy"
    journal = Journal(own / "state/journal")
    for number in range(2):
        journal.append(packed(number))
        settle(own) if number == 0 else None
    journal.close() if has_ended else None
    config = SimpleNamespace(home=own, anchors=own / "anchors", lake=own / "lake", database_file=own / "suixin.sqlite")
    listed = []
    for file in home.files(config, tmp_path / "scratch"):  # type: ignore[arg-type]  # what is asked of it
        listed.append(file)
        settle(own)
        None if has_ended else journal.append(packed(f"after-{file.path[-5:]}"))
    settle(own)
    for file in listed:  # all are listed before the first is taken
        (copy / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file.source, copy / file.path)
    found = settle(copy)
    assert found[:2] == ["t0", "t1"]
    assert len(found) == len(set(found))
    assert settle(copy) == found
