"""Values of MariaDB's log as text cells, as a query through PyMySQL would give them: the library decodes some of them otherwise."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any  # columns of a library without types

from suixin.data.collection.sources.cells import as_text

_HOURS = timedelta(hours=8)  # the zone that our sessions have there (`dialects.careful_statements`)


def cells_by_name(columns: Iterable[Any], values: Mapping[str, object], none_sources: Mapping[str, str]) -> dict[str, str | None]:
    """The row's cells by name; what the log cannot tell (dates that are none) is away, to be asked for."""
    found: dict[str, str | None] = {}
    for column in columns:
        value, why = values.get(column.name), str(none_sources.get(column.name, "null"))
        if value is not None or why == "null":
            found[column.name] = _cell(column, value)
        elif why == "empty set":
            found[column.name] = ""
    return found


def _cell(column: Any, value: object) -> str | None:  # noqa: ANN401 as above
    from pymysqlreplication.constants import FIELD_TYPE

    match value:
        case float() if column.type == FIELD_TYPE.FLOAT:
            return as_text(float(f"{value:.6g}"))  # as the server writes a single-precision number
        case datetime() if column.type in (FIELD_TYPE.TIMESTAMP, FIELD_TYPE.TIMESTAMP2):
            return as_text(value + _HOURS)
        case int() if column.type == FIELD_TYPE.YEAR:
            return as_text(0 if value == 1900 else value)
        case str() if column.type == FIELD_TYPE.BIT:
            return as_text(int(value, 2).to_bytes(column.bytes, "big"))
        case set():
            return ",".join(one for one in column.set_values if one in value)
        case bytes() if column.type == FIELD_TYPE.STRING:
            return as_text(value.ljust(column.max_length, b"\0"))  # BINARY(n) is filled up; the log leaves that out
    return as_text(value)
