"""Fees of a case: assessed by the department, paid through a provider, given back; every payment booked once, none lost.

Order      the fee's own uuid: a provider that is asked twice books once, so that a lost answer is asked again. An order that was paid
           with a wrong sum is over at its provider: the next one has a number behind (`order_of`)
Money      each payment is a row, once by the provider's reference, whoever tells of it: the answer, a notice (twice, late), the
           provider's list. The first that fits settles the fee, any other is a surplus to be given back
Pending    an order is one provider's until it is told, or for `GIVE_UP` from when it was asked; then the fee is due again
Balance    assessed = reduced + open + paid + refunded, always (`rules.balance_of`)
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from suixin.ground.audit import actions as audit
from suixin.ground.jobs import paging
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import SuixinError
from suixin.services.cases import papers, parties, patience, rules
from suixin.services.cases.attached import DocumentKind, Fee, FeeState, Payment, PaymentState
from suixin.services.cases.errors import PaymentFailed, ProviderBusy, ProviderSilent, UnknownOrder, WrongStateOfCase
from suixin.services.cases.models import Case
from suixin.services.cases.providers import COUNTER, Paid, provider_of, providers, register_provider
from suixin.services.items.stated import rows_of, text_of

__all__ = ["Paid", "providers", "register_provider"]
GIVE_UP = timedelta(minutes=30)
MOST_CENTS = 100_000_000_00
_OPEN = (FeeState.DUE, FeeState.PENDING)
_SETTLED = (FeeState.PAID, FeeState.WAIVED, FeeState.REFUNDED)
_Row = TypeVar("_Row", Fee, Payment)
logger = logging.getLogger(__name__)


@transaction.atomic
def assess(case: Case, name: str, cents: int, *, actor: Actor, reduced: int = 0, reduction_basis: str = "") -> Fee:
    """The fee of that name in the item, to be paid; the same when it was assessed. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", case)
    named: Mapping[str, str] = {text_of(row, "fee_name"): text_of(row, "by_law") for row in rows_of(case.version.content, "fees")}
    if name not in named:
        raise WrongStateOfCase(f"事项没有收费项目“{name[:60]}”；只能按办事指南公布的项目收费。")
    if not case.is_live or not 1 <= cents <= MOST_CENTS:
        raise WrongStateOfCase("办件已结束，或金额不是正数；不能再收费。")
    _require_reduction(cents, reduced, reduction_basis)
    fee, is_new = Fee.objects.get_or_create(case=case, name=name, defaults={
        "cents": cents, "basis": named[name], "reduced": reduced, "reduction_basis": reduction_basis.strip()[:1000],
        "state": FeeState.WAIVED if reduced == cents else FeeState.DUE,
    })
    if is_new:
        detail = {"case": case.number, "cents": cents, "reduced": reduced}
        audit.record(actor, "cases.fee_assessed", fee, basis=reduction_basis, detail=detail)
        if fee.state == FeeState.DUE:
            papers.issue(case, DocumentKind.FEE, actor=actor, occasion=str(fee.uuid), facts=_facts(fee))
    return fee


@transaction.atomic
def reduce(fee: Fee, cents: int, *, actor: Actor, basis: str) -> Fee:
    """The fee with so much of it reduced, all of it: waived. Raises NotAllowed, WrongStateOfCase."""
    policy.require(actor, "cases.handle", fee.case)
    held = Fee.objects.select_for_update().get(pk=fee.pk)
    if held.state != FeeState.DUE:
        raise WrongStateOfCase(f"只有待缴的费用可以减免，这一笔{held.get_state_display()}；已缴的请退费。")
    _require_reduction(held.cents, cents, basis)
    if cents < 1:
        raise WrongStateOfCase("减免的金额应当是正数。")
    held.reduced, held.reduction_basis = cents, basis.strip()[:1000]
    held.state = FeeState.WAIVED if cents == held.cents else FeeState.DUE
    held.save(update_fields=["reduced", "reduction_basis", "state"])
    name = "cases.fee_waived" if held.state == FeeState.WAIVED else "cases.fee_reduced"
    audit.record(actor, name, held, basis=basis, detail={"reduced": cents})
    return held


def waive(fee: Fee, *, actor: Actor, reason: str) -> Fee:
    """The fee, not to be paid. Raises NotAllowed, WrongStateOfCase."""
    return reduce(fee, fee.cents, actor=actor, basis=reason)


