"""Sealed values opened for a plan: in SQL by a function over Arrow batches, in Python one by one; equal by property test.

`sql`         SQL of an item's value in the clear over its sealed column; the engine calls back for 2,048 values at a time
`value`       the same of one stored value: bytes of a data file, {"$": base64} of the key index
`stored_key`  a key as index and columns hold it; `blind_values` what a condition compares
"""

import base64
import re
from collections.abc import Sequence
from typing import Any, NoReturn  # arrays of any element type

import duckdb
import pyarrow as pa

from suixin.data.access.sqltext import column_type, identifier, literal
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.lake import sealing
from suixin.data.lake.errors import Unopened
from suixin.data.lake.index_build import SEALED
from suixin.data.lake.sealing import is_sealed_in, stored_key
from suixin.kit.errors import SuixinError

__all__ = ["blind_values", "is_sealed_in", "raise_fault", "register", "sql", "stored_key", "value"]

_FUNCTION = "suixin_open"
_TEXTUAL = frozenset({ItemType.TEXT, ItemType.MEMO, ItemType.GEOMETRY})
_FAULT = re.compile(r"SealFault: ([^\n]*)")


class SealFault(Exception):
    """What the engine's callback raises, so that its sentence is found in the engine's own error."""


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Teach an engine to open sealed values; before its settings are locked."""
    connection.create_function(  # type: ignore[call-overload]  # the stub wants objects where names do
        _FUNCTION,
        lambda sealed, places: _open(sealed, places),  # noqa: PLW0108 DuckDB would evaluate the annotations
        ["BLOB", "VARCHAR"],
        "VARCHAR",
        type="arrow",
        null_handling="special",
    )


def sql(table: str, item: ItemSpec) -> str:
    """SQL of the item's value in the clear, over its sealed column."""
    text = f"{_FUNCTION}({identifier(item.field)}, {literal(sealing.place_of(table, item.field).decode())})"
    return text if item.type in _TEXTUAL else f"CAST({text} AS {column_type(item)})"


def value(table: str, field: str, stored: object) -> object:
    """One sealed value as its canonical text, for `values.native`; anything else as it is."""
    if isinstance(stored, dict):
        stored = base64.b64decode(str(stored[SEALED]))
    return sealing.open_text(table, field, stored) if isinstance(stored, bytes) else stored


def blind_values(table: str, item: ItemSpec, values: Sequence[object]) -> list[object]:
    """What a condition compares with the item's blind index."""
    return list(sealing.blind_values(table, item, values))


def raise_fault(error: duckdb.Error) -> None:
    """Raise the lake's own error when the engine failed because a value did not open."""
    found = _FAULT.search(str(error))
    if found:
        raise Unopened(found[1]) from error


def _open(sealed: "pa.ChunkedArray[Any]", places: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    if not len(sealed):
        return pa.array([], pa.string())
    try:
        return sealing.open_texts(str(places[0].as_py()), sealed.combine_chunks())
    except SuixinError as error:
        _fail(error)


def _fail(error: SuixinError) -> NoReturn:
    raise SealFault(error.sentence) from error
