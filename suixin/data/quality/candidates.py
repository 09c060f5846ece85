"""Which columns together identify a row: a few plausible sets, each proven over all rows or not proposed.

Only hashes of the plausible columns are written to a scratch file; a set without two equal hashes is unique
for certain. Sets are tried on the first 100,000 rows before the whole table is read for them.
"""

import re
from itertools import combinations, islice
from math import prod

import duckdb
import pyarrow as pa

from suixin.data.quality.cells import is_odd, raw_sql, trimmed
from suixin.data.quality.keys import ROWS_PER_SLICE, scratch
from suixin.data.quality.profile import ColumnProfile, TableProfile
from suixin.data.quality.shapes import Shape
from suixin.data.quality.source import SourceTable

FIRST_ROWS = 100_000
MAX_POOL = 8
MAX_TRIES = 20
FILE_HEADER = "来源文件"  # rows of two files are two facts, so the file is part of every key
_MADE_UP = re.compile(r"(列|第)\d+级?")  # headers that the reader gave: nobody meant them to identify anything
_SERIAL = re.compile(r"序号?|行号|行序|顺序号|no\.?|#|index|row_?(no|num|number|id)?", re.IGNORECASE)
_IDENTITY = ("id", "code", "symbol", "代码", "编码", "号", "号码", "uuid")
_CODES = ("code", "代码", "编码")  # 0, 1, 2 in such a column are meant
_WHOSE = re.compile(r"站|地区|区县|城市|乡镇|街道|单位|机构|名称|station|city|district|name", re.IGNORECASE)
_DESCRIBES = re.compile(  # two persons may share it, or it only tells about the thing: as a key it would overwrite rows
    r"姓名|人$|联系|负责人|代表人|地址|住址|住所|电话|手机|邮箱|备注|说明|描述|简介|内容|型号|门牌号|楼号|房号|出生|生日"
    r"|(成立|设立|注册|登记|批准|开通|建成|投用|开工|竣工)(日|时|年)"
    r"|(^|[_. ])(full_?name|person|contact|address|phone|mobile|tel|e?mail|remarks?|notes?|description|birth(_?date|day)?|founded)$",
    re.IGNORECASE,
)
_PART: tuple[str, ...] = (
    "date",
    "time",
    "日期",
    "时间",
    "year",
    "年",
    "month",
    "月",
    "day",
    "hour",
    "时",
    "period",
    "名称",
    "name",
)
_PART += (
    "city",
    "城市",
    "地区",
    "station",
    "站",
    "指标",
    "indicator",
    "类别",
    "type",
    "车次",
    "country",
    "dataset",
    "sequence",
    "站序",
    "brand",
    "model",
    "stop_id",
    "trip_id",
    "shape_id",
    "province",
    "area",
)


def find_keys(source: SourceTable, profile: TableProfile) -> tuple[tuple[str, ...], ...]:
    """The best proven key, as a one-element tuple; empty when no plausible set is unique."""
    file = profile.column(FILE_HEADER)
    fixed = [file] if file is not None and file.distinct_estimate > 1 and not file.is_constant else []
    pool = [column for column in _pool(profile) if column not in fixed]
    tries = _tries(profile, pool, fixed)
    if not tries or profile.rows < 2:
        return ()
    with scratch() as connection:
        _load(connection, source, [column.header for column in [*fixed, *pool]])
        places = {column.header: f"h{position}" for position, column in enumerate([*fixed, *pool])}
        for names in tries:
            if _is_unique(connection, [places[name] for name in names], rows=profile.rows):
                return (_of_whom(names, profile),)
    return ()


def _of_whom(names: tuple[str, ...], profile: TableProfile) -> tuple[str, ...]:
    """A key of days alone with the one station or district that all rows are of: the next file is of another."""
    if not all(column.header not in names or _is_moment(column) for column in profile.columns):
        return names
    alone = [c for c in profile.columns if c.distinct_estimate == 1 and not c.nulls and not c.is_constant]
    whose = [c.header for c in alone if _is_identity(c) or (_WHOSE.search(c.header) and not tells_about(c.header))]
    return tuple(column.header for column in profile.columns if column.header in (*names, *whose))


def tells_about(header: str) -> bool:
    """Whether the column tells about a thing (the day it was founded, whom to call) and so neither names nor times its rows."""
    return bool(_DESCRIBES.search(header))


def _pool(profile: TableProfile) -> list[ColumnProfile]:
    """Columns without blanks that may be part of a key: never measures, texts of any length or constants."""
    found = [c for c in profile.columns if not c.nulls and c.distinct_estimate > 1 and not c.is_constant]
    found = [c for c in found if c.max_length <= 64 and not c.count(Shape.DECIMAL)]
    found = [c for c in found if _is_identity(c) or not c.count(Shape.WITH_UNIT)]  # 11010519491231002X reads as a number of X
    found = [c for c in found if c.count(Shape.WORD) * 2 < c.filled]
    found = [c for c in found if _rank(c, profile) < 9]
    found = [c for c in found if _rank(c, profile) != 6 or c.header == profile.columns[0].header]
    return sorted(found, key=lambda column: _rank(column, profile))[:MAX_POOL]


