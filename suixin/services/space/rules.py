"""A calendar as a file of RFC 5545 (.ics): whole days, lines folded at 75 octets, texts escaped, names that stay; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

MOST_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Entry:
    """One day of the calendar; `key` names it for good; `is_yours`: reminded of the day before."""

    key: str
    on: date
    title: str
    text: str = ""
    url: str = ""
    is_yours: bool = False


def calendar_of(entries: Sequence[Entry], *, host: str, name: str, made_at: datetime) -> str:
    """The file; `made_at` in UTC."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Suixin//calendar//ZH", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
             f"X-WR-CALNAME:{escaped(name)}"]
    for one in entries:
        lines += _event(one, host, f"{made_at:%Y%m%dT%H%M%SZ}")
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in folded(line))


def escaped(text: str) -> str:
    """A text as a value of a calendar (3.3.11)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "".join(one for one in plain.replace("\n", "\\n") if one.isprintable())


def folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 75 octets, none of which cuts a character (3.1)."""
    piece, size = "", 0
    for one in line:
        octets = len(one.encode())
        if size + octets > MOST_OCTETS:
            yield piece
            piece, size = " ", 1
        piece, size = piece + one, size + octets
    yield piece


def _event(one: Entry, host: str, stamp: str) -> list[str]:
    lines = [
        "BEGIN:VEVENT", f"UID:{one.key}@{host}", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{one.on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{one.on + timedelta(days=1):%Y%m%d}", f"SUMMARY:{escaped(one.title)}", "TRANSP:TRANSPARENT",
    ]
    lines += [f"DESCRIPTION:{escaped(one.text)}"] if one.text else []
    lines += [f"URL:{one.url}"] if one.url else []
    if one.is_yours:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escaped(one.title)}", "TRIGGER:-P1D", "END:VALARM"]
    return [*lines, "END:VEVENT"]
