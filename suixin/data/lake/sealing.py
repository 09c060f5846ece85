"""Sealed items: what goes into a table is enciphered here, before anything of it is written, and found by blind index.

At rest   SM4-GCM per value (`kit.sealed_cells`), under a key derived for that table and field from purpose `lake` of the
          keyring; the authenticated place is `table.field`, so that a value moved to another column does not open
Text      what is enciphered is the value's canonical text (Arrow's cast); opened, it is cast back to the item's type
Found     by the blind index, HMAC-SM3 of the normalised text (NFKC, case folded, trimmed) under a key of its own that
          rotation leaves alone, 32 hex digits in the column `__bx_<field>`; it tells which rows are equal, nothing else
Errors    Unopened (errors.py); KeyMissing, KeyStateRefused, KeyUnreadable of `kit.keyring`
"""

import hmac
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any  # arrays of any element type

import pyarrow as pa
from django.conf import settings

from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.lake.errors import Unopened
from suixin.kit import keyring, sealed_cells
from suixin.kit.keyring import Kind
from suixin.kit.keyring.ring import normalised

PURPOSE = "lake"
_KEY = 16
_INDEX_DIGITS = 32
_INDEX_VERSION = 1  # for good: another key would part rows that are there from rows that come


def sealed_table(contract: Contract, rows: pa.Table) -> pa.Table:
    """The rows as they may be written: sealed items enciphered, their blind indexes added; all else untouched."""
    for item in contract.sealed:
        place = rows.schema.get_field_index(item.field)
        texts = [texts_of(item, chunk) for chunk in rows.column(place).chunks]
        sealed = pa.chunked_array([seal_texts(contract.table, item.field, one) for one in texts], pa.binary())
        blind = pa.chunked_array([blind_texts(contract.table, item.field, one) for one in texts], pa.string())
        rows = rows.set_column(place, item.field, sealed).append_column(item.blind_field, blind)
    return rows


def texts_of(item: ItemSpec, values: "pa.Array[Any]") -> "pa.Array[Any]":
    """Values as the canonical texts that are enciphered."""
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def seal_texts(table: str, field: str, texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """Texts enciphered under the newest key; null stays null."""
    place = place_of(table, field)
    version, key = _ring().derived(PURPOSE, Kind.SEAL, place)
    return sealed_cells.seal_column(texts, key=key[:_KEY], version=version, aad=place)


def open_texts(place: str, sealed: "pa.Array[Any]") -> "pa.Array[Any]":
    """The canonical texts of a column that was sealed at `table.field`. Raises Unopened and what a key raises."""
    aad = place.encode()
    try:
        opened = sealed_cells.open_column(sealed, key_of=lambda version: _key(aad, version), aad=aad)
    except (sealed_cells.Altered, sealed_cells.NotSealed) as error:
        raise _unopened(place) from error
    return opened.cast(pa.string())


def open_text(table: str, field: str, sealed: bytes) -> str:
    """The canonical text of one sealed value. Raises as `open_texts`."""
    aad = place_of(table, field)
    try:
        return sealed_cells.open_value(sealed, key_of=lambda version: _key(aad, version), aad=aad).decode()
    except (sealed_cells.Altered, sealed_cells.NotSealed) as error:
        raise _unopened(aad.decode()) from error


def blind_column(table: str, item: ItemSpec, values: "pa.Array[Any]") -> "pa.Array[Any]":
    """The blind indexes of values; null stays null."""
    return blind_texts(table, item.field, texts_of(item, values))


def blind_texts(table: str, field: str, texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """The blind indexes of canonical texts; each different text is computed once."""
    coded = texts.dictionary_encode()
    index = _index(table, field)
    words: pa.Array[Any] = pa.array([index(str(text)) for text in coded.dictionary.to_pylist()], pa.string())
    return words.take(coded.indices)


def blind_values(table: str, item: ItemSpec, values: Sequence[object]) -> list[str | None]:
    """The blind indexes of a few values of the item's type, as a query or a lookup names them."""
    typed: pa.Array[Any] = pa.array(values, item.arrow_type)
    found: list[str | None] = blind_column(table, item, typed).to_pylist()
    return found


def stored_key(contract: Contract, key: Sequence[object], sealed: Collection[str]) -> tuple[object, ...]:
    """A key as an index or a version holds it, of which those fields are sealed: these by their blind index."""
    items = [item for item in contract.items if item.is_key]
    return tuple(
        blind_values(contract.table, item, [value])[0] if item.field in sealed else value
        for item, value in zip(items, key, strict=True)
    )


def is_sealed_in(schema: pa.Schema, field: str) -> bool:
    """Whether a version of a table with that schema holds the field sealed; what lies there decides, not the catalogue."""
    place = schema.get_field_index(field)
    return place >= 0 and bool(pa.types.is_binary(schema.field(place).type))


def current_version() -> int:
    """The number of the key that seals now."""
    return _ring().derived(PURPOSE, Kind.SEAL, b"")[0]


def seal_blob(place: str, content: bytes, *, purpose: str) -> bytes:
    """Other bytes of the lake (pieces of originals) sealed for their place, under one key for the whole purpose."""
    version, key = _ring().derived(PURPOSE, Kind.SEAL, purpose.encode())
    return sealed_cells.seal_value(content, key=key[:_KEY], version=version, aad=place.encode())


def open_blob(place: str, sealed: bytes, *, purpose: str) -> bytes:
    """What was sealed for that place. Raises as `open_texts`."""
    try:
        label = purpose.encode()
        return sealed_cells.open_value(sealed, key_of=lambda version: _key(label, version), aad=place.encode())
    except (sealed_cells.Altered, sealed_cells.NotSealed) as error:
        raise _unopened(place) from error


def place_of(table: str, field: str) -> bytes:
    """What is authenticated beside a value."""
    return f"{table}.{field}".encode()


def _ring() -> keyring.Keyring:
    return keyring.of(settings.SUIXIN.keys)


def _key(place: bytes, version: int) -> bytes:
    return _ring().derived(PURPOSE, Kind.SEAL, place, version)[1][:_KEY]


class _Index:
    """Blind indexes of one field."""

    def __init__(self, key: bytes) -> None:
        self._empty = hmac.new(key, digestmod="sm3")

    def __call__(self, text: str) -> str:
        digest = self._empty.copy()
        plain = text.strip().lower() if text.isascii() else normalised(text)  # the same for ASCII, and fast
        digest.update(plain.encode())
        return digest.hexdigest()[:_INDEX_DIGITS]


_index_of = lru_cache(maxsize=1024)(_Index)


def _index(table: str, field: str) -> _Index:
    ring, place = _ring(), place_of(table, field)
    ring.derived(PURPOSE, Kind.INDEX, b"")  # made when there is none yet
    return _index_of(ring.derived(PURPOSE, Kind.INDEX, place, _INDEX_VERSION)[1])


def _unopened(place: str) -> Unopened:
    return Unopened(
        f"“{place}”的密文打不开:密钥与数据不是同一套,或数据被改动过;请从同一份备份恢复密钥文件夹 {settings.SUIXIN.keys} 和数据。",
        place=place,
    )
