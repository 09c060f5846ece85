"""The state of a row as the log remembers it: its columns, and their hash."""

from collections.abc import Mapping

import orjson
from django.db import models

from suixin.kit.sm import sm3_hex


def state_of(row: models.Model) -> dict[str, object]:
    """The columns of a row by name, as they would be hashed."""
    return {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}


def hash_of(state: Mapping[str, object]) -> str:
    """SM3 of a state in canonical JSON (sorted keys, no blanks)."""
    return sm3_hex(orjson.dumps(dict(state), default=_plain, option=orjson.OPT_SORT_KEYS))


def _plain(value: object) -> str:
    return bytes(value).hex() if isinstance(value, bytes | bytearray | memoryview) else str(value)
