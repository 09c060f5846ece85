"""When each grant was last used, and which were not for ninety days: those are to be withdrawn (standards/data.md 6.5).

`note_uses` carries the last use from this node's access log to the grant, hourly; several nodes do so side by side.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from suixin.data.access import deliveries, log_files
from suixin.data.access.models import Grant, GrantState, SubjectKind
from suixin.kit import clock

UNUSED = timedelta(days=90)
_LAST = (
    "SELECT grant_id, max(at_ms) AS last, max(id) AS id FROM access WHERE at_ms >= :since AND grant_id <> ''"
    " AND code IN ('200', '204', '206') GROUP BY grant_id ORDER BY id DESC LIMIT :limit"
)
_AT_ONCE, _OVERLAP_MS = 1_000_000, 60_000


def unused(at: datetime) -> "QuerySet[Grant]":
    """Grants in force for ninety days or more that nobody used in the last ninety; those to the public are not counted."""
    since = at - UNUSED
    return Grant.objects.filter(
        Q(last_used_at=None) | Q(last_used_at__lt=since), Q(valid_until=None) | Q(valid_until__gt=at), state=GrantState.ACTIVE,
        valid_from__lt=since,
    ).exclude(subject_kind=SubjectKind.PUBLIC)


def note_uses() -> int:
    """How many grants have a later last use now than before."""
    with closing(deliveries.store()) as place:
        since = deliveries.noted(place)
        found: dict[str, int] = {}
        for row in log_files.rows(_LAST, {"since": since - _OVERLAP_MS, "limit": _AT_ONCE}, limit=_AT_ONCE):
            found[str(row["grant_id"])] = max(int(row["last"]), found.get(str(row["grant_id"]), 0))
        moved = _carry(found)
        if found:
            deliveries.note(place, max(found.values()))
    return moved


def _carry(found: Mapping[str, int]) -> int:
    moved = 0
    for uuid, last in found.items():
        at = datetime.fromtimestamp(last / 1000, clock.CHINA)
        moved += Grant.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=at), uuid=uuid).update(last_used_at=at)
    return moved
