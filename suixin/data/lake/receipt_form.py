"""The form of receipts, for whoever makes or checks one: canonical JSON, fingerprints, leaves, columns. Pure.

File     {"leaves", "receipt", "salt"}: canonical JSON and a line's end. `receipt` is the signed statement, `leaves` the
         digests of its chunks end to end in base64 (its root vouches for them), `salt` 32 bytes in hex (`salt_sm3` does)
         `destroyed`, where rows were destroyed since: a signed statement of how many; `salt` is empty then
Signed   SM2 over the statement's canonical JSON without `signature`; `public` is the key, `fingerprint` names it
"""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any  # JSON

import orjson

from suixin.data.lake.canonical import Column
from suixin.kit import merkle
from suixin.kit.sm import BadKey, sm2_public, sm2_verify

FORMAT = "suixin-receipt/1"
DESTROYED = "suixin-destroyed/1"


def fingerprint_of(public: bytes) -> str:
    """How a public key is named: the first 32 hex digits of its SM3, as on anchors of the audit log."""
    return hashlib.new("sm3", public).hexdigest()[:32]


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys and no blanks."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def salt_digest(salt: bytes) -> str:
    """By which a receipt vouches for its salt."""
    return hashlib.new("sm3", b"\x04" + salt).hexdigest()


def digests_of(leaves: str) -> list[bytes]:
    """Leaves as a receipt's file holds them. Raises ValueError."""
    whole = base64.b64decode(leaves, validate=True)
    if len(whole) % merkle.DIGEST:
        raise ValueError("leaves are cut off")
    return [whole[start : start + merkle.DIGEST] for start in range(0, len(whole), merkle.DIGEST)]


def columns_of(statement: Mapping[str, object]) -> tuple[Column, ...]:
    """The columns that a receipt names."""
    return tuple(Column(str(field), str(name), str(kind)) for field, name, kind in listed(statement, "columns"))


def rows_under_root(statement: Mapping[str, object]) -> int:
    """How many rows the root vouches for: all accepted ones, of a whole state those that came or changed, of an exchange those given."""
    rows = part(statement, "rows")
    names = ("given",) if "given" in rows else ("inserted", "updated") if "inserted" in rows else ("accepted",)
    if any(type(rows[name]) is not int for name in names):
        raise TypeError("rows hold no whole numbers")
    return sum(int(rows[name]) for name in names)


def part(statement: Mapping[str, object], name: str) -> dict[str, Any]:
    """A part that is an object. Raises KeyError, TypeError for what is no receipt."""
    found = statement[name]
    if not isinstance(found, dict):
        raise TypeError(f"{name} is no object")
    return found


def listed(statement: Mapping[str, object], name: str) -> list[Any]:
    """A part that is a list. Raises KeyError, TypeError."""
    found = statement[name]
    if not isinstance(found, list):
        raise TypeError(f"{name} is no list")
    return found


def is_signed(statement: Mapping[str, object]) -> bool:
    """Whether the statement carries a good signature by the key that it names, and that key's fingerprint."""
    try:
        public = sm2_public(str(statement["public"]))
        signature = bytes.fromhex(str(statement["signature"]))
        said = {key: value for key, value in statement.items() if key != "signature"}
        is_named = statement["fingerprint"] == fingerprint_of(bytes.fromhex(str(statement["public"])))
        return is_named and sm2_verify(public, canonical_json(said), signature)
    except (KeyError, ValueError, TypeError, BadKey):
        return False
