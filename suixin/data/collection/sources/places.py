"""Places in a table as JSON: values of the order's columns, typed, so that a run goes on where the last one stopped."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from suixin.data.collection.errors import WrongSource

ORDER = "order"


def kept(value: object) -> object:
    """The value in JSON form. Raises WrongSource for null and for types that have no order of their own."""
    match value:
        case bool():
            pass
        case int() | str():
            return value
        case float():
            return {"float": repr(value)}
        case Decimal():
            return {"decimal": str(value)}
        case datetime():
            return {"datetime": value.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case uuid.UUID():
            return {"uuid": str(value)}
        case bytes():
            return {"bytes": value.hex()}
    what = "空值" if value is None else f"{type(value).__name__} 类型的值"
    raise WrongSource(f"增量列或来源主键里有{what},不能据此续传;请改选没有空值的增量列和主键列。")


def value_of(stored: object) -> object:
    """The value of its JSON form."""
    if not isinstance(stored, dict):
        return stored
    ((kind, text),) = stored.items()
    readers: dict[str, Callable[[str], object]] = {
        "float": float, "decimal": Decimal, "datetime": datetime.fromisoformat, "date": date.fromisoformat,
        "uuid": uuid.UUID, "bytes": bytes.fromhex,
    }
    return readers[kind](text)


def place_of(values: Sequence[object]) -> dict[str, object]:
    """The place of a row whose order columns hold these values."""
    return {ORDER: [kept(value) for value in values]}


def values_of(place: dict[str, object]) -> list[object]:
    """The order columns' values at a place."""
    stored = place[ORDER]
    return [value_of(one) for one in stored] if isinstance(stored, list) else []


def lessened(stored: object, overlap: int) -> object:
    """A cursor's JSON value less the overlap: seconds of an instant, days (at least one) of a date, units of a number."""
    value = value_of(stored)
    match value:
        case datetime():
            return kept(value - timedelta(seconds=overlap))
        case date():
            return kept(value - timedelta(days=max(1, -(-overlap // 86_400))))
        case int() | float() | Decimal():
            return kept(value - overlap)
        case _:
            return stored
