"""Page tokens: where the next page starts, opaque and tamper-evident.

A token is base64url of JSON [order, values] and a tag of 8 bytes (HMAC-SM3 under the site's secret key).
`order` binds it to one plan and one order; it holds shown values only, which its bearer has already seen.
"""

import base64
import binascii
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
    try:
        if len(token) > _MAX_CHARACTERS:
            raise ValueError("too long")
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        body, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        if not hmac.compare_digest(tag, _tag(body)):
            raise ValueError("tag differs")
        told, values = orjson.loads(body)
        if told != order or len(values) != length:
            raise ValueError("another query")
    except (ValueError, binascii.Error) as error:
        raise BadToken(_REFUSAL, parameter="after") from error
    return [None if value is None else str(value) for value in values]


def _tag(body: bytes) -> bytes:
    key = b"suixin.access.page:" + settings.SECRET_KEY.encode()
    return bytes.fromhex(hmac_sm3_hex(key, body))[:_TAG_BYTES]
