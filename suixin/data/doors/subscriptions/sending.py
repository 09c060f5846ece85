"""One signed POST to a receiver's address: pinned to the address that was judged, no redirects, bounded in time and size.

Signed as calls of the gateway are (`kit.signing`), with the subscription's own secret; `X-Message-Id` is the same when a message
comes again, so that the receiver takes it once. `X-Receipt` is where the receiver's application fetches the receipt of these bytes.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from suixin.data.access.plans import Plan
from suixin.data.collection.sources import addresses
from suixin.data.collection.sources.web import PinnedTransport
from suixin.data.doors import receipts
from suixin.data.doors.errors import MessageRefused, ReceiverFault, WrongExchange
from suixin.data.doors.models import Subscription
from suixin.kit import signing

SECONDS = 20.0
_LEAVING = "send_request_body.started"  # what the connection tells when bytes of the body go
_PASSING = frozenset({408, 409, 425, 429})  # of the refusals, those that may pass


def require_address(url: str) -> str:
    """The address, if a message can be sent there. Raises WrongExchange, AddressRefused, SourceFault."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.password or parts.fragment or len(url) > 500:
        raise WrongExchange("接收地址应以 https:// 或 http:// 开头,写明主机,不带账号、密码和“#”,最多 500 个字符。")
    addresses.pinned(parts.hostname, parts.port or {"https": 443}.get(parts.scheme, 80))
    return url.strip()


def send(subscription: Subscription, message_id: str, body: bytes, *, plan: Plan, rows: int) -> None:
    """The message, taken by the receiver (2xx), with the address of its receipt. Raises MessageRefused, ReceiverFault, AddressRefused."""
    with receipts.of_message(plan, body, message=message_id, rows=rows) as sent:
        _send(subscription, {"X-Message-Id": message_id, receipts.HEADER: sent.place}, body, sent)


def _send(subscription: Subscription, told: dict[str, str], body: bytes, sent: receipts.Message) -> None:
    def note(step: str, _: Mapping[str, object]) -> None:
        sent.has_left = sent.has_left or step.endswith(_LEAVING)

    headers = signing.sign(
        "POST", subscription.url, app_id=subscription.application.app_id, secret=subscription.secret.encode(), body=body
    )
    headers |= {"Content-Type": "application/json", "User-Agent": "suixin"} | told
    host = urlsplit(subscription.url).hostname
    limits = httpx.Timeout(10.0, read=SECONDS)
    try:
        with httpx.Client(transport=PinnedTransport(), timeout=limits, trust_env=False, follow_redirects=False) as client:
            request = client.build_request("POST", subscription.url, headers=headers, content=body, extensions={"trace": note})
            response = client.send(request, stream=True)
            status = response.status_code
            response.close()
    except httpx.TimeoutException as error:
        raise ReceiverFault(f"接收地址“{host}”在 {SECONDS:.0f} 秒内没有答复;平台会再送。") from error
    except httpx.HTTPError as error:
        raise ReceiverFault(f"连不上接收地址“{host}”({type(error).__name__});平台会再送。") from error
    if 200 <= status < 300:
        return
    if 400 <= status < 500 and status not in _PASSING:
        raise MessageRefused(f"接收方不收这条消息(HTTP {status});请接收方检查它的接口。")
    if 300 <= status < 400:
        raise MessageRefused(f"接收地址要转到别处(HTTP {status}),平台不跟过去;请在订阅里写最终的地址。")
    raise ReceiverFault(f"接收方暂时不能收(HTTP {status});平台会再送。")
