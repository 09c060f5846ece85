"""Rows that a system brings by itself: POST /api/v1/push/{source}, signed as the gateway is, X-Message-Id for once.

Answer   {"code", "message", "data": {"message_id", "sm3", "rows", "is_new"}, "trace_id"}; the message is safe when it leaves
"""

from suixin.data.access.errors import UnknownParameter
from suixin.data.access.values import dumps
from suixin.data.collection import pushing
from suixin.data.doors import callers
from suixin.data.doors.exchange import Answer, Exchange, json_answer


def push(exchange: Exchange) -> Answer:
    """The message, kept; the same again is told as such and changes nothing."""
    exchange.nonce = callers.identify(exchange)
    if parameters := exchange.request.parameters():
        raise UnknownParameter(f"不认识的参数「{parameters[0][0][:60]}」；推送不带查询参数。", parameter=parameters[0][0][:60])
    request = exchange.request
    kept, is_new = pushing.receive(exchange.resource, request.header("X-Message-Id"), request.body(), actor=exchange.actor)
    exchange.rows = kept.rows if is_new else 0
    data = {"message_id": kept.message_id, "sm3": kept.sm3, "rows": kept.rows, "is_new": is_new}
    told = "已收下" if is_new else "以前收到过，没有重复收"
    body = dumps({"code": "200", "message": told, "data": data, "trace_id": exchange.trace_id})
    return json_answer(body, headers=(("Cache-Control", "no-store"),))
