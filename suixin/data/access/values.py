"""Values between the store, a person's parameter and JSON.

`native`    what a key index or a token holds → the Python value of the item's type
`text_of`   the text a mask works on (twin of `sqltext.value_text`)
`parse`     what a person typed → the Python value, or a sentence saying what was expected
`dumps`     JSON bytes: null is null, decimals are exact numbers in plain notation, dates ISO 8601
"""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import orjson

from suixin.data.access.errors import WrongValue
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.kit.clock import CHINA

TYPE_NAMES = {
    ItemType.TEXT: ("文本", "遂宁"), ItemType.MEMO: ("文本", "遂宁"),
    ItemType.GEOMETRY: ("几何", "POINT (105.57 30.51)"),
    ItemType.NUMBER: ("数值", "12.5"), ItemType.MONEY: ("金额", "12.50"), ItemType.DATE: ("日期", "2024-03-01"),
    ItemType.DATETIME: ("日期时间", "2024-03-01T08:30:00"), ItemType.BOOLEAN: ("布尔", "true"),
    ItemType.INTEGER: ("整数", "12"), ItemType.DOUBLE: ("数值", "12.5"), ItemType.FLOAT: ("数值", "12.5"),
}
NUMERIC = frozenset({ItemType.NUMBER, ItemType.MONEY, ItemType.INTEGER, ItemType.DOUBLE, ItemType.FLOAT})
TEXTUAL = frozenset({ItemType.TEXT, ItemType.MEMO, ItemType.GEOMETRY})
_TRUE = frozenset({"true", "1", "是"})
_FALSE = frozenset({"false", "0", "否"})
_INT64 = 2**63
_DECIMAL_DIGITS = 30


def _time(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=CHINA) if moment.tzinfo is None else moment.astimezone(CHINA)


def _day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _decimal(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _float(value: object) -> float:
    return value if isinstance(value, float) else float(str(value))


def _bool(value: object) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in _TRUE


_NATIVE: dict[ItemType, Callable[[object], object]] = {
    ItemType.TEXT: str, ItemType.MEMO: str, ItemType.GEOMETRY: str,
    ItemType.NUMBER: _decimal, ItemType.MONEY: _decimal, ItemType.DATE: _day, ItemType.DATETIME: _time,
    ItemType.BOOLEAN: _bool, ItemType.INTEGER: lambda value: int(str(value)),
    ItemType.DOUBLE: _float, ItemType.FLOAT: _float,
}


def native(value: object, kind: ItemType) -> object:
    """The Python value of a stored one (index, token); None stays None."""
    return None if value is None else _NATIVE[kind](value)


def text_of(value: object) -> str | None:
    """The text that a mask works on; the same as DuckDB's cast gives."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def parse(text: str, kind: ItemType, *, parameter: str, column: str) -> object:
    """The Python value of what a person typed. Raises WrongValue naming parameter, column and type."""
    try:
        return _parse(text.strip() if kind not in TEXTUAL else text, kind)
    except (ValueError, InvalidOperation, OverflowError) as error:
        name, example = TYPE_NAMES[kind]
        raise WrongValue(
            f"参数「{parameter}」的值「{text[:40]}」不合格：列「{column}」是{name}，请写成如 {example} 的形式。",
            parameter=parameter, column=column, expected=name,
        ) from error


def _parse(text: str, kind: ItemType) -> object:
    match kind:
        case ItemType.TEXT | ItemType.MEMO | ItemType.GEOMETRY:
            if "\0" in text:
                raise ValueError("zero byte")
            return text
        case ItemType.INTEGER:
            return _parse_integer(text)
        case ItemType.NUMBER | ItemType.MONEY:
            return _parse_decimal(text)
        case ItemType.BOOLEAN:
            return _parse_boolean(text)
        case ItemType.DOUBLE | ItemType.FLOAT:
            return float(_parse_decimal(text))
        case ItemType.DATE:
            return date.fromisoformat(text)
        case ItemType.DATETIME:
            return _time(text)


def _parse_integer(text: str) -> int:
    number = int(text) if len(text) <= 20 and "_" not in text else _INT64
    if not -_INT64 <= number < _INT64:
        raise ValueError("beyond 64 bits")
    return number


def _parse_decimal(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= 2 * _DECIMAL_DIGITS and "_" not in text else Decimal("nan")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18 or -int(number.as_tuple().exponent) > 18:
        raise ValueError("beyond 18 digits on a side")
    return number


def _parse_boolean(text: str) -> bool:
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError("neither true nor false")


def describe(item: ItemSpec) -> str:
    """The item's type as a person reads it."""
    return TYPE_NAMES[item.type][0]


def dumps(value: object) -> bytes:
    """JSON bytes of rows and answers."""
    return orjson.dumps(value, default=_default)


def _default(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f").encode())
    raise TypeError(f"{type(value).__name__} has no JSON form")
