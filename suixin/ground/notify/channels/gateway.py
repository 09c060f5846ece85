"""SMS, WeCom for government, DingTalk: one signed JSON request to the gateway that the setting names for the channel.

Wire     docs/notifications.md; the address comes from the settings alone, redirects are not followed, nothing of the
         environment (proxies) is believed
Twice?   `Idempotency-Key` is the message's id at every attempt: the gateway sends once and answers the receipt again;
         when no answer came the outcome is unknown and asking again with the same key settles it
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from suixin.ground.notify.channels.carrying import Answer, Outcome, Parcel
from suixin.kit import clock
from suixin.kit.sm import hmac_sm3_hex, sm3_hex

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
MOST_BYTES = 64 * 1024


class GatewayCarrier:
    """The gateway of one channel; the connection is kept for the batch."""

    def __init__(self, channel: str) -> None:
        self._address = dict(settings.SUIXIN.gateways)[channel]
        self._secret = secret_of(channel)
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False)

    def carry(self, parcel: Parcel) -> Answer:
        """What the gateway said to this message."""
        if not self._secret:
            return Answer(Outcome.TEMPORARY, "没有网关密钥；请放好 keys/gateway-<渠道>.secret。", "secret", is_down=True)
        body = orjson.dumps(payload(parcel))
        headers = signed("POST", urlsplit(self._address).path or "/", body, key=parcel.id, secret=self._secret)
        try:
            with self._client.stream("POST", self._address, content=body, headers=headers) as response:
                read = _read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            return Answer(Outcome.TEMPORARY, f"连不上消息网关（{type(error).__name__}）；请核对 SUIXIN_GATEWAYS。", "connect", is_down=True)
        except httpx.HTTPError as error:
            sentence = "请求已交出，网关没有答复；将用同一幂等键再问。"
            return Answer(Outcome.UNKNOWN, sentence, type(error).__name__)
        return judged(response.status_code, response.headers, read)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()


def payload(parcel: Parcel) -> dict[str, str]:
    """The body of the request."""
    return {
        "id": parcel.id, "channel": parcel.channel, "to": parcel.to, "kind": parcel.kind, "title": parcel.title,
        "text": parcel.text, "link": parcel.link, "urgency": parcel.urgency, "created_at": parcel.created_at.isoformat(),
    }


def signed(method: str, path: str, body: bytes, *, key: str, secret: bytes) -> dict[str, str]:
    """Headers of a request: when, under which idempotency key, and HMAC-SM3 over method, path, time, key and body."""
    stamp = str(int(clock.now().timestamp()))
    return {
        "Content-Type": "application/json", "Idempotency-Key": key, "X-Suixin-Timestamp": stamp,
        "X-Suixin-Signature": signature(method, path, stamp, key, body, secret=secret),
    }


def signature(*parts: str | bytes, secret: bytes) -> str:
    """HMAC-SM3 over the parts, one a line; the last, the body, by its SM3."""
    *texts, body = parts
    lines = [str(text) for text in texts] + [sm3_hex(body if isinstance(body, bytes) else body.encode())]
    return hmac_sm3_hex(secret, "\n".join(lines).encode())


def secret_of(channel: str) -> bytes:
    """What the channel's gateway and we sign with; empty when there is none."""
    path = Path(settings.SUIXIN.keys) / f"gateway-{channel}.secret"
    return path.read_bytes().strip() if path.is_file() else b""


def judged(status: int, headers: Mapping[str, str], read: Mapping[str, Any]) -> Answer:
    """The gateway's answer by its HTTP status; 409 says that the message was accepted before."""
    told = str(read.get("code") or status)[:64]
    if status in (200, 201, 202, 409):
        return Answer(Outcome.ACCEPTED, "", told, receipt=str(read.get("receipt") or "")[:200])
    if status in (401, 403, 404) or 300 <= status < 400:
        return Answer(Outcome.TEMPORARY, f"消息网关不接受本站的请求（HTTP {status}）；请核对地址和密钥。", told, is_down=True)
    if status in (408, 425, 429) or status >= 500:
        return Answer(
            Outcome.TEMPORARY, f"消息网关要求稍后再试（HTTP {status}）。", told, retry_after=_retry_after(headers.get("Retry-After", "")),
            is_busy=status in (429, 503),
        )
    return Answer(Outcome.PERMANENT, f"消息网关拒绝了这条消息（{told}）。", told)


def _retry_after(text: str) -> timedelta | None:
    """Seconds or a date (RFC 9110 10.2.3); None when there is neither."""
    if text.strip().isdecimal():
        return timedelta(seconds=min(int(text.strip()[:9]), 10**8))
    try:
        at: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - clock.now())


def _read(response: httpx.Response) -> Mapping[str, Any]:  # Any: JSON of somebody else
    """The JSON object of the answer; empty when there is none, or it is too big."""
    held = b""
    for part in response.iter_bytes():
        held += part
        if len(held) > MOST_BYTES:
            return {}
    try:
        found = orjson.loads(held)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