def _rank(column: ColumnProfile, profile: TableProfile) -> int:
    """How plausible a column is in a key; 9 means not at all."""
    header = column.header.lower()
    if _MADE_UP.fullmatch(header) or (tells_about(header) and not _is_identity(column)):
        return 9
    is_nearly_unique = column.distinct_estimate >= 0.9 * profile.rows
    is_leading = column.header == profile.columns[0].header
    if _is_identity(column):
        return 0 if is_nearly_unique else 3
    if any(word in header for word in _PART) or _is_moment(column):
        return 1 if is_nearly_unique else 4
    if column.count(Shape.LEADING_ZERO, Shape.TEXT) * 2 > column.filled:
        if is_nearly_unique:  # a text that is different in each row names it where it stands first; a message does not
            return 2 if is_leading else 9
        return 5
    is_first = is_nearly_unique and column.min is not None and column.count(Shape.INTEGER) == column.filled
    return 6 if is_first else 9


def _is_moment(column: ColumnProfile) -> bool:
    days = column.count(Shape.ISO_DATE, Shape.ISO_DATETIME, Shape.DATE, Shape.COMPACT_DATE)
    return days * 2 > column.filled or column.count(Shape.YEAR) == column.filled  # 1,950 beds among others are no year


def _is_identity(column: ColumnProfile) -> bool:
    """Whether the header says that the column names one thing."""
    header = column.header.lower()
    return header.endswith(_IDENTITY) and not tells_about(header.removesuffix("号码"))


def _tries(profile: TableProfile, pool: list[ColumnProfile], fixed: list[ColumnProfile]) -> list[tuple[str, ...]]:
    """Singles, then groups of up to four whose values could tell all rows apart, likely ones first; `fixed` in each."""
    order = {column.header: position for position, column in enumerate(profile.columns)}
    files = fixed[0].distinct_estimate if fixed else 1
    singles = [column for column in pool if column.distinct_estimate * files >= 0.9 * profile.rows]
    is_told_apart = bool(fixed) or any(column.is_constant and column.filled for column in profile.columns)
    found = [[column] for column in singles if is_told_apart or not _is_serial(column)]
    rest = [column for column in pool if column not in singles]
    for size in (2, 3, 4):
        found += [
            list(group)
            for group in combinations(rest, size)
            if prod(column.distinct_estimate for column in group) * files >= 0.9 * profile.rows
        ]
    names = (tuple(sorted((c.header for c in [*fixed, *group]), key=order.__getitem__)) for group in found)
    return list(islice(names, MAX_TRIES))


def _is_serial(column: ColumnProfile) -> bool:
    """Whether the column only counts the rows of its file: next month's file counts from one again."""
    if _SERIAL.fullmatch(column.header.strip()):
        return True
    if column.header.lower().endswith(_CODES):
        return False
    if column.min is None or column.max is None or column.count(Shape.INTEGER) < column.filled:
        return False
    return column.min in (0, 1) and column.max - column.min == column.rows - 1


def _load(connection: duckdb.DuckDBPyConnection, source: SourceTable, headers: list[str]) -> None:
    places = [source.columns.index(header) for header in headers]
    names = ", ".join(f"h{k} UBIGINT" for k in range(len(headers)))
    connection.execute(f"CREATE TABLE hashes ({names})")
    for batch in source.batches():
        chosen = batch.data.select(places)
        expressions = []
        for k, kind in enumerate(chosen.schema.types):
            raw = raw_sql(f"c{k}", kind)
            expressions.append(f"hash(CASE WHEN {is_odd(raw)} THEN {trimmed(raw)} ELSE {raw} END)")
        renamed = chosen.rename_columns([f"c{k}" for k in range(len(headers))])
        connection.register("batch", pa.Table.from_batches([renamed]))
        connection.execute(f"INSERT INTO hashes SELECT {', '.join(expressions)} FROM batch")
        connection.unregister("batch")


def _is_unique(connection: duckdb.DuckDBPyConnection, columns: list[str], *, rows: int) -> bool:
    """Whether no two rows have equal hashes; slice by slice, so that memory stays bounded."""
    mixed = f"hash({', '.join(columns)})"
    head = f"SELECT 1 FROM (SELECT * FROM hashes LIMIT {FIRST_ROWS}) GROUP BY {', '.join(columns)} HAVING count(*) > 1 LIMIT 1"
    if connection.execute(head).fetchone():
        return False
    slices = -(-rows // ROWS_PER_SLICE)
    for part in range(slices if rows > FIRST_ROWS else 0):
        where = f"{mixed} % {slices} = {part}"
        query = f"SELECT 1 FROM hashes WHERE {where} GROUP BY {', '.join(columns)} HAVING count(*) > 1 LIMIT 1"
        if connection.execute(query).fetchone():
            return False
    return True
