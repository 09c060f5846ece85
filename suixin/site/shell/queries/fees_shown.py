"""Fees and notices as pages show them: what is due and paid, a provider's day against ours, who was not reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.ground.notify.models import OVER_BADLY
from suixin.ground.notify.queries import channel_name
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.cases import providers, queries, reconciling, telling
from suixin.services.cases.attached import Fee, Payment, PaymentState
from suixin.services.cases.models import Case
from suixin.services.cases.reconciling import MISSING, SURPLUS, WORDS, Difference
from suixin.site.shell.components import Cell, Column, Stat, Table, Tone
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

NAMES = tuple(map(gettext_noop, (
    "渠道已收，我方没有入账", "我方已入账，渠道没有", "金额不同", "多收，应当退还", "退款对不上", "不是本平台的订单", "窗口缴费",
    "模拟支付（不收钱）", "付款成功", "付款失败", "付款成功，通知来两次", "付款成功，通知迟到", "办件已受理", "办件要补正",
    "办件进入特别程序", "办件有决定", "办件已送达", "办件要缴费", "办件缴费成功", "办件有退费", "数据校核有答复", "请确认邮箱",
    "待缴", "支付中", "已缴", "已退", "已减免", "已入账", "多收，待退", "退款中", "已退款",
)))
TONES: dict[str, Tone] = {"due": "warn", "pending": "info", "paid": "good", "refunded": "quiet", "waived": "quiet"}


@dataclass(frozen=True, slots=True)
class Line:
    """One difference, and what mends it: `wish` with `key`, "" where only people can."""

    cells: Sequence[Cell]
    wish: str
    key: str


@dataclass(frozen=True, slots=True)
class DayPage:
    """A provider's day against ours."""

    stats: Sequence[Stat]
    agreed: int
    lines: Sequence[Line]
    has_list: bool


def yuan(cents: int | None) -> str:
    """Cents as yuan."""
    return "" if cents is None else f"{cents / 100:,.2f}"


def names() -> list[tuple[str, str]]:
    """The providers that there are."""
    return [(name, word(one.title)) for name, one in providers.providers.items()]


def payments_of(case: Case) -> list[tuple[str, str]]:
    """Payments of a case that may be given back."""
    rows = Payment.objects.filter(fee__case=case, state__in=(PaymentState.BOOKED, PaymentState.SURPLUS)).select_related("fee")
    return [(str(one.uuid), f"{one.fee.name} {yuan(one.cents)} {one.reference} {word(one.get_state_display())}") for one in rows]


def due_of(case: Case) -> list[tuple[str, str]]:
    """Fees of a case that are due."""
    return [(str(one.uuid), f"{one.name} {yuan(one.payable)}") for one in case.fees.filter(state="due")]


def fees_table(fees: Sequence[Fee]) -> Table:
    """Lines of what a case costs."""
    columns = (
        Column(gettext("收费项目"), is_long=True), Column(gettext("核定"), is_numeric=True), Column(gettext("减免"), is_numeric=True),
        Column(gettext("应缴"), is_numeric=True), Column(gettext("状态")), Column(gettext("流水号"), is_code=True),
    )
    rows = [
        [Cell(one.name, note=one.reduction_basis), Cell(yuan(one.cents)), Cell(yuan(one.reduced) if one.reduced else ""),
         Cell(yuan(one.payable)), Cell(word(one.get_state_display()), tone=TONES[one.state]), Cell(one.reference)]
        for one in fees
    ]
    return Table(gettext("费用"), columns, rows, is_cards=True)


def day_page(provider: str, day: date, *, actor: Actor) -> DayPage:
    """The day of a provider, with the balance of all fees that the actor sees. Raises NotAllowed, PaymentFailed."""
    compared = reconciling.compare(provider, day, actor=actor)
    sums = reconciling.balance(queries.worklist(actor))
    stats = [
        Stat(gettext("核定"), yuan(sums.assessed)), Stat(gettext("减免"), yuan(sums.reduced)), Stat(gettext("未缴"), yuan(sums.open)),
        Stat(gettext("已缴"), yuan(sums.paid)), Stat(gettext("已退"), yuan(sums.refunded)), Stat(gettext("多收待退"), yuan(sums.surplus)),
    ]
    return DayPage(stats, compared.agreed, [_line(one, actor) for one in compared.differences], compared.has_list)


def untold_table(actor: Actor) -> Table:
    """Cases whose applicant was not reached, with the channel and why."""
    policy.require_anywhere(actor, "cases.view")
    columns = (
        Column(gettext("办件"), is_code=True), Column(gettext("事项"), is_long=True), Column(gettext("申请人")), Column(gettext("通知")),
        Column(gettext("渠道")), Column(gettext("为什么没有送到"), is_long=True), Column(gettext("时间")),
    )
    titles = {kind.name: kind.title for kind in telling.KINDS}
    rows = [
        [Cell(case.number, reverse("console-service-case", args=[case.number])), Cell(case.title), Cell(case.application.shown_name),
         Cell(word(titles.get(row.kind, row.kind))), Cell(word(channel_name(row.channel))), Cell(row.sentence),
         Cell(moment(row.created_at))]
        for case, row in telling.undelivered(queries.worklist(actor))
    ]
    return Table(gettext("没有送到的通知"), columns, rows, gettext("没有。通知都送到了，或还在重试。"))


def told_table(actor: Actor) -> Table:
    """What an applicant was told of its last cases."""
    rows = [row for case in queries.own_cases(actor)[:10] for row in told_rows(case, reverse("my-case", args=[case.number]))]
    return Table(gettext("最近的通知"), _told_columns(), rows, gettext("还没有发过通知。"), is_cards=True)


def told_rows(case: Case, href: str) -> list[list[Cell]]:
    """Notices of a case, the newest first."""
    found = []
    for one in reversed(telling.told_of(case)):
        held = one.delivery
        state = word(held.get_state_display()) if held is not None else gettext("已过保存期")
        tone: Tone = "bad" if held is not None and held.state in OVER_BADLY else "quiet"
        found.append([
            Cell(case.number, href), Cell(word(one.title)), Cell(word(channel_name(one.notice.channel))), Cell(state, tone=tone),
            Cell(moment(one.notice.at)),
        ])
    return found


def told_of_case(case: Case) -> Table | None:
    """What the applicant of a case was told; None when it was told nothing."""
    rows = told_rows(case, "")
    return Table(gettext("通知"), _told_columns(), rows) if rows else None


def _told_columns() -> tuple[Column, ...]:
    return (
        Column(gettext("办件"), is_code=True), Column(gettext("通知")), Column(gettext("渠道")), Column(gettext("状态")),
        Column(gettext("时间")),
    )


def _line(one: Difference, actor: Actor) -> Line:
    case = one.fee.case if one.fee is not None else None
    href = reverse("console-service-case", args=[case.number]) if case is not None else ""
    cells = [
        Cell(word(WORDS[one.kind]), tone="bad"), Cell(case.number if case is not None else "", href), Cell(one.reference),
        Cell(yuan(one.theirs)), Cell(yuan(one.ours)),
    ]
    may = case is not None and policy.may(actor, "cases.handle", case)
    if may and one.kind == MISSING:
        return Line(cells, "settle", one.reference)
    if may and one.kind == SURPLUS and one.payment is not None:
        return Line(cells, "refund", str(one.payment.uuid))
    return Line(cells, "", "")



