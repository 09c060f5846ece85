"""A provider that hangs: whoever waits for it is let go, the others have their turn, and what it says at last is booked once."""

import socket
import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from time import monotonic
from uuid import uuid4

import pytest
from django.conf import settings

from suixin.kit.actor import SYSTEM
from suixin.services.cases import fees, jobs, patience, providers, reconciling, simulated, supervising
from suixin.services.cases.attached import Fee, Payment
from suixin.services.cases.errors import ProviderBusy, ProviderSilent
from suixin.services.cases.providers import Line, Paid, Provider
from suixin.services.cases.tests.factories import Town, accepted
from suixin.services.cases.tests.test_fees import Bank
from suixin.services.cases.tests.test_fees import bank as bank
from suixin.services.cases.tests.test_fees import place as place

pytestmark = pytest.mark.django_db


class Hanging(Provider):
    """Takes the connection and never answers, at a real socket, until `close`."""

    title = "不应答的银行"

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self.calls = 0

    def pay(self, order: str, cents: int, *, receipt: str) -> Paid:
        del order, cents, receipt
        return self._ask()

    def find(self, order: str) -> Paid:
        del order
        return self._ask()

    def statement(self, day: date) -> list[Line]:
        del day
        self._ask()
        return []

    def close(self) -> None:
        """Every call comes back."""
        self._server.close()
        for one in self._held:
            one.close()

    def _ask(self) -> Paid:
        self.calls += 1
        with socket.create_connection(self._server.getsockname()) as mine:
            self._held.append(self._server.accept()[0])
            return Paid(mine.recv(1).decode())


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hanging]:
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, payment_seconds=0.2))
    made = Hanging()
    monkeypatch.setitem(providers.providers, "hanging", made)
    monkeypatch.setattr(patience, "_calls", defaultdict(list))
    yield made
    made.close()


