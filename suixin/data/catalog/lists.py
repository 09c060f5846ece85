"""Lists that follow from the entries, each a query that a page takes a part of, and the figures of every department.

Responsibility  责任清单: each published entry with its provider, source departments, cycle and way of sharing
Negative        负面清单: what is withheld from sharing or opening, with its basis
Late            what is older than its cycle allows
Figures         counted in SQL over the narrow rows of `Standing`: one query a kind of thing, however many entries there are
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Avg, Case, Count, IntegerField, Q, QuerySet, Sum, Value, When

from suixin.data.catalog import rules
from suixin.data.catalog.models import (
    LIVE_CHANGES,
    OPEN_DEMANDS,
    Change,
    Demand,
    DemandState,
    InformationSystem,
    OpenType,
    Resource,
    ResourceState,
    ShareType,
    Standing,
)
from suixin.data.catalog.standing import OBLIGATORY
from suixin.ground.people.models import Organisation


@dataclass(frozen=True, slots=True)
class Figures:
    """How a department stands: its entries, their completeness (100 without any), demands that it is to answer, its systems."""

    provider: Organisation
    published: int = 0
    proposed: int = 0
    changes: int = 0
    percent: float = 100.0
    late: int = 0
    demands: int = 0
    overdue: int = 0
    systems: int = 0
    empty_systems: int = 0
    items: int = 0
    unsourced: int = 0


def responsibilities() -> QuerySet[Resource]:
    """Published entries by provider; a page of them wants `prefetch_related("items")`."""
    found = Resource.objects.published().select_related("provider", "source_department", "standing")
    return found.order_by("provider__lineage", "code")


def negatives() -> QuerySet[Resource]:
    """Published entries that are withheld from sharing or from opening, those from sharing first."""
    withheld = Q(share_type=ShareType.WITHHELD) | Q(open_type=OpenType.WITHHELD)
    first = Case(When(share_type=ShareType.WITHHELD, then=Value(0)), default=Value(1), output_field=IntegerField())
    return Resource.objects.published().filter(withheld).select_related("provider").order_by(first, "code")


def late(today: date) -> QuerySet[Resource]:
    """Published entries whose data are late today, the longest first."""
    found = Resource.objects.filter(standing__state=ResourceState.PUBLISHED, standing__late_from__lte=today)
    return found.select_related("provider", "standing").order_by("standing__late_from", "pk")


def figures(today: date) -> list[Figures]:
    """Each department that provides, is asked or runs anything, the least complete first; five queries."""
    found: dict[int, dict[str, float]] = defaultdict(dict)
    for rows in (_of_entries(today), _of_changes(), _of_demands(today), _of_systems()):
        for pk, counts in rows:
            found[pk].update(counts)
    places = Organisation.objects.in_bulk(list(found))
    made = [
        Figures(places[pk], **{name: value if name == "percent" else int(value) for name, value in counts.items()})  # type: ignore[arg-type]  # by name
        for pk, counts in found.items()
    ]
    return sorted(made, key=lambda one: (one.percent, one.provider.lineage))


def missing_before_review(entry: Resource) -> list[tuple[str, str, bool]]:
    """(field, sentence, whether it must be stated before the review) of what the entry should still state."""
    needed = rules.gaps_of(entry.stated, entry.contract.items)
    told = {name for name, _ in needed}
    return [(name, sentence, True) for name, sentence in needed] + [
        (name, f"{word}没有填写", False)
        for name, word in OBLIGATORY if name not in told and name != "approver" and not getattr(entry, name)
    ]


def sources_of(entry: Resource, names: dict[str, str]) -> str:
    """The departments that the entry's items come from, when other than its provider; `names` by credit code."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for item in entry.items.all():
        if item.source_department:
            by_source[names.get(item.source_department, item.source_department)].append(item.name)
    whole = entry.source_department.name if entry.source_department else ""
    parts = [f"{name}（{'、'.join(items)}）" for name, items in by_source.items()]
    return "；".join(([whole] if whole else []) + parts)


Rows = Iterable[tuple[int, dict[str, float]]]


def _of_entries(today: date) -> Rows:
    in_force = Q(state=ResourceState.PUBLISHED)
    rows = Standing.objects.exclude(state=ResourceState.WITHDRAWN).values("provider").annotate(
        published=Count("pk", filter=in_force), proposed=Count("pk", filter=Q(state=ResourceState.PROPOSED)),
        late=Count("pk", filter=in_force & Q(late_from__lte=today)), mean=Avg("percent", filter=in_force),
        wanted=Sum("items", filter=in_force, default=0), unnamed=Sum("unsourced", filter=in_force, default=0),
    )
    for row in rows:
        yield row["provider"], {
            "published": row["published"], "proposed": row["proposed"], "late": row["late"],
            "percent": 100.0 if row["mean"] is None else float(row["mean"]), "items": row["wanted"], "unsourced": row["unnamed"],
        }


def _of_changes() -> Rows:
    rows = Change.objects.filter(state__in=LIVE_CHANGES).order_by().values("resource__provider").annotate(every=Count("pk"))
    return ((row["resource__provider"], {"changes": row["every"]}) for row in rows)


def _of_demands(today: date) -> Rows:
    """Demands that wait for a department: assigned to it, or promised by it."""
    waiting = Demand.objects.filter(state__in=OPEN_DEMANDS, owner__isnull=False).exclude(state=DemandState.FILED).order_by()
    rows = waiting.values("owner").annotate(every=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today)))
    return ((row["owner"], {"demands": row["every"], "overdue": row["overdue"]}) for row in rows)


def _of_systems() -> Rows:
    rows = InformationSystem.objects.order_by().values("organisation").annotate(
        every=Count("pk", distinct=True), empty=Count("pk", distinct=True, filter=Q(holdings=None))
    )
    return ((row["organisation"], {"systems": row["every"], "empty_systems": row["empty"]}) for row in rows)
