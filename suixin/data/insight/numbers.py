"""Numbers of a result, exact to the digit: in the program decimals, at rest JSON numbers in the very same text.

Why   a double would round a sum of money; a text would not be a number to whoever reads the JSON
"""

import json
from decimal import Decimal

import orjson

_INT64 = 2**63
_DIGITS = 15  # what a double surely holds; what follows depends on the order in which threads summed


def plain(cell: object) -> object:
    """JSON form of a cell of a result: null, boolean, integer, finite decimal; everything else its text."""
    if isinstance(cell, int) and abs(cell) >= _INT64:
        return Decimal(cell)
    if cell is None or isinstance(cell, bool | int | str):
        return cell
    number = Decimal(f"{cell:.{_DIGITS}g}") if isinstance(cell, float) else cell
    if isinstance(number, Decimal):
        return number if number.is_finite() else None
    return str(cell)


def dumps(value: object) -> bytes:
    """JSON in which every decimal stands as it is written."""
    return orjson.dumps(value, default=_number)


def _number(value: object) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    raise TypeError(f"{type(value).__name__} is no part of a result")


class ExactEncoder(json.JSONEncoder):
    """For a JSON field: writes as `dumps`."""

    def encode(self, o: object) -> str:
        """The text of `o`."""
        return dumps(o).decode()


class ExactDecoder(json.JSONDecoder):
    """For a JSON field: a number with a point is read as the decimal it was."""

    def __init__(self) -> None:
        super().__init__(parse_float=Decimal)
