"""Charts of a table of open data: the city's map of one measure, its course in time; grouped by the engine, kept per version.

Nothing is drawn that a reader could not download; nothing is aggregated without saying so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext

from suixin.data.access import rows
from suixin.data.access.memo import Memo
from suixin.data.access.plans import Column, Plan
from suixin.data.access.query import Aggregate, Filter, Function, Operator, RowsQuery, Sort
from suixin.data.access.values import parse
from suixin.data.access.versions import Snapshot
from suixin.data.catalog.contract import ItemType
from suixin.ground.standards import code_set
from suixin.kit import clock
from suixin.site.shell.city import city
from suixin.site.shell.components import Chart, Series
from suixin.site.shell.queries.measures import DIVISION_SETS, Shape, chosen_measure, is_countable, shape_of
from suixin.site.shell.words import word

MAX_POINTS = 20_000
MIN_TIMES = 3
KINDS = ("districts", "line")


@dataclass(frozen=True, slots=True)
class Drawings:
    """Charts of one table. `choices`: field, name, whether chosen; `href` answers the same for another choice."""

    charts: Sequence[Chart]
    choices: Sequence[tuple[str, str, bool]]
    href: str
    page: str
    only: str = ""


_kept = Memo[tuple[Chart, ...]](limit=512)


def draw(plan: Plan, snapshot: Snapshot, *, title: str, slug: str, wish: str = "", only: str = "") -> Drawings | None:
    """The charts that a table allows of the measure `wish`, of one kind when `only` names it; None without any."""
    if not snapshot.rows:
        return None
    shape = shape_of(plan, snapshot)
    measure = chosen_measure(shape, wish)
    charts = [chart for chart in _charts(plan, snapshot, (shape, measure), title) if only in ("", chart.kind)]
    if not charts:
        return None
    src = reverse("dataset-chart", args=[slug])
    field = measure.field if measure else ""
    return Drawings(
        [replace(one, src=f"{src}?{urlencode({'draw': one.kind, 'measure': field})}") for one in charts],
        [(one.field, measure_name(one), one is measure) for one in shape.measures],
        reverse("dataset-drawings", args=[slug]), reverse("dataset", args=[slug]), only,
    )


def _charts(plan: Plan, snapshot: Snapshot, what: tuple[Shape, Column | None], title: str) -> tuple[Chart, ...]:
    measure = what[1]
    key = (snapshot.table, snapshot.version, plan.fingerprint, measure and measure.field, title, get_language())
    known = _kept.get(key)
    if known is not None:
        return known
    made = (_map(plan, snapshot, what, title=title), _timeline(plan, snapshot, what))
    return _kept.put(key, tuple(chart for chart in made if chart is not None))


def _map(plan: Plan, snapshot: Snapshot, what: tuple[Shape, Column | None], *, title: str) -> Chart | None:
    """The measure by district in its latest period; of a register without measures, how many entries each has."""
    shape, measure = what
    if shape.district is None or (measure is None and shape.time is not None):
        return None
    period = _latest(plan, snapshot, shape.time, measure) if shape.time is not None and measure is not None else None
    filters = (Filter(shape.time, Operator.EXACT, (period[0],)),) if shape.time is not None and period else ()
    function = _function(measure, is_sum=True)
    aggregate = Aggregate(measure or shape.district, function)
    counts = Aggregate(shape.district, Function.COUNT)
    query = RowsQuery(group_by=(shape.district,), aggregates=(aggregate, counts), filters=filters, page_size=MAX_POINTS)
    found = {str(row[shape.district.field]): row for row in rows.fetch_page(plan, query, snapshot).rows}
    names = code_set(shape.district.item.code_set).entries
    codes = [code for code in names if not code.endswith("00") and code in found]
    if not codes:
        return None
    is_many = any(_number(found[code][counts.name]) != 1 for code in codes)
    name = measure.name if measure else gettext("条目数")
    unit = word(measure.item.unit) if measure else gettext("条")
    told = gettext("，").join(part for part in (unit, period[1] if period else "") if part)
    shown = gettext("%(what)s：%(measure)s") % {"what": title, "measure": name}
    return Chart(
        kind="districts", src="", unit=unit, label_title=gettext("县（市、区）"), labels=[names[code] for code in codes], codes=codes,
        title=gettext("%(name)s（%(unit)s）") % {"name": shown, "unit": told} if told else shown,
        series=[Series(name, [_number(found[code][aggregate.name]) for code in codes])],
        note=_aggregated(function, gettext("每个县（市、区）有多行")) if is_many and measure else "", regions_src=reverse("city-outlines"),
    )


def _latest(plan: Plan, snapshot: Snapshot, time: Column, measure: Column) -> tuple[object, str] | None:
    """The newest period in which the measure has a value: as bound to a filter, as read."""
    query = RowsQuery(
        group_by=(time,), filters=(Filter(measure, Operator.IS_NOT_NULL), Filter(time, Operator.IS_NOT_NULL)),
        sorts=(Sort(time, is_descending=True),), page_size=1,
    )
    found = rows.fetch_page(plan, query, snapshot).rows
    if not found:
        return None
    value = found[0][time.field]
    bound = parse(str(value), time.type, parameter=time.field, column=time.name) if time.type is ItemType.DATETIME else value
    return bound, _label(value)


def _timeline(plan: Plan, snapshot: Snapshot, what: tuple[Shape, Column | None]) -> Chart | None:
    """The measure's course, one line for each series of the shape; the newest points when there are very many."""
    shape, measure = what
    if shape.time is None or measure is None:
        return None
    is_panel = plan.contract.key and shape.time.field in plan.contract.key
    function = Function.AVG if shape.is_single else _function(measure, is_sum=bool(is_panel))
    aggregate = Aggregate(measure, function)
    query = RowsQuery(
        group_by=(shape.time, *((shape.series,) if shape.series else ())), aggregates=(aggregate,), page_size=MAX_POINTS,
        filters=(Filter(shape.time, Operator.IS_NOT_NULL),), sorts=(Sort(shape.time, is_descending=True),),
    )
    points = [
        (_label(row[shape.time.field]), str(row[shape.series.field]) if shape.series else "", _number(row[aggregate.name]))
        for row in reversed(rows.fetch_page(plan, query, snapshot).rows)
    ]
    labels = _measured_times(points)
    if len(labels) < MIN_TIMES:
        return None
    return Chart(
        kind="line", src="", unit=word(measure.item.unit), labels=labels, label_title=gettext("时间"),
        title=gettext("%(measure)s的变化") % {"measure": measure_name(measure)}, series=_series(points, labels, what),
        note="" if shape.is_single else _aggregated(function, gettext("同一时间有多行")),
    )


