"""Arithmetic of messages: pauses, quiet hours, the moment of a digest, what fits. Our choice throughout."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 15.0, 3600.0
LONGEST_RETRY_AFTER = timedelta(days=1)
TRIES_BEFORE_NEXT = 4  # temporary failures on a channel before the next one is tried
TRIES_AT_LAST = 72  # on the last channel, almost three days
MOST_DAYS = 60


def pause_after(tries: int, chance: float) -> timedelta:
    """The pause after that many failed tries: 15 s, tripled each time, at most an hour; `chance` (0..1) moves it by a quarter."""
    seconds = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 3.0 ** min(max(0, tries - 1), 9))
    return timedelta(seconds=seconds * (0.75 + 0.5 * chance))


def is_spent(tries: int, *, has_next: bool) -> bool:
    """Whether enough was tried on this channel."""
    return tries >= (TRIES_BEFORE_NEXT if has_next else TRIES_AT_LAST)


def is_quiet(at: time, quiet_from: time, quiet_until: time) -> bool:
    """Whether that time of day lies in the quiet hours, which may pass midnight; equal ends: never quiet."""
    if quiet_from <= quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until


def next_allowed(now: datetime, quiet: tuple[time, time] | None, is_workday: Callable[[date], bool]) -> datetime:
    """The first moment from `now` on that is on a workday and outside the quiet hours. `now` is in the reader's zone.

    Without quiet hours it is `now`. After sixty days without a workday the calendar is not believed any more.
    """
    if quiet is None:
        return now
    moment = now
    for _ in range(MOST_DAYS):
        if not is_workday(moment.date()):
            moment = datetime.combine(moment.date() + timedelta(days=1), time(), tzinfo=now.tzinfo)
        elif not is_quiet(moment.time(), *quiet):
            return moment
        else:
            end = datetime.combine(moment.date(), quiet[1], tzinfo=now.tzinfo)
            moment = end if end > moment else end + timedelta(days=1)
    return now


def next_at(now: datetime, at: time) -> datetime:
    """The first moment from `now` on at which the clock shows `at`."""
    moment = datetime.combine(now.date(), at, tzinfo=now.tzinfo)
    return moment if moment >= now else moment + timedelta(days=1)


def one_line(text: str, length: int) -> str:
    """The text on one line, without control characters, cut to that many characters: nothing can add a header."""
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    return cut(re.sub(r" {2,}", " ", plain).strip(), length)


def plain_text(text: str, length: int) -> str:
    """The text with its line breaks, without other control characters, cut to that many characters."""
    lines = re.sub(r"\r\n?|\u2028|\u2029", "\n", text)
    return cut("".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip(), length)


def cut(text: str, length: int) -> str:
    """At most that many characters; what was cut ends in an ellipsis."""
    return text if len(text) <= length else text[: length - 1] + "…"


def is_local(href: str) -> bool:
    """Whether the address leads nowhere but into this site."""
    return bool(re.fullmatch(r"/(?![/\\])[^\s\\]*", href)) and href.isprintable()
