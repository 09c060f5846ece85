"""Proxies as pages: departments' own interfaces within the actor's reach, one of them with how it stands."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.models import Resource
from suixin.data.doors.proxies import breaking
from suixin.data.doors.proxies.models import Method, Proxy, ProxyState
from suixin.ground.people.models import Account
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.exchange.common import PAGE_SIZE
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

MOST_RESOURCES = 200
TONES: Mapping[str, Tone] = {
    ProxyState.WAITING: "warn", ProxyState.ACTIVE: "good", ProxyState.REFUSED: "bad", ProxyState.STOPPED: "quiet",
}


@dataclass(frozen=True, slots=True)
class ProxyList:
    """One page of proxies."""

    table: Table
    pages: Pages
    may_register: bool


@dataclass(frozen=True, slots=True)
class ProxyPage:
    """One proxy. What the reader may do about it now is told by the flags; `is_own`: it registered it, so another decides."""

    proxy: Proxy
    state: Cell
    health: Cell
    breaker: Cell
    facts: Sequence[tuple[str, str]]
    told: str
    parameters: Table
    members: Table
    is_own: bool
    may_check: bool
    may_decide: bool
    may_stop: bool


def proxy_list(parameters: QueryDict, *, actor: Actor) -> ProxyList:
    """Proxies of departments within the actor's reach, newest first. Raises NotAllowed."""
    policy.require_anywhere(actor, "sharing.view")
    found = _proxies().filter(within(actor, "sharing.view", "source__organisation"))
    rows, pages = page_of(found, parameters, size=PAGE_SIZE)
    columns = (
        Column(gettext("资源")), Column(gettext("来源系统")), Column(gettext("状态")), Column(gettext("检查")), Column(gettext("熔断")),
        Column(gettext("登记时间")), Column(gettext("理由"), is_long=True),
    )
    lines = [
        (Cell(one.resource.title, reverse("console-exchange-proxy", args=[one.pk]), note=one.resource.provider.name),
         Cell(_source(one, actor), note=f"{one.method} {one.path}"), _state(one), _health(one), _breaker(one), Cell(moment(one.asked_at)),
         Cell(one.reason))
        for one in rows
    ]
    table = Table(gettext("接口代理"), columns, lines, gettext("还没有登记接口。"), is_cards=True)
    return ProxyList(table, pages, policy.may_anywhere(actor, "collection.declare_source"))


def resource_choices(*, actor: Actor) -> Table:
    """Published entries for which the actor may register an interface; each leads to the form."""
    policy.require_anywhere(actor, "collection.declare_source")
    found = Resource.objects.published().filter(within(actor, "collection.declare_source", "provider")).select_related("provider")
    rows = [
        (Cell(one.title, f"{reverse('console-exchange-proxy-new')}?resource={one.table}"), Cell(one.provider.name), Cell(one.code))
        for one in found.order_by("provider__name", "title")[:MOST_RESOURCES]
    ]
    columns = (Column(gettext("信息资源")), Column(gettext("提供部门")), Column(gettext("信息资源代码"), is_code=True))
    return Table(gettext("信息资源"), columns, rows, gettext("本单位还没有已发布的信息资源。"), is_cards=True)


def resource_by(table: str, *, actor: Actor) -> Resource:
    """The published entry of that table, if the actor may register an interface for it. Raises NotFound, NotAllowed."""
    found = Resource.objects.published().select_related("provider").filter(table=table).first()
    if found is None:
        raise NotFound(gettext("没有这项已发布的信息资源；请从列表选择。"))
    policy.require(actor, "collection.declare_source", found)
    return found


def proxy_by(pk: int, *, actor: Actor) -> Proxy:
    """The proxy of that number, if the actor may see it. Raises NotFound, NotAllowed."""
    found = _proxies().filter(pk=pk).first()
    if found is None:
        raise NotFound(gettext("没有这个接口代理；请从列表进入。"))
    policy.require(actor, "sharing.view", found.source.organisation)
    return found


