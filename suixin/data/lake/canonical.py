"""Rows in canonical form: bytes that depend on the values alone, and their digests, chunk by chunk (ADR 0016).

Chunk    CHUNK_ROWS rows in their order (of the key, else of arrival); the last one may be shorter
Column   u32 rows, u32 values, the bitmap of values when some are null (lowest bit first, 1: there is a value), then the values
           whole numbers    u8 width, each in that many bytes: the least of 1, 2, 4, 8, 16 that holds all of the chunk
                            (two's complement); so are dates (days since 1970-01-01), instants (microseconds since then,
                            UTC), booleans (0, 1), decimals (times ten to the power of the column's scale)
           floats           IEEE 754 binary64; -0 is 0, and there is one NaN (0x7ff8000000000000)
           texts            their lengths in bytes as whole numbers, then all of UTF-8
           sealed items     the texts of their blind indexes: never a value, nor a ciphertext, which a newer key changes
         all numbers little-endian
Digests  column  SM3(0x02 || column salt || column), leaf  SM3(0x00 || SM3(spec) || u64 chunk || u32 rows || column digests)
         column salt  SM3(0x03 || salt || u64 chunk || u32 column): whoever has one cannot find another, nor guess a value
         of a column that was not shown
Spec     the columns as canonical JSON: [[field, kind], ...]
Cost     Arrow's buffers are hashed where they lie; SM3 is nearly all of it
"""

import hashlib
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any  # arrays of any element type

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from suixin.data.catalog.contract import BLIND_PREFIX, Contract, ItemSpec
from suixin.kit import merkle

CHUNK_ROWS = 4096
SALT_BYTES = 32
LEAF, COLUMN, SALT = b"\x00", b"\x02", b"\x03"
SEALED, TEXT, INTEGER, DOUBLE, DATE, DATETIME, BOOLEAN = "sealed", "text", "integer", "double", "date", "datetime", "boolean"
DECIMAL = "decimal"
_NAN = np.float64(np.nan)
_WIDTHS: tuple[tuple[int, int], ...] = ((1, 7), (2, 15), (4, 31), (8, 63))
_PLAIN: dict[str, pa.DataType] = {
    TEXT: pa.string(), SEALED: pa.string(), INTEGER: pa.int64(), DOUBLE: pa.float64(), DATE: pa.date32(),
    DATETIME: pa.timestamp("us", tz="UTC"), BOOLEAN: pa.bool_(),
}

Ints = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column as receipts speak of it: `kind` is one of the words above, a decimal's with its digits: decimal(18,2)."""

    field: str
    name: str
    kind: str

    @property
    def stored_field(self) -> str:
        """The column of the lake that is hashed."""
        return BLIND_PREFIX + self.field if self.kind == SEALED else self.field

    @property
    def arrow_type(self) -> pa.DataType:
        """The type of the column's values. Raises ValueError for no kind that is known."""
        if self.kind in _PLAIN:
            return _PLAIN[self.kind]
        digits = self.kind.removeprefix(f"{DECIMAL}(").removesuffix(")").split(",")
        return pa.decimal128(int(digits[0]), int(digits[1]))


def columns_of(contract: Contract) -> tuple[Column, ...]:
    """The columns of a contract's rows, in item order."""
    return tuple(Column(item.field, item.name, _kind(item)) for item in contract.items)


def _kind(item: ItemSpec) -> str:
    if item.is_sealed:
        return SEALED
    kind = item.arrow_type
    if isinstance(kind, pa.Decimal128Type):
        return f"{DECIMAL}({kind.precision},{kind.scale})"
    return next(name for name, one in _PLAIN.items() if one == kind)


def spec_digest(columns: Sequence[Column]) -> bytes:
    """The digest that binds names, order and kinds of the columns."""
    return hashlib.new("sm3", orjson.dumps([[one.field, one.kind] for one in columns])).digest()


@dataclass(frozen=True, slots=True)
class Leaves:
    """The digests of all chunks of a batch."""

    columns: tuple[Column, ...]
    rows: int
    digests: tuple[bytes, ...]
    salt_version: int = 0

    @property
    def root(self) -> bytes:
        """The root over them."""
        return merkle.root(self.digests)


