"""Events: how a lower module tells upper ones, after its transaction has committed.

Use      an event is a frozen dataclass named in the past tense; `site/wiring.py` subscribes handlers
Promise  handlers run only when the change is durable, in order of subscription; a handler that fails is
         logged and does not stop the others (what must not be lost belongs into the transaction itself)
"""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any, TypeVar

from django.db import transaction

log = logging.getLogger(__name__)
EventT = TypeVar("EventT")
# Any: handlers of all event classes lie in one table; subscribe() ties each to its class.
_handlers: defaultdict[type[Any], list[Callable[[Any], None]]] = defaultdict(list)


def subscribe(event_class: type[EventT], handler: Callable[[EventT], None]) -> None:
    """Let `handler` hear of every event of `event_class`; subscribing twice counts once."""
    if not is_dataclass(event_class):
        raise TypeError(f"{event_class!r} is no dataclass")
    if handler not in _handlers[event_class]:
        _handlers[event_class].append(handler)


def emit_on_commit(event: object) -> None:
    """Hand `event` to its handlers when the transaction around the call has committed (at once without one)."""
    transaction.on_commit(lambda: _deliver(event))


def _deliver(event: object) -> None:
    for handler in _handlers[type(event)]:
        try:
            handler(event)
        except Exception:  # one handler's fault must not keep the news from the next
            log.exception("handler %s failed on %r", getattr(handler, "__qualname__", handler), event)
