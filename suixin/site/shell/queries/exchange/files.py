"""File exchange as pages: standing orders within the actor's reach, one of them with its packages, deliveries of a supplier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.doors.files.models import FileForm, FileOrder, OrderState, Package, PackageState, ReceiverKey
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.exchange.common import PAGE_SIZE, application_cell
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number

MOST_PACKAGES = 50
_TONES: Mapping[str, Tone] = {OrderState.ENABLED: "good", OrderState.PAUSED: "quiet", OrderState.HELD: "bad"}
_PACKAGE_TONES: Mapping[str, Tone] = {
    PackageState.BUILDING: "quiet", PackageState.OFFERED: "info", PackageState.ACKNOWLEDGED: "good", PackageState.EXPIRED: "bad",
    PackageState.WITHDRAWN: "quiet",
}


@dataclass(frozen=True, slots=True)
class OrderList:
    """One page of orders that the actor receives by, and the newest packages of what its department provides."""

    table: Table
    pages: Pages
    given: Table
    may_work: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order; `key`: the receiver's key in force, None when there is none."""

    order: FileOrder
    state: Cell
    facts: Sequence[tuple[str, str]]
    packages: Table
    key: ReceiverKey | None
    may_work: bool


def order_list(parameters: QueryDict, *, actor: Actor) -> OrderList:
    """Orders of applications within the actor's reach, newest first; packages of its resources. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    found = (
        FileOrder.objects.filter(within(actor, "sharing.view", "application__organisation"))
        .select_related("application__organisation", "resource__provider").order_by("-pk")
    )
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("资源")), Column(gettext("应用")), Column(gettext("状态")), Column(gettext("格式")), Column(gettext("何时生成")),
        Column(gettext("说明"), is_long=True),
    )
    lines = [
        (Cell(row.resource.title, reverse("console-exchange-file", args=[row.uuid]), note=row.resource.provider.name),
         application_cell(row.application, actor), state_cell(row), Cell(FileForm(row.form).label), Cell(_when(row)), Cell(row.sentence))
        for row in rows
    ]
    table = Table(gettext("文件交换"), columns, lines, gettext("还没有文件交换。"), is_cards=True)
    given = Package.objects.filter(within(actor, "sharing.view", "order__resource__provider"))
    return OrderList(
        table, pages, _packages(given, gettext("本单位数据的送达"), actor, is_named=True), policy.may_anywhere(actor, "sharing.exchange")
    )


def order_by(uuid: UUID, *, actor: Actor, verb: str = "sharing.view") -> FileOrder:
    """The order of that uuid, if the actor may do that to it. Raises NotFound, NotAllowed."""
    found = FileOrder.objects.select_related("application__organisation", "resource__provider").filter(uuid=uuid).first()
    if found is None:
        raise NotFound(gettext("没有这项文件交换；请从列表进入。"))
    policy.require(actor, verb, found.application)
    return found


def order_page(uuid: UUID, *, actor: Actor) -> OrderPage:
    """One order in full. Raises NotFound, NotAllowed."""
    held = order_by(uuid, actor=actor)
    key = ReceiverKey.objects.filter(application=held.application, ended_at=None).first()
    facts = [
        (gettext("信息资源"), held.resource.title), (gettext("提供部门"), held.resource.provider.name),
        (gettext("接收的应用"), application_cell(held.application, actor).text), (gettext("接收单位"), held.application.organisation.name),
        (gettext("文件格式"), FileForm(held.form).label), (gettext("用途"), held.purpose), (gettext("何时生成"), _when(held)),
        (gettext("保留天数"), str(held.days)), (gettext("接收公钥指纹"), key.fingerprint if key else gettext("还没有登记")),
        (gettext("登记时间"), moment(held.created_at)),
    ]
    packages = _packages(Package.objects.filter(order=held), gettext("数据包"), actor, is_named=False)
    return OrderPage(held, state_cell(held), facts, packages, key, policy.may(actor, "sharing.exchange", held.application))


def held_orders(theirs: Q) -> list[FileOrder]:
    """Orders that wait for a person, newest first."""
    found = FileOrder.objects.filter(theirs, state=OrderState.HELD).select_related("application__organisation", "resource")
    return list(found.order_by("-pk")[:MOST_PACKAGES])


def state_cell(order: FileOrder) -> Cell:
    """Whether packages are made, as a badge."""
    return Cell(gettext(OrderState(order.state).label), tone=_TONES[order.state])


def _when(order: FileOrder) -> str:
    return gettext("每个新版本") if order.is_automatic else gettext("手动")


def _packages(found: QuerySet[Package], title: str, actor: Actor, *, is_named: bool) -> Table:
    """Packages, newest first; `is_named`: of several orders, so that each says of what and for whom."""
    named = (Column(gettext("资源")), Column(gettext("应用"))) if is_named else ()
    columns = (
        *named, Column(gettext("版本"), is_numeric=True), Column(gettext("状态")), Column(gettext("行数"), is_numeric=True),
        Column(gettext("大小"), is_numeric=True), Column(gettext("生成")), Column(gettext("最近下载")), Column(gettext("签收时间")),
        Column(gettext("保留至")), Column("SM3", is_code=True), Column(gettext("说明"), is_long=True),
    )
    newest = found.select_related("order__application__organisation", "order__resource").defer("receipt").order_by("-pk")[:MOST_PACKAGES]
    rows = [
        (*((Cell(one.order.resource.title), application_cell(one.order.application, actor)) if is_named else ()), *_line(one))
        for one in newest
    ]
    return Table(title, columns, rows, gettext("还没有数据包。"), is_cards=True)


def _line(one: Package) -> tuple[Cell, ...]:
    return (
        Cell(str(one.version)), Cell(gettext(PackageState(one.state).label), tone=_PACKAGE_TONES[one.state]),
        Cell(number(one.rows) if one.rows is not None else ""), Cell(filesizeformat(one.size) if one.size is not None else ""),
        *(Cell(moment(at) if at else "") for at in (one.built_at, one.fetched_at, one.acknowledged_at, one.expires_at)),
        Cell(one.sm3[:16]), Cell(one.sentence),
    )
