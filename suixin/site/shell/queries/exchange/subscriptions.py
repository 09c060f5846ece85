"""Subscriptions as pages: those within the actor's reach, one of them with its deliveries and dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.doors.models import DeadLetter, Subscription
from suixin.ground.audit.models import Record
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.queries.exchange.common import PAGE_SIZE, application_cell, state_cell
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number

MOST_LETTERS, MOST_DELIVERIES = 50, 30


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """One page of subscriptions."""

    table: Table
    pages: Pages
    may_work: bool


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """One subscription; `waiting`: number and name of letters that may be sent again."""

    subscription: Subscription
    state: Cell
    facts: Sequence[tuple[str, str]]
    letters: Table
    waiting: Sequence[tuple[int, str]]
    deliveries: Table
    may_work: bool


def subscription_list(parameters: QueryDict, *, actor: Actor) -> SubscriptionList:
    """Subscriptions of applications within the actor's reach, newest first. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    found = (
        Subscription.objects.filter(within(actor, "sharing.view", "application__organisation"))
        .select_related("application__organisation", "resource__provider")
        .annotate(dead=Count("letters", filter=Q(letters__sent_at=None))).order_by("-pk")
    )
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("资源")), Column(gettext("接收地址"), is_code=True), Column(gettext("应用")), Column(gettext("状态")),
        Column(gettext("最近送达")), Column(gettext("已到版本"), is_numeric=True), Column(gettext("送达行数"), is_numeric=True),
        Column(gettext("未达消息"), is_numeric=True), Column(gettext("说明"), is_long=True),
    )
    lines = [
        (Cell(row.resource.title, reverse("console-exchange-subscription", args=[row.uuid]), note=row.resource.provider.name),
         Cell(row.url), application_cell(row.application, actor), state_cell(row.state), Cell(moment(row.told_at) if row.told_at else ""),
         Cell(str(row.version)), Cell(number(row.told)), Cell(str(vars(row)["dead"])), Cell(row.sentence))
        for row in rows
    ]
    table = Table(gettext("订阅推送"), columns, lines, gettext("还没有订阅。"), is_cards=True)
    return SubscriptionList(table, pages, policy.may_anywhere(actor, "sharing.exchange"))


def subscription_by(uuid: UUID, *, actor: Actor, verb: str = "sharing.view") -> Subscription:
    """The subscription of that uuid, if the actor may do that to it. Raises NotFound, NotAllowed."""
    found = Subscription.objects.select_related("application__organisation", "resource__provider").filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这项订阅；请从订阅列表进入。"))
    policy.require(actor, verb, found.application)
    return found


def letter_by(held: Subscription, pk: str) -> DeadLetter:
    """The dead letter of that number that still waits. Raises NotFound."""
    waiting = DeadLetter.objects.select_related("subscription__application__organisation").filter(subscription=held, sent_at=None)
    found = waiting.filter(pk=pk).first() if pk.isdecimal() and len(pk) < 19 else None
    if found is None:
        raise NotFound(gettext("没有这条未达消息，或已经重送；请刷新页面。"))
    return found


def subscription_page(uuid: UUID, *, actor: Actor) -> SubscriptionPage:
    """One subscription in full. Raises NotFound, NotAllowed."""
    held = subscription_by(uuid, actor=actor)
    facts = [
        (gettext("信息资源"), held.resource.title), (gettext("提供部门"), held.resource.provider.name),
        (gettext("接收的应用"), application_cell(held.application, actor).text), (gettext("接收单位"), held.application.organisation.name),
        (gettext("接收地址"), held.url), (gettext("已到版本"), str(held.version)), (gettext("送达行数"), number(held.told)),
        (gettext("最近送达"), moment(held.told_at) if held.told_at else ""), (gettext("连续失败"), str(held.failures)),
        (gettext("下次投递"), moment(held.next_at) if held.next_at else ""), (gettext("订阅时间"), moment(held.created_at)),
    ]
    letters = list(held.letters.defer("body").order_by("-pk")[:MOST_LETTERS])
    may_work = policy.may(actor, "sharing.exchange", held.application)
    waiting = [(one.pk, _name(one)) for one in letters if one.sent_at is None]
    return SubscriptionPage(held, state_cell(held.state), facts, _letters(letters), waiting, _deliveries(held), may_work)


def _name(letter: DeadLetter) -> str:
    """What of the message's id tells it from others of the subscription: versions and part."""
    return letter.message_id.partition(":")[2] or letter.message_id


def _letters(letters: Sequence[DeadLetter]) -> Table:
    columns = (
        Column(gettext("版本和序号"), is_code=True), Column(gettext("行数"), is_numeric=True), Column(gettext("放弃时间")),
        Column(gettext("状态")), Column(gettext("原因"), is_long=True),
    )
    rows = [
        (Cell(_name(one)), Cell(number(one.rows)), Cell(moment(one.created_at)),
         Cell(gettext("已重送"), tone="good") if one.sent_at else Cell(gettext("未达"), tone="bad"), Cell(one.sentence))
        for one in letters
    ]
    return Table(gettext("未达消息"), columns, rows, gettext("没有未达的消息。"), is_cards=True)


def _deliveries(held: Subscription) -> Table:
    """Deliveries as the audit has them: when, to which version, how many rows."""
    kept = Record.objects.filter(object_key=str(held.pk), object_type=held._meta.label_lower, action="sharing.told_changes")
    columns = (Column(gettext("时间")), Column(gettext("送达到版本"), is_numeric=True), Column(gettext("行数"), is_numeric=True))
    rows = [
        (Cell(moment(one.at)), Cell(str(one.detail.get("version", ""))), Cell(number(one.detail.get("rows"))))
        for one in kept.order_by("-pk")[:MOST_DELIVERIES]
    ]
    return Table(gettext("投递记录"), columns, rows, gettext("还没有送达过。"))
