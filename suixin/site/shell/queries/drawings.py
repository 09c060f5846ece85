"""Which chart a table of open data allows, and its points: read through the public plan, grouped by the engine.

District codes give the city's map, dates a time series. Nothing is drawn that a reader could not download.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import rows
from suixin.data.access.plans import Column, Plan
from suixin.data.access.query import Aggregate, Function, RowsQuery, Sort
from suixin.data.access.versions import Snapshot
from suixin.data.catalog.contract import ItemType
from suixin.ground.standards import code_set
from suixin.kit import clock
from suixin.site.shell.city import city
from suixin.site.shell.components import Chart, Series

MAX_POINTS = 5_000
MAX_SERIES = 4
MEASURES = frozenset({ItemType.NUMBER, ItemType.MONEY, ItemType.DOUBLE, ItemType.FLOAT, ItemType.INTEGER})
TIMES = frozenset({ItemType.DATE, ItemType.DATETIME})
DIVISION_SETS = ("-district",)
# whole numbers that place a row rather than measure it
PLACES = frozenset({"小时", "时", "年", "年份", "年度", "月", "月份", "日", "序号", "编号", "星期", "hour", "year", "month", "id"})


@dataclass(frozen=True, slots=True)
class Drawable:
    """How a table may be drawn: along `axis`, showing `measures`; none of them means counting rows."""

    kind: str
    axis: Column
    measures: tuple[Column, ...]


def drawable(plan: Plan) -> Drawable | None:
    """What the columns allow: districts first, then time, else None."""
    open_columns = [column for column in plan.columns if not column.mask]
    measures = tuple(column for column in open_columns if _is_measure(column))
    district = next((c for c in open_columns if c.item.code_set.endswith(DIVISION_SETS)), None)
    if district is not None:
        return Drawable("districts", district, ())
    time = next((c for c in open_columns if c.type in TIMES), None)
    return Drawable("line", time, measures[:MAX_SERIES]) if time is not None else None


def draw(plan: Plan, snapshot: Snapshot, *, title: str, src: str) -> Chart | None:
    """The chart of a table, None when it has nothing to draw."""
    found = drawable(plan)
    if found is None or not snapshot.rows:
        return None
    if found.kind == "districts":
        return _districts(plan, snapshot, found, title=title, src=src)
    return _timeline(plan, snapshot, found, title=title, src=src)


def _districts(plan: Plan, snapshot: Snapshot, found: Drawable, *, title: str, src: str) -> Chart | None:
    points = _grouped(plan, snapshot, RowsQuery(
        group_by=(found.axis,), aggregates=(Aggregate(found.axis, Function.COUNT),), page_size=MAX_POINTS,
    ))
    names = code_set(found.axis.item.code_set).entries
    counted = {str(code): count for code, (count,) in points}
    codes = [code for code in names if not code.endswith("00") and code in counted]
    if not codes:
        return None
    return Chart(
        kind="districts", title=gettext("%(title)s：各县（市、区）行数") % {"title": title}, src=src,
        labels=[names[code] for code in codes], codes=codes, series=[Series(gettext("行数"), [counted[c] for c in codes])],
        unit=gettext("行"), label_title=gettext("县（市、区）"), regions_src=reverse("city-outlines"),
    )


def _timeline(plan: Plan, snapshot: Snapshot, found: Drawable, *, title: str, src: str) -> Chart | None:
    aggregates = tuple(Aggregate(column, Function.AVG) for column in found.measures)
    query = RowsQuery(
        group_by=(found.axis,), aggregates=aggregates or (Aggregate(found.axis, Function.COUNT),),
        sorts=(Sort(found.axis),), page_size=MAX_POINTS,
    )
    points = [(at, values) for at, values in _grouped(plan, snapshot, query) if at is not None]
    if len(points) < 3:
        return None
    names = [_measure_name(column) for column in found.measures] or [gettext("行数")]
    is_single = len(points) == snapshot.rows
    return Chart(
        kind="line", title=title, src=src, labels=[_label(at) for at, _ in points],
        series=[Series(name, [values[place] for _, values in points]) for place, name in enumerate(names)],
        unit=found.measures[0].item.unit if len(found.measures) == 1 else "", label_title=found.axis.name,
        note="" if is_single or not found.measures else gettext("同一时间有多行时取平均值。"),
    )


def _grouped(plan: Plan, snapshot: Snapshot, query: RowsQuery) -> list[tuple[object, list[float | None]]]:
    page = rows.fetch_page(plan, query, snapshot)
    axis = query.group_by[0].field
    return [(row[axis], [_number(row[one.name]) for one in query.aggregates]) for row in page.rows]


def _is_measure(column: Column) -> bool:
    item = column.item
    is_place = item.name in PLACES or item.field in PLACES or "经度" in item.name or "纬度" in item.name
    return column.type in MEASURES and not item.is_key and not item.code_set and not is_place


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    number = float(value)
    return int(number) if number.is_integer() else round(number, 4)


def _label(at: object) -> str:
    if isinstance(at, datetime):
        return at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")
    return at.isoformat() if isinstance(at, date) else str(at)


def _measure_name(column: Column) -> str:
    return f"{column.name} ({column.item.unit})" if column.item.unit else column.name


def district_names() -> dict[str, str]:
    """Names of the city's districts by their codes."""
    entries = code_set(f"{city(settings.SUIXIN.city).code}-district").entries
    return {code: name for code, name in entries.items() if not code.endswith("00")}


def city_codes() -> list[str]:
    """Division codes of the city's districts."""
    return list(district_names())
