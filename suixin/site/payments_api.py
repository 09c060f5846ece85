"""The door for payment providers: what became of an order, told by themselves, as often as they like."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import ConfigDict, Field

from suixin.data.opening.answers import Fault
from suixin.services.cases import fees, providers
from suixin.services.cases.providers import Paid

router = Router(tags=["cases"])
NAME = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="支付渠道")]


class PaymentNotice(Schema):
    """What became of an order; without a reference nothing was paid yet."""

    model_config = ConfigDict(extra="forbid")
    order: str = Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(-[1-9][0-9]{0,3})?$", description="本平台给的订单号")
    reference: str = Field("", max_length=120, pattern=r"^[ -~]*$", description="渠道自己的流水号")
    cents: int = Field(0, ge=0, le=2147483647, description="收到的金额，分")


class PaymentTaken(Schema):
    """How the fee stands now."""

    state: str


@router.post(
    "/payments/{provider}/notices", response={200: PaymentTaken, 400: Fault, 401: Fault, 404: Fault, 409: Fault},
    operation_id="take_payment", summary="支付渠道通知付款结果(HMAC-SM3 签名,见 docs/cases.md);同一通知可以来几次",
)
def take_payment(request: HttpRequest, provider: NAME, given: PaymentNotice) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """Take the word of the provider that signed the request."""
    providers.require_signed(provider, request.headers, request.path, body=request.body)
    return {"state": fees.take_notice(provider, given.order, Paid(given.reference, given.cents)).state}
