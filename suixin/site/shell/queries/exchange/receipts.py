"""Receipts of exchanges as a page: runs that left one, and what checks them."""

from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access.receipt_checks import fingerprint_of
from suixin.data.access.receipts import public_key
from suixin.data.doors.models import ExchangeRun
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.queries.exchange.common import PAGE_SIZE, application_cell
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number


@dataclass(frozen=True, slots=True)
class ReceiptList:
    """One page of receipts; `fingerprint` of the key that signs them."""

    table: Table
    pages: Pages
    fingerprint: str


def receipt_list(parameters: QueryDict, *, actor: Actor) -> ReceiptList:
    """Runs with a receipt: of the actor's applications, and of resources that its department provides. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    ours = within(actor, "sharing.view", "exchange__application__organisation")
    given = within(actor, "sharing.view", "exchange__resource__provider")
    found = (
        ExchangeRun.objects.filter(ours | given).exclude(receipt="").defer("receipt")
        .select_related("exchange__application__organisation", "exchange__resource__provider", "exchange__target").order_by("-pk")
    )
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("时间")), Column(gettext("资源")), Column(gettext("给谁")), Column(gettext("版本"), is_numeric=True),
        Column(gettext("写入"), is_numeric=True), Column(gettext("删除"), is_numeric=True), Column(gettext("回执")),
    )
    lines = [
        (Cell(moment(one.ended_at or one.started_at)), Cell(one.exchange.resource.title, note=one.exchange.resource.provider.name),
         application_cell(one.exchange.application, actor), Cell("" if one.last_version is None else str(one.last_version)),
         Cell(number(one.written)), Cell(number(one.deleted)),
         Cell(gettext("下载回执 %(n)s") % {"n": one.pk}, reverse("console-exchange-receipt", args=[one.pk])))
        for one in rows
    ]
    table = Table(gettext("交换回执"), columns, lines, gettext("还没有回执；库表交换运行一次后就有。"), is_cards=True)
    return ReceiptList(table, pages, fingerprint_of(public_key()))


def receipt_of(pk: int, *, actor: Actor) -> bytes:
    """The receipt of a run, as it is handed over to who received or who provided. Raises NotFound, NotAllowed."""
    run = ExchangeRun.objects.select_related("exchange__application__organisation", "exchange__resource__provider").filter(pk=pk).first()
    if run is None or not run.receipt:
        raise NotFound(gettext("没有这份回执；请从回执列表进入。"))
    if not policy.may(actor, "sharing.view", run.exchange.resource):
        policy.require(actor, "sharing.view", run.exchange.application)
    return run.receipt.encode()