def _measured_times(points: Sequence[tuple[str, str, float | None]]) -> list[str]:
    """Times in order from the first to the last that has a value."""
    labels = list(dict.fromkeys(label for label, _, _ in points))
    measured = {label for label, _, value in points if value is not None}
    places = [place for place, label in enumerate(labels) if label in measured]
    return labels[places[0]:places[-1] + 1] if places else []


def _series(points: Sequence[tuple[str, str, float | None]], labels: Sequence[str], what: tuple[Shape, Column | None]) -> list[Series]:
    shape, measure = what
    values = {(label, key): value for label, key, value in points}
    keys = list(dict.fromkeys(key for _, key, _ in points))
    names = _names(shape.series) if shape.series else {}
    keys.sort(key=lambda key: (list(names).index(key) if key in names else len(names), key))
    whole = measure.name if measure else ""
    return [Series(names.get(key, key) or whole, [values.get((label, key)) for label in labels]) for key in keys]


def _names(column: Column) -> dict[str, str]:
    return dict(code_set(column.item.code_set).entries) if column.item.code_set.endswith(DIVISION_SETS) else {}


def _function(measure: Column | None, *, is_sum: bool) -> Function:
    if measure is None:
        return Function.COUNT
    return Function.SUM if is_sum and is_countable(measure) else Function.AVG


def _aggregated(function: Function, why: str) -> str:
    how = gettext("取合计。") if function is Function.SUM else gettext("取平均值。")
    return f"{why}{gettext('，')}{how}"


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    number = float(value)
    return int(number) if number.is_integer() else round(number, 4)


def _label(at: object) -> str:
    if isinstance(at, datetime):
        return at.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")
    if isinstance(at, str) and len(at) > 16 and at[10] == "T":
        return at[:16].replace("T", " ")
    return at.isoformat() if isinstance(at, date) else str(at)


def measure_name(column: Column) -> str:
    """The measure with its unit."""
    return gettext("%(name)s（%(unit)s）") % {"name": column.name, "unit": word(column.item.unit)} if column.item.unit else column.name


def district_names() -> dict[str, str]:
    """Names of the city's districts by their codes, in the order of codes."""
    entries = code_set(f"{city(settings.SUIXIN.city).code}-district").entries
    return {code: name for code, name in entries.items() if not code.endswith("00")}


def city_codes() -> list[str]:
    """Division codes of the city's districts."""
    return list(district_names())
