"""When cached plans must be made anew: a stamp over grants and entries, at most one second old.

A change in this process is seen at once (`forget`), one in another process within MAX_AGE_SECONDS.
"""

import threading
import time

from django.db import close_old_connections, transaction
from django.db.models import Count, Max

from suixin.data.access.models import Grant
from suixin.data.catalog.models import Resource

MAX_AGE_SECONDS = 1.0
Stamp = tuple[object, ...]

_lock = threading.Lock()
_current: Stamp = ()
_checked = float("-inf")
_generation = 0


def stamp() -> Stamp:
    """A value that differs whenever a grant or an entry changed, up to a second late across processes."""
    global _current, _checked
    if time.monotonic() - _checked < MAX_AGE_SECONDS:
        return _current
    with _lock:
        if time.monotonic() - _checked >= MAX_AGE_SECONDS:
            if not transaction.get_connection().in_atomic_block:
                close_old_connections()
            _current = (*_read(), _generation)
            _checked = time.monotonic()
    return _current


def forget() -> None:
    """Make the next `stamp` look again; called when this process changed a grant."""
    global _checked, _generation
    _generation += 1
    _checked = float("-inf")


def _read() -> Stamp:
    grants = Grant.objects.aggregate(newest=Max("updated_at"), count=Count("pk"))
    entries = Resource.objects.aggregate(newest=Max("updated_at"), count=Count("pk"))
    return (grants["newest"], grants["count"], entries["newest"], entries["count"])
