"""When cached plans must be made anew: a stamp over grants and entries, at most one second old.

A change in this process is seen at once (`forget`), one in another process within MAX_AGE_SECONDS.
"""

import threading
import time
from dataclasses import dataclass

from django.db import close_old_connections, transaction
from django.db.models import Count, Max

from suixin.data.access.models import Grant
from suixin.data.catalog.models import Resource

MAX_AGE_SECONDS = 1.0
Stamp = tuple[object, ...]

_lock = threading.Lock()


@dataclass(slots=True)
class _Seen:
    """What was read last, and when; `generation` counts changes made here."""

    stamp: Stamp = ()
    checked: float = float("-inf")
    generation: int = 0


_seen = _Seen()


def stamp() -> Stamp:
    """A value that differs whenever a grant or an entry changed, up to a second late across processes."""
    if time.monotonic() - _seen.checked < MAX_AGE_SECONDS:
        return _seen.stamp
    with _lock:
        if time.monotonic() - _seen.checked >= MAX_AGE_SECONDS:
            if not transaction.get_connection().in_atomic_block:
                close_old_connections()
            began = time.monotonic()
            _seen.stamp = (*_read(), _seen.generation)
            _seen.checked = began
    return _seen.stamp


def forget() -> None:
    """Make the next `stamp` look again; called when this process changed a grant."""
    with _lock:
        _seen.generation += 1
        _seen.checked = float("-inf")


def _read() -> Stamp:
    grants = Grant.objects.aggregate(newest=Max("updated_at"), count=Count("pk"))
    entries = Resource.objects.aggregate(newest=Max("updated_at"), count=Count("pk"))
    return (grants["newest"], grants["count"], entries["newest"], entries["count"])
