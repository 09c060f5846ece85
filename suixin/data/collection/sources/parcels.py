"""A parcel: rows as a front machine sends them, one Zstandard frame of JSON lines.

Form     line 1: {"columns": [{name, family, native, is_key}], "place", "file", "stamp", "is_last", "rows"}
         every other line: an array with a text or null for each column
Bounds   packed, unpacked, rows and columns; unpacking stops at the bound, whatever the frame claims
Why      no Parquet from elsewhere: a reader of it trusts lengths that its writer wrote
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
import zstandard

from suixin.data.collection.errors import WrongSource
from suixin.data.collection.sources.base import Column

MOST_BYTES = 8 << 20
MOST_PLAIN = 64 << 20
MOST_ROWS = 100_000
MOST_COLUMNS = 1000
MOST_CELLS = 5_000_000
LONGEST_NAME = 300
_WINDOW = 1 << 23
_NAMES = frozenset({"columns", "place", "file", "stamp", "is_last", "rows"})
Row = Sequence[str | None]


class BadParcel(WrongSource):
    """What came is no parcel, or not the one that was announced."""

    code = "agent-400"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Consecutive rows of one stream. `place` is the sender's own, behind the last row; `file` where they are of a file."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    place: Mapping[str, object] = field(default_factory=dict)
    file: str = ""
    stamp: str = ""
    is_last: bool = True  # of its file


def packed(parcel: Parcel) -> bytes:
    """The parcel's bytes."""
    head = {
        "columns": [one.as_dict() for one in parcel.columns], "place": dict(parcel.place), "file": parcel.file,
        "stamp": parcel.stamp, "is_last": parcel.is_last, "rows": len(parcel.rows),
    }
    lines = b"\n".join([orjson.dumps(head), *map(orjson.dumps, parcel.rows)])
    return zstandard.ZstdCompressor(level=3).compress(lines)


def unpacked(data: bytes) -> Parcel:
    """The parcel of its bytes. Raises BadParcel, naming what is wrong."""
    if len(data) > MOST_BYTES:
        raise BadParcel(f"数据块超过 {MOST_BYTES >> 20} MB;请前置机把块改小。")
    plain = _plain(data)
    columns, head = _head(plain.partition(b"\n")[0])
    found = plain.count(b"\n")  # counted before anything is split: a bound of bytes allows millions of empty lines
    if found != head["rows"] or found > MOST_ROWS:
        raise BadParcel(f"数据块写明 {head['rows']} 行,实有 {found} 行(最多 {MOST_ROWS:,} 行);请前置机重发。")
    if found * len(columns) > MOST_CELLS:
        raise BadParcel(f"数据块有 {found:,} 行 {len(columns):,} 列,超过 {MOST_CELLS:,} 格;请在前置机的配置里减小 chunk_rows。")
    lines = plain.split(b"\n")
    place = head.get("place")
    if not isinstance(place, dict):
        raise BadParcel("数据块没有写明读到的位置(place);请升级前置机程序后重发。")
    rows = [_row(line, len(columns), number) for number, line in enumerate(lines[1:], 1)]
    return Parcel(columns, rows, place, _text(head, "file"), _text(head, "stamp"), head.get("is_last") is not False)


def _plain(data: bytes) -> bytes:
    try:
        with zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(data) as stream:
            plain = stream.read(MOST_PLAIN + 1)
    except zstandard.ZstdError as error:
        raise BadParcel("数据块不是 Zstandard 压缩的内容,或已损坏;请前置机重发。") from error
    if len(plain) > MOST_PLAIN:
        raise BadParcel(f"数据块解压后超过 {MOST_PLAIN >> 20} MB,没有收;请前置机把块改小。")
    return plain


def _head(line: bytes) -> tuple[tuple[Column, ...], dict[str, object]]:
    try:
        head = orjson.loads(line)
        columns = tuple(Column.of(one) for one in head["columns"])
    except (ValueError, TypeError, KeyError) as error:
        raise BadParcel("数据块的第一行读不懂:应写明各列(columns)和行数(rows);请升级前置机程序后重发。") from error
    if unknown := sorted(set(head) - _NAMES):
        raise BadParcel(f"数据块的第一行里有不认识的“{unknown[0][:60]}”;请升级底座或前置机程序。")
    return checked_columns(columns), head


def checked_columns(columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns. Raises BadParcel: none, too many, a name twice, empty, too long or with a zero."""
    names = [one.name for one in columns]
    if not 0 < len(names) <= MOST_COLUMNS or len(set(names)) != len(names):
        raise BadParcel(f"列数不在 1 到 {MOST_COLUMNS} 之间,或有两列同名;请在前置机的配置里用 columns 选列。")
    if wrong := next((name for name in names if not 0 < len(name) <= LONGEST_NAME or "\0" in name), None):
        raise BadParcel(f"列名“{wrong[:60]}”为空、过长或含有零字符;请在前置机的配置里用 columns 选列。")
    if any(len(one.native) > LONGEST_NAME or len(one.family) > LONGEST_NAME or "\0" in one.native + one.family for one in columns):
        raise BadParcel("列的类型名过长或含有零字符;请升级前置机程序。")
    return tuple(columns)


def _row(line: bytes, width: int, number: int) -> list[str | None]:
    try:
        row = orjson.loads(line)
    except ValueError as error:
        raise BadParcel(f"数据块第 {number} 行不是 JSON;请前置机重发。") from error
    if not isinstance(row, list) or len(row) != width or not all(cell is None or isinstance(cell, str) for cell in row):
        raise BadParcel(f"数据块第 {number} 行应有 {width} 个文本或空值;请前置机重发。")
    return row


def _text(head: Mapping[str, object], name: str) -> str:
    value = head.get(name, "")
    if not isinstance(value, str) or len(value) > LONGEST_NAME or "\0" in value:
        raise BadParcel(f"数据块写的“{name}”不是文本、过长或含有零字符;请前置机重发。")
    return value
