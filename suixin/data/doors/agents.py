"""Front machines: POST /api/v1/agent/{source} is a heartbeat, POST /api/v1/agent/{source}/{stream}/{sequence}?sm3= a chunk.

Signed as the gateway is; number, stream and SM3 are part of what is signed. A chunk is safe when its answer leaves.
"""

from suixin.data.access.errors import UnknownParameter
from suixin.data.access.values import dumps
from suixin.data.collection import agents
from suixin.data.collection.sources.parcels import MOST_BYTES
from suixin.data.doors import callers
from suixin.data.doors.exchange import Answer, Exchange, json_answer
from suixin.kit.errors import BadRequest, NotFound

_DIGITS = 12


def beat(exchange: Exchange) -> Answer:
    """What the machine is answered: our clock, and where each stream stands."""
    exchange.request.most_bytes = MOST_BYTES
    exchange.nonce = callers.identify(exchange)
    _only(exchange)
    told = agents.hear(exchange.resource, exchange.request.body(), actor=exchange.actor)
    return _answered(exchange, "收到", told.model_dump())


def chunk(exchange: Exchange) -> Answer:
    """The chunk, kept; the same again is told as such and changes nothing."""
    exchange.request.most_bytes = MOST_BYTES
    exchange.nonce = callers.identify(exchange)
    slug, stream, number = exchange.resource.split("/")
    exchange.resource = slug
    given = _only(exchange, "sm3")
    if not number.isdecimal() or len(number) > _DIGITS:
        raise NotFound("地址里的序号不是数字;请核对地址。")
    body = exchange.request.body()
    kept, is_new = agents.receive(slug, stream, int(number), body=body, sm3=given.get("sm3", ""), actor=exchange.actor)
    exchange.rows = kept.rows if is_new else 0
    data = {"sequence": kept.sequence, "sm3": kept.sm3, "rows": kept.rows, "is_new": is_new}
    return _answered(exchange, "已收下" if is_new else "以前收到过,没有重复收", data)


def _only(exchange: Exchange, *names: str) -> dict[str, str]:
    """The parameters, each of those names once. Raises UnknownParameter, BadRequest."""
    given = exchange.request.parameters()
    if unknown := next((name for name, _ in given if name not in names), None):
        raise UnknownParameter(f"不认识的参数“{unknown[:60]}”;请升级前置机程序。", parameter=unknown[:60])
    if len(dict(given)) != len(names) or len(given) != len(names):
        raise BadRequest(f"应带参数 {'、'.join(names)},各一次;请升级前置机程序。")
    return dict(given)


def _answered(exchange: Exchange, told: str, data: dict[str, object]) -> Answer:
    body = dumps({"code": "200", "message": told, "data": data, "trace_id": exchange.trace_id})
    return json_answer(body, headers=(("Cache-Control", "no-store"),))