def pay(fee: Fee, provider: str, *, actor: Actor, receipt: str = "") -> Fee:
    """The fee: paid, or pending while the payer has to act at the provider; the same when it was paid.

    The provider is asked outside of transactions: what it answers is booked after, what it does not is found by `reconcile`.
    Raises NotAllowed, PaymentFailed, ProviderBusy, ProviderSilent, WrongStateOfCase.
    """
    _require_payer(fee.case, provider, actor)
    provider_of(provider)  # there is one
    with transaction.atomic():
        held = Fee.objects.select_for_update(of=("self",)).select_related("case").get(pk=fee.pk)
        if held.state in _SETTLED:
            return held
        if not held.case.is_live:
            raise WrongStateOfCase("办件已经结束，不再收费；请刷新页面，已经付了的由办理部门退还。")
        if held.state == FeeState.PENDING and held.provider != provider:
            raise PaymentFailed(f"这笔费用正在“{_title(held.provider)}”支付，结果还没有到；请等几分钟刷新，没有付的半小时后可以换渠道。")
        before = {"state": held.state, "provider": held.provider, "asked_at": held.asked_at}
        held.state, held.provider, held.asked_at = FeeState.PENDING, provider, clock.now()
        held.save(update_fields=["state", "provider", "asked_at"])
    try:
        order = order_of(held, provider)
        paid = patience.asked(provider, lambda one: one.pay(order, held.payable, receipt=receipt), about=f"pay {order}")
        return book(held, provider, paid, actor=actor) if paid.reference else held
    except ProviderSilent:  # it may be paid
        raise
    except SuixinError:
        Fee.objects.filter(pk=fee.pk, state=FeeState.PENDING, provider=provider).update(**before)
        raise


def order_of(fee: Fee, provider: str) -> str:
    """What the provider is to be asked for the fee under: another one after each payment that came and did not settle it."""
    return rules.order_of(fee.uuid, fee.payments.filter(provider=provider).exclude(reference=fee.reference).count())


def take_notice(provider: str, order: str, paid: Paid) -> Fee:
    """The fee of the order, with what its provider told of by itself; the same however often. Raises UnknownOrder, WrongStateOfCase."""
    fee = Fee.objects.filter(uuid=uuid).first() if (uuid := rules.fee_of_order(order)) is not None else None
    if fee is None:
        raise UnknownOrder("没有这个订单号；请核对是不是发给了别的平台。")
    if not paid.reference or fee.payments.filter(provider=provider, reference=paid.reference[:120]).exists():
        return fee
    try:
        return book(fee, provider, paid, actor=SYSTEM)
    except PaymentFailed:  # a sum that was not asked for: on record as a surplus, there is nothing for the provider to tell again
        return Fee.objects.get(pk=fee.pk)


def book(fee: Fee, provider: str, paid: Paid, *, actor: Actor) -> Fee:
    """The fee after that payment: settled by it, or with a surplus to be given back.

    Raises PaymentFailed for what does not settle an open fee, which is then due again: a wrong sum, a case that is over. What came is on
    record either way, once for each reference of the provider. Raises WrongStateOfCase for another fee's reference.
    """
    with transaction.atomic():
        held = Fee.objects.select_for_update(of=("self",)).select_related("case__application", "case__organisation").get(pk=fee.pk)
        known = _known(held, provider, paid.reference[:120])
        if known is not None and known.fee_id != held.pk:
            raise WrongStateOfCase(f"流水号 {paid.reference[:60]} 已经记在另一笔费用上；没有入账，请核对票据。")
        if known is None:
            _take(held, provider, paid, actor)
        is_refused = held.state in _OPEN
        if held.state == FeeState.PENDING and held.provider == provider:
            held.state = FeeState.DUE
            held.save(update_fields=["state"])
    if is_refused:
        raise PaymentFailed(_refusal(held, paid))
    return held


def reconcile(*, actor: Actor, among: QuerySet[Case] | None = None, provider: str = "") -> tuple[int, int]:
    """(how many pending fees turned out paid, how many not): each provider asked what became of its orders and refunds.

    Of `provider` and the cases `among`, where they are given. What fails is logged and keeps nothing else from its turn, and the turn
    takes its time at most: whom it does not reach comes first in the next.
    """
    fees, payments = Fee.objects.filter(state=FeeState.PENDING), Payment.objects.filter(state=PaymentState.REFUNDING)
    if among is not None:
        fees, payments = fees.filter(case__in=among.values("pk")), payments.filter(fee__case__in=among.values("pk"))
    if provider:
        fees, payments = fees.filter(provider=provider), payments.filter(provider=provider)
    found = lost = 0
    turn = patience.Turn(settings.SUIXIN.payment_turn_seconds / 2)
    for fee in _longest_unasked(fees, turn):
        try:
            is_found, is_lost = _ask_payment(fee, actor, turn)
        except Exception:
            logger.exception("Fee %s could not be reconciled", fee.uuid)
            continue
        found, lost = found + is_found, lost + is_lost
    turn = patience.Turn(settings.SUIXIN.payment_turn_seconds / 2)
    for payment in _longest_unasked(payments.select_related("fee__case"), turn):
        try:
            _ask_again(payment, actor, turn)
        except Exception:
            logger.exception("Refund of payment %s could not be asked for", payment.uuid)
    return found, lost


