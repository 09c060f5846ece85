"""Refused attempts, each recorded in a transaction of its own: the caller's is rolled back by the refusal.

Outside a transaction the record is written at once. Inside one it waits in the thread's context until `flush`,
which the web's middleware and the command line call when the caller is through.
"""

import logging
from collections.abc import Callable
from contextvars import ContextVar

from django.db import DatabaseError, models, transaction
from django.http import HttpRequest, HttpResponse

from suixin.ground.audit.actions import record
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed

ACTION = "security.refused"

_Refused = tuple[Actor, str, models.Model | tuple[str, str]]
_waiting: ContextVar[tuple[_Refused, ...]] = ContextVar("refusals", default=())
_log = logging.getLogger(__name__)


def note(actor: Actor, verb: str, obj: object) -> None:
    """The refused attempt recorded, now or by the next `flush`."""
    named = obj if isinstance(obj, models.Model) else (type(obj).__name__ if obj is not None else "", str(obj or ""))
    _waiting.set((*_waiting.get(), (actor, verb, named)))
    if not transaction.get_connection().in_atomic_block:
        flush()


def flush() -> int:
    """The number of refused attempts written. A database that does not take them is told to the log, not to the caller."""
    refused = _waiting.get()
    if not refused:
        return 0
    _waiting.set(())
    try:
        with transaction.atomic():
            for actor, verb, obj in refused:
                record(actor, ACTION, obj, code=NotAllowed.code, detail={"verb": verb})
    except DatabaseError:
        _log.exception("refused attempts could not be recorded: %s", [(actor.key, verb) for actor, verb, _ in refused])
        return 0
    return len(refused)


class Refusals:
    """Middleware: after each request its refused attempts are recorded."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        flush()
        return response
