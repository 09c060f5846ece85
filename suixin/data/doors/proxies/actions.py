"""Writes of proxies: register, check, decide (by a second person), stop."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction

from suixin.data.catalog import generations
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.collection.models import Source
from suixin.data.collection.sources.base import Kind
from suixin.data.doors.proxies import calling, filtering
from suixin.data.doors.proxies.errors import WrongProxy
from suixin.data.doors.proxies.models import Method, Proxy, ProxyState
from suixin.ground.audit import actions as audit
from suixin.ground.audit.states import state_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

MOST_SECONDS, MOST_PER_SECOND = 60, 1000


@dataclass(frozen=True, slots=True)
class ProxyDraft:
    """An interface as somebody describes it; see the fields of `Proxy`."""

    path: str
    parameters: Mapping[str, str]
    members: Mapping[str, str] = field(default_factory=dict)
    rows: str = ""
    sample: Mapping[str, str] = field(default_factory=dict)
    seconds: int = 10
    per_second: int = 20
    method: str = Method.GET
    fixed: Mapping[str, object] = field(default_factory=dict)


@transaction.atomic
def register_proxy(resource: Resource, source: Source, draft: ProxyDraft, *, actor: Actor, reason: str) -> Proxy:
    """The interface, waiting for a second person, who may grant the resource. Raises NotAllowed, WrongProxy."""
    policy.require(actor, "collection.declare_source", source)
    if source.kind != Kind.HTTP:
        raise WrongProxy(f"来源“{source.name}”不是 HTTP 接口;请先登记为 HTTP 接口来源。")
    if resource.state != ResourceState.PUBLISHED or resource.provider_id != source.organisation_id:
        raise WrongProxy("代理的资源须已发布,且与来源系统同属一个单位;请核对。")
    _check(draft, resource.contract)
    _check_body(draft, source)
    proxy = Proxy.objects.create(
        resource=resource, source=source, path="/" + draft.path.strip().lstrip("/"), parameters=dict(draft.parameters),
        members=dict(draft.members), rows=draft.rows.strip(), sample=dict(draft.sample), seconds=draft.seconds,
        per_second=draft.per_second, method=draft.method, fixed=dict(draft.fixed), reason=reason, asked_key=actor.key, asked_at=clock.now(),
    )
    audit.record(actor, "proxies.registered", proxy, basis=reason, detail={"resource": resource.code, "source": source.slug})
    return proxy


def check_proxy(proxy: Proxy, *, actor: Actor) -> Proxy:
    """The proxy with what one call with the sample's values said; nothing of the answer is kept. Raises NotAllowed."""
    policy.require(actor, "collection.check_source", proxy.source)
    try:
        found = filtering.records_of(proxy, calling.call(proxy, dict(proxy.sample)))
        told = f"接口有答复,{len(found)} 条记录都合乎信息项。" if found else "接口有答复,但没有记录;请换一组试调用的参数,或核对路径。"
        proxy.health, proxy.is_well = told, bool(found)
    except SuixinError as error:
        proxy.health, proxy.is_well = error.sentence[:600], False
    proxy.checked_at = clock.now()
    with transaction.atomic():
        proxy.save(update_fields=["health", "is_well", "checked_at"])
        audit.record(actor, "proxies.checked", proxy, detail={"is_well": proxy.is_well})
    return proxy


@transaction.atomic
def decide_proxy(proxy: Proxy, *, is_approved: bool, actor: Actor, reason: str) -> Proxy:
    """The proxy in force, in place of the one before, or refused. Raises NotAllowed, WrongProxy."""
    policy.require(actor, "access.give_grant", proxy.resource)
    held = _held(proxy)
    if held.state != ProxyState.WAITING:
        raise WrongProxy("这个代理已经办理过;请刷新页面。")
    if held.asked_key == actor.key:
        raise WrongProxy("登记的人不能批准自己的登记;请另一位有权的同事办理。")
    if is_approved and not held.is_well:
        raise WrongProxy("接口还没有检查通过;请先检查,通过后再批准。")
    if is_approved:
        for before in Proxy.objects.filter(resource=held.resource, state=ProxyState.ACTIVE):
            _move(before, ProxyState.STOPPED, actor=actor, reason="由新的登记代替")
    held.decided_key, held.decided_at = actor.key, clock.now()
    return _move(held, ProxyState.ACTIVE if is_approved else ProxyState.REFUSED, actor=actor, reason=reason)


