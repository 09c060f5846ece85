"""What a table measures: which column says when, which says where or which one, which ones are measured.

Read from the columns a plan shows and, where names do not tell, from the values of one version; kept per version.

    time      a date, an instant, or years and months written as text or number
    district  a column of the city's district codes
    series    the column that, with time, names one row each and has few values: a line for each of them
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from suixin.data.access import rows
from suixin.data.access.memo import Memo
from suixin.data.access.plans import Column, Plan
from suixin.data.access.query import Aggregate, Filter, Function, Operator, RowsQuery
from suixin.data.access.versions import Snapshot
from suixin.data.catalog.contract import ItemType

MAX_SERIES = 8
MEASURES = frozenset({ItemType.NUMBER, ItemType.MONEY, ItemType.DOUBLE, ItemType.FLOAT, ItemType.INTEGER})
TIMES = frozenset({ItemType.DATE, ItemType.DATETIME})
WRITTEN_TIMES = frozenset({ItemType.TEXT, ItemType.INTEGER})
DIVISION_SETS = ("-district",)
# whole numbers that place a row rather than measure it
PLACES = frozenset({
    "小时", "时", "年", "年份", "年度", "月", "月份", "日", "序号", "编号", "星期", "排名", "hour", "year", "month", "day", "id", "rank",
})
TIME_NAMES = frozenset({
    "年", "年份", "年度", "月份", "统计月份", "季度", "时间", "日期", "指标", "year", "month", "period", "date", "time",
})
PREFERRED = ("常住人口", "全社会用电量", "空气质量指数")
COUNTABLE = frozenset(
    "人 个 件 家 户 所 辆 次 人次 万人 吨 万吨 千瓦时 万千瓦时 亿千瓦时 元 万元 亿元 万立方米 亿立方米 平方千米 公顷 亩 张 套 处".split()  # noqa: SIM905 easier to read
)
_NOT_COUNTED = ("指数", "系数", "基数", "倍数", "均数")
_PERIOD = re.compile(r"(19|20)\d\d年?([-/.]?\d{1,2}月?([-/.]?\d{1,2}日?)?|[-年]?[Qq第]?[一二三四1-4]季度?)?")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table may be drawn. `is_single`: time and series name one row each, so nothing is aggregated."""

    time: Column | None
    district: Column | None
    series: Column | None
    measures: tuple[Column, ...]
    is_single: bool


_shapes = Memo[Shape](limit=1024)


def shape_of(plan: Plan, snapshot: Snapshot) -> Shape:
    """The shape of a version; found once for each version and plan."""
    key = (snapshot.table, snapshot.version, plan.fingerprint)
    return _shapes.get(key) or _shapes.put(key, _find(plan, snapshot))


def is_countable(column: Column) -> bool:
    """Whether values of the column add up over rows (heads, tonnes), unlike rates and concentrations."""
    if column.item.unit:
        return column.item.unit in COUNTABLE
    return column.type is ItemType.INTEGER and column.name.endswith(("数", "量")) and not column.name.endswith(_NOT_COUNTED)


def chosen_measure(shape: Shape, wish: str) -> Column | None:
    """The measure of that field; without one the usual of its kind, else the first; None when there is none."""
    wished = next((one for one in shape.measures if one.field == wish), None)
    usual = next((one for name in PREFERRED for one in shape.measures if one.name == name), None)
    return wished or usual or next(iter(shape.measures), None)


def _find(plan: Plan, snapshot: Snapshot) -> Shape:
    shown = [column for column in plan.columns if not column.mask]
    district = next((c for c in shown if c.item.code_set.endswith(DIVISION_SETS)), None)
    time = next((c for c in shown if c.type in TIMES), None) or next(
        (c for c in shown if _may_be_time(c, shown) and _is_written_time(c, plan, snapshot)), None)
    measures = tuple(c for c in shown if _is_measure(c) and c is not time)
    if time is None:
        return Shape(None, district, None, measures, is_single=False)
    if _groups(plan, snapshot, (time,)) == snapshot.rows:
        return Shape(time, district, None, measures, is_single=True)
    for column in _candidates(shown, district, time):
        few = 2 <= _groups(plan, snapshot, (column,)) <= MAX_SERIES
        if few and _groups(plan, snapshot, (time, column)) == snapshot.rows:
            return Shape(time, district, column, measures, is_single=True)
    by_district = district if district and 2 <= _groups(plan, snapshot, (district,)) <= MAX_SERIES else None
    return Shape(time, district, by_district, measures, is_single=False)


def _candidates(shown: Sequence[Column], district: Column | None, time: Column) -> list[Column]:
    """Columns that may name what a row is of: the district, names, then texts of the key; at most four are tried."""
    texts = [c for c in shown if c.type is ItemType.TEXT and c is not time]
    named = [c for c in texts if "name" in c.field or "名" in c.name]
    ordered = [*([district] if district else []), *named, *(c for c in texts if c.item.is_key)]
    return list(dict.fromkeys(ordered))[:4]


def _may_be_time(column: Column, shown: Sequence[Column]) -> bool:
    if column.type not in WRITTEN_TIMES or column.item.code_set:
        return False
    is_named = column.name in TIME_NAMES or column.field in TIME_NAMES or column.item.unit in ("年", "月")
    return is_named or (column is shown[0] and column.type is ItemType.TEXT)


def _is_written_time(column: Column, plan: Plan, snapshot: Snapshot) -> bool:
    """Whether least and greatest value read as a year, a month, a day or a quarter."""
    if not snapshot.rows:
        return False
    query = RowsQuery(group_by=(column,), aggregates=(Aggregate(column, Function.COUNT),), page_size=40,
                      filters=(Filter(column, Operator.IS_NOT_NULL),))
    found = rows.fetch_page(plan, query, snapshot).rows
    return bool(found) and all(_PERIOD.fullmatch(str(row[column.field]).strip()) for row in found)


def _groups(plan: Plan, snapshot: Snapshot, columns: tuple[Column, ...]) -> int:
    return rows.count_rows(plan, RowsQuery(group_by=columns), snapshot)


def _is_measure(column: Column) -> bool:
    item = column.item
    is_place = item.name in PLACES or item.field in PLACES or "经度" in item.name or "纬度" in item.name
    is_number = item.name.endswith(("编码", "代码", "编号", "序号", "邮编")) or item.field.endswith(("_id", "_code"))
    is_number = is_number or item.unit in ("年", "月")
    return column.type in MEASURES and not item.is_key and not item.code_set and not is_place and not is_number
