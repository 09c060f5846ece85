"""GET or POST /gateway/{resource}/proxy: the department's own interface, asked with what is granted, answered with what is granted.

Asked     by the registered items that are the key or that the grant shows whole: a condition on anything else would tell of it
Answer    {"code", "message", "data": [records], "trace_id"}; columns, masks and row condition of the grant, types of the contract
Refused   api-502 source broken, api-504 too slow, api-429 too often
"""

from suixin.data.access.errors import ColumnOutsideGrant, UnknownParameter, WrongValue
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan
from suixin.data.access.traces import subjects_of
from suixin.data.access.values import parse, text_of
from suixin.data.doors.errors import UnknownAddress
from suixin.data.doors.exchange import Answer, Exchange
from suixin.data.doors.gateway import answers, keyed, plans
from suixin.data.doors.proxies import calling, filtering
from suixin.data.doors.proxies.models import Proxy, ProxyState


def proxied(exchange: Exchange) -> Answer:
    """The records that the interface gives for the call, as the plan shows them."""
    plans.identify(exchange)
    columns, values = _asked(exchange)
    granted = plans.plan_of(exchange, Door.PROXY, None)
    plan = exchange.plan = granted if columns is None else granted.narrowed(columns)
    proxy = (
        Proxy.objects.select_related("resource", "source__organisation")
        .filter(resource__code=plan.contract.code, state=ProxyState.ACTIVE).first()
    )
    if proxy is None:
        raise UnknownAddress(f"资源「{plan.contract.title}」没有启用的接口代理；请向提供方了解。")
    typed = _typed(granted, proxy, values)
    exchange.subjects = subjects_of(
        (item, typed[item.field]) for item in plan.contract.items if item.field in typed
    )
    found = filtering.records_of(proxy, calling.call(proxy, {name: text_of(value) or "" for name, value in typed.items()}))
    shown = [row for record in found if (row := plan.apply(record)) is not None]
    exchange.rows = len(shown)
    return answers.enveloped(exchange, shown, is_empty=not shown)


def _asked(exchange: Exchange) -> tuple[tuple[str, ...] | None, dict[str, str]]:
    if exchange.request.method != "POST":
        return keyed.single(exchange.request.parameters())
    told = keyed.content(exchange)
    columns = keyed.names_in(told, "columns")
    return columns, {name: keyed.text_of_member(name, value) for name, value in told.items() if name != "columns"}


def _typed(plan: Plan, proxy: Proxy, values: dict[str, str]) -> dict[str, object]:
    """The values of registered items. Raises UnknownParameter, ColumnOutsideGrant, WrongValue."""
    whole = {column.field for column in plan.columns if not column.mask} | set(plan.contract.key)
    typed: dict[str, object] = {}
    for name, value in values.items():
        item = plan.contract.item(name)
        if item is None or item.field not in proxy.parameters or item.field in typed:
            told = "、".join(proxy.parameters)
            raise UnknownParameter(f"不认识的参数「{name[:60]}」；这个接口按 {told} 调用，各写一次。", parameter=name[:60])
        if item.field not in whole:
            raise ColumnOutsideGrant(f"授权未给出「{item.name}」的明文，不能用它作条件；请向提供方申请。", columns=[item.field])
        typed[item.field] = parse(value, item.type, parameter=name, column=item.name)
    missing = sorted(set(proxy.parameters) - set(typed))
    if missing:
        raise WrongValue(f"缺少参数 {'、'.join(missing)}；请补上。", parameter=missing[0])
    return typed