def refund(payment: Payment, *, actor: Actor, reason: str, receipt: str = "") -> Payment:
    """The payment, given back or on its way; the same when it was.

    Raises NotAllowed, PaymentFailed, ProviderBusy, ProviderSilent, WrongStateOfCase.

    `receipt`: the voucher's number of what was given back at the till, or otherwise not through the provider.
    """
    policy.require(actor, "cases.handle", payment.fee.case)
    if not reason.strip():
        raise WrongStateOfCase("退款要写明依据；请填写后再退。")
    with transaction.atomic():
        Fee.objects.select_for_update().get(pk=payment.fee_id)
        held = Payment.objects.select_for_update().get(pk=payment.pk)
        if held.state in (PaymentState.REFUNDING, PaymentState.REFUNDED):
            return held
        held.state, held.refund_reason = PaymentState.REFUNDING, reason.strip()[:500]
        held.save(update_fields=["state", "refund_reason"])
        audit.record(actor, "cases.refund_begun", held.fee, basis=reason, detail={"cents": held.cents, "reference": held.reference})
        if receipt.strip():  # in the same transaction: what was given back at the till no provider is ever asked for
            return _refunded(held, receipt.strip()[:120], actor)
    try:
        return _ask_refund(held, actor)
    except (PaymentFailed, ProviderBusy) as error:
        _put_back(held, actor, error.sentence)
        raise


def _longest_unasked(rows: QuerySet[_Row], turn: patience.Turn) -> Iterator[_Row]:
    """Each row once whose provider is still asked in the turn, stamped before; first whom no turn reached, or long ago."""
    began = clock.now()
    waiting = rows.filter(Q(looked_at=None) | Q(looked_at__lt=began)).order_by(F("looked_at").asc(nulls_first=True), "pk")
    while page := list(waiting.exclude(provider__in=turn.over)[:paging.SIZE]):
        for row in page:
            if not turn.is_over(row.provider):
                type(row).objects.filter(pk=row.pk).update(looked_at=began)
                yield row


def _ask_payment(fee: Fee, actor: Actor, turn: patience.Turn) -> tuple[int, int]:
    """(1 if its provider says that it was paid, 1 if it is given up)."""
    order = order_of(fee, fee.provider)
    paid = turn.asked(fee.provider, lambda one: one.find(order), about=f"find {order}") if fee.provider in providers else Paid("")
    if not paid.reference:
        is_over = fee.asked_at is None or fee.asked_at <= clock.now() - GIVE_UP
        return 0, Fee.objects.filter(pk=fee.pk, state=FeeState.PENDING).update(state=FeeState.DUE) if is_over else 0
    try:
        book(fee, fee.provider, paid, actor=actor)
    except SuixinError:  # on record as a surplus, or as another fee's; this one is due again
        Fee.objects.filter(pk=fee.pk, state=FeeState.PENDING).update(state=FeeState.DUE)
    return 1, 0


def _ask_again(payment: Payment, actor: Actor, turn: patience.Turn) -> None:
    """The refund asked for once more; refused, the payment is there to be given back otherwise."""
    if payment.provider not in providers:
        return
    try:
        _ask_refund(payment, actor, turn)
    except PaymentFailed as error:
        _put_back(payment, actor, error.sentence)


def _ask_refund(payment: Payment, actor: Actor, turn: patience.Turn | None = None) -> Payment:
    key = str(payment.uuid)
    asked = patience.asked if turn is None else turn.asked
    reference = asked(payment.provider, lambda one: one.refund(payment.reference, payment.cents, key=key), about=f"refund {key}")
    return _refunded(payment, reference, actor) if reference else payment


@transaction.atomic
def _refunded(payment: Payment, reference: str, actor: Actor) -> Payment:
    fee = Fee.objects.select_for_update(of=("self",)).select_related("case__application", "case__organisation").get(pk=payment.fee_id)
    held = Payment.objects.select_for_update().get(pk=payment.pk)
    if held.state == PaymentState.REFUNDED:
        return held
    held.state, held.refund_reference, held.refunded_at = PaymentState.REFUNDED, reference[:120], clock.now()
    held.save(update_fields=["state", "refund_reference", "refunded_at"])
    if _is_own(fee, held):
        fee.state = FeeState.REFUNDED
        fee.save(update_fields=["state"])
    amounts = {"cents": held.cents, "amount": f"{held.cents / 100:.2f}"}
    facts = {"fee": fee.name, **amounts, "reference": reference, "reason": held.refund_reason}
    papers.issue(fee.case, DocumentKind.REFUND, actor=actor, occasion=str(held.uuid), facts=facts)
    audit.record(actor, "cases.refunded", fee, basis=held.refund_reason, detail={"cents": held.cents, "reference": reference})
    return held


