"""Nonces already used, where several nodes share a PostgreSQL database: one row each, seen by every node at once.

With SQLite there is one node, and nonces are spent in its own file (spending.py).
"""

import time
from functools import cache

from django.db import connection

from suixin.data.access.errors import Replayed
from suixin.data.access.models import SpentNonce
from suixin.kit import clock

_PURGE_SECONDS = 30.0
_purged = 0.0


@cache
def is_shared() -> bool:
    """Whether nonces are kept in the control database, which is one for as long as the process lives."""
    return connection.vendor == "postgresql"


def spend(app_id: str, nonce: str, *, until_ms: int) -> None:
    """The nonce is used from now on, on every node. Raises Replayed."""
    table = connection.ops.quote_name(SpentNonce._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (app_id, nonce, until_ms) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [app_id, nonce, until_ms],
        )
        if cursor.rowcount != 1:
            raise Replayed("随机数 X-Nonce 已用过；每次调用请换一个新的，并重新签名。")
    _purge()


def _purge() -> None:
    """Those whose timestamp is refused anyway are removed, now and then."""
    global _purged  # noqa: PLW0603  when this process looked last
    if time.monotonic() - _purged > _PURGE_SECONDS:
        _purged = time.monotonic()
        SpentNonce.objects.filter(until_ms__lt=int(clock.now().timestamp() * 1000)).delete()
