"""The door for gateways: receipts of messages that they took."""

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from suixin.ground.notify import receipts

router = Router(tags=["notify"])


class ReceiptIn(Schema):
    """What became of one message."""

    model_config = ConfigDict(extra="forbid")
    id: str = Field(max_length=80, description="发送请求里的 id")
    state: Literal["delivered", "failed"]
    code: str = Field("", max_length=64, description="网关自己的代码")


class ReceiptsIn(Schema):
    """Receipts, at most five hundred at once."""

    model_config = ConfigDict(extra="forbid")
    receipts: list[ReceiptIn] = Field(max_length=500)


class ReceiptsOut(Schema):
    """How many of them changed something; the others were known or are not ours."""

    taken: int
    ignored: int


class Refused(Schema):
    """Any refusal: a stable code, a sentence, an id to quote."""

    code: str
    message: str
    trace_id: str


@router.post(
    "/notify/receipts", response={200: ReceiptsOut, 400: Refused, 401: Refused}, operation_id="take_receipts",
    summary="消息网关送交回执(HMAC-SM3 签名,见 docs/notifications.md)",
)
def take_receipts(request: HttpRequest, given: ReceiptsIn) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """Take receipts of the gateway that signed the request."""
    channel = receipts.require_signed(request.headers, request.path, request.body)
    taken = receipts.take(channel, [receipts.Receipt(one.id, one.state == "delivered", one.code) for one in given.receipts])
    return {"taken": taken, "ignored": len(given.receipts) - taken}
