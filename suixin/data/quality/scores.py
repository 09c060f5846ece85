"""Marks of a batch on the six dimensions of GB/T 36344-2018, 0..100, higher is better.

Indicators, their formulas and what one batch cannot tell stand in `indicators`; what does not apply to a batch is left
out, not counted as passed. Without indicators accessibility is 100 for what was just read.
0401 is read within a column: the same code written now as code, now as name, is inconsistent but for the usual writing.
Indicators count cells, so in a wide table a fault that refuses nearly every row hardly moves them. Our choice: a
dimension is not better than the share of rows that its rules let through, the total not than the share accepted.
Weights are our choice of 5.8 and can be set: settings.SUIXIN.quality_weights.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from django.conf import settings

from suixin.data.quality import indicators

DIMENSIONS = ("conformity", "completeness", "accuracy", "consistency", "timeliness", "accessibility")
TITLES = {
    "conformity": "规范性",
    "completeness": "完整性",
    "accuracy": "准确性",
    "consistency": "一致性",
    "timeliness": "时效性",
    "accessibility": "可访问性",
}
WEIGHTS = {
    "conformity": 20.0,
    "completeness": 20.0,
    "accuracy": 20.0,
    "consistency": 15.0,
    "timeliness": 15.0,
    "accessibility": 10.0,
}
INDICATORS = {one.code: one.dimension for one in indicators.ALL if one.is_computed}
_CYCLE_DAYS = {"1": 1, "2": 1, "3": 7, "4": 31, "5": 92, "6": 366}


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted: elements (B) and those that failed, per indicator; 0 of 0 is left out."""

    elements: Mapping[str, int]
    failed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusals:
    """Rows of a batch, those rejected, and those rejected by rules of each dimension (a row counts once in each)."""

    rows: int
    rejected: int
    by_dimension: Mapping[str, int] = field(default_factory=dict)

    def passed(self, refused: int) -> float:
        """Percent of the rows that were not refused; 100 without rows."""
        return round(100 * (1 - min(refused, self.rows) / self.rows), 2) if self.rows else 100.0


def score_indicators(tally: Tally) -> dict[str, float]:
    """Percent of elements that meet each indicator; indicators without elements are absent.

    Source  GB/T 36344-2018, X = A / B
    """
    return {
        code: round(100 * (1 - min(tally.failed.get(code, 0), total) / total), 4)
        for code, total in sorted(tally.elements.items())
        if total > 0
    }


def score_dimensions(
    measured: Mapping[str, float], weights: Mapping[str, float] | None = None, *, refusals: Refusals | None = None
) -> dict[str, float]:
    """The six dimensions and `total`. A dimension is the mean of its indicators, absent when it has none.

    Shape   weights: any positive numbers; those of absent dimensions are left out of the total
            refusals: what bounds dimensions and total; None bounds nothing
    """
    bounds = refusals or Refusals(0, 0)
    chosen = weights or configured_weights()
    marks: dict[str, float] = {}
    for dimension in DIMENSIONS:
        found = [mark for code, mark in measured.items() if INDICATORS.get(code) == dimension]
        if found:
            marks[dimension] = round(sum(found) / len(found), 2)
    marks.setdefault("accessibility", 100.0)
    marks = {dimension: min(mark, bounds.passed(bounds.by_dimension.get(dimension, 0))) for dimension, mark in marks.items()}
    weight = sum(chosen.get(dimension, 0.0) for dimension in marks)
    total = sum(mark * chosen.get(dimension, 0.0) for dimension, mark in marks.items())
    return {**marks, "total": min(round(total / weight, 2) if weight else 0.0, bounds.passed(bounds.rejected))}


def timeliness(latest: date | None, *, today: date, cycle: str) -> float | None:
    """Percent for indicator 0502: 100 within the update cycle, falling to 0 after ten; None when unknown.

    Shape   cycle: code of the update cycle (standards/data.md 1.9); "9" has no due time
    Source  our choice; the standard gives only A/B
    """
    days = _CYCLE_DAYS.get(cycle)
    if latest is None or days is None:
        return None
    late = (today - latest).days - days
    return 100.0 if late <= 0 else round(max(0.0, 100.0 * (1 - late / (9 * days))), 2)


def configured_weights() -> Mapping[str, float]:
    """The weights of the installation, else ours."""
    found = getattr(getattr(settings, "SUIXIN", None), "quality_weights", None) if settings.configured else None
    return found or WEIGHTS
