"""Signatures as other platforms of the state have their callers make them; the gateway takes them where an application may use them.

gjzwfwpt  national 数据直达: Base64(HMAC-SHA256(sid + rid + rtime, secret)); rid is the caller, sid the service, rtime milliseconds
gjgxjhpt  the older national exchange: the same, under a temporary secret that is fetched first, sealed with AES under the
          permanent one (`AES/ECB/PKCS5Padding`, key SHA1(SHA1(secret))[:16] as Java's SHA1PRNG gives it, Base64)
irs       Zhejiang: Base64(HMAC-SHA256(METHOD \n PATH \n QUERY \n access key \n RFC 1123 time \n)); QUERY sorted and encoded
tif       Tencent TIF: hex of SHA256(timestamp + token + nonce + timestamp), timestamp in seconds
None of them signs the body, two of them not even the address: our own style (`signing`) is for whoever can choose.
Source    standards/data.md 6.4 with its vectors; the key of AES from clients in use
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from enum import StrEnum
from urllib.parse import quote, quote_plus

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 16
_WINDOW_MS = 2 * 3600 * 1000


class Style(StrEnum):
    """How a call says who makes it."""

    OWN = "suixin"
    NATIONAL = "gjzwfwpt"
    EXCHANGE = "gjgxjhpt"
    IRS = "irs"
    TIF = "tif"


FOREIGN = (Style.NATIONAL, Style.EXCHANGE, Style.IRS, Style.TIF)
TITLES = {
    Style.NATIONAL: "国家数据直达(gjzwfwpt_)", Style.EXCHANGE: "国家数据共享交换平台(gjgxjhpt_,先换取临时密钥)",
    Style.IRS: "浙江 IRS 网关(X-BG-)", Style.TIF: "腾讯 TIF(x-tif-)",
}
TOLERANCE_MS = {Style.OWN: 300_000, Style.NATIONAL: 300_000, Style.EXCHANGE: 300_000, Style.IRS: 90_000, Style.TIF: 300_000}


def national(sid: str, rid: str, rtime: str, *, secret: bytes) -> str:
    """The signature of the two national styles."""
    return _hmac_base64(secret, f"{sid}{rid}{rtime}".encode())


def irs_queries(parameters: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The query as clients of IRS sign it: sorted by name, encoded as in an address or as in a form."""
    ordered = sorted(parameters)
    by_address = "&".join(f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}" for name, value in ordered)
    by_form = "&".join(f"{quote_plus(name, safe='-._*')}={quote_plus(value, safe='-._*')}" for name, value in ordered)
    return tuple(dict.fromkeys((by_address, by_form.replace("~", "%7E"))))  # which Python leaves and forms do not


def irs(method: str, path: str, query: str, *, access_key: str, moment: str, secret: bytes) -> str:
    """The signature of IRS; `moment` as in X-BG-DATE-TIME."""
    return _hmac_base64(secret, f"{method}\n{path}\n{query}\n{access_key}\n{moment}\n".encode())


def tif(timestamp: str, token: bytes, nonce: str) -> str:
    """The signature of TIF."""
    return hashlib.sha256(timestamp.encode() + token + nonce.encode() + timestamp.encode()).hexdigest()


def temporary_secrets(secret: bytes, app_id: str, now_ms: int) -> tuple[tuple[str, int], ...]:
    """(temporary secret, its end in milliseconds) that are valid now, the one to hand out first; every node finds the same."""
    newest = (now_ms // _WINDOW_MS + 2) * _WINDOW_MS
    ends = (newest, newest - _WINDOW_MS)
    label = b"suixin-gjgxjhpt\n" + app_id.encode() + b"\n"
    return tuple((hmac.new(secret, label + str(end).encode(), "sha256").hexdigest(), end) for end in ends)


def sealed_secret(temporary: str, secret: bytes) -> str:
    """The temporary secret as the older exchange hands it out."""
    plain = temporary.encode()
    fill = _BLOCK - len(plain) % _BLOCK
    encryptor = Cipher(algorithms.AES(_aes_key(secret)), modes.ECB()).encryptor()  # noqa: S305 one random secret, as those clients open it
    return b64encode(encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()).decode()


def _aes_key(secret: bytes) -> bytes:
    return hashlib.sha1(hashlib.sha1(secret).digest()).digest()[:_BLOCK]  # noqa: S324 as Java's SHA1PRNG derives it


def _hmac_base64(secret: bytes, text: bytes) -> str:
    return b64encode(hmac.new(secret, text, "sha256").digest()).decode()
