"""Payment providers are asked in bounded time: one that hangs holds up neither a page nor the turn of the others.

Call    on a thread of its own, waited for `payment_seconds`; what it answers later is dropped, the next `reconcile` finds it
Bound   of one provider at most AT_ONCE calls are out in a process, counted from their start: more are refused at once, nothing sent.
        One that never comes back (a connection half open) counts no more after LET_GO seconds; until then nobody asks the same again
Turn    of all providers together `payment_turn_seconds`, each its share; one that was silent to two orders in a row has had it
Errors  ProviderBusy (nothing was sent), ProviderSilent (what became of it is not known)
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from django.conf import settings
from django.db import connections

from suixin.services.cases.errors import ProviderBusy, ProviderSilent
from suixin.services.cases.providers import Provider, provider_of, providers

AT_ONCE, LET_GO, SILENT_ORDERS, LEAST_SECONDS = 4, 300, 2, 1.0
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class _Call:
    """One question that is out: what it asks, since when, and whether whoever asked waits no more."""

    about: str
    since: float
    is_late: bool = False


_calls: defaultdict[str, list[_Call]] = defaultdict(list)
_guard = threading.Lock()


def asked(name: str, question: Callable[[Provider], T], *, about: str = "", seconds: float | None = None) -> T:
    """What the provider answers in its time, or raises; `about` names the question, so that one that hangs is out once.

    Raises PaymentFailed, ProviderBusy, ProviderSilent.
    """
    provider = provider_of(name)
    call = _begun(name, about, provider)
    answer: Future[T] = Future()
    answer.add_done_callback(lambda _: _ended(name, call))
    context = copy_context()
    threading.Thread(target=context.run, args=(_answer, answer, question, provider), name=f"payment-{name}", daemon=True).start()
    if not wait([answer], timeout=settings.SUIXIN.payment_seconds if seconds is None else seconds).done:
        call.is_late = True
        raise _silent(provider)
    return answer.result()


def is_out(name: str, about: str) -> bool:
    """Whether that question hangs, so that it is not put again."""
    with _guard:
        return any(one.is_late and one.about == about for one in _out(name))


class Turn:
    """One round of questions to all providers: how long each may still take in it."""

    def __init__(self, seconds: float) -> None:
        self._share = seconds / len(providers)
        self._least = min(LEAST_SECONDS, self._share, settings.SUIXIN.payment_seconds)  # what is less no provider could keep to
        self._used: defaultdict[str, float] = defaultdict(float)
        self._silent: Counter[str] = Counter()

    def is_over(self, name: str) -> bool:
        """Whether that provider is not asked any more in this turn."""
        return self._silent[name] >= SILENT_ORDERS or self._left(name) < self._least

    @property
    def over(self) -> list[str]:
        """The providers that are not asked any more in this turn."""
        return [name for name in {*self._used, *self._silent} if self.is_over(name)]

    def asked(self, name: str, question: Callable[[Provider], T], *, about: str) -> T:
        """`asked`, in what is left to the provider; `about` one order or refund, that the turn asks once."""
        hangs = is_out(name, about)
        began = monotonic()
        try:
            answer = asked(name, question, about=about, seconds=min(settings.SUIXIN.payment_seconds, self._left(name)))
        except ProviderSilent:
            self._silent[name] += not hangs  # of one that still hangs from before nobody was asked
            raise
        except ProviderBusy:
            self._silent[name] = SILENT_ORDERS
            raise
        except Exception:
            self._silent[name] = 0
            raise
        else:
            self._silent[name] = 0
            return answer
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


def _begun(name: str, about: str, provider: Provider) -> _Call:
    """The call, counted. Raises ProviderBusy, and ProviderSilent while the same question hangs."""
    with _guard:
        out = _out(name)
        if about and any(one.is_late and one.about == about for one in out):
            raise _silent(provider)
        if len(out) >= AT_ONCE:
            raise ProviderBusy(f"支付渠道“{provider.title}”正忙，这一次没有向它发出；请过几分钟再试，或者换一个渠道。")
        call = _Call(about, monotonic())
        _calls[name] = [*out, call]
    return call


def _out(name: str) -> list[_Call]:
    """The calls that count; ask it under the guard."""
    now = monotonic()
    return [one for one in _calls[name] if now - one.since < LET_GO]


def _ended(name: str, call: _Call) -> None:
    with _guard:
        _calls[name] = [one for one in _calls[name] if one is not call]


def _silent(provider: Provider) -> ProviderSilent:
    return ProviderSilent(f"支付渠道“{provider.title}”没有按时应答，结果还不知道；不要重复付款，请过几分钟刷新页面查看。")
