"""Values of any driver as text cells, exactly: what a CSV of the same table would say, nulls kept apart from empty text.

Instants with a zone are written in UTC with its sign, those without stay without (they count as China time later).
"""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice

import pyarrow as pa

_WHOLE_LIMIT = 2**63


def text_column(values: Sequence[object]) -> "pa.Array":  # type: ignore[type-arg]  # the stubs want a parameter that the class does not take
    """The values as one column of text."""
    first = next((value for value in values if value is not None), None)
    if first is None:
        return pa.nulls(len(values), pa.string())
    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {int} and all(value is None or -_WHOLE_LIMIT <= value < _WHOLE_LIMIT for value in values):  # type: ignore[operator]  # they are whole numbers
        return pa.array(values, pa.int64()).cast(pa.string())
    if kinds == {str}:
        return _texts(values)
    return pa.array([as_text(value) for value in values], pa.string())


def _texts(values: Sequence[object]) -> "pa.Array":  # type: ignore[type-arg]  # as above
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowInvalid, UnicodeEncodeError):  # lone surrogates have no place in UTF-8
        return pa.array([None if v is None else str(v).encode("utf-8", "replace").decode() for v in values], pa.string())


def hashed_keys(data: pa.RecordBatch, key: Sequence[str]) -> set[int]:
    """Hashes of the keys of rows, those with a null in it left out; none without a key."""
    columns = [data.column(name).to_pylist() for name in key]
    return {hash(values) for values in zip(*columns, strict=True) if None not in values}


def as_text(value: object) -> str | None:
    """One value as text; null stays null."""
    match value:
        case None:
            return None
        case str():
            return value.encode("utf-8", "replace").decode()
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case float():
            return repr(value)
        case datetime():
            return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _clock_text(value)
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, default=as_text)
        case _:
            return str(value)


def _clock_text(value: timedelta) -> str:
    """A time of MySQL, which may be negative or beyond a day."""
    sign, rest = ("-", -value) if value < timedelta(0) else ("", value)
    seconds, micros = divmod(rest // timedelta(microseconds=1), 1_000_000)
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{text}.{micros:06d}" if micros else text


def batch_of(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> pa.RecordBatch:
    """Rows as one batch of text."""
    schema = pa.schema([pa.field(name, pa.string()) for name in columns])
    if not rows:
        return pa.RecordBatch.from_pylist([], schema)
    taken = islice(zip(*rows, strict=True), len(columns))  # what follows them is of the order
    return pa.RecordBatch.from_arrays([text_column(values) for values in taken], schema=schema)
