"""Page tokens: where the next page starts, opaque and tamper-evident.

A token is base64url of JSON [order, values] and a tag of 8 bytes (HMAC-SM3 under the site's secret key).
`order` binds it to one table and one order, not to a grant: what the next page shows is decided by the plan of the
next request. It is signed, not sealed: it holds values of shown columns, which its bearer has already seen, and the
row's number or key, which tell rows apart.
"""

import base64
import hmac
from collections.abc import Sequence

import orjson
from django.conf import settings

from suixin.data.access.errors import BadToken
from suixin.kit.sm import hmac_sm3_hex

_TAG_BYTES = 8
_MAX_CHARACTERS = 16_000
_REFUSAL = "参数「after」不是本查询给出的翻页标记；请从第一页的 links.next 取得，不要改动条件或排序。"


def seal_token(order: str, values: Sequence[str | None]) -> str:
    """The token after a row whose order columns hold `values` (as text)."""
    body = orjson.dumps([order, list(values)])
    return base64.urlsafe_b64encode(body + _tag(body)).rstrip(b"=").decode()


def open_token(token: str, order: str, *, length: int) -> list[str | None]:
    """The values of a token of ours for that order. Raises BadToken."""
    sealed = _decoded(token)
    body, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(body)):
        raise BadToken(_REFUSAL, parameter="after")
    told, values = orjson.loads(body)
    if told != order or len(values) != length:
        raise BadToken(_REFUSAL, parameter="after")
    return [None if value is None else str(value) for value in values]


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token[:_MAX_CHARACTERS] + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError as error:  # binascii.Error is one
        raise BadToken(_REFUSAL, parameter="after") from error


def _tag(body: bytes) -> bytes:
    key = b"suixin.access.page:" + settings.SECRET_KEY.encode()
    return bytes.fromhex(hmac_sm3_hex(key, body))[:_TAG_BYTES]
