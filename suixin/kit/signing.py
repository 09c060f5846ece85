"""Signatures of the gateway: what is signed, and a client's helper.

String    METHOD \n PATH \n QUERY \n hex(SM3(body)) \n AppId \n Timestamp \n Nonce
QUERY     parameters decoded, each name and value encoded anew (RFC 3986, unreserved A-Z a-z 0-9 - . _ ~ stay,
          the rest %XX in capitals over UTF-8), joined by =, sorted as text, joined by &
PATH      the decoded path encoded the same way, / kept
Signature HMAC-SM3: hex of the HMAC under the secret; SM2: r || s (64 bytes) in hex, or its DER form in Base64,
          by the application's private key with the default ident 1234567812345678
Source    standards/data.md 6.4 (own design)
"""

import secrets
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from suixin.kit import clock
from suixin.kit.sm import hmac_sm3_hex, sm2_sign, sm3_hex

HMAC, SM2 = "HMAC-SM3", "SM2"
ALGORITHMS = (HMAC, SM2)
EMPTY_BODY = sm3_hex(b"")


def canonical_query(parameters: Iterable[tuple[str, str]]) -> str:
    """The query as it is signed."""
    return "&".join(sorted(f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}" for name, value in parameters))


def canonical_path(path: str) -> str:
    """The decoded `path` as it is signed."""
    return quote(path, safe="/-._~")


def string_to_sign(method: str, path: str, query: str, *, body: bytes, caller: tuple[str, str, str]) -> bytes:
    """The bytes that are signed; `path` and `query` are canonical, `caller` is (app id, timestamp, nonce)."""
    digest = sm3_hex(body) if body else EMPTY_BODY
    return "\n".join((method, path, query, digest, *caller)).encode()


def sign(
    method: str, url: str, *, app_id: str, secret: bytes = b"", private: bytes = b"", key_id: str = "", body: bytes = b"",
    timestamp_ms: int | None = None, nonce: str = "",
) -> dict[str, str]:
    """Headers that sign a call of `url` (absolute, or path and query), with a `secret` or an SM2 `private` key."""
    parts = urlsplit(url)
    stamp = str(timestamp_ms if timestamp_ms is not None else int(clock.now().timestamp() * 1000))
    word = nonce or secrets.token_hex(16)
    query = canonical_query(parse_qsl(parts.query, keep_blank_values=True))
    text = string_to_sign(
        method.upper(), canonical_path(unquote(parts.path)), query, body=body, caller=(app_id, stamp, word)
    )
    headers = {
        "X-App-Id": app_id, "X-Timestamp": stamp, "X-Nonce": word, "X-Sign-Alg": SM2 if private else HMAC,
        "X-Signature": sm2_sign(private, text).hex() if private else hmac_sm3_hex(secret, text),
    }
    return headers | {"X-Key-Id": key_id} if key_id else headers
