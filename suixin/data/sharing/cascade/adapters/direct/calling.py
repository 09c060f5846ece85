"""One call of 数据直达: POST /sysapi/<path>, four headers, a JSON body; what it answers, or a sentence on why it did not.

Signed    base64(HMAC-SHA256(sid + rid + rtime, secret)), rtime in milliseconds; the body is not signed, so https should carry it
Refused   a business code (catalog-, res-, db-) is final: `PeerRefused`; everything else is a fault that may pass: `PeerFault`
Guarded   the address is judged and pinned at every call; no redirects; answer and time are bounded
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any  # answers are JSON
from urllib.parse import urlsplit

import httpx
import orjson

from suixin.data.collection.errors import SourceFault
from suixin.data.collection.sources.web import PinnedTransport
from suixin.data.sharing.cascade.adapters.direct.mapping import SERVICES, named, opened, unnamed
from suixin.data.sharing.cascade.errors import PeerFault, PeerRefused
from suixin.data.sharing.cascade.models import DirectAccount, Link
from suixin.kit import clock
from suixin.kit.signing_styles import national

SECONDS, MOST_ANSWER, SKEW_SECONDS = 60.0, 16 << 20, 60
LEASE, KEPT_SECONDS = timedelta(minutes=10), 60.0
GOOD = ("200", "0")
FINAL = ("catalog-", "res-", "db-")


class Caller:
    """Calls of one turn, over one client; each keeps others from speaking with the platform for a while longer."""

    def __init__(self, link: Link, account: DirectAccount) -> None:
        self._link, self._account, self._kept = link, account, 0.0
        limits = httpx.Timeout(10.0, read=SECONDS)
        self._client = httpx.Client(transport=PinnedTransport(), timeout=limits, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def offers(self, service: str) -> bool:
        """Whether the platform issued that interface to us."""
        return service in self._account.services

    def call(self, service: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 JSON
        """`data` of the answer, under our names. Raises PeerFault, PeerRefused, AddressRefused."""
        told = self._account.services[service]
        return self.call_at(str(told["path"]), str(told["sid"]), body, title=SERVICES.get(service, service))

    def call_at(self, path: str, sid: str, body: Mapping[str, Any], *, title: str, is_rows: bool = False) -> Any:  # noqa: ANN401 JSON
        """The same at an address that the platform named itself; `is_rows`: fields of what is listed stay as they came."""
        self._keep()
        account, stamp = self._account, str(int(clock.now().timestamp() * 1000))
        headers = {
            "gjzwfwpt_rid": account.rid, "gjzwfwpt_sid": sid, "gjzwfwpt_rtime": stamp,
            "gjzwfwpt_sign": national(sid, account.rid, stamp, secret=account.secret.encode()), "Content-Type": "application/json",
        }
        content = orjson.dumps(named(body, account.names))
        response, answer = self._answered(f"{self._link.peer.address.rstrip('/')}{path}", headers, content, title=title)
        try:
            said = orjson.loads(answer)
            code, message = str(said["code"]), str(said.get("message", ""))[:300]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            status = response.status_code
            raise PeerFault(f"{self._where(title)}的答复（HTTP {status}）不是数据直达的；请核对平台地址和接口路径。") from error
        if response.status_code == 200 and code in GOOD:
            found = said.get("data")
            return (opened if is_rows else unnamed)(found, account.names) if isinstance(found, Mapping) else found
        if code.startswith(FINAL):
            raise PeerRefused(f"{self._where(title)}退回（{code}）：{message or '没有说明'}", their_code=code)
        raise PeerFault(f"{self._where(title)}没有办（HTTP {response.status_code}，{code[:20]}）：{message or '没有说明'}{_skew(response)}")

    def _keep(self) -> None:
        if time.monotonic() - self._kept > KEPT_SECONDS:
            self._kept = time.monotonic()
            DirectAccount.objects.filter(pk=self._account.pk).update(busy_until=clock.now() + LEASE)

    def _answered(self, url: str, headers: dict[str, str], content: bytes, *, title: str) -> tuple[httpx.Response, bytes]:
        try:
            response = self._client.send(self._client.build_request("POST", url, headers=headers, content=content), stream=True)
            try:
                return response, self._capped(response, title)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise PeerFault(f"{self._where(title)}在 {SECONDS:.0f} 秒内没有答复；稍后自动再报。") from error
        except (httpx.HTTPError, SourceFault) as error:
            raise PeerFault(f"连不上{self._where(title)}（{type(error).__name__}）；稍后自动再报。") from error

    def _capped(self, response: httpx.Response, title: str) -> bytes:
        found = b""
        for piece in response.iter_bytes(1 << 16):
            found += piece
            if len(found) > MOST_ANSWER:
                raise PeerFault(f"{self._where(title)}的答复超过 {MOST_ANSWER >> 20} MB，没有读；请对方减小每页条数。")
        return found

    def _where(self, title: str) -> str:
        return f"平台“{self._link}”（{urlsplit(self._link.peer.address).hostname}）的“{title}”接口"


def _skew(response: httpx.Response) -> str:
    """What the clocks say, when they differ so much that the signature may be refused for it."""
    try:
        theirs = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError, TypeError):
        return ""
    seconds = round((clock.now() - theirs).total_seconds())
    if abs(seconds) < SKEW_SECONDS:
        return ""
    return f"；本机时间比对端{'快' if seconds > 0 else '慢'} {abs(seconds)} 秒，请校准时钟"
