"""The arithmetic of the chain: canonical records, digests, authentication codes. Pure.

h_0 = SM3("genesis" || system id), h_i = SM3(h_{i-1} || canonical_json(record_i)), mac_i = HMAC-SM3(K_log, h_i)
Canonical  JSON in UTF-8, keys sorted, no blanks, empty texts left out, time in UTC with six decimals; an empty
           text and an absent one are the same, so that a column added later changes no digest
Source     standards/data.md 7.4; h as 32 bytes
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import orjson

COLUMNS = (
    "id", "at", "actor_kind", "actor_key", "actor_name", "organisation", "action", "object_type", "object_key",
    "basis", "before_hash", "after_hash", "code", "trace_id", "address", "terminal", "detail",
)
_AT, _DETAIL = COLUMNS.index("at"), COLUMNS.index("detail")
_WHOLE_SECOND = len("2026-11-23T22:17:05")
Mac = Callable[[bytes], bytes]


def genesis(system_id: str) -> bytes:
    """The digest before the first record."""
    return hashlib.new("sm3", b"genesis" + system_id.encode()).digest()


def linked(previous: bytes, canonical: bytes) -> bytes:
    """The digest of a record after the digest `previous`."""
    return hashlib.new("sm3", previous + canonical).digest()


def canonical_json(row: Sequence[object]) -> bytes:
    """The record as it is hashed; `row` holds COLUMNS, time and detail as texts. Text that is no JSON stays text."""
    record = {name: value for name, value in zip(COLUMNS, row, strict=True) if value != ""}
    record["at"] = canonical_time(str(row[_AT]))
    record["detail"] = _parsed(str(row[_DETAIL]))
    return orjson.dumps(record, option=orjson.OPT_SORT_KEYS)


def canonical_time(text: str) -> str:
    """`2026-11-23 22:17:05[.ffffff]` (UTC) as `2026-11-23T22:17:05.ffffffZ`."""
    text = text.replace(" ", "T", 1).removesuffix("+00:00")
    return f"{text}.000000Z" if len(text) == _WHOLE_SECOND else f"{text}Z"


def time_text(at: datetime) -> str:
    """An instant as the database would tell it."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def plain_numbers(value: object) -> object:
    """JSON whose numbers every database gives back alike: whole floats as integers, huge integers as texts."""
    if isinstance(value, dict):
        return {str(key): plain_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain_numbers(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 1 << 53:
        return str(value)
    return value


def keyed(key: bytes) -> Mac:
    """HMAC-SM3 under `key`, as a function from message to 32 bytes."""
    start = hmac.new(key, digestmod="sm3")

    def mac(message: bytes) -> bytes:
        one = start.copy()
        one.update(message)
        return one.digest()

    return mac


def _parsed(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
