"""When feeds are due, and what changed between columns: pure rules."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.data.collection.drift import changes_between, is_harmless
from suixin.data.collection.errors import WrongSource
from suixin.data.collection.schedules import OF_CYCLE, schedule_of
from suixin.data.collection.sources.base import Column
from suixin.data.collection.sources.places import kept, lessened, value_of
from suixin.kit.clock import CHINA

NOW = datetime(2026, 2, 27, 10, 20, 30, tzinfo=CHINA)
START, END = datetime(2024, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001 the strategy wants them without a zone


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("*/15 * * * *", "2026-02-27 10:30"), ("30 1 * * *", "2026-02-28 01:30"), ("0 8 1,15 * *", "2026-03-01 08:00"),
        ("0 8 * * 1-5", "2026-03-02 08:00"), ("0 0 29 2 *", "2028-02-29 00:00"), ("0 0 * * 7", "2026-03-01 00:00"),
        ("0 0 13 * 5", "2026-03-06 00:00"), ("5/20 * * * *", "2026-02-27 10:25"),
    ],
)
def test_next_moment(text: str, moment: str) -> None:
    assert schedule_of(text).next_after(NOW) == datetime.fromisoformat(f"{moment}+08:00")


WRONG = ["", "* * * *", "60 * * * *", "* * 0 * *", "a * * * *", "*/0 * * * *", "0 0 31 2 *", "5-1 * * * *", "1- * * * *x"]


@pytest.mark.parametrize("text", WRONG)
def test_schedule_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(WrongSource, match="运行时间"):
        schedule_of(text)


@given(st.sampled_from(sorted(OF_CYCLE.values())), st.datetimes(START, END))
def test_next_moment_is_later_and_fits(text: str, moment: datetime) -> None:
    schedule, now = schedule_of(text), moment.replace(tzinfo=CHINA)
    found = schedule.next_after(now)
    assert found is not None
    assert (found > now, found.minute in schedule.minutes, found.hour in schedule.hours) == (True, True, True)


def columns(*names: str, family: str = "text") -> list[Column]:
    return [Column(name, family, family) for name in names]


def test_changes_are_told_apart() -> None:
    changes = changes_between(
        [*columns("id", "name", "old"), Column("n", "integer", "INTEGER")],
        [*columns("id", "full_name", "new"), Column("n", "text", "TEXT")],
    )
    assert (changes.renamed, changes.retyped) == ((("name", "full_name"), ("old", "new")), (("n", "INTEGER", "TEXT"),))
    assert not changes_between(columns("a", "b"), columns("b", "a"))


def test_harmless_is_what_touches_no_item() -> None:
    added = changes_between(columns("a"), columns("a", "b"))
    gone = changes_between(columns("a", "z"), columns("a"))
    judged = [is_harmless(added, {"a": "x"}, []), is_harmless(gone, {"a": "x"}, []), is_harmless(gone, {"a": "x"}, ["z"])]
    assert judged == [True, True, False]


VALUES = (
    st.integers(), st.text(), st.datetimes(), st.dates(), st.decimals(allow_nan=False), st.binary(), st.uuids(), st.floats(allow_nan=False),
)


@given(st.one_of(*VALUES))
def test_place_comes_back_as_it_was(value: object) -> None:
    assert value_of(kept(value)) == value


def test_overlap_goes_back_by_seconds_days_and_numbers() -> None:
    assert value_of(lessened(kept(NOW), 90)) == NOW.replace(minute=19, second=0)
    assert (lessened(10, 3), value_of(lessened(kept(date(2026, 1, 2)), 60))) == (7, date(2026, 1, 1))
