"""The one door to the web: GET with pinned addresses, redirects judged again, capped in size and time, tried again politely.

A transport is kept per host name, so that a connection whose certificate was checked for one name never serves another.
No proxy of the environment is used: it would resolve names for us.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from suixin.data.collection.errors import AddressRefused, LoginRefused, SourceFault, SourceSlow, TableGone, WrongSource
from suixin.data.collection.sources import addresses
from suixin.kit import clock

MOST_REDIRECTS = 5
ATTEMPTS = 4
LONGEST_PAUSE = 60.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_CREDENTIALS = frozenset({"authorization", "cookie", "x-api-key", "x-signature"})
pause = time.sleep
Signer = Callable[[httpx.Request], None]


class PinnedTransport(httpx.BaseTransport):
    """Connects to the address that was judged, under the name that was asked for."""

    def __init__(self) -> None:
        self._by_name: dict[str, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the host at its judged address. Raises AddressRefused."""
        host = request.url.host
        address = addresses.pinned(host, request.url.port or {"https": 443}.get(request.url.scheme, 80))
        inner = self._by_name.setdefault(host, httpx.HTTPTransport(trust_env=False))
        pinned = httpx.Request(
            request.method, request.url.copy_with(host=address), headers=request.headers, stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return inner.handle_request(pinned)

    def close(self) -> None:
        """End all connections."""
        for inner in self._by_name.values():
            inner.close()


@dataclass
class Web:
    """GET for one source. `others`: hosts beside its own that it may lead to; `sign` puts credentials on a request."""

    home: str
    others: Sequence[str] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    sign: Signer | None = None
    seconds: float = 60.0
    most_bytes: int = 64 << 20

    def __post_init__(self) -> None:
        parts = urlsplit(self.home)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WrongSource("接口地址应以 https:// 或 http:// 开头,并写明主机。")
        if parts.username or parts.password:
            raise WrongSource("接口地址里不要写账号或密码;请填在认证一栏,它会加密保存。")
        self.host = parts.hostname
        limits = httpx.Timeout(min(30.0, self.seconds), read=self.seconds)
        self._client = httpx.Client(transport=PinnedTransport(), timeout=limits, trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """End all connections."""
        self._client.close()

    def get(self, url: str) -> tuple[bytes, httpx.Headers]:
        """Body and headers. Raises SourceFault and its kin, AddressRefused."""
        with self.streaming(url) as (chunks, headers):
            return b"".join(chunks), headers

    @contextmanager
    def streaming(self, url: str) -> Iterator[tuple[Iterator[bytes], httpx.Headers]]:
        """The body in pieces, and its headers. Raises as `get`, in mid-stream too."""
        response = self._answered(url)
        try:
            yield self._capped(response), response.headers
        except httpx.TimeoutException as error:
            raise SourceSlow(f"接口“{self.host}”传到一半不动了,超过 {self.seconds:.0f} 秒;再次运行会接着读。") from error
        except httpx.HTTPError as error:
            raise SourceFault(f"接口“{self.host}”在传输途中断开;已入库的部分保留,再次运行会接着读。") from error
        finally:
            response.close()

    def _capped(self, response: httpx.Response) -> Iterator[bytes]:
        until, size = time.monotonic() + 10 * self.seconds, 0
        for chunk in response.iter_bytes(1 << 16):
            size += len(chunk)
            if size > self.most_bytes:
                raise SourceFault(f"接口“{self.host}”一次返回超过 {self.most_bytes >> 20} MB;请减小每页条数,或请来源单位分文件提供。")
            if time.monotonic() > until:
                raise SourceSlow(f"接口“{self.host}”传得太慢,超过 {10 * self.seconds:.0f} 秒未传完;请稍后再运行,或减小每页条数。")
            yield chunk

    def _answered(self, url: str) -> httpx.Response:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._followed(url)
            except httpx.TimeoutException as error:
                fault: SourceFault = SourceSlow(f"接口“{self.host}”在 {self.seconds:.0f} 秒内没有答复;请来源单位检查接口,或稍后再运行。")
                fault.__cause__, wait = error, 2.0**attempt
            except httpx.HTTPError as error:
                fault = SourceFault(f"连不上接口“{self.host}”({type(error).__name__});请检查来源系统是否在运行、网络是否放行。")
                fault.__cause__, wait = error, 2.0**attempt
            else:
                if response.is_success:
                    return response
                response.close()
                fault = self._refusal(response)
                wait = _asked_pause(response.headers.get("Retry-After", "")) or 2.0**attempt
                if response.status_code not in _PASSING:
                    raise fault
            if attempt == ATTEMPTS:
                raise fault
            pause(min(wait, LONGEST_PAUSE))
        raise AssertionError("the loop above returns or raises")

    def _followed(self, url: str) -> httpx.Response:
        """The first answer that is no redirect; each step is judged."""
        headers, signer = dict(self.headers), self.sign
        for _ in range(MOST_REDIRECTS + 1):
            place = httpx.URL(url)
            if place.scheme not in ("http", "https") or not addresses.is_named(place.host, self.host, self.others):
                raise AddressRefused(
                    f"接口“{self.host}”要转到“{place.host[:100]}”,来源没有登记这个主机,没有跟过去;确属同一来源的,请在“其他允许的主机”里登记。"
                )
            if place.host.lower() != self.host.lower():  # credentials are this source's own host's
                headers, signer = {name: value for name, value in headers.items() if name.lower() not in _CREDENTIALS}, None
            request = self._client.build_request("GET", place, headers=headers)
            if signer is not None:
                signer(request)
            response = self._client.send(request, stream=True)
            if not response.is_redirect:
                return response
            url = str(place.join(response.headers["Location"]))
            response.close()
        raise SourceFault(f"接口“{self.host}”转来转去超过 {MOST_REDIRECTS} 次;请来源单位检查接口地址。")

    def _refusal(self, response: httpx.Response) -> SourceFault:
        status = response.status_code
        if status in (401, 403):
            return LoginRefused(f"接口“{self.host}”不认可认证信息({status});请向来源单位核对账号、令牌或密钥,在来源页重新填写。")
        if status in (404, 410):
            return TableGone(f"接口“{self.host}”没有地址 {response.url.path}({status});请与来源单位核对接口路径。")
        if status == 429:
            return SourceFault(f"接口“{self.host}”限制了调用频率(429);请稍后再运行,或请来源单位放宽限制。")
        return SourceFault(f"接口“{self.host}”返回 {status};请来源单位检查接口,稍后再运行。")


def _asked_pause(text: str) -> float:
    """Seconds that Retry-After asks for, 0 when it asks nothing that can be read."""
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - clock.now()).total_seconds())
    except (ValueError, TypeError):
        return 0.0
