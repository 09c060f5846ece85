"""Fees of a case: assessed by the department, paid through a provider, reconciled with what the provider says.

Provider   `register_provider(Provider)`; shipped is `counter`, paid at the window against a receipt number
Once       the order is the fee's own uuid: a provider that is asked twice books once, so that a lost answer is asked again
Failure    nothing is booked; an order whose answer was lost stays `pending` until `reconcile` asks what became of it
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.services.cases import parties
from suixin.services.cases.attached import Fee, FeeState
from suixin.services.cases.errors import PaymentFailed, WrongStateOfCase
from suixin.services.cases.models import Case
from suixin.services.items.stated import rows_of, text_of


@dataclass(frozen=True, slots=True)
class Paid:
    """What a provider says of an order: its own reference, "" while it knows of no payment."""

    reference: str
    cents: int = 0


class Provider(Protocol):
    """Somebody who takes money for us."""

    def pay(self, order: str, cents: int, *, receipt: str) -> Paid:
        """The payment of that order, the same when asked again. Raises PaymentFailed when it was surely refused."""

    def find(self, order: str) -> Paid:
        """What became of the order; an empty reference when it is not known."""


class Counter:
    """Paid at the window: the receipt that the cashier writes is the reference."""

    def pay(self, order: str, cents: int, *, receipt: str) -> Paid:  # noqa: ARG002 as every provider is asked
        """The receipt's number."""
        if not receipt.strip():
            raise PaymentFailed("没有填写窗口开具的票据号；请填写后再登记缴费。")
        return Paid(receipt.strip()[:120], cents)

    def find(self, order: str) -> Paid:  # noqa: ARG002 a till remembers no order
        """Nothing: what was not written down was not paid."""
        return Paid("")


COUNTER = "counter"
providers: dict[str, Provider] = {COUNTER: Counter()}


def register_provider(name: str, provider: Provider) -> None:
    """Let fees be paid through that provider."""
    providers[name] = provider


@transaction.atomic
def assess(case: Case, name: str, cents: int, *, actor: Actor) -> Fee:
    """The fee of that name in the item, to be paid. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", case)
    named: Mapping[str, str] = {text_of(row, "fee_name"): text_of(row, "by_law") for row in rows_of(case.version.content, "fees")}
    if name not in named:
        raise WrongStateOfCase(f"事项没有收费项目“{name[:60]}”；只能按办事指南公布的项目收费。")
    if not case.is_live or cents < 1:
        raise WrongStateOfCase("办件已结束，或金额不是正数；不能再收费。")
    fee, is_new = Fee.objects.get_or_create(case=case, name=name, defaults={"cents": cents, "basis": named[name]})
    if is_new:
        audit.record(actor, "cases.fee_assessed", fee, detail={"case": case.number, "cents": cents})
    return fee


def pay(fee: Fee, provider: str, *, actor: Actor, receipt: str = "") -> Fee:
    """The fee, paid; the same when it was. Raises NotAllowed, PaymentFailed.

    The provider is asked outside of transactions: what it answers is booked after, what it does not is found by `reconcile`.
    """
    _require_payer(fee.case, provider, actor)
    asked = providers.get(provider)
    if asked is None:
        raise PaymentFailed(f"没有支付渠道“{provider[:32]}”；可用：{'、'.join(sorted(providers))}。")
    with transaction.atomic():
        held = Fee.objects.select_for_update().get(pk=fee.pk)
        if held.state in (FeeState.PAID, FeeState.WAIVED, FeeState.REFUNDED):
            return held
        before = held.state
        held.state, held.provider = FeeState.PENDING, provider
        held.save(update_fields=["state", "provider"])
    try:
        paid = asked.pay(str(fee.uuid), held.cents, receipt=receipt)
    except PaymentFailed:
        Fee.objects.filter(pk=fee.pk, state=FeeState.PENDING).update(state=before)
        raise
    return _book(held, paid, actor)


def reconcile(*, actor: Actor) -> tuple[int, int]:
    """(how many pending fees turned out paid, how many not): each provider asked what became of its orders."""
    found = lost = 0
    for fee in Fee.objects.filter(state=FeeState.PENDING).order_by("pk")[:1000]:
        provider = providers.get(fee.provider)
        paid = provider.find(str(fee.uuid)) if provider is not None else Paid("")
        if paid.reference:
            _book(fee, paid, actor)
            found += 1
        elif Fee.objects.filter(pk=fee.pk, state=FeeState.PENDING).update(state=FeeState.DUE):
            lost += 1
    return found, lost


@transaction.atomic
def waive(fee: Fee, *, actor: Actor, reason: str) -> Fee:
    """The fee, not to be paid. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", fee.case)
    held = Fee.objects.select_for_update().get(pk=fee.pk)
    if held.state != FeeState.DUE or not reason.strip():
        raise WrongStateOfCase("只有待缴的费用可以减免，并且要写明依据。")
    held.state = FeeState.WAIVED
    held.save(update_fields=["state"])
    audit.record(actor, "cases.fee_waived", held, basis=reason)
    return held


@transaction.atomic
def _book(fee: Fee, paid: Paid, actor: Actor) -> Fee:
    held = Fee.objects.select_for_update().get(pk=fee.pk)
    if held.state == FeeState.PAID:
        return held
    if paid.cents != held.cents:
        raise PaymentFailed(f"渠道说收了 {paid.cents / 100:.2f} 元，应收 {held.cents / 100:.2f} 元；没有入账，请与渠道核对。")
    held.state, held.reference, held.paid_at = FeeState.PAID, paid.reference[:120], clock.now()
    held.save(update_fields=["state", "reference", "paid_at"])
    audit.record(actor, "cases.fee_paid", held, detail={"provider": held.provider, "reference": held.reference})
    return held


def _require_payer(case: Case, provider: str, actor: Actor) -> None:
    """The department, the window, and by other ways than the till whoever applies: only a cashier says what lies in it."""
    if policy.may(actor, "cases.handle", case):
        return
    parties.require_party(actor, case)
    if provider == COUNTER and actor.kind is not ActorKind.STAFF:
        policy.refuse(actor, "cases.handle", case)
