"""A provider's list of a day against ours: every difference named, with what mends it.

Ours     payments by provider and reference, whatever the day on which we learned of them; the provider's day is what is looked at
Unseen   a line of another department's fee is not told; a line of an order that is none of ours only to who supervises all
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import QuerySet, Sum

from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import fees, patience, queries
from suixin.services.cases.attached import Fee, Payment, PaymentState
from suixin.services.cases.errors import UnknownOrder
from suixin.services.cases.models import Case
from suixin.services.cases.providers import Line, Paid
from suixin.services.cases.rules import Balance, balance_of, fee_of_order

MISSING, EXTRA, AMOUNT, SURPLUS, REFUND, STRANGE = "missing", "extra", "amount", "surplus", "refund", "strange"
WORDS = {
    MISSING: "渠道已收，我方没有入账", EXTRA: "我方已入账，渠道没有", AMOUNT: "金额不同", SURPLUS: "多收，应当退还",
    REFUND: "退款对不上", STRANGE: "不是本平台的订单",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree; `line` is the provider's word, `payment` ours."""

    kind: str
    reference: str
    theirs: int | None
    ours: int | None
    fee: Fee | None = None
    line: Line | None = None
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """A day of a provider: how many lines agree, what does not; `has_list` is false where the provider keeps none."""

    agreed: int
    differences: Sequence[Difference]
    has_list: bool


def compare(provider: str, day: date, *, actor: Actor) -> Compared:
    """The provider's day against ours, as far as the actor may see. Raises NotAllowed, PaymentFailed, ProviderBusy, ProviderSilent."""
    policy.require_anywhere(actor, "cases.view")
    lines = patience.asked(provider, lambda one: one.statement(day), about=f"list {day}")
    seen = queries.worklist(actor)
    ours = list(_payments(seen, provider, day, [line.reference for line in lines or ()]))
    surplus = [Difference(SURPLUS, one.reference, one.cents, None, one.fee, None, one) for one in ours if one.state == PaymentState.SURPLUS]
    if lines is None:
        return Compared(0, surplus, has_list=False)
    asked = _orders(lines)
    fees_of = {fee.uuid: fee for fee in Fee.objects.filter(uuid__in=asked.values(), case__in=seen).select_related("case")}
    known = set(Fee.objects.filter(uuid__in=asked.values()).values_list("uuid", flat=True))
    orders = {order: fees_of[uuid] for order, uuid in asked.items() if uuid in fees_of}
    sees_strange = policy.may_anywhere(actor, "cases.supervise")
    told = [line for line in lines if line.order in orders or (sees_strange and asked.get(line.order) not in known)]
    found = list(_differences(told, ours, orders))
    extra = _extra(provider, day, lines, ours)
    wrong = [*found, *extra, *surplus]
    return Compared(len(told) - len([one for one in found if one.line is not None]), wrong, has_list=True)


def settle(provider: str, day: date, reference: str, *, actor: Actor) -> Fee:
    """The fee of a line that we had not booked, booked. Raises NotAllowed, UnknownOrder, PaymentFailed, ProviderBusy, ProviderSilent."""
    lines = patience.asked(provider, lambda one: one.statement(day), about=f"list {day}") or ()
    line = next((one for one in lines if one.reference == reference and not one.is_refund), None)
    uuid = fee_of_order(line.order) if line is not None else None
    fee = Fee.objects.select_related("case").filter(uuid=uuid).first() if uuid is not None else None
    if line is None or fee is None:
        raise UnknownOrder("渠道的清单里没有这个流水号，或它不是本平台的订单；请刷新对账页。")
    policy.require(actor, "cases.handle", fee.case)
    return fees.book(fee, provider, Paid(line.reference, line.cents), actor=actor)


def ask(provider: str, *, actor: Actor) -> tuple[int, int]:
    """`fees.reconcile` of that provider, of cases that the actor handles. Raises NotAllowed."""
    policy.require_anywhere(actor, "cases.handle")
    return fees.reconcile(actor=actor, among=Case.objects.filter(within(actor, "cases.handle", "organisation")), provider=provider)


def balance(seen: QuerySet[Case]) -> Balance:
    """Where the money of all fees of these cases stands."""
    cases = seen.order_by().values("pk")
    rows = Fee.objects.filter(case__in=cases).order_by().values("state").annotate(all=Sum("cents"), less=Sum("reduced"))
    surplus = Payment.objects.filter(fee__case__in=cases, state=PaymentState.SURPLUS).aggregate(all=Sum("cents"))["all"]
    return balance_of(((row["state"], row["all"], row["less"]) for row in rows), surplus or 0)


def _differences(lines: Sequence[Line], ours: Sequence[Payment], orders: Mapping[str, Fee]) -> Iterable[Difference]:
    booked = {one.reference: one for one in ours}
    back = {one.refund_reference: one for one in ours if one.refund_reference}
    for line in lines:
        fee, held = orders.get(line.order), (back if line.is_refund else booked).get(line.reference)
        if fee is None:
            yield Difference(STRANGE, line.reference, line.cents, None, None, line)
        elif held is None:
            yield Difference(REFUND if line.is_refund else MISSING, line.reference, line.cents, None, fee, line)
        elif held.cents != line.cents:
            yield Difference(AMOUNT, line.reference, line.cents, held.cents, fee, line, held)


def _extra(provider: str, day: date, lines: Sequence[Line], ours: Sequence[Payment]) -> list[Difference]:
    """What we have of that day and the provider does not, on this day or the next to it."""
    beside = patience.asked(provider, lambda one: [
        line for other in (day - timedelta(days=1), day + timedelta(days=1)) for line in one.statement(other) or ()
    ], about=f"lists beside {day}")
    told = {line.reference for line in (*lines, *beside)}
    start, end = _span(day)
    return [
        Difference(EXTRA, one.reference, None, one.cents, one.fee, None, one)
        for one in ours if start <= one.came_at < end and one.reference not in told
    ]


def _payments(seen: QuerySet[Case], provider: str, day: date, references: Sequence[str]) -> QuerySet[Payment]:
    start, end = _span(day)
    rows = Payment.objects.filter(fee__case__in=seen, provider=provider).select_related("fee__case")
    return rows.filter(came_at__gte=start, came_at__lt=end) | rows.filter(reference__in=references) | (
        rows.filter(refund_reference__in=references)
    )


def _span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), clock.CHINA)
    return start, start + timedelta(days=1)


def _orders(lines: Iterable[Line]) -> dict[str, UUID]:
    """Orders that may be ours, with the fee's uuid."""
    return {line.order: uuid for line in lines if (uuid := fee_of_order(line.order)) is not None}
