"""Payment providers are asked in bounded time: one that hangs holds up neither a page nor the turn of the others.

Call    on a thread of its own, waited for `payment_seconds`; what it answers later is dropped, the next `reconcile` finds it
Turn    of all providers together `payment_turn_seconds`, each its share; one that was silent is not asked again in the turn
Stuck   of one provider at most STUCK calls hang in a process: more are refused at once, until one of them comes back
Errors  ProviderSilent
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.db import connections

from suixin.services.cases.errors import ProviderSilent
from suixin.services.cases.providers import Provider, provider_of, providers

STUCK = 4
T = TypeVar("T")
_stuck: Counter[str] = Counter()
_guard = threading.Lock()


def asked(name: str, question: Callable[[Provider], T], *, seconds: float | None = None) -> T:
    """What the provider answers in its time, or raises. Raises PaymentFailed, ProviderSilent."""
    provider = provider_of(name)
    if _stuck[name] >= STUCK:
        raise _silent(provider)
    answer: Future[T] = Future()
    context = copy_context()
    threading.Thread(target=context.run, args=(_answer, answer, question, provider), name=f"payment-{name}", daemon=True).start()
    if not wait([answer], timeout=settings.SUIXIN.payment_seconds if seconds is None else seconds).done:
        _note(name, 1)
        answer.add_done_callback(lambda _: _note(name, -1))
        raise _silent(provider)
    return answer.result()


class Turn:
    """One round of questions to all providers: how long each may still take in it."""

    def __init__(self, seconds: float) -> None:
        self._share = seconds / len(providers)
        self._used: defaultdict[str, float] = defaultdict(float)
        self._silent: set[str] = set()

    def is_over(self, name: str) -> bool:
        """Whether that provider is not asked any more in this turn."""
        return name in self._silent or self._left(name) <= 0

    def asked(self, name: str, question: Callable[[Provider], T]) -> T:
        """`asked`, in what is left to the provider."""
        began = monotonic()
        try:
            return asked(name, question, seconds=min(settings.SUIXIN.payment_seconds, self._left(name)))
        except ProviderSilent:
            self._silent.add(name)
            raise
        finally:
            self._used[name] += monotonic() - began

    def _left(self, name: str) -> float:
        return self._share - self._used[name]


def _answer(answer: "Future[T]", question: Callable[[Provider], T], provider: Provider) -> None:
    try:
        answer.set_result(question(provider))
    except BaseException as error:  # noqa: BLE001  whatever it is, it is raised where the answer is waited for
        answer.set_exception(error)
    finally:
        connections.close_all()  # of this thread


def _note(name: str, change: int) -> None:
    with _guard:
        _stuck[name] += change


def _silent(provider: Provider) -> ProviderSilent:
    return ProviderSilent(f"支付渠道“{provider.title}”没有按时应答，结果还不知道；不要重复付款，请过几分钟刷新页面查看。")
