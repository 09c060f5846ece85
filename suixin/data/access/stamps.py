"""When cached plans must be made anew: the generation of grants and entries, read at most one second ago.

Seen     a change of a grant in this process by every request that begins after the action returned (`forget`);
         a change of an entry, and any change in another process, within MAX_AGE_SECONDS of its commit
Never    missed: the number grows in the order of commits (catalog.generations)
Cost     one row by its key once a second and process
"""

import threading
import time
from dataclasses import dataclass

from django.db import close_old_connections, transaction

from suixin.data.catalog import generations

MAX_AGE_SECONDS = 1.0
Stamp = tuple[object, ...]

_lock = threading.Lock()


@dataclass(slots=True)
class _Seen:
    """What was read last, and when; `forgotten` counts calls of `forget`."""

    stamp: Stamp = ()
    checked: float = float("-inf")
    forgotten: int = 0


_seen = _Seen()


def stamp() -> Stamp:
    """A value that differs once a grant or an entry changed; how late, the module says."""
    if time.monotonic() - _seen.checked < MAX_AGE_SECONDS:
        return _seen.stamp
    with _lock:
        if time.monotonic() - _seen.checked >= MAX_AGE_SECONDS:
            if not transaction.get_connection().in_atomic_block:
                close_old_connections()
            began = time.monotonic()
            _seen.stamp = (generations.current(), _seen.forgotten)
            _seen.checked = began
    return _seen.stamp


def forget() -> None:
    """Make the next `stamp` look again; called when a change of a grant by this process has committed."""
    with _lock:
        _seen.forgotten += 1
        _seen.checked = float("-inf")