@pytest.fixture
def forgetful(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> Iterator["Forgetful"]:
    del hanging  # its short patience
    made = Forgetful()
    monkeypatch.setitem(providers.providers, "forgetful", made)
    yield made
    made.close()


def pending(place: Town, provider: str, name: str = "工本费", of: Fee | None = None) -> Fee:
    fee = fees.assess(of.case if of else accepted(place), name, 600, actor=place.clerk)
    Fee.objects.filter(pk=fee.pk).update(state="pending", provider=provider)
    return fee


def hang(count: int) -> None:
    """So many calls that never come back."""
    for _ in range(count):
        with pytest.raises(ProviderSilent):
            patience.asked("hanging", lambda one: one.find("x"))


def test_payer_of_a_provider_that_hangs_is_told_so_and_the_fee_stays_pending(place: Town, hanging: Hanging) -> None:
    fee = fees.assess(accepted(place), "工本费", 600, actor=place.clerk)
    with pytest.raises(ProviderSilent, match="没有按时应答"):
        fees.pay(fee, "hanging", actor=place.applicant)
    with pytest.raises(ProviderSilent):
        reconciling.compare("hanging", date(2026, 1, 5), actor=place.clerk)
    assert (Fee.objects.get().state, Payment.objects.count(), hanging.calls) == ("pending", 0, 2)


def test_turn_asks_who_hangs_for_two_orders_and_the_others_all_the_same(place: Town, hanging: Hanging, bank: Bank) -> None:
    for _ in range(3):
        pending(place, "hanging")
    paid = pending(place, "bank")
    bank.paid[str(paid.uuid)] = 600
    assert fees.reconcile(actor=SYSTEM) == (1, 0)
    assert hanging.calls == patience.SILENT_ORDERS
    assert list(Fee.objects.order_by("pk").values_list("provider", "state")) == [*[("hanging", "pending")] * 3, ("bank", "paid")]


class Forgetful(Hanging):
    """Hangs for the orders `lost`, pays back and has been paid for any other."""

    lost: frozenset[str] = frozenset()

    def find(self, order: str) -> Paid:
        return self._ask() if order in self.lost else Paid(f"H-{order}", 600)

    def refund(self, reference: str, cents: int, *, key: str) -> str:
        del reference, cents
        return self._ask().reference if key in self.lost else f"R-{key}"


def test_order_that_hangs_for_ever_keeps_no_later_one_from_being_found_paid(place: Town, forgetful: Forgetful) -> None:
    lost, paid = pending(place, "forgetful"), pending(place, "forgetful")
    forgetful.lost = frozenset({str(lost.uuid)})
    assert [fees.reconcile(actor=SYSTEM) for _ in range(2)] == [(1, 0), (0, 0)]
    assert (Fee.objects.get(pk=paid.pk).state, Fee.objects.get(pk=lost.pk).state, forgetful.calls) == ("paid", "pending", 1)


def test_whom_a_turn_did_not_reach_comes_first_in_the_next(place: Town, forgetful: Forgetful) -> None:
    lost = [pending(place, "forgetful") for _ in range(3)]
    paid = pending(place, "forgetful")
    forgetful.lost = frozenset(str(one.uuid) for one in lost)
    assert [fees.reconcile(actor=SYSTEM) for _ in range(2)] == [(0, 0), (1, 0)]
    assert (Fee.objects.get(pk=paid.pk).state, forgetful.calls) == ("paid", 3)


def test_refund_that_hangs_for_ever_keeps_no_later_one_from_its_turn(place: Town, forgetful: Forgetful) -> None:
    for _ in range(2):
        fees.book(fees.assess(accepted(place), "工本费", 600, actor=place.clerk), "forgetful", Paid(str(uuid4()), 600), actor=SYSTEM)
    Payment.objects.update(state="refunding")
    lost, later = Payment.objects.order_by("pk")
    forgetful.lost = frozenset({str(lost.uuid)})
    fees.reconcile(actor=SYSTEM)
    assert list(Payment.objects.order_by("pk").values_list("pk", "state")) == [(lost.pk, "refunding"), (later.pk, "refunded")]


def test_other_duties_of_the_watch_are_done_beside_a_provider_that_hangs(
    place: Town, hanging: Hanging, monkeypatch: pytest.MonkeyPatch,
) -> None:
    pending(place, "hanging")
    monkeypatch.setattr(supervising, "give_due_cards", lambda **_: 7)
    assert (jobs.watch().startswith("亮牌 7 张"), hanging.calls) == (True, 1)


def test_turn_that_used_its_time_asks_nobody_more(place: Town, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 10_000, 40))  # each question lasts 40 seconds
    monkeypatch.setattr(patience, "monotonic", lambda: next(times))
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, payment_turn_seconds=60.0 * len(providers.providers)))
    first = pending(place, "bank")
    later = pending(place, "bank", "检测费", of=first)
    bank.paid = {str(first.uuid): 600, str(later.uuid): 600}
    assert [fees.reconcile(actor=SYSTEM) for _ in range(3)] == [(1, 0), (1, 0), (0, 0)]


@pytest.mark.parametrize(("used", "is_over"), [(58.5, False), (59.5, True)])
def test_healthy_provider_is_not_asked_in_a_rest_that_is_too_short(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, used: float, is_over: bool,
) -> None:
    del bank
    now = [0.0]
    monkeypatch.setattr(patience, "monotonic", lambda: now[0])
    turn = patience.Turn(60.0 * len(providers.providers))
    turn.asked("bank", lambda _: now.append(now.pop() + used), about="x")
    assert (turn.is_over("bank"), patience.Turn(0.1).is_over("bank")) == (is_over, False)


