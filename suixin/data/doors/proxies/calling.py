"""One call of a department's interface: its address judged and pinned, in time, once, few at a time, not while it is broken.

Breaker  after 5 failures in a row no call leaves for 30 s, then one is tried; a process judges by what it saw itself
Limits   calls a second and at once (the source's), seconds from first to last byte, 8 MB of answer; redirects are not followed
"""

import json
import threading
import time
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from suixin.data.collection.errors import AddressRefused, SourceFault
from suixin.data.collection.models import SourceState
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources.http_api import HttpConnector
from suixin.data.collection.sources.web import PinnedTransport
from suixin.data.doors.errors import TooBusy
from suixin.data.doors.proxies.errors import SourceBroken, SourceTimeout
from suixin.data.doors.proxies.models import Proxy
from suixin.kit import clock

_TAKEN = (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)  # the last two: there is no such record
FAILURES, OPEN_SECONDS = 5, 30.0
MOST_BYTES = 8 << 20
_LIMIT = 4096


@dataclass(slots=True)
class Breaker:
    """What this process saw of one interface."""

    failures: int = 0
    opened_at: float = 0.0
    is_trying: bool = False
    at_once: int = 0
    second: int = 0
    in_second: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, *, per_second: int, at_once: int) -> None:
        """Nothing when a call may leave. Raises SourceBroken, TooBusy."""
        now = time.monotonic()
        with self.lock:
            if self.failures >= FAILURES:
                left = self.opened_at + OPEN_SECONDS - now
                if left > 0 or self.is_trying:
                    raise SourceBroken(
                        f"源端接口连续失败 {self.failures} 次,暂停转发;请 {max(1, round(left))} 秒后重试,或请提供方检查接口。"
                    )
            if int(now) != self.second:
                self.second, self.in_second = int(now), 0
            if self.in_second >= per_second or self.at_once >= at_once:
                raise TooBusy("源端接口的调用过于频繁;请稍后重试。")
            self.is_trying = self.failures >= FAILURES
            self.in_second += 1
            self.at_once += 1

    def leave(self, *, is_well: bool) -> None:
        """A call came back."""
        with self.lock:
            self.at_once, self.is_trying = self.at_once - 1, False
            self.failures = 0 if is_well else self.failures + 1
            self.opened_at = time.monotonic()


_breakers: dict[int, Breaker] = {}


def forget() -> None:
    """Every interface is thought well again."""
    _breakers.clear()


def call(proxy: Proxy, values: dict[str, str]) -> object:
    """The JSON of the answer to a call with those values of items. Raises SourceBroken, SourceTimeout, TooBusy."""
    source = proxy.source
    if source.state != SourceState.ENABLED or (source.expires_on and source.expires_on < clock.today()):
        raise SourceBroken(f"来源系统“{source.name}”已暂停或协议已到期;请与提供方联系。")
    if len(_breakers) > _LIMIT:
        _breakers.clear()
    breaker = _breakers.setdefault(proxy.pk, Breaker())
    breaker.enter(per_second=proxy.per_second, at_once=max(1, source.concurrency * 4))
    is_well = False
    try:
        status, content = _answered(proxy, {proxy.parameters[name]: value for name, value in values.items()})
        answer = json.loads(content) if status == HTTPStatus.OK else None
        is_well = status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (ValueError, RecursionError) as error:
        raise SourceBroken(f"源端接口“{source.name}”的答复不是 JSON;请提供方检查接口。") from error
    finally:
        breaker.leave(is_well=is_well)
    if status not in _TAKEN:
        raise SourceBroken(f"源端接口“{source.name}”返回 {status};请稍后重试,或请提供方检查。")
    return answer


def _answered(proxy: Proxy, parameters: dict[str, str]) -> tuple[int, bytes]:
    name = proxy.source.name
    try:
        return _got(proxy, parameters)
    except httpx.TimeoutException as error:
        raise SourceTimeout(f"源端接口“{name}”在 {proxy.seconds} 秒内没有答复;请稍后重试。") from error
    except httpx.HTTPError as error:
        raise SourceBroken(f"连不上源端接口“{name}”({type(error).__name__});请稍后重试,或请提供方检查。") from error
    except (AddressRefused, SourceFault) as error:
        raise SourceBroken(f"源端接口“{name}”的地址不能连接;请提供方与平台运维核对来源登记。") from error


def _got(proxy: Proxy, parameters: dict[str, str]) -> tuple[int, bytes]:
    until = time.monotonic() + proxy.seconds
    with connector_of(proxy.source) as connector:
        assert isinstance(connector, HttpConnector)  # noqa: S101 register_proxy refuses every other kind
        headers, sign = connector.credentials
    url = httpx.URL(proxy.source.address.rstrip("/") + proxy.path).copy_merge_params(parameters)
    with httpx.Client(transport=PinnedTransport(), trust_env=False, follow_redirects=False, timeout=proxy.seconds) as client:
        request = client.build_request("GET", url, headers={"Accept": "application/json", **headers})
        if sign is not None:
            sign(request)
        response = client.send(request, stream=True)
        try:
            is_good = response.status_code == HTTPStatus.OK
            return response.status_code, _read(response, proxy, until) if is_good else b""
        finally:
            response.close()


def _read(response: httpx.Response, proxy: Proxy, until: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes(1 << 16):
        body += chunk
        if len(body) > MOST_BYTES:
            raise SourceBroken(f"源端接口“{proxy.source.name}”一次返回超过 {MOST_BYTES >> 20} MB;请提供方检查接口。")
        if time.monotonic() > until:
            raise SourceTimeout(f"源端接口“{proxy.source.name}”在 {proxy.seconds} 秒内没有传完;请稍后重试。")
    return bytes(body)
