"""Lists that follow from the entries: who answers for what, what is withheld and why, how complete a department's entries are.

Responsibility  责任清单: each published entry with its provider, source departments, cycle and way of sharing
Negative        负面清单: what is withheld from sharing or opening, with its basis
Completeness    share of what the guide of 2017 and Decree 809 art. 13 demand, by entry; a department's is the mean
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q

from suixin.data.catalog import rules
from suixin.data.catalog.models import OpenType, Resource, ResourceState, ShareType
from suixin.ground.people.models import Organisation

# days after which data of a cycle are late, tolerance included; 不定期 is never (standards/data.md 1.9)
UPDATE_DAYS = {"1": 1, "2": 2, "3": 9, "4": 36, "5": 102, "6": 396}
OBLIGATORY = (
    ("abstract", "摘要"), ("keywords", "关键词"), ("format_type", "格式"), ("data_class", "数据分类"), ("share_method", "共享方式"),
    ("secrecy_assessment", "保密风险评估编号"), ("privacy_assessment", "个人信息保护影响评估编号"), ("approver", "审核同意人"),
)


@dataclass
class DepartmentScore:
    """How a department's entries stand; `late` are those whose data are older than their cycle allows."""

    provider: Organisation
    published: int = 0
    proposed: int = 0
    percents: list[float] = field(default_factory=list)
    late: list[Resource] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """Mean completeness of its published entries, 0 to 100; 100 when it has none."""
        return sum(self.percents) / len(self.percents) if self.percents else 100.0


def responsibilities() -> Sequence[Resource]:
    """Published entries with what their page of the list needs, by provider."""
    found = Resource.objects.published().select_related("provider", "source_department").prefetch_related("items")
    return list(found.order_by("provider__lineage", "code"))


def negatives() -> Sequence[Resource]:
    """Published entries that are withheld from sharing or from opening, those from sharing first."""
    withheld = Q(share_type=ShareType.WITHHELD) | Q(open_type=OpenType.WITHHELD)
    found = Resource.objects.published().filter(withheld).select_related("provider")
    return sorted(found, key=lambda one: (one.share_type != ShareType.WITHHELD, one.code))


def missing_of(entry: Resource) -> list[str]:
    """Names of what the entry should state and does not."""
    told = [word for name, word in OBLIGATORY if not getattr(entry, name)]
    known = {name for name, _ in OBLIGATORY}
    return told + [sentence for name, sentence in rules.gaps_of(entry.stated) if name not in known]


def missing_before_review(entry: Resource) -> list[tuple[str, str, bool]]:
    """(field, sentence, whether it must be stated before the review) of what the entry should still state."""
    needed = rules.gaps_of(entry.stated, entry.contract.items)
    told = {name for name, _ in needed}
    return [(name, sentence, True) for name, sentence in needed] + [
        (name, f"{word}没有填写", False)
        for name, word in OBLIGATORY if name not in told and name != "approver" and not getattr(entry, name)
    ]


def percent_of(entry: Resource) -> float:
    """Completeness of an entry, 0 to 100: of what is always asked and what its sharing and opening ask beside it."""
    missing = len(missing_of(entry))
    extra = sum(name not in {one for one, _ in OBLIGATORY} for name, _ in rules.gaps_of(entry.stated))
    return 100.0 * (1 - missing / (len(OBLIGATORY) + extra))


def days_late(cycle: str, last: date | None, today: date) -> int:
    """Days by which data last updated on `last` are late; 0 when they are not, or their cycle knows no day.

    Source  standards/data.md 1.9; what never came is not late here, it is missing
    """
    days = UPDATE_DAYS.get(cycle)
    if days is None or last is None:
        return 0
    return max(0, (today - last - timedelta(days=days)).days)


def scores(last_updated: dict[int, date], today: date) -> list[DepartmentScore]:
    """Each department that provides anything, the least complete first; `last_updated` by pk of the entry."""
    found: dict[int, DepartmentScore] = {}
    entries = Resource.objects.exclude(state=ResourceState.WITHDRAWN).select_related("provider")
    for entry in entries:
        score = found.setdefault(entry.provider_id, DepartmentScore(entry.provider))
        if entry.state != ResourceState.PUBLISHED:
            score.proposed += 1
            continue
        score.published += 1
        score.percents.append(percent_of(entry))
        if days_late(entry.update_cycle, last_updated.get(entry.pk), today):
            score.late.append(entry)
    return sorted(found.values(), key=lambda one: (one.percent, one.provider.lineage))


def sources_of(entry: Resource, names: dict[str, str]) -> str:
    """The departments that the entry's items come from, when other than its provider; `names` by credit code."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for item in entry.items.all():
        if item.source_department:
            by_source[names.get(item.source_department, item.source_department)].append(item.name)
    whole = entry.source_department.name if entry.source_department else ""
    parts = [f"{name}（{'、'.join(items)}）" for name, items in by_source.items()]
    return "；".join(([whole] if whole else []) + parts)
