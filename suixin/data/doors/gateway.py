"""Signed lookup of one record by its key: GET /gateway/{resource}/lookup?{key}={value}&columns=a,b

Answer   {"code", "message", "data", "trace_id"}; code "200" with the record, "204" when there is none
         (or the grant's row condition hides it); codes of refusals in standards/data.md 6.5
Speed    cached plan, key index, one transaction for nonce and record; no Django request in between
"""

from suixin.data.access.errors import UnknownParameter, WrongValue
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, cached_plan
from suixin.data.access.traces import subjects_of
from suixin.data.access.values import dumps, parse
from suixin.data.doors import callers, records
from suixin.data.doors.exchange import PURPOSE, Answer, Exchange, json_answer
from suixin.data.doors.resolving import resource_of_name

_NO_STORE = (("Cache-Control", "no-store"),)


def lookup(exchange: Exchange) -> Answer:
    """The record that the key names, as the caller's grant shows it."""
    exchange.nonce = callers.identify(exchange)
    columns, values = _split(exchange.request.parameters())
    name = exchange.resource
    plan = cached_plan(
        exchange.actor, name, door=Door.GATEWAY, columns=columns, find=lambda: resource_of_name(name), purpose=exchange.purpose
    )
    exchange.plan, exchange.resource = plan, plan.contract.code
    key = _key(plan, values)
    exchange.subjects = subjects_of(zip(plan.key_items, key, strict=True))
    record = records.find_record(plan.contract, key)
    shown = plan.apply(record) if record is not None else None
    exchange.rows = 0 if shown is None else 1
    code, message = ("204", "没有符合条件的数据") if shown is None else ("200", "成功")
    body = dumps({"code": code, "message": message, "data": shown, "trace_id": exchange.trace_id})
    return json_answer(body, code=code, headers=_NO_STORE)


def _split(parameters: list[tuple[str, str]]) -> tuple[tuple[str, ...] | None, dict[str, str]]:
    columns: tuple[str, ...] | None = None
    values: dict[str, str] = {}
    for name, value in parameters:
        if name in values or (name == "columns" and columns is not None):
            raise UnknownParameter(f"参数「{name[:60]}」出现了两次；请只写一次。", parameter=name[:60])
        if name == "columns":
            columns = tuple(part.strip() for part in value.split(","))
        elif name != PURPOSE:
            values[name] = value
    return columns, values


def _key(plan: Plan, values: dict[str, str]) -> tuple[object, ...]:
    contract, keys = plan.contract, plan.key_items
    if not keys:
        raise UnknownParameter(f"资源「{contract.title}」没有主键，不能按键查询；请改用数据接口。")
    fields = {item.field: item.field for item in keys} | {item.name: item.field for item in keys}
    given = {fields.get(name, name): (name, value) for name, value in values.items()}
    unknown = next((name for name in values if name not in fields), None)
    if unknown is not None:
        raise UnknownParameter(
            f"不认识的参数「{unknown[:60]}」；查询参数只有主键 {'、'.join(contract.key)} 和 columns。", parameter=unknown[:60]
        )
    missing = [item for item in keys if item.field not in given]
    if missing:
        named = "、".join(f"{item.field}（{item.name}）" for item in missing)
        raise WrongValue(f"缺少主键参数 {named}；请补上。", parameter=missing[0].field)
    return tuple(parse(given[i.field][1], i.type, parameter=given[i.field][0], column=i.name) for i in keys)
