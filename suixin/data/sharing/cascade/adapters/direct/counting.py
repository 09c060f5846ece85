"""每日对账 with a platform that counts nothing: what it lists is read back and held beside what was reported to it.

Outward   entries and their tables: each reported one is listed in its version, nothing of ours is listed besides
Inward    entries of its own: as many in force there as are kept here
On its way  what still waits to be reported, or was changed since, is no difference
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any  # answers are JSON

from suixin.data.catalog import announcing
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.sharing.cascade import posting, reconciling
from suixin.data.sharing.cascade.adapters.direct import mapping
from suixin.data.sharing.cascade.adapters.direct.asking import pages
from suixin.data.sharing.cascade.adapters.direct.calling import Caller
from suixin.data.sharing.cascade.adapters.direct.reporting import RESOURCE
from suixin.data.sharing.cascade.models import (
    DirectAccount,
    DirectReport,
    LetterKind,
    Link,
    Outgoing,
    RemoteState,
    ReportState,
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Group:
    """One kind of thing: how it is reported and listed."""

    kind: str
    query: str
    code: str
    version: str
    title: str


_ENTRIES = _Group(LetterKind.ENTRIES.value, "catalog_query", "cata_code", "cata_version", "目录")
_RESOURCES = _Group(RESOURCE, "resource_query", "res_code", "res_version", "资源")


@dataclass(slots=True)
class _Found:
    """How many things of ours each end has, the codes that one end lacks, those that differ; what of others was listed."""

    ours: int = 0
    theirs: int = 0
    missing: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    others: dict[str, Row] = field(default_factory=dict)
    gone: dict[str, Row] = field(default_factory=dict)


def count(link: Link, account: DirectAccount, caller: Caller, *, day: date) -> None:
    """What both ends have, kept as that day's counts; nothing when it issued no way to ask. Raises PeerFault, PeerRefused."""
    entries, resources = (_compared(link, caller, one) if caller.offers(one.query) else None for one in (_ENTRIES, _RESOURCES))
    both = [one for one in (entries, resources) if one is not None]
    if not both:
        return
    ours, theirs = ({"messages": getattr(entries, name, 0), "rows": getattr(resources, name, 0)} for name in ("ours", "theirs"))
    reconciling.keep(
        link, day, is_outward=True, ours=ours, theirs=theirs, missing=[code for one in both for code in one.missing],
        different=[code for one in both for code in one.different],
    )
    if entries is not None:
        _count_inward(link, entries.others, entries.gone, day=day, until=int(account.pulled.get("catalogue", 0)))


def _count_inward(link: Link, listed: Mapping[str, Row], gone: Mapping[str, Row], *, day: date, until: int) -> None:
    """Entries of its own; what changed or was withdrawn there after `until` has not been read yet."""
    late = {code for code, row in (*listed.items(), *gone.items()) if _moment(row) > until}
    held = set(link.entries.filter(state=RemoteState.PUBLISHED).values_list("code", flat=True)) - late
    theirs = listed.keys() - late
    reconciling.keep(
        link, day, is_outward=False, ours={"messages": len(held), "rows": 0}, theirs={"messages": len(theirs), "rows": 0},
        missing=[f"{_ENTRIES.title} {code}" for code in sorted(held ^ theirs)], different=[],
    )


def _compared(link: Link, caller: Caller, group: _Group) -> _Found:
    reported, on_way = _reported(link, group.kind)
    every, division = _listed(caller, group), posting.platform().division
    listed = {code: row for code, row in every.items() if not mapping.is_gone(row)}
    others = {
        code: row for code, row in every.items()
        if code not in reported and code not in on_way and str(row.get("region_code", "")) != division
    }
    found = _Found(
        others={code: row for code, row in others.items() if code in listed},
        gone={code: row for code, row in others.items() if code not in listed},
    )
    theirs = listed.keys() - found.others.keys() - on_way
    found.ours, found.theirs = len(reported), len(theirs)
    found.missing = [f"{group.title} {code}" for code in sorted(reported ^ theirs)]
    if _is_all_told(link):
        versions = Resource.objects.filter(code__in=reported & theirs).order_by("code").values_list("code", "version")
        told = [(code, version, str(listed[code].get(group.version, ""))) for code, version in versions]
        found.different = [f"{group.title} {code}" for code, version, there in told if there not in ("", str(version))]
    return found


def _is_all_told(link: Link) -> bool:
    """Whether every change of our catalogue has become a report."""
    held = Link.objects.get(pk=link.pk)
    last = DirectReport.objects.filter(link=link, kind=LetterKind.ENTRIES).order_by("-sequence").values_list("sequence", flat=True).first()
    is_written = held.catalogue is not None and not announcing.events_after(held.catalogue, size=1)
    return is_written and not Outgoing.objects.filter(link=link, kind=LetterKind.ENTRIES, sequence__gt=last or 0).exists()


def _reported(link: Link, kind: str) -> tuple[set[str], set[str]]:
    """Codes of what the platform should have, and of what is on its way to it."""
    reports = DirectReport.objects.filter(link=link, kind=kind).order_by("sequence", "place")
    last = {one.about: one for one in reports.only("about", "state", "service")}
    on_way = {about for about, one in last.items() if one.state == ReportState.WAITING}
    refused = {about for about, one in last.items() if one.state == ReportState.REFUSED and not one.service}  # before it was called
    in_force = Resource.objects.filter(code__in=refused, state=ResourceState.PUBLISHED).values_list("code", flat=True)
    told = {about for about, one in last.items() if about not in on_way and one.service and not one.service.endswith("_revoke")}
    return told | set(in_force), on_way


def _listed(caller: Caller, group: _Group) -> dict[str, Row]:
    """What it lists, also what is no more in force there, by its code."""
    rows = (row for page in pages(caller.call, group.query, {"update_time_start": 0}, title=mapping.SERVICES[group.query]) for row in page)
    return {str(row.get(group.code, "")): row for row in rows}


def _moment(row: Row) -> int:
    """When it changed there; 0 of what cannot be read, which counts as known."""
    said = str(row.get("update_time") or "")
    return int(said) if said.isdecimal() else 0
