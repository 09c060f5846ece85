"""Money: assessed, reduced, paid once whatever a provider does, given back; and a provider's list against ours."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from suixin.ground.audit.models import Record
from suixin.ground.jobs import paging
from suixin.ground.notify.tests.servers import process_environment
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed, SuixinError
from suixin.services.cases import fees, papers, providers, queries, reconciling, simulated
from suixin.services.cases.attached import Fee, Payment
from suixin.services.cases.errors import PaymentFailed, UnknownOrder, WrongStateOfCase
from suixin.services.cases.models import Case, State
from suixin.services.cases.providers import Line, Paid, Provider
from suixin.services.cases.rules import Balance
from suixin.services.cases.tests.factories import Town, accepted, town

pytestmark = pytest.mark.django_db
BASIS = "发改价格〔2026〕1号"
ROWS = [{"fee_name": name, "fee_stand": "按件", "by_law": BASIS} for name in ("工本费", "检测费")]
CHARGED = {"is_fee": True, "fee_basis": BASIS, "is_pay_online": True, "fees": ROWS}


class Bank(Provider):
    """A provider with books of its own: `mood` is what it does next; `order` may be paid though nobody was told."""

    title = "测试银行"

    def __init__(self) -> None:
        self.paid: dict[str, int] = {}
        self.back: dict[str, tuple[str, int]] = {}
        self.mood = "answers"

    def pay(self, order: str, cents: int, *, receipt: str) -> Paid:
        del receipt
        match self.mood:
            case "refuses":
                raise PaymentFailed("余额不足。")
            case "waits":
                return Paid("")
        self.paid.setdefault(order, cents)
        if self.mood == "breaks":
            raise TimeoutError
        return self.find(order)

    def find(self, order: str) -> Paid:
        return Paid(f"B-{order}", self.paid[order]) if order in self.paid and self.mood != "mute" else Paid("")

    def refund(self, reference: str, cents: int, *, key: str) -> str:
        if self.mood == "refuses":
            raise PaymentFailed("渠道维护。")
        self.back[key] = (reference, cents)
        return "" if self.mood == "waits" else f"R-{key}"

    def statement(self, day: date) -> Sequence[Line]:
        if day != clock.today():
            return []
        came = [Line(order, f"B-{order}", cents) for order, cents in self.paid.items()]
        return [*came, *(Line(reference[2:], f"R-{key}", cents, is_refund=True) for key, (reference, cents) in self.back.items())]


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    made = Bank()
    monkeypatch.setitem(providers.providers, "bank", made)
    return made


@pytest.fixture
def place() -> Town:
    return town(**CHARGED)


def balance() -> Balance:
    return reconciling.balance(Case.objects.all())


def test_fee_is_reduced_with_a_basis_and_the_rest_is_paid_against_a_receipt(place: Town, bank: Bank) -> None:
    case = accepted(place)
    with pytest.raises(WrongStateOfCase, match="写明依据"):
        fees.assess(case, "工本费", 1000, actor=place.clerk, reduced=400)
    fee = fees.assess(case, "工本费", 1000, actor=place.clerk, reduced=400, reduction_basis="低保户减免办法第三条")
    assert fees.assess(case, "工本费", 9999, actor=place.clerk) == fee
    assert fees.waive(fees.assess(case, "检测费", 500, actor=place.clerk), actor=place.clerk, reason="同上").state == "waived"
    with pytest.raises(NotAllowed):
        fees.reduce(fee, 500, actor=place.applicant, basis="自己减")
    paid = fees.pay(fee, "bank", actor=place.applicant)
    assert (paid.state, bank.paid, fees.pay(fee, "bank", actor=place.applicant).state) == ("paid", {str(fee.uuid): 600}, "paid")
    receipt = case.documents.get(kind="payment")
    assert (receipt.facts["amount"], receipt.facts["reference"]) == ("6.00", f"B-{fee.uuid}")
    assert balance() == Balance(assessed=1500, reduced=900, paid=600)
    with pytest.raises(WrongStateOfCase, match="已缴的请退费"):
        fees.reduce(fee, 700, actor=place.clerk, basis="晚了")


def test_late_notice_after_we_gave_up_and_the_window_took_the_money_is_a_surplus_that_goes_back(place: Town, bank: Bank) -> None:
    fee = fees.assess(accepted(place), "工本费", 1000, actor=place.clerk)
    bank.mood = "waits"
    assert fees.pay(fee, "bank", actor=place.applicant).state == "pending"
    with pytest.raises(PaymentFailed, match="结果还没有到"):
        fees.pay(fee, "counter", actor=place.clerk, receipt="票 1")
    assert fees.reconcile(actor=SYSTEM) == (0, 0)
    with clock.frozen(clock.now() + timedelta(minutes=31)):
        assert fees.reconcile(actor=SYSTEM) == (0, 1)
        fees.pay(fee, "counter", actor=place.clerk, receipt="票 1")
        bank.mood, bank.paid[str(fee.uuid)] = "answers", 1000
        for _ in range(2):
            assert fees.take_notice("bank", str(fee.uuid), bank.find(str(fee.uuid))).state == "paid"
    assert balance() == Balance(assessed=1000, paid=1000, surplus=1000)
    compared = reconciling.compare("bank", clock.today(), actor=place.clerk)
    surplus = next(one for one in compared.differences if one.kind == reconciling.SURPLUS)
    assert surplus.payment is not None
    bank.mood = "refuses"
    with pytest.raises(PaymentFailed, match="维护"):
        fees.refund(surplus.payment, actor=place.clerk, reason="重复缴费")
    bank.mood = "waits"
    assert fees.refund(surplus.payment, actor=place.clerk, reason="重复缴费").state == "refunding"
    bank.mood = "answers"
    fees.reconcile(actor=SYSTEM)
    surplus.payment.refresh_from_db()
    assert (surplus.payment.state, Fee.objects.get().state, balance()) == ("refunded", "paid", Balance(assessed=1000, paid=1000))


def test_failure_while_booking_books_nothing_and_the_notice_books_it_once(
    place: Town, bank: Bank, monkeypatch: pytest.MonkeyPatch,
) -> None:
    fee = fees.assess(accepted(place), "工本费", 1000, actor=place.clerk)
    with monkeypatch.context() as broken:
        broken.setattr(papers, "issue", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fees.pay(fee, "bank", actor=place.applicant)
    assert (Fee.objects.get().state, Payment.objects.count(), len(bank.paid)) == ("pending", 0, 1)
    for _ in range(2):
        fees.take_notice("bank", str(fee.uuid), bank.find(str(fee.uuid)))
    fees.reconcile(actor=SYSTEM)
    assert (Fee.objects.get().state, Payment.objects.count()) == ("paid", 1)
    with pytest.raises(UnknownOrder):
        fees.take_notice("bank", str(place.person.uuid), Paid("B-x", 5))
    odd = fees.take_notice("bank", str(fee.uuid), Paid("B-odd", 7))
    assert (odd.state, Payment.objects.get(reference="B-odd").state) == ("paid", "surplus")


def test_wrong_sum_leaves_the_fee_due_and_the_right_one_is_asked_for_under_a_fresh_order(place: Town, bank: Bank) -> None:
    fee = fees.assess(accepted(place), "工本费", 1000, actor=place.clerk)
    bank.mood = "waits"
    fees.pay(fee, "bank", actor=place.applicant)
    bank.mood, bank.paid[str(fee.uuid)] = "answers", 7
    for _ in range(2):
        assert fees.take_notice("bank", str(fee.uuid), bank.find(str(fee.uuid))).state == "due"
    paid = fees.pay(fee, "bank", actor=place.applicant)
    assert (paid.state, paid.reference, bank.paid) == ("paid", f"B-{fee.uuid}-1", {str(fee.uuid): 7, f"{fee.uuid}-1": 1000})
    assert fees.take_notice("bank", f"{fee.uuid}-1", bank.find(f"{fee.uuid}-1")).state == "paid"
    assert balance() == Balance(assessed=1000, paid=1000, surplus=7)
    compared = reconciling.compare("bank", clock.today(), actor=place.clerk)
    assert (compared.agreed, [one.kind for one in compared.differences]) == (2, [reconciling.SURPLUS])


def test_refund_by_voucher_is_done_at_once_and_one_that_is_declined_later_is_put_back(
    place: Town, bank: Bank, monkeypatch: pytest.MonkeyPatch,
) -> None:
    fee = fees.assess(accepted(place), "工本费", 1000, actor=place.clerk)
    fees.pay(fee, "bank", actor=place.applicant)
    payment = Payment.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr(papers, "issue", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fees.refund(payment, actor=place.clerk, reason="撤回", receipt="退 1")
    assert Payment.objects.get().state == "booked"  # not on its way: what was given back by hand no provider is asked for
    bank.mood = "waits"
    fees.refund(payment, actor=place.clerk, reason="撤回")
    bank.mood = "refuses"
    fees.reconcile(actor=SYSTEM)
    assert (Payment.objects.get().state, Record.objects.filter(action="cases.refund_declined").count()) == ("booked", 1)
    assert fees.refund(payment, actor=place.clerk, reason="撤回", receipt="退 1").state == "refunded"
    assert (Fee.objects.get().state, balance()) == ("refunded", Balance(assessed=1000, refunded=1000))


def test_tills_number_their_receipts_for_themselves_and_other_references_are_once(place: Town, bank: Bank) -> None:
    case = accepted(place)
    one, two = (fees.assess(case, name, 1000, actor=place.clerk) for name in ("工本费", "检测费"))
    assert [fees.pay(each, "counter", actor=place.clerk, receipt="0001").state for each in (one, two)] == ["paid", "paid"]
    third = fees.assess(accepted(place), "工本费", 1000, actor=place.clerk)
    fees.book(Fee.objects.get(pk=fees.assess(accepted(place), "工本费", 5, actor=place.clerk).pk), "bank", Paid("same", 5), actor=SYSTEM)
    bank.find = lambda order: Paid("same", 1000)  # type: ignore[method-assign]  # a provider that mixes its references up
    with pytest.raises(WrongStateOfCase, match="另一笔"):
        fees.pay(third, "bank", actor=place.applicant)
    assert Fee.objects.get(pk=third.pk).state == "due"


def test_case_that_is_over_takes_no_money_and_what_comes_is_a_surplus(place: Town, bank: Bank) -> None:
    fee = fees.assess(accepted(place), "工本费", 1000, actor=place.clerk)
    bank.mood = "waits"
    fees.pay(fee, "bank", actor=place.applicant)
    Case.objects.update(state=State.WITHDRAWN)
    with pytest.raises(WrongStateOfCase, match="已经结束"):
        fees.pay(fee, "bank", actor=place.applicant)
    bank.mood, bank.paid[str(fee.uuid)] = "answers", 1000
    fees.reconcile(actor=SYSTEM)
    assert (Fee.objects.get().state, Payment.objects.get().state) == ("due", "surplus")


def test_one_fee_that_fails_keeps_no_other_from_its_turn_and_a_clerk_asks_only_for_its_own(
    place: Town, bank: Bank, monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paging, "SIZE", 1)
    case = accepted(place)
    lines = [fees.assess(case, name, 1000, actor=place.clerk) for name in ("工本费", "检测费")]
    bank.mood = "waits"
    for one in lines:
        fees.pay(one, "bank", actor=place.applicant)
    bank.mood, bank.paid[str(lines[1].uuid)] = "answers", 1000
    found = bank.find
    bank.find = lambda order: found(order) if order != str(lines[0].uuid) else Paid("x", 1 // 0)  # type: ignore[method-assign]  # a fault
    Case.objects.update(organisation=place.city.bureau)
    assert reconciling.ask("bank", actor=place.clerk) == (0, 0)
    Case.objects.update(organisation=place.city.department)
    assert (reconciling.ask("counter", actor=place.clerk), reconciling.ask("bank", actor=place.clerk)) == ((0, 0), (1, 0))
    assert [Fee.objects.get(pk=one.pk).state for one in lines] == ["pending", "paid"]


def test_references_that_two_old_fees_share_are_kept_apart(place: Town) -> None:
    case = accepted(place)
    for name in ("工本费", "检测费"):
        fee = fees.assess(case, name, 1000, actor=place.clerk)
        Fee.objects.filter(pk=fee.pk).update(state="paid", provider="bank", reference="R-1", paid_at=clock.now())
    import_module("suixin.services.cases.migrations.0002_fees_prefilled_contacts").book_what_was_paid(apps, None)
    told = {(one.fee.reference, one.state) for one in Payment.objects.select_related("fee")}
    assert told == {("R-1", "booked"), (f"R-1#{fee.uuid}", "booked")}
    assert all(one.reference == one.fee.reference for one in Payment.objects.select_related("fee"))


def test_differences_of_a_day_are_named_and_mended(place: Town, bank: Bank) -> None:
    case = accepted(place)
    one, two = (fees.assess(case, name, 1000, actor=place.clerk) for name in ("工本费", "检测费"))
    bank.paid |= {str(one.uuid): 1000, "nobody": 5}
    fees.book(two, "bank", Paid("B-gone", 1000), actor=SYSTEM)
    found = {line.kind: line for line in reconciling.compare("bank", clock.today(), actor=place.clerk).differences}
    assert set(found) == {reconciling.MISSING, reconciling.EXTRA}  # what is nobody's is told to who supervises all
    with pytest.raises(NotAllowed):
        reconciling.settle("bank", clock.today(), f"B-{one.uuid}", actor=place.supervisor)
    assert reconciling.settle("bank", clock.today(), f"B-{one.uuid}", actor=place.clerk).state == "paid"
    again = reconciling.compare("bank", clock.today(), actor=place.clerk)
    assert (again.agreed, [line.reference for line in again.differences]) == (1, ["B-gone"])
    assert queries.worklist(place.clerk).count() == 1


def _mood(mood: str) -> Callable[[Fee, Town, Bank], object]:
    return lambda fee, place, bank: setattr(bank, "mood", mood)


STEPS: dict[str, Callable[[Fee, Town, Bank], object]] = {
    "pay": lambda fee, place, _: fees.pay(fee, "bank", actor=place.applicant),
    "till": lambda fee, place, _: fees.pay(fee, "counter", actor=place.clerk, receipt=f"票 {fee.pk}"),
    "notice": lambda fee, _, bank: fees.take_notice("bank", str(fee.uuid), bank.find(str(fee.uuid))),
    "odd": lambda fee, _, __: fees.take_notice("bank", str(fee.uuid), Paid(f"odd-{fee.pk}", 7)),
    "reconcile": lambda *_: fees.reconcile(actor=SYSTEM),
    "later": lambda fee, *_: Fee.objects.filter(pk=fee.pk).update(asked_at=clock.now() - timedelta(hours=1)),
    "reduce": lambda fee, place, _: fees.reduce(fee, fee.cents // 3, actor=place.clerk, basis="办法"),
    "waive": lambda fee, place, _: fees.waive(fee, actor=place.clerk, reason="办法"),
    "refund": lambda fee, place, _: [fees.refund(one, actor=place.clerk, reason="退") for one in fee.payments.all()],
    **{mood: _mood(mood) for mood in ("answers", "refuses", "waits", "breaks", "mute")},
}


@settings(max_examples=12, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck))
@given(walk=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.booleans()), min_size=4, max_size=16))
def test_whatever_happens_the_balance_holds_and_no_money_is_lost_or_taken_twice(
    place: Town, bank: Bank, walk: list[tuple[str, bool]],
) -> None:
    case = accepted(place)
    lines = [fees.assess(case, name, cents, actor=place.clerk) for name, cents in (("工本费", 1000), ("检测费", 2500))]
    mine = {str(one.uuid) for one in lines}
    for name, is_second in walk:
        with contextlib.suppress(SuixinError, TimeoutError):
            STEPS[name](Fee.objects.get(pk=lines[is_second].pk), place, bank)
        now = reconciling.balance(Case.objects.filter(pk=case.pk))
        assert now.assessed == now.reduced + now.open + now.paid + now.refunded == 3500
        booked = Payment.objects.filter(fee__case=case).exclude(state="surplus")
        settled = [one for one in booked if (one.provider, one.reference) == (one.fee.provider, one.fee.reference) and one.fee.paid_at]
        assert sum(one.cents for one in settled) == now.paid + now.refunded
    bank.mood = "answers"
    fees.reconcile(actor=SYSTEM)
    for order in [one for one in bank.paid if one[:36] in mine]:  # the provider tells at last: every cent that it took is on record, once
        fees.take_notice("bank", order, bank.find(order))
        assert Payment.objects.filter(provider="bank", reference=f"B-{order}").count() == 1


KILLED = """
import os, signal, django
django.setup()
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.services.cases import fees, providers, simulated
from suixin.services.cases.attached import Fee
bank = simulated.Simulated(fees.take_notice)
providers.register_provider(simulated.NAME, bank)
fee = Fee.objects.get()
fees.pay(fee, simulated.NAME, actor=actor_of(Account.objects.get(username="clerk")))
fees._settle = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
bank.act(str(fee.uuid), "pay")
"""


@pytest.mark.django_db(transaction=True)
def test_process_killed_while_it_books_leaves_nothing_half_done_and_the_payment_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fee = fees.assess(accepted(town(**CHARGED)), "工本费", 1000, actor=SYSTEM)
    bank = simulated.Simulated(fees.take_notice)
    monkeypatch.setitem(providers.providers, simulated.NAME, bank)
    ended = subprocess.run([sys.executable, "-c", KILLED], env=process_environment(), check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (Fee.objects.get().state, Payment.objects.count(), bank.find(str(fee.uuid)).cents) == ("pending", 0, 1000)
    assert (fees.reconcile(actor=SYSTEM), fees.reconcile(actor=SYSTEM)) == ((1, 0), (0, 0))
    assert (Fee.objects.get().state, Payment.objects.count(), fee.case.documents.filter(kind="payment").count()) == ("paid", 1, 1)
