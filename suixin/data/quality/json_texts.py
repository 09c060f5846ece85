"""Columns of cells as JSON, a whole column at a time: what `orjson` makes of each cell, without asking it of every one.

Most cells hold nothing that JSON writes otherwise; whether a column has one that does is seen in its bytes at once.
"""

from collections.abc import Callable
from typing import Any  # arrays of any element type

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

TEXTS = pa.large_string()
_ESCAPED = '[\\x00-\\x1f"\\\\]'  # what JSON must escape


def row_objects(data: pa.RecordBatch) -> "pa.Array[Any]":
    """Each row as a JSON object, cells in their order; what JSON does not know is written as text."""
    parts: list[Any] = []
    for name, column in zip(data.schema.names, data.columns, strict=True):
        parts += ["," if parts else "{", f"{dumped(name)}:", cells_as_json(column)]
    return joined(*parts, "}", rows=data.num_rows) if parts else joined("{}", rows=data.num_rows)


def cells_as_json(column: "pa.Array[Any]") -> "pa.Array[Any]":
    """Each cell as a JSON value; null is null."""
    if not is_text(column):
        return pa.array([dumped(value) for value in column.to_pylist()], TEXTS)
    quoted = joined('"', inside(column), '"', rows=len(column))
    return pc.if_else(pc.is_null(column), pa.scalar("null", TEXTS), quoted) if column.null_count else quoted


def inside(column: "pa.Array[Any]") -> "pa.Array[Any]":
    """Texts as they stand between the quotation marks of JSON; null as an empty one."""
    texts = pc.fill_null(column.cast(TEXTS), "")
    return replaced(texts, _needing(texts), inside_of)


def inside_of(text: str) -> str:
    """The same of one text."""
    return dumped(text)[1:-1]


def replaced(texts: "pa.Array[Any]", which: "pa.Array[Any] | None", change: Callable[[str], str]) -> "pa.Array[Any]":
    """The texts, those that are marked changed one by one; None marks none."""
    if which is None or not pc.any(which).as_py():
        return texts
    found = pa.array([change(text) for text in texts.filter(which).to_pylist()], TEXTS)
    return pc.replace_with_mask(texts, which, found)


def joined(*parts: "str | pa.Array[Any]", rows: int) -> "pa.Array[Any]":
    """The parts side by side, texts repeated for each of the rows; a null counts as nothing."""
    given = [part if isinstance(part, str) else part.cast(TEXTS) for part in parts]
    if all(isinstance(part, str) for part in given):
        return pa.repeat(pa.scalar("".join(map(str, given)), TEXTS), rows)
    scalars = [pa.scalar(part, TEXTS) if isinstance(part, str) else part for part in given]
    return pc.binary_join_element_wise(*scalars, pa.scalar("", TEXTS), null_handling="skip")


def is_text(column: "pa.Array[Any]") -> bool:
    """Whether the cells are texts."""
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)


def _needing(texts: "pa.Array[Any]") -> "pa.Array[Any] | None":
    """Which texts JSON writes otherwise; None when their bytes show that none is."""
    told = texts.buffers()[2]
    seen = np.frombuffer(told, dtype=np.uint8) if told is not None else np.empty(0, dtype=np.uint8)
    if not ((seen < 0x20) | (seen == 0x22) | (seen == 0x5C)).any():
        return None
    return pc.match_substring_regex(texts, _ESCAPED)


def dumped(value: object) -> str:
    """A value as JSON; what JSON does not know is written as text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