@transaction.atomic
def _put_back(payment: Payment, actor: Actor, why: str) -> None:
    fee = Fee.objects.select_for_update().get(pk=payment.fee_id)
    held = Payment.objects.select_for_update().get(pk=payment.pk)
    if held.state != PaymentState.REFUNDING:
        return
    held.state = PaymentState.BOOKED if _is_own(fee, held) else PaymentState.SURPLUS
    held.save(update_fields=["state"])
    detail = {"cents": held.cents, "reference": held.reference, "why": why[:200]}
    audit.record(actor, "cases.refund_declined", fee, basis=held.refund_reason, detail=detail)


def _is_own(fee: Fee, payment: Payment) -> bool:
    """Whether that payment is what settled the fee."""
    return fee.state == FeeState.PAID and (fee.provider, fee.reference) == (payment.provider, payment.reference)


def _known(fee: Fee, provider: str, reference: str) -> Payment | None:
    """The payment of that reference; receipts are numbered by each till for itself, so there only the fee's."""
    rows = fee.payments.all() if provider == COUNTER else Payment.objects.all()
    return rows.filter(provider=provider, reference=reference).first()


def _take(fee: Fee, provider: str, paid: Paid, actor: Actor) -> None:
    fits = paid.cents == fee.payable and fee.state in _OPEN and fee.case.is_live
    payment = Payment.objects.create(
        fee=fee, provider=provider, reference=paid.reference[:120], cents=paid.cents, came_at=clock.now(),
        state=PaymentState.BOOKED if fits else PaymentState.SURPLUS,
    )
    if fits:
        _settle(fee, payment, actor)
    else:
        _note_surplus(fee, payment, actor)


def _refusal(fee: Fee, paid: Paid) -> str:
    if not fee.case.is_live:
        return f"办件已经结束，渠道说收了 {paid.cents / 100:.2f} 元；没有入账，记作多收待退，请办理部门退还。"
    if paid.cents != fee.payable:
        return f"渠道说收了 {paid.cents / 100:.2f} 元，应收 {fee.payable / 100:.2f} 元；没有入账，记作多收待退，请与渠道核对。"
    return f"流水号 {paid.reference[:60]} 已经记作多收待退，不能再抵这笔费用；请另行缴费，或与渠道核对。"


def _settle(fee: Fee, payment: Payment, actor: Actor) -> None:
    fee.state, fee.provider, fee.reference, fee.paid_at = FeeState.PAID, payment.provider, payment.reference, clock.now()
    fee.save(update_fields=["state", "provider", "reference", "paid_at"])
    facts = {**_facts(fee), "reference": payment.reference, "provider": _title(payment.provider), "paid_at": fee.paid_at.isoformat()}
    papers.issue(fee.case, DocumentKind.PAYMENT, actor=actor, occasion=str(payment.uuid), facts=facts)
    audit.record(actor, "cases.fee_paid", fee, detail={"provider": fee.provider, "reference": fee.reference})


def _note_surplus(fee: Fee, payment: Payment, actor: Actor) -> None:
    detail = {"provider": payment.provider, "reference": payment.reference, "cents": payment.cents}
    audit.record(actor, "cases.payment_surplus", fee, detail=detail)


def _facts(fee: Fee) -> dict[str, object]:
    amounts = {"amount": f"{fee.payable / 100:.2f}", "assessed": f"{fee.cents / 100:.2f}", "reduced": f"{fee.reduced / 100:.2f}"}
    return {"fee": fee.name, "cents": fee.payable, **amounts, "basis": fee.basis, "reduction_basis": fee.reduction_basis}


def _title(provider: str) -> str:
    return providers[provider].title if provider in providers else provider


def _require_reduction(cents: int, reduced: int, basis: str) -> None:
    if not 0 <= reduced <= cents:
        raise WrongStateOfCase("减免的金额不能是负数，也不能超过核定的金额。")
    if reduced and not basis.strip():
        raise WrongStateOfCase("减免要写明依据；请填写政策文件的名称和条款。")


def _require_payer(case: Case, provider: str, actor: Actor) -> None:
    """The department, the window, and by other ways than the till whoever applies: only a cashier says what lies in it."""
    if policy.may(actor, "cases.handle", case):
        return
    parties.require_party(actor, case)
    if provider == COUNTER and actor.kind is not ActorKind.STAFF:
        policy.refuse(actor, "cases.handle", case)
