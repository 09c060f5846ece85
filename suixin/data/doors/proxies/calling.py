"""One call of a department's interface: its address judged and pinned, in time, once, few at a time, not while it is broken.

Breaker  `breaking.py`: after 5 failures in a row no call leaves for 30 s, then one is tried; all processes share what they saw
Body     by POST a JSON object of at most 64 KB, signed with the request where the source signs
Limits   calls a second, counted over all processes and nodes as grants are (`access.quotas`); calls at once (the source's) of
         each process, seconds from first to last byte, 8 MB of answer; redirects are not followed
"""

import json
import threading
import time
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from http import HTTPStatus

import httpx

from suixin.data.access import log, quotas
from suixin.data.access.errors import OverQuota, WrongValue
from suixin.data.access.quotas import Limit
from suixin.data.collection.errors import AddressRefused, SourceFault
from suixin.data.collection.models import SourceState
from suixin.data.collection.opening import connector_of
from suixin.data.collection.sources.http_api import HttpConnector
from suixin.data.collection.sources.web import PinnedTransport
from suixin.data.doors.errors import TooBusy
from suixin.data.doors.proxies import breaking
from suixin.data.doors.proxies.errors import SourceBroken, SourceTimeout
from suixin.data.doors.proxies.models import Method, Proxy
from suixin.kit import clock

_TAKEN = (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)  # the last two: there is no such record
MOST_BYTES, MOST_BODY = 8 << 20, 64 << 10
_LIMIT = 4096
_OFTEN = "源端接口的调用过于频繁;请稍后重试。"


@dataclass(slots=True)
class Rate:
    """What this process has on its way to one interface."""

    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, *, at_once: int) -> None:
        """Nothing when a call may leave. Raises TooBusy."""
        with self.lock:
            if self.at_once >= at_once:
                raise TooBusy(_OFTEN)
            self.at_once += 1

    def leave(self) -> None:
        """A call came back."""
        with self.lock:
            self.at_once -= 1


_rates: dict[int, Rate] = {}


def forget() -> None:
    """What this process knows of its calls is forgotten; how many left in this second stays known to all."""
    _rates.clear()
    quotas.forget()


def call(proxy: Proxy, values: dict[str, str]) -> object:
    """The JSON of the answer to a call with those values of items. Raises SourceBroken, SourceTimeout, TooBusy."""
    source = proxy.source
    if source.state != SourceState.ENABLED or (source.expires_on and source.expires_on < clock.today()):
        raise SourceBroken(f"来源系统“{source.name}”已暂停或协议已到期;请与提供方联系。")
    request = _request(proxy, {proxy.parameters[name]: value for name, value in values.items()})
    if len(_rates) > _LIMIT:
        _rates.clear()
    rate = _rates.setdefault(proxy.pk, Rate())
    rate.enter(at_once=max(1, source.concurrency * 4))
    try:
        _count(proxy)
        return _judged(proxy, request)
    finally:
        rate.leave()


def _count(proxy: Proxy) -> None:
    """The call counted, whichever process or node it leaves from. Raises TooBusy."""
    try:
        log.count(Limit(f"proxy:{proxy.pk}", per_second=proxy.per_second))
    except OverQuota as error:
        raise TooBusy(_OFTEN) from error


def _judged(proxy: Proxy, request: httpx.Request) -> object:
    """The answer; whether it came well is told to all processes."""
    source, is_well, had_failed = proxy.source, False, breaking.enter(proxy)
    try:
        status, content = _answered(proxy, request)
        answer = json.loads(content) if status == HTTPStatus.OK else None
        is_well = status < HTTPStatus.INTERNAL_SERVER_ERROR
    except (ValueError, RecursionError) as error:
        raise SourceBroken(f"源端接口“{source.name}”的答复不是 JSON;请提供方检查接口。") from error
    finally:
        breaking.leave(proxy, is_well=is_well, had_failed=had_failed)
    if status not in _TAKEN:
        raise SourceBroken(f"源端接口“{source.name}”返回 {status};请稍后重试,或请提供方检查。")
    return answer


def _answered(proxy: Proxy, request: httpx.Request) -> tuple[int, bytes]:
    name = proxy.source.name
    try:
        return _got(proxy, request)
    except httpx.TimeoutException as error:
        raise SourceTimeout(f"源端接口“{name}”在 {proxy.seconds} 秒内没有答复;请稍后重试。") from error
    except httpx.HTTPError as error:
        raise SourceBroken(f"连不上源端接口“{name}”({type(error).__name__});请稍后重试,或请提供方检查。") from error
    except (AddressRefused, SourceFault) as error:
        raise SourceBroken(f"源端接口“{name}”的地址不能连接;请提供方与平台运维核对来源登记。") from error


def _got(proxy: Proxy, request: httpx.Request) -> tuple[int, bytes]:
    until = time.monotonic() + proxy.seconds
    with connector_of(proxy.source) as connector:
        assert isinstance(connector, HttpConnector)  # noqa: S101 register_proxy refuses every other kind
        headers, sign = connector.credentials
    request.headers.update(headers)
    if sign is not None:
        sign(request)
    with httpx.Client(transport=PinnedTransport(), trust_env=False, follow_redirects=False, timeout=proxy.seconds) as client:
        response = client.send(request, stream=True)
        try:
            is_good = response.status_code == HTTPStatus.OK
            return response.status_code, _read(response, proxy, until) if is_good else b""
        finally:
            response.close()


def _request(proxy: Proxy, parameters: dict[str, str]) -> httpx.Request:
    """The call as it goes out, but for who we are. Raises WrongValue: too large."""
    url, timeout = httpx.URL(proxy.source.address.rstrip("/") + proxy.path), httpx.Timeout(proxy.seconds).as_dict()
    headers = {"Accept": "application/json", "User-Agent": "suixin"}
    if proxy.method == Method.POST:
        headers["Content-Type"] = "application/json"
        return httpx.Request("POST", url, content=body_of(proxy, parameters), headers=headers, extensions={"timeout": timeout})
    return httpx.Request("GET", url.copy_merge_params(parameters), headers=headers, extensions={"timeout": timeout})


def body_of(proxy: Proxy, parameters: Mapping[str, str]) -> bytes:
    """The JSON body of a call: the fixed members and the parameters, in their places. Raises WrongValue: too large."""
    told = deepcopy(proxy.fixed)
    for name, value in parameters.items():
        *path, last = name.split(".")
        place = told
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > MOST_BODY:
        raise WrongValue(f"参数的值过长，请求体最多 {MOST_BODY >> 10} KB；请缩短。", parameter=next(iter(parameters), ""))
    return body


def _read(response: httpx.Response, proxy: Proxy, until: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes(1 << 16):
        body += chunk
        if len(body) > MOST_BYTES:
            raise SourceBroken(f"源端接口“{proxy.source.name}”一次返回超过 {MOST_BYTES >> 20} MB;请提供方检查接口。")
        if time.monotonic() > until:
            raise SourceTimeout(f"源端接口“{proxy.source.name}”在 {proxy.seconds} 秒内没有传完;请稍后重试。")
    return bytes(body)
