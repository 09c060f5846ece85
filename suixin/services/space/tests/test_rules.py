"""Calendar files: lines that any program reads, texts that come back as they were."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.services.space.rules import Entry, calendar_of, escaped, folded

pytestmark = pytest.mark.any_database


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=300))
def test_folded_line_is_short_in_octets_and_unfolds_to_itself(line: str) -> None:
    pieces = list(folded(line))
    assert all(len(one.encode()) <= 75 for one in pieces)
    assert pieces[0] + "".join(one[1:] for one in pieces[1:]) == line
    assert all(one.startswith(" ") for one in pieces[1:])


@pytest.mark.parametrize(("text", "told"), [
    ("一,二;三\\四", "一\\,二\\;三\\\\四"), ("上\r\n下", "上\\n下"), ("a\x07b", "ab"), ("", ""),
])
def test_text_is_escaped(text: str, told: str) -> None:
    assert escaped(text) == told


def test_whole_day_ends_before_the_next_and_what_is_yours_is_reminded_of() -> None:
    owed = Entry("a", date(2026, 12, 31), "补正材料", "带原件", "https://x.example/my/", is_yours=True)
    lines = calendar_of(
        [owed, Entry("b", date(2027, 1, 4), "决定")], host="x.example", name="我的办件", made_at=datetime(2026, 11, 30, 1, tzinfo=UTC),
    ).split("\r\n")
    assert [one for one in lines if one.startswith("DT")] == [
        "DTSTAMP:20261130T010000Z", "DTSTART;VALUE=DATE:20261231", "DTEND;VALUE=DATE:20270101",
        "DTSTAMP:20261130T010000Z", "DTSTART;VALUE=DATE:20270104", "DTEND;VALUE=DATE:20270105",
    ]
    assert (lines[0], lines[-2], lines[-1], lines.count("BEGIN:VALARM")) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "", 1)
    assert "UID:a@x.example" in lines
