"""Whole columns of values sealed with SM4-GCM, each value on its own, at many times the pace of one call a value.

Form     magic (1 byte), key version (2, big-endian), nonce (12), ciphertext (a multiple of 16), tag (16)
Padding  0x80 and zeros up to a multiple of 16 (ISO/IEC 7816-4), so that a ciphertext tells a value's length in
         steps of 16 bytes only, and "true" looks like "false"
How      OpenSSL's SM4 enciphers the counters of all values in one call; the additions and the tag (GHASH by one table
         per byte) are done over the whole column in numpy. What comes out is standard SM4-GCM: tests open it with
         `cryptography`, and the other way round. Values of more than 256 bytes go through `cryptography` themselves.
Limits   nonces are random: rotate a key before 2**32 values were sealed under it (NIST SP 800-38D, 8.3)
Source   GB/T 32907 (SM4), GB/T 36624 (GCM), NIST SP 800-38D
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

MAGIC = 0xE5
_BLOCK = 16
_HEAD = 3
_NONCE = 12
_BODY = _HEAD + _NONCE
_LEAST = _BODY + 2 * _BLOCK
_MOST_BLOCKS = 16  # longer values are sealed one by one
_ROWS = 16_384  # at once, so that the work stays in the processor's cache

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Places = np.ndarray[tuple[int], np.dtype[np.int64]]
KeyOf = Callable[[int], bytes]


class Altered(ValueError):
    """A sealed value was changed, or sealed under another key or for another place."""


class NotSealed(ValueError):
    """Bytes that do not have the form of a sealed value."""


def seal_column(cells: "pa.Array[Any]", *, key: bytes, version: int, aad: bytes) -> "pa.Array[Any]":
    """Texts or bytes, each sealed; null stays null."""
    whole = _Cells.of(cells)
    blocks = whole.lengths // _BLOCK + 1
    sizes = np.where(whole.valid, blocks * _BLOCK + _BODY + _BLOCK, 0)
    out, ends = np.empty(int(sizes.sum()), np.uint8), np.concatenate(([0], np.cumsum(sizes)))
    for count, places in _groups(blocks, whole.valid):
        if count > _MOST_BLOCKS:
            for place in places.tolist():
                sealed = _seal_one(whole.cell(place), key, version=version, aad=aad)
                out[ends[place] : ends[place + 1]] = np.frombuffer(sealed, np.uint8)
            continue
        plain = _gathered(whole, places, count * _BLOCK)
        plain[np.arange(len(places)), whole.lengths[places]] = 0x80
        sealed_rows = _seal_rows(plain, key, version=version, aad=aad)
        _scatter(out, ends[places], sealed_rows)
    return _binary(out, ends, whole.valid, pa.binary())


def open_column(sealed: "pa.Array[Any]", *, key_of: KeyOf, aad: bytes) -> "pa.Array[Any]":
    """The bytes that were sealed; null stays null. Raises Altered, NotSealed, and what `key_of` raises of a version."""
    whole = _Cells.of(sealed)
    blocks = (whole.lengths - _BODY) // _BLOCK - 1
    _check_form(whole)
    versions = np.zeros(len(blocks), np.int64)
    held = np.flatnonzero(whole.valid)
    versions[held] = whole.data[whole.starts[held] + 1].astype(np.int64) << 8 | whole.data[whole.starts[held] + 2]
    pieces: list[tuple[Places, Bytes, Places]] = []
    long_ones: dict[int, bytes] = {}
    lengths = np.zeros(len(blocks), np.int64)
    for version in np.unique(versions[held]).tolist():
        key = key_of(version)
        for count, places in _groups(blocks, whole.valid & (versions == version)):
            if count > _MOST_BLOCKS:
                long_ones |= {place: _open_one(whole.cell(place), key, aad) for place in places.tolist()}
                continue
            plain, sizes = _open_rows(_gathered(whole, places, _BODY + (count + 1) * _BLOCK), key, aad)
            pieces.append((places, plain, sizes))
            lengths[places] = sizes
    for place, value in long_ones.items():
        lengths[place] = len(value)
    ends = np.concatenate(([0], np.cumsum(lengths)))
    out = np.empty(int(ends[-1]), np.uint8)
    for place, value in long_ones.items():
        out[ends[place] : ends[place + 1]] = np.frombuffer(value, np.uint8)
    for places, plain, sizes in pieces:
        columns = np.arange(plain.shape[1])
        is_held = columns < sizes[:, None]
        out[(ends[places][:, None] + columns)[is_held]] = plain[is_held]
    return _binary(out, ends, whole.valid, pa.binary())


def seal_value(value: bytes, *, key: bytes, version: int, aad: bytes) -> bytes:
    """One value sealed, in the same form."""
    return _seal_one(value, key, version=version, aad=aad)


def open_value(sealed: bytes, *, key_of: KeyOf, aad: bytes) -> bytes:
    """One sealed value opened. Raises Altered, NotSealed, and what `key_of` raises of a version."""
    if not is_sealed(sealed):
        raise NotSealed(f"{len(sealed)} bytes are no sealed value")
    return _open_one(sealed, key_of(version_of(sealed)), aad)


def is_sealed(value: bytes) -> bool:
    """Whether the bytes have the form of a sealed value."""
    return len(value) >= _LEAST and value[0] == MAGIC and (len(value) - _BODY) % _BLOCK == 0


def version_of(sealed: bytes) -> int:
    """The version of the key that a sealed value needs."""
    return int.from_bytes(sealed[1:_HEAD], "big")


def head_of(version: int) -> bytes:
    """The first bytes of every value sealed under that version."""
    return bytes([MAGIC]) + version.to_bytes(2, "big")


@dataclass(frozen=True, slots=True)
class _Cells:
    """The bytes of an Arrow column: where each cell begins in `data` and how long it is."""

    data: Bytes
    starts: Places
    lengths: Places
    valid: np.ndarray[tuple[int], np.dtype[np.bool_]]

    @classmethod
    def of(cls, cells: "pa.Array[Any]") -> "_Cells":
        wide = pa.types.is_large_string(cells.type) or pa.types.is_large_binary(cells.type)
        _, offsets, data = cells.buffers()
        kind = np.int64 if wide else np.int32
        ends = np.frombuffer(memoryview(offsets or b"\0" * 8), kind)[cells.offset :][: len(cells) + 1].astype(np.int64)
        whole = np.frombuffer(memoryview(data), np.uint8) if data is not None else np.empty(0, np.uint8)
        valid = cells.is_valid().to_numpy(zero_copy_only=False)
        return cls(whole, ends[:-1], np.where(valid, ends[1:] - ends[:-1], 0), valid)

    def cell(self, place: int) -> bytes:
        """One cell."""
        start = int(self.starts[place])
        return self.data[start : start + int(self.lengths[place])].tobytes()


def _groups(blocks: Places, wanted: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Iterator[tuple[int, Places]]:
    """(blocks, places) of the wanted cells, cells of as many blocks together, not too many at once."""
    held = np.flatnonzero(wanted)
    for count in np.unique(np.minimum(blocks[held], _MOST_BLOCKS + 1)).tolist():
        places = held[blocks[held] == count] if count <= _MOST_BLOCKS else held[blocks[held] > _MOST_BLOCKS]
        for start in range(0, len(places), _ROWS):
            yield count, places[start : start + _ROWS]


def _gathered(whole: _Cells, places: Places, width: int) -> Bytes:
    """The cells as rows of a matrix, zeros behind them."""
    columns = np.arange(width)
    lengths = whole.lengths[places][:, None]
    positions = whole.starts[places][:, None] + columns
    if len(places) and int(lengths.min()) == width:
        full: Bytes = whole.data[positions]
        return full
    rows = np.zeros((len(places), width), np.uint8)
    is_held = columns < lengths
    rows[is_held] = whole.data[positions[is_held]]
    return rows


def _scatter(out: Bytes, starts: Places, rows: Bytes) -> None:
    width = rows.shape[1]
    if len(starts) and int(starts[-1] - starts[0]) == width * (len(starts) - 1):
        out[starts[0] : starts[0] + rows.size] = rows.reshape(-1)
    else:
        out[starts[:, None] + np.arange(width)] = rows


def _seal_rows(plain: Bytes, key: bytes, *, version: int, aad: bytes) -> Bytes:
    rows, width = plain.shape
    out = np.empty((rows, _BODY + width + _BLOCK), np.uint8)
    out[:, :_HEAD] = np.frombuffer(head_of(version), np.uint8)
    out[:, _HEAD:_BODY] = np.frombuffer(os.urandom(rows * _NONCE), np.uint8).reshape(rows, _NONCE)
    stream = _stream(out[:, _HEAD:_BODY], width // _BLOCK, key)
    text = out[:, _BODY:-_BLOCK]
    np.bitwise_xor(plain, stream[:, _BLOCK:], out=text)
    out[:, -_BLOCK:] = _digest(text, key, aad) ^ stream[:, :_BLOCK]
    return out


def _open_rows(sealed: Bytes, key: bytes, aad: bytes) -> tuple[Bytes, Places]:
    text = sealed[:, _BODY:-_BLOCK]
    width = text.shape[1]
    stream = _stream(sealed[:, _HEAD:_BODY], width // _BLOCK, key)
    if not np.array_equal(_digest(text, key, aad) ^ stream[:, :_BLOCK], sealed[:, -_BLOCK:]):
        raise Altered("a tag does not fit its value")
    plain = text ^ stream[:, _BLOCK:]
    tail = plain[:, : -_BLOCK - 1 : -1]
    return plain, width - 1 - np.argmax(tail != 0, axis=1)


def _stream(nonces: Bytes, blocks: int, key: bytes) -> Bytes:
    """The enciphered counters 1, 2, ... of every nonce: a block for the tag, then one for each block of text."""
    counters = np.zeros((len(nonces), blocks + 1, _BLOCK), np.uint8)
    counters[:, :, :_NONCE] = nonces[:, None, :]
    counters[:, :, -1] = np.arange(1, blocks + 2)
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 the block cipher under GCM's counter mode
    return np.frombuffer(cipher.update(counters.tobytes()), np.uint8).reshape(len(nonces), -1)


def _digest(text: Bytes, key: bytes, aad: bytes) -> Bytes:
    """GHASH of (aad, text) for every row of texts of one length."""
    table = _table(key)
    rows, width = text.shape
    mark = _padded(aad)
    state = np.zeros((1, 2), np.uint64)
    for start in range(0, len(mark), _BLOCK):
        state = _times(state ^ np.frombuffer(mark[start : start + _BLOCK], np.uint64), table)
    state = np.repeat(state, rows, axis=0)
    words = np.ascontiguousarray(text).view(np.uint64)
    for block in range(width // _BLOCK):
        state = _times(state ^ words[:, 2 * block : 2 * block + 2], table)
    lengths = (len(aad) * 8).to_bytes(8, "big") + (width * 8).to_bytes(8, "big")
    digest: Bytes = _times(state ^ np.frombuffer(lengths, np.uint64), table).view(np.uint8)
    return digest


def _times(state: "np.ndarray[Any, np.dtype[np.uint64]]", table: "np.ndarray[Any, np.dtype[np.uint64]]") -> Any:  # noqa: ANN401 a matrix of two words a row
    """Every row times H in GF(2**128)."""
    octets = np.ascontiguousarray(state).view(np.uint8)
    product = table[0].take(octets[:, 0], axis=0)
    for place in range(1, _BLOCK):
        product ^= table[place].take(octets[:, place], axis=0)
    return product


@lru_cache(maxsize=256)
def _table(key: bytes) -> "np.ndarray[Any, np.dtype[np.uint64]]":
    """For each place of a byte in a block and each byte: that byte times H, as two words."""
    cipher = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()  # noqa: S305 GCM defines H so
    power = int.from_bytes(cipher.update(bytes(_BLOCK)), "big")
    octets = np.zeros((_BLOCK, 256, _BLOCK), np.uint8)
    for bit in range(128):
        place, weight = divmod(bit, 8)
        holders = np.flatnonzero(np.arange(256) & (0x80 >> weight))
        octets[place, holders] ^= np.frombuffer(power.to_bytes(_BLOCK, "big"), np.uint8)
        power = power >> 1 ^ (0xE1 << 120 if power & 1 else 0)
    return octets.view(np.uint64)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _BLOCK)


def _seal_one(value: bytes, key: bytes, *, version: int, aad: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    text = encryptor.update(_padded(value + b"\x80")) + encryptor.finalize()
    return head_of(version) + nonce + text + encryptor.tag


def _open_one(sealed: bytes, key: bytes, aad: bytes) -> bytes:
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(sealed[_HEAD:_BODY], sealed[-_BLOCK:])).decryptor()
    decryptor.authenticate_additional_data(aad)
    try:
        plain = decryptor.update(sealed[_BODY:-_BLOCK]) + decryptor.finalize()
    except InvalidTag as error:
        raise Altered("a tag does not fit its value") from error
    return plain[: plain.rindex(b"\x80")]


def _check_form(whole: _Cells) -> None:
    lengths = whole.lengths[whole.valid]
    if not len(lengths):
        return
    if (lengths < _LEAST).any() or ((lengths - _BODY) % _BLOCK).any():
        raise NotSealed("a value is too short, or cut off, for a sealed one")
    if (whole.data[whole.starts[whole.valid]] != MAGIC).any():
        raise NotSealed("a value does not begin as a sealed one does")


def _binary(
    out: Bytes, ends: Places, valid: np.ndarray[tuple[int], np.dtype[np.bool_]], kind: pa.DataType
) -> "pa.Array[Any]":
    if int(ends[-1]) >= 2**31:
        raise OverflowError("a column of more than 2 GB at once")
    bits = None if valid.all() else pa.py_buffer(np.packbits(valid, bitorder="little").tobytes())
    data = pa.py_buffer(out)  # type: ignore[arg-type]  # an array is a buffer, which the stubs of numpy do not say
    buffers = [bits, pa.py_buffer(ends.astype(np.int32).tobytes()), data]
    return pa.Array.from_buffers(kind, len(valid), buffers)
