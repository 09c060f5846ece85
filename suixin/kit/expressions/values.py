"""Values of the language: kinds, how a record's value becomes one, how one is written in SQL."""

import math
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from suixin.kit.clock import CHINA


class Kind(StrEnum):
    """What a part of an expression is. CALCULATED is a double that went through arithmetic."""

    TEXT = "文字"
    EXACT = "数值"
    DOUBLE = "浮点数"
    CALCULATED = "算出的数"
    DATE = "日期"
    TIME = "日期时间"
    BOOLEAN = "是否"


NUMBERS = frozenset({Kind.EXACT, Kind.DOUBLE, Kind.CALCULATED})
KIND_OF_LETTER = {
    "C": Kind.TEXT, "M": Kind.TEXT, "G": Kind.TEXT, "N": Kind.EXACT, "Y": Kind.EXACT, "I": Kind.EXACT,
    "B": Kind.DOUBLE, "F": Kind.DOUBLE, "D": Kind.DATE, "T": Kind.TIME, "L": Kind.BOOLEAN,
}

Native = str | int | Decimal | float | bool | date | datetime


def native(value: object, kind: Kind) -> Native | None:
    """A record's value (native, or as JSON has it: ISO dates, numbers as text) in its kind; None when it is none."""
    if value is None:
        return None
    try:
        return _converted(value, kind)
    except (ValueError, InvalidOperation, OverflowError):
        return None


def _converted(value: object, kind: Kind) -> Native | None:
    match kind:
        case Kind.TEXT:
            return value if isinstance(value, str) else str(value)
        case Kind.EXACT:
            return value if isinstance(value, int | Decimal) else Decimal(str(value))
        case Kind.DOUBLE | Kind.CALCULATED:
            return float(value) if isinstance(value, int | float | Decimal | str) else None
        case Kind.BOOLEAN:
            return value if isinstance(value, bool) else None
        case Kind.DATE:
            return _date(value)
        case Kind.TIME:
            return _time(value)


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if isinstance(value, str) else None


def _time(value: object) -> datetime | None:
    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(instant, datetime):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=CHINA)


def quote_name(name: str) -> str:
    """A column name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def quote_value(value: Native) -> str:
    """A constant for DuckDB SQL."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.astimezone(CHINA).isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(value)
        return f"CAST('{value!r}' AS DOUBLE)"
    if isinstance(value, int | Decimal):
        return f"({value:f})" if isinstance(value, Decimal) else f"({value})"
    return "'" + value.replace("'", "''") + "'"
