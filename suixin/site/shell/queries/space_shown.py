"""What is due and what came, as an applicant's pages and its calendar show them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date
from itertools import groupby
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import gettext

from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.space import dues, letters
from suixin.services.space.dues import Due
from suixin.services.space.letters import Letter
from suixin.services.space.rules import Entry, calendar_of
from suixin.site.shell.queries import case_texts
from suixin.site.shell.tongues import English, said
from suixin.site.shell.words import word


@dataclass(frozen=True, slots=True)
class Day:
    """One day with what is due on it; `told`: today, late, how far away."""

    on: date
    told: str
    is_late: bool
    rows: Sequence[tuple[Due, str]]


def days(actor: Actor) -> list[Day]:
    """The days on which something is due, the earliest first."""
    today, found, english = clock.today(), list[Day](), case_texts.of_actor(actor)
    for on, rows in groupby(dues.dues(actor), key=lambda one: one.on):
        told = [(replace(one, title=_title(one, english), about=said(one.about, english)), href_of(one)) for one in rows]
        found.append(Day(on, _distance(on, today), on < today, told))
    return found


def calendar_file(actor: Actor, site: str) -> str:
    """The same as a file of RFC 5545."""
    english = case_texts.of_actor(actor)
    entries = [
        Entry(one.key, one.on, gettext("%(due)s：%(about)s") % {"due": _title(one, english), "about": said(one.about, english)},
              "\n".join(part for part in (one.note, one.number) if part),
              f"{site}{href_of(one)}", one.is_yours)
        for one in dues.dues(actor)
    ]
    return calendar_of(entries, host=urlsplit(site).hostname or "suixin", name=gettext("我的办件"), made_at=clock.now().astimezone(UTC))


def letter_rows(actor: Actor) -> list[tuple[Letter, str]]:
    """What came, each with the address that opens it."""
    found, english = [], case_texts.of_actor(actor)
    for one in letters.letters(actor):
        address = reverse("my-case", args=[one.case.number])
        if one.paper is not None:
            address = reverse("my-paper", args=[one.case.number, one.paper])
        told = replace(one, kind=word(one.kind), sender=said(one.sender, english), title=said(one.case.title, english))
        found.append((told, address))
    return found


def _title(due: Due, english: English) -> str:
    return case_texts.sentence(due.title, {"name": [due.name]} if due.name else {}, english)


def href_of(due: Due) -> str:
    """The page of the thing."""
    return reverse("my-matter" if due.is_matter else "my-case", args=[due.number])


def _distance(on: date, today: date) -> str:
    away = (on - today).days
    if away < 0:
        return gettext("已过 %(n)d 天") % {"n": -away}
    return gettext("今天") if away == 0 else gettext("还有 %(n)d 天") % {"n": away}
