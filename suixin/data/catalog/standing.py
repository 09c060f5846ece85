"""How complete an entry is and when its data are late; kept beside it in one narrow row, so that lists count in SQL.

Completeness  share of what the guide of 2017 and Decree 809 art. 13 demand
Late          data older than their cycle allows, tolerance included (standards/data.md 1.9); what never came is not late
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db.models import QuerySet

from suixin.data.catalog import rules
from suixin.data.catalog.models import Resource, Standing

# days after which data of a cycle are late, tolerance included; 不定期 is never (standards/data.md 1.9)
UPDATE_DAYS = {"1": 1, "2": 2, "3": 9, "4": 36, "5": 102, "6": 396}
APPROVER = "审核同意人"  # known only when the review is over
OBLIGATORY = (
    ("abstract", "摘要"), ("keywords", "关键词"), ("format_type", "格式"), ("data_class", "数据分类"), ("share_method", "共享方式"),
    ("secrecy_assessment", "保密风险评估编号"), ("privacy_assessment", "个人信息保护影响评估编号"), ("approver", APPROVER),
)
_COLUMNS = ("provider", "state", "percent", "items", "unsourced", "late_from")
PORTION = 1_000


def missing_of(entry: Resource) -> list[str]:
    """Names of what the entry should state and does not."""
    told = [word for name, word in OBLIGATORY if not getattr(entry, name)]
    known = {name for name, _ in OBLIGATORY}
    return told + [sentence for name, sentence in rules.gaps_of(entry.stated) if name not in known]


def percent_of(entry: Resource) -> float:
    """Completeness of an entry, 0 to 100: of what is always asked and what its sharing and opening ask beside it."""
    missing = len(missing_of(entry))
    extra = sum(name not in {one for one, _ in OBLIGATORY} for name, _ in rules.gaps_of(entry.stated))
    return 100.0 * (1 - missing / (len(OBLIGATORY) + extra))


def late_from(cycle: str, last: date | None) -> date | None:
    """The first day on which data last updated on `last` are late; None when no day is."""
    days = UPDATE_DAYS.get(cycle)
    return None if days is None or last is None else last + timedelta(days=days + 1)


def days_late(first: date | None, today: date) -> int:
    """Days by which data that are late from `first` on are late today; 0 when they are not."""
    return 0 if first is None else max(0, (today - first).days + 1)


def keep(resource: Resource) -> None:
    """The entry's row as the entry stands now; part of the action that changed it."""
    known = Standing.objects.filter(pk=resource.pk).values_list("data_on", flat=True)[:1]
    row = _row(resource, next(iter(known), None))
    Standing.objects.update_or_create(pk=row.pk, defaults={name: getattr(row, name) for name in _COLUMNS})


def data_landed(resource: Resource, day: date) -> None:
    """The entry's data are of that day now."""
    Standing.objects.filter(pk=resource.pk).update(data_on=day, late_from=late_from(resource.update_cycle, day))


def rebuild(entries: QuerySet[Resource], last_updated: Mapping[int, date]) -> int:
    """How many rows were computed anew, in portions; `last_updated` by pk of the entry."""
    keys = list(entries.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), PORTION):
        found = Resource.objects.filter(pk__in=keys[start : start + PORTION]).prefetch_related("items")
        _write(_row(one, last_updated.get(one.pk)) for one in found)
    return len(keys)


def missing() -> QuerySet[Resource]:
    """Entries that have no row yet: written by an earlier version of the program, or past the actions."""
    return Resource.objects.filter(standing=None)


def _write(rows: Iterable[Standing]) -> None:
    Standing.objects.bulk_create(rows, update_conflicts=True, unique_fields=["resource"], update_fields=[*_COLUMNS, "data_on"])


def _row(resource: Resource, data_on: date | None) -> Standing:
    sources = [item.source_department for item in resource.items.all()]
    return Standing(
        resource=resource, provider_id=resource.provider_id, state=resource.state, percent=round(percent_of(resource)),
        items=len(sources), unsourced=0 if resource.source_department_id else sources.count(""),
        data_on=data_on, late_from=late_from(resource.update_cycle, data_on),
    )