@dataclass(slots=True)
class LeafSeries:
    """Takes rows in their lasting order, in pieces of any size, and gives their leaves."""

    columns: tuple[Column, ...]
    salt: bytes
    salt_version: int = 0
    _spec: bytes = b""
    _rows: int = 0
    _digests: list[bytes] = field(default_factory=list)
    _pending: list[pa.Table] = field(default_factory=list)
    _waiting: int = 0

    def add(self, rows: pa.Table) -> None:
        """Further rows; whole chunks of them are hashed now."""
        rows = rows.select([column.stored_field for column in self.columns])
        self._pending.append(rows)
        self._waiting += rows.num_rows
        if self._waiting >= CHUNK_ROWS:
            self._hash(self._waiting // CHUNK_ROWS * CHUNK_ROWS)

    def finish(self) -> Leaves:
        """The leaves of all rows that were added."""
        self._hash(self._waiting)
        return Leaves(self.columns, self._rows, tuple(self._digests), self.salt_version)

    def _hash(self, count: int) -> None:
        if not count:
            return
        joined = pa.concat_tables(self._pending)
        rest = joined.slice(count)
        self._pending, self._waiting = ([rest] if rest.num_rows else []), rest.num_rows
        self._spec = self._spec or spec_digest(self.columns)
        whole = joined.slice(0, count).combine_chunks()
        for start in range(0, count, CHUNK_ROWS):
            chunk = whole.slice(start, min(CHUNK_ROWS, count - start))
            number = len(self._digests)
            digests = b"".join(
                column_digest(self.columns[n], one, salt_of(self.salt, number, n))
                for n, one in enumerate(chunk.columns)
            )
            self._digests.append(leaf_of(self._spec, number, digests, rows=chunk.num_rows))
            self._rows += chunk.num_rows


def leaf_of(spec: bytes, number: int, digests: bytes, *, rows: int) -> bytes:
    """The leaf of chunk `number` (from 0) from its column digests laid end to end."""
    return hashlib.new("sm3", LEAF + spec + struct.pack("<QI", number, rows) + digests).digest()


def salt_of(salt: bytes, number: int, column: int) -> bytes:
    """The salt of one column of one chunk."""
    return hashlib.new("sm3", SALT + salt + struct.pack("<QI", number, column)).digest()


def column_digest(column: Column, values: "pa.ChunkedArray[Any] | pa.Array[Any]", salt: bytes) -> bytes:
    """The digest of a column of one chunk."""
    digest = hashlib.new("sm3", COLUMN + salt)
    for piece in encoded(column, values):
        digest.update(piece)
    return digest.digest()


def encoded(column: Column, values: "pa.ChunkedArray[Any] | pa.Array[Any]") -> Iterator[bytes | memoryview]:
    """The canonical bytes of a column, in pieces. The values must be of the column's type."""
    yield from _encoded(values if isinstance(values, pa.Array) else _joined(values))


def _joined(values: "pa.ChunkedArray[Any]") -> "pa.Array[Any]":
    whole: pa.Array[Any] = pa.concat_arrays(values.chunks)  # of one chunk that chunk, nothing is copied
    return whole


def _encoded(values: "pa.Array[Any]") -> Iterator[bytes | memoryview]:
    count, nulls = len(values), values.null_count
    yield struct.pack("<II", count, count - nulls)
    if nulls:
        yield np.packbits(values.is_valid().to_numpy(zero_copy_only=False), bitorder="little").tobytes()
        values = values.drop_null()
    if pa.types.is_string(values.type):
        yield from _texts(values)
    elif pa.types.is_floating(values.type):
        yield _floats(values)
    elif pa.types.is_decimal(values.type):
        yield from _decimals(values)
    else:
        yield from _whole(_integers(values))


def _texts(values: "pa.Array[Any]") -> Iterator[bytes | memoryview]:
    _, offsets, data = values.buffers()
    if not len(values) or offsets is None:
        yield from _whole(np.empty(0, np.int64))
        return
    ends = np.frombuffer(memoryview(offsets), np.int32)[values.offset : values.offset + len(values) + 1]
    yield from _whole(np.diff(ends))
    if data is not None:
        yield memoryview(data)[int(ends[0]) : int(ends[-1])]


def _floats(values: "pa.Array[Any]") -> bytes:
    numbers = values.to_numpy(zero_copy_only=False) + 0.0  # -0.0 + 0.0 is 0.0
    return np.where(np.isnan(numbers), _NAN, numbers).astype("<f8").tobytes()


def _decimals(values: "pa.Array[Any]") -> Iterator[bytes | memoryview]:
    _, data = values.buffers()
    if not len(values) or data is None:
        yield from _whole(np.empty(0, np.int64))
        return
    words = np.frombuffer(memoryview(data), np.int64).reshape(-1, 2)[values.offset : values.offset + len(values)]
    low = words[:, 0]
    if np.array_equal(words[:, 1], low >> 63):
        yield from _whole(low)
    else:
        yield b"\x10"
        yield words.tobytes()


def _integers(values: "pa.Array[Any]") -> Ints:
    if pa.types.is_date32(values.type):
        values = values.cast(pa.int32())
    elif pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    elif pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return values.to_numpy(zero_copy_only=False)


def _whole(numbers: Ints) -> Iterator[bytes | memoryview]:
    """Whole numbers in as few bytes each as hold all of them."""
    least, most = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    width = next(width for width, bits in _WIDTHS if -(1 << bits) <= least and most < 1 << bits)
    yield bytes([width])
    yield numbers.astype(f"<i{width}").tobytes()


def texts_of(column: Column, values: "pa.ChunkedArray[Any] | pa.Array[Any]") -> list[str | None]:
    """The values as texts that `from_texts` reads back exactly."""
    found: list[str | None] = values.cast(pa.string()).to_pylist()
    return found


def from_texts(column: Column, texts: "pa.ChunkedArray[Any] | pa.Array[Any]") -> "pa.ChunkedArray[Any] | pa.Array[Any]":
    """Texts as values of the column. Raises pa.ArrowInvalid for what is none."""
    if column.kind == DATETIME:
        zoned = pc.match_substring_regex(texts, r"(Z|[+-]\d\d:?\d\d)$")
        there = pc.binary_join_element_wise(texts, "+0800", "")  # type: ignore[call-overload]  # the stub knows no scalars here
        texts = pc.if_else(zoned, texts, there)
    return texts.cast(column.arrow_type)
