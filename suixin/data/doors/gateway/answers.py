"""The envelope of the gateway's answers."""

from suixin.data.access.values import dumps
from suixin.data.doors.exchange import Answer, Exchange, json_answer
from suixin.data.doors.gateway import envelopes
from suixin.kit.errors import SuixinError

FOUND, NONE = ("200", "成功"), ("204", "没有符合条件的数据")
_NO_STORE = (("Cache-Control", "no-store"),)


def enveloped(exchange: Exchange, data: object, *, is_empty: bool = False, **more: object) -> Answer:
    """The answer that carries `data`, code 204 when there is none."""
    code, message = NONE if is_empty else FOUND
    body = dumps({"code": code, "message": message, "data": data, **more, "trace_id": exchange.trace_id})
    return json_answer(envelopes.sealed(exchange, body), code=code, headers=_NO_STORE)


def row_of(data: object, *, is_empty: bool) -> dict[str, object]:
    """One row's result in a batch."""
    return {"code": NONE[0] if is_empty else FOUND[0], "data": data}


def refused_row(error: SuixinError) -> dict[str, object]:
    """One row of a batch that could not be read."""
    return {"code": error.code, "message": error.sentence, "data": None}