@transaction.atomic
def stop_proxy(proxy: Proxy, *, actor: Actor, reason: str) -> Proxy:
    """The proxy, called no more. Raises NotAllowed, WrongProxy."""
    policy.require(actor, "collection.declare_source", proxy.source)
    held = _held(proxy)
    if held.state != ProxyState.ACTIVE:
        raise WrongProxy("只有启用中的代理可以停用。")
    return _move(held, ProxyState.STOPPED, actor=actor, reason=reason)


def _held(proxy: Proxy) -> Proxy:
    return Proxy.objects.select_for_update(of=("self",)).select_related("resource", "source__organisation").get(pk=proxy.pk)


def _move(proxy: Proxy, state: ProxyState, *, actor: Actor, reason: str) -> Proxy:
    before = state_of(proxy)
    proxy.state, proxy.reason = state, reason[:200]
    proxy.save(update_fields=["state", "reason", "decided_key", "decided_at"])
    generations.advance()
    audit.record(actor, f"proxies.{state.value}", proxy, basis=reason, before=before)
    return proxy


def _check(draft: ProxyDraft, contract: Contract) -> None:
    fields = {item.field for item in contract.items}
    unknown = sorted((set(draft.parameters) | set(draft.members)) - fields)
    if unknown:
        raise WrongProxy(f"资源没有信息项 {'、'.join(unknown)};参数和成员都按信息项的字段名登记。")
    if not draft.parameters:
        raise WrongProxy("至少登记一个参数:按哪个信息项调用。")
    if missing := sorted(set(draft.parameters) - set(draft.sample)):
        raise WrongProxy(f"试调用缺少参数 {'、'.join(missing)} 的值;请填一个不涉及真人的值。")
    if not (1 <= draft.seconds <= MOST_SECONDS and 1 <= draft.per_second <= MOST_PER_SECOND):
        raise WrongProxy(f"时限应为 1 到 {MOST_SECONDS} 秒,每秒次数应为 1 到 {MOST_PER_SECOND}。")
    if any(mark in draft.path for mark in ("..", "//", "?", "#", "\\", "@", "\r", "\n", "\0")):
        raise WrongProxy("路径只写来源地址之后的部分,不带 ..、//、?、#、@ 等。")


def _check_body(draft: ProxyDraft, source: Source) -> None:
    """What goes into a body: an object, no place twice, a signature that covers it where the source signs."""
    if draft.method not in Method.values:
        raise WrongProxy("方法只能是 GET 或 POST。")
    if draft.method == Method.GET:
        if draft.fixed:
            raise WrongProxy("GET 没有请求体；固定成员只用于 POST。")
        return
    if source.options.get("auth") == "hmac-sha256":
        raise WrongProxy("来源的签名方式 hmac-sha256 不对请求体签名；POST 请把来源改为 hmac-sm3。")
    places = [*draft.parameters.values()]
    if any(not all(name.split(".")) for name in places) or _overlaps(places) or not _has_room(draft.fixed, places):
        raise WrongProxy("请求体里的成员名写重了，或与固定成员相冲突；请核对参数的对方名称和固定成员。")
    if len(json.dumps(draft.fixed, ensure_ascii=False).encode()) > calling.MOST_BODY // 2:
        raise WrongProxy(f"固定成员最多 {calling.MOST_BODY >> 11} KB；请缩短。")


def _overlaps(places: list[str]) -> bool:
    return any(one == other or other.startswith(f"{one}.") for n, one in enumerate(places) for m, other in enumerate(places) if n != m)


def _has_room(fixed: Mapping[str, object], places: list[str]) -> bool:
    """Whether every place leads through objects of `fixed` to a member that it does not hold."""
    for place in places:
        here: object = fixed
        for step in place.split("."):
            if not isinstance(here, Mapping):
                return False
            here = here.get(step, {})
        if here != {}:
            return False
    return True