def test_no_more_than_a_few_calls_hang_at_a_time_and_those_that_come_back_make_room(hanging: Hanging) -> None:
    hang(patience.AT_ONCE)
    for _ in range(3):
        with pytest.raises(ProviderBusy, match="没有向它发出"):
            patience.asked("hanging", lambda one: one.find("x"))
    assert hanging.calls == patience.AT_ONCE
    stuck = [one for one in threading.enumerate() if one.name == "payment-hanging"]
    hanging.close()
    for one in stuck:
        one.join()
    assert patience.asked("hanging", lambda one: one.title) == hanging.title


def test_calls_count_from_their_start_so_that_a_crowd_starts_no_more_than_a_few(bank: Bank) -> None:
    begun, released = threading.Semaphore(0), threading.Event()

    def hold(_: Provider) -> bool:
        begun.release()
        return released.wait()

    crowd = [threading.Thread(target=patience.asked, args=("bank", hold)) for _ in range(patience.AT_ONCE)]
    for one in crowd:
        one.start()
    for _ in crowd:
        begun.acquire()
    with pytest.raises(ProviderBusy):
        patience.asked("bank", lambda one: one.title)
    released.set()
    for one in crowd:
        one.join()
    assert patience.asked("bank", lambda one: one.title) == bank.title


def test_provider_that_recovers_is_asked_again_though_calls_never_came_back(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    hang(patience.AT_ONCE)
    later = monotonic() + patience.LET_GO
    monkeypatch.setattr(patience, "monotonic", lambda: later)
    assert patience.asked("hanging", lambda one: one.title) == hanging.title


def test_question_that_hangs_is_not_put_twice(hanging: Hanging) -> None:
    for _ in range(2):
        with pytest.raises(ProviderSilent):
            patience.asked("hanging", lambda one: one.find("x"), about="find x")
    assert hanging.calls == 1


def test_payer_of_whom_nothing_was_sent_is_told_so_and_the_fee_is_as_before(place: Town, hanging: Hanging) -> None:
    hang(patience.AT_ONCE)
    fee = fees.assess(accepted(place), "工本费", 600, actor=place.clerk)
    with pytest.raises(ProviderBusy, match="换一个渠道"):
        fees.pay(fee, "hanging", actor=place.applicant)
    held = Fee.objects.get()
    assert (held.state, held.provider, held.asked_at) == ("due", "", None)
    assert fees.pay(held, "counter", actor=place.clerk, receipt="票 1").state == "paid"


def test_refund_of_which_nothing_was_sent_is_put_back_and_one_on_its_way_is_not(place: Town, hanging: Hanging) -> None:
    hang(patience.AT_ONCE)
    fee = fees.assess(accepted(place), "工本费", 600, actor=place.clerk)
    fees.book(fee, "hanging", Paid("H-1", 600), actor=SYSTEM)
    with pytest.raises(ProviderBusy):
        fees.refund(Payment.objects.get(), actor=place.clerk, reason="撤回")
    assert Payment.objects.get().state == "booked"
    Payment.objects.update(state="refunding")
    fees.reconcile(actor=SYSTEM)
    assert Payment.objects.get().state == "refunding"


def test_what_a_provider_raises_is_raised_where_it_was_asked(bank: Bank) -> None:
    bank.mood = "breaks"
    with pytest.raises(TimeoutError):
        patience.asked("bank", lambda one: one.pay("x", 5, receipt=""))


def test_simulated_provider_hangs_for_as_long_as_its_payer_wished(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made = simulated.Simulated(fees.take_notice)
    monkeypatch.setitem(providers.providers, simulated.NAME, made)
    fee = fees.pay(fees.assess(accepted(place), "工本费", 600, actor=place.clerk), simulated.NAME, actor=place.applicant)
    order = fees.order_of(fee, simulated.NAME)
    made.act(order, "hang")
    with monkeypatch.context() as short:
        short.setattr(settings, "SUIXIN", replace(settings.SUIXIN, payment_seconds=0.01))
        assert fees.reconcile(actor=SYSTEM) == (0, 0)
    made.act(order, "release")
    assert Fee.objects.get().state == "paid"