def proxy_page(pk: int, *, actor: Actor) -> ProxyPage:
    """One proxy in full. Raises NotFound, NotAllowed."""
    held = proxy_by(pk, actor=actor)
    items = {item.field: item.name for item in held.resource.contract.items}
    may_grant, is_waiting = policy.may(actor, "access.give_grant", held.resource), held.state == ProxyState.WAITING
    may_declare = policy.may(actor, "collection.declare_source", held.source)
    called = [
        (Cell(items.get(field, field)), Cell(field), Cell(theirs), Cell(str(held.sample.get(field, ""))))
        for field, theirs in held.parameters.items()
    ]
    given = [(Cell(name), Cell(field), Cell(held.members.get(field, field))) for field, name in items.items()]
    heads = (Column(gettext("信息项")), Column(gettext("字段名"), is_code=True), Column(gettext("对方的名称"), is_code=True))
    is_own = held.asked_key == actor.key
    return ProxyPage(
        held, _state(held), _health(held), _breaker(held), _facts(held, actor), held.health if _sees(held, actor) else "",
        Table(gettext("参数"), (*heads, Column(gettext("试调用的值"))), called, ""), Table(gettext("答复"), heads, given, ""),
        is_waiting and may_grant and is_own, policy.may(actor, "collection.check_source", held.source),
        is_waiting and may_grant and not is_own, held.state == ProxyState.ACTIVE and may_declare,
    )


def _proxies() -> QuerySet[Proxy]:
    """Proxies with all that a line shows."""
    return Proxy.objects.select_related("resource__provider", "source__organisation", "breaker").order_by("-pk")


def _source(held: Proxy, actor: Actor) -> str:
    """Its name for who may see sources, else its slug."""
    return held.source.name if policy.may(actor, "collection.view", held.source) else held.source.slug


def _sees(held: Proxy, actor: Actor) -> bool:
    """Whether the address and what a check said are for the actor: who keeps the source, or decides."""
    return policy.may(actor, "collection.view", held.source) or policy.may(actor, "access.give_grant", held.resource)


def _facts(held: Proxy, actor: Actor) -> list[tuple[str, str]]:
    keys = [key for key in (held.asked_key, held.decided_key) if key]
    names = dict(Account.objects.filter(username__in=keys).values_list("username", "display_name"))
    facts = [
        (gettext("信息资源"), held.resource.title), (gettext("提供部门"), held.resource.provider.name),
        (gettext("来源系统"), _source(held, actor)), (gettext("地址"), held.source.address if _sees(held, actor) else ""),
        (gettext("方法"), held.method),
        (gettext("路径"), held.path), (gettext("记录所在位置"), held.rows or gettext("整个答复")),
        (gettext("时限（秒）"), str(held.seconds)), (gettext("每秒次数"), str(held.per_second)), (gettext("理由"), held.reason),
        (gettext("登记人"), names.get(held.asked_key, held.asked_key)), (gettext("登记时间"), moment(held.asked_at)),
        (gettext("批准人"), names.get(held.decided_key, held.decided_key)),
        (gettext("批准时间"), moment(held.decided_at) if held.decided_at else ""),
        (gettext("检查时间"), moment(held.checked_at) if held.checked_at else ""),
        (gettext("怎样调用"), f"POST /gateway/{held.resource.table}/proxy"),
    ]
    if held.method == Method.POST:
        facts.insert(5, (gettext("固定成员"), json.dumps(held.fixed, ensure_ascii=False)))
    return facts


def _state(held: Proxy) -> Cell:
    return Cell(word(held.get_state_display()), tone=TONES[held.state])


def _health(held: Proxy) -> Cell:
    if held.is_well is None:
        return Cell(gettext("还没有检查"), tone="warn")
    return Cell(gettext("正常"), tone="good") if held.is_well else Cell(gettext("异常"), tone="bad")


def _breaker(held: Proxy) -> Cell:
    """Whether calls are held back: closed, about to be tried, open."""
    seen = getattr(held, "breaker", None)
    if held.state != ProxyState.ACTIVE:
        return Cell("")
    if seen is None or seen.failures < breaking.FAILURES:
        failures = seen.failures if seen is not None else 0
        return Cell(gettext("正常转发"), tone="good", note=gettext("连续失败 %(n)s 次") % {"n": failures} if failures else "")
    if breaking.is_open(held):
        return Cell(gettext("已停转发"), tone="bad", note=gettext("连续失败 %(n)s 次") % {"n": seen.failures})
    return Cell(gettext("等待试一次"), tone="warn", note=gettext("连续失败 %(n)s 次") % {"n": seen.failures})
