"""A stream ends when that by which it was given ends: the key or token that asked, the grant, the resource's publication.

Bounded  at most SLOTS bodies that are not in memory are on their way out of a process, however slowly they are taken; beyond, TooBusy

Looked at once a second, while pieces leave: a download that takes hours does not outlive a revocation. The connection is cut, so
that nobody takes what came for the whole; a slow reader is looked at no less often, at its next piece.
"""

import threading
import time
from collections.abc import Iterable, Iterator

from suixin.data.access.models import Grant, GrantState
from suixin.data.catalog.models import ResourceState
from suixin.data.doors import callers
from suixin.data.doors.errors import TooBusy
from suixin.data.doors.exchange import Exchange
from suixin.kit.errors import SuixinError

EVERY_SECONDS = 1.0
SLOTS = 12
_slots = threading.BoundedSemaphore(SLOTS)


class StreamEnded(SuixinError):
    """What gave the rows is over; the connection is cut."""

    code = "api-403"
    http_status = 403


class Held:
    """The pieces of a body that holds one of the slots until it is over or let go of. Raises TooBusy when there is none."""

    _has_slot = False

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body, self._pieces = body, iter(body)
        if not _slots.acquire(blocking=False):
            self.close()
            raise TooBusy("同时下载的人太多；请稍后再试。")
        self._has_slot = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the slot, and of what the body holds; may be called twice."""
        if self._has_slot:
            self._has_slot = False
            _slots.release()
        if (close := getattr(self._body, "close", None)) is not None:
            close()

    def __del__(self) -> None:
        self.close()


class Watched:
    """The pieces of a body, while they may leave. Raises StreamEnded at the piece that may not."""

    def __init__(self, exchange: Exchange, body: Iterable[bytes]) -> None:
        self._exchange, self._body = exchange, body
        self._pieces = iter(body)
        self._looked = time.monotonic()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        now = time.monotonic()
        if now - self._looked >= EVERY_SECONDS:
            self._looked = now
            require_still_given(self._exchange)
        return next(self._pieces)

    def close(self) -> None:
        """Let go of what the body holds."""
        if (close := getattr(self._body, "close", None)) is not None:
            close()


def require_still_given(exchange: Exchange) -> None:
    """Nothing while caller, grant and resource are as they were. Raises StreamEnded."""
    plan = exchange.plan
    try:
        callers.require_still_valid(exchange)
        if plan is not None:
            plan.require_in_time()
    except SuixinError as error:
        raise StreamEnded(error.sentence) from error
    if plan is None or not plan.grant:
        return
    held = Grant.objects.filter(uuid=plan.grant, state=GrantState.ACTIVE, resource__state=ResourceState.PUBLISHED)
    if not held.exists():
        raise StreamEnded(f"「{plan.contract.title}」的授权已暂停或撤销，传输中断；已收到的部分不完整。")
