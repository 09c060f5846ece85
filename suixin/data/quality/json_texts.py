"""Columns of cells as JSON, a whole column at a time: what `orjson` makes of each cell, without asking it of every one.

Most cells hold nothing that JSON writes otherwise; whether a column has one that does is seen in its bytes at once.
"""

from collections.abc import Callable
from typing import Any  # arrays of any element type

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute

from suixin.data.lake.reject_blocks import TEXTS

pc: Any = pyarrow.compute  # its stubs take a scalar beside an array, and large strings, for mistakes
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
    return chosen(pc.is_null(column), "null", quoted) if column.null_count else quoted


def inside(column: "pa.Array[Any]") -> "pa.Array[Any]":
    """Texts as they stand between the quotation marks of JSON; null as an empty one."""
    texts: pa.Array[Any] = pc.fill_null(column.cast(TEXTS), "")
    return replaced(texts, _needing(texts), inside_of)


def inside_of(text: str) -> str:
    """The same of one text."""
    return dumped(text)[1:-1]


def replaced(texts: "pa.Array[Any]", which: "pa.Array[Any] | None", change: Callable[[str], str]) -> "pa.Array[Any]":
    """The texts, those that are marked changed one by one; None marks none."""
    if which is None or not pc.any(which).as_py():
        return texts
    changed = pa.array([change(str(text)) for text in texts.filter(which).to_pylist()], TEXTS)
    found: pa.Array[Any] = pc.replace_with_mask(texts, which, changed)
    return found


def joined(*parts: "str | pa.Array[Any]", rows: int) -> "pa.Array[Any]":
    """The parts side by side, texts repeated for each of the rows; a null counts as nothing."""
    given = [part if isinstance(part, str) else part.cast(TEXTS) for part in parts]
    if all(isinstance(part, str) for part in given):
        return pa.repeat(pa.scalar("".join(map(str, given)), TEXTS), rows)
    scalars = [pa.scalar(part, TEXTS) if isinstance(part, str) else part for part in given]
    found: pa.Array[Any] = pc.binary_join_element_wise(*scalars, pa.scalar("", TEXTS), null_handling="skip")
    return found


def chosen(which: "pa.Array[Any]", one: str, other: "str | pa.Array[Any]") -> "pa.Array[Any]":
    """`one` where it is marked, else `other`."""
    found: pa.Array[Any] = pc.if_else(which, pa.scalar(one, TEXTS), pa.scalar(other, TEXTS) if isinstance(other, str) else other)
    return found


def are_empty(texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """Which texts say nothing."""
    found: pa.Array[Any] = pc.equal(pc.binary_length(texts), 0)
    return found


def needing(texts: "pa.Array[Any]", *, most: int, pattern: str) -> "pa.Array[Any]":
    """Which texts are longer than so many characters, or match."""
    found: pa.Array[Any] = pc.or_(pc.greater(pc.utf8_length(texts), most), pc.match_substring_regex(texts, pattern))
    return found


def is_text(column: "pa.Array[Any]") -> bool:
    """Whether the cells are texts."""
    return pa.types.is_string(column.type) or pa.types.is_large_string(column.type)


def _needing(texts: "pa.Array[Any]") -> "pa.Array[Any] | None":
    """Which texts JSON writes otherwise; None when their bytes show that none is."""
    told = texts.buffers()[2]
    seen = np.frombuffer(memoryview(told), dtype=np.uint8) if told is not None else np.empty(0, dtype=np.uint8)
    if not ((seen < 0x20) | (seen == 0x22) | (seen == 0x5C)).any():
        return None
    found: pa.Array[Any] = pc.match_substring_regex(texts, _ESCAPED)
    return found


def dumped(value: object) -> str:
    """A value as JSON; what JSON does not know is written as text."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
