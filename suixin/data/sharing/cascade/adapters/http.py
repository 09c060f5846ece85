"""Live, between two instances: letters are posted to the peer, signed as the gateway's SM2 style is; the answer is its word.

Signed   `X-App-Id: cascade-<our code>`, time within 300 s, a nonce that is never used twice; by the key of our introduction
Guarded  the address is judged and pinned at every call; no redirects; answer and time are bounded
"""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import httpx
import orjson

from suixin.data.collection.errors import SourceFault
from suixin.data.collection.sources.web import PinnedTransport
from suixin.data.sharing.cascade.adapters.base import Arrived, Told
from suixin.data.sharing.cascade.envelopes import Envelope
from suixin.data.sharing.cascade.errors import PeerFault
from suixin.data.sharing.cascade.linking import app_id_of
from suixin.data.sharing.cascade.models import Link
from suixin.data.sharing.cascade.signing import signed_headers

SECONDS, MOST_ANSWER = 60.0, 4 << 20
PATH = "/api/v1/cascade/"


class HttpAdapter:
    """One peer that the network reaches."""

    is_answered, fault = True, ""

    def __init__(self, link: Link, ours: str) -> None:
        self._link, self._ours = link, ours

    def send(self, letters: Sequence[Told], word: Envelope) -> Told:
        """The peer's word, from its answer. Raises PeerFault, AddressRefused."""
        return self._posted(orjson.dumps({"letters": [word.as_dict(), *letters]}))

    def fetch(self) -> Iterator[Arrived]:
        """Nothing: the peer posts what it has."""
        return iter(())

    def acknowledge(self, word: Envelope) -> None:
        """Nothing: our answer to its letters told it."""

    def check(self) -> str:
        """Whether the peer answers at all. Raises PeerFault."""
        with self._client() as client:
            answer = self._asked(client, client.build_request("GET", f"{self._link.peer.address.rstrip('/')}/healthz"))
        return f"对端有答复（HTTP {answer[0]}）。"

    def _posted(self, body: bytes) -> Told:
        url = f"{self._link.peer.address.rstrip('/')}{PATH}{self._ours}"
        headers = signed_headers("POST", url, app_id=app_id_of(self._ours), body=body, key_id=self._link.our_key)
        with self._client() as client:
            request = client.build_request("POST", url, headers=headers | {"Content-Type": "application/json"}, content=body)
            status, answer = self._asked(client, request)
        try:
            said = orjson.loads(answer)
        except orjson.JSONDecodeError as error:
            raise PeerFault(f"平台“{self._link}”的答复（HTTP {status}）不是级联接口的；请核对它的地址。") from error
        if status != 200:
            told = str(said.get("message", ""))[:300] if isinstance(said, Mapping) else ""
            raise PeerFault(f"平台“{self._link}”没有收（HTTP {status}）：{told}")
        try:
            return dict(said["data"]["word"])
        except (KeyError, TypeError, ValueError) as error:
            raise PeerFault(f"平台“{self._link}”的答复不是级联接口的；请核对它的地址。") from error

    def _asked(self, client: httpx.Client, request: httpx.Request) -> tuple[int, bytes]:
        host = urlsplit(self._link.peer.address).hostname
        try:
            response = client.send(request, stream=True)
            try:
                return response.status_code, self._capped(response)
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise PeerFault(f"平台“{self._link}”（{host}）在 {SECONDS:.0f} 秒内没有答复；稍后自动再发。") from error
        except (httpx.HTTPError, SourceFault) as error:
            raise PeerFault(f"连不上平台“{self._link}”（{host}，{type(error).__name__}）；稍后自动再发。") from error

    def _capped(self, response: httpx.Response) -> bytes:
        found = b""
        for piece in response.iter_bytes(1 << 16):
            found += piece
            if len(found) > MOST_ANSWER:
                raise PeerFault(f"平台“{self._link}”的答复过大，没有读；请核对它的地址。")
        return found

    def _client(self) -> httpx.Client:
        limits = httpx.Timeout(10.0, read=SECONDS)
        return httpx.Client(transport=PinnedTransport(), timeout=limits, trust_env=False, follow_redirects=False)
