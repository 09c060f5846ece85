"""Progress of `suixin collect` in the terminal: rows judged and how many a second, now and then, and how long it may still take."""

import time
from pathlib import Path

import pytest

from suixin.data.collection.readers import open_file
from suixin.site.cli.judging import Counter


def test_rows_and_rows_a_second_are_said_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = [100.0], list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    counter = Counter(said.append)
    for seconds, rows in ((1, 5_000), (4, 15_000), (5, 1_000), (10, 79_000)):
        now[0] = 100.0 + seconds
        counter(rows)
    assert said == ["已判定 20,000 行  每秒 5,000 行", "已判定 100,000 行  每秒 10,000 行"]


def test_time_that_is_left_is_told_for_the_table_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = [100.0], list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    counter = Counter(said.append)
    for start, expected in ((100.0, 40_000), (110.0, 1_000_000), (120.0, 5_000)):
        now[0] = start
        counter.begin(expected)
        now[0] += 5
        counter(10_000)
    assert [one.partition("行  ")[2].partition("  ")[2] for one in said] == ["本表约 25%,还要约 15 秒", "本表约 1%,还要约 8 分钟", ""]


def test_rows_of_a_text_file_are_estimated_from_its_head(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("id,name\n" + "".join(f"{n:06d},某某\n" for n in range(50_000)), "utf-8")
    with open_file(path) as opened:
        assert opened.tables[0].rows == pytest.approx(50_000, rel=0.01)
