"""Progress of `suixin collect` in the terminal: rows judged and how many a second, now and then."""

import time

import pytest

from suixin.site.cli.judging import Counter


def test_rows_and_rows_a_second_are_said_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = [100.0], list[str]()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    counter = Counter(said.append)
    for seconds, rows in ((1, 5_000), (4, 15_000), (5, 1_000), (10, 79_000)):
        now[0] = 100.0 + seconds
        counter(rows)
    assert said == ["已判定 20,000 行  每秒 5,000 行", "已判定 100,000 行  每秒 10,000 行"]
