"""What a call says of who makes it, in each style of signing (`kit.signing_styles`), and whether a key proves it.

Own style       headers X-App-Id ...; the text that is signed holds method, path, query, SM3 of the body, time and nonce
Other styles    headers, or parameters of the two national ones; where they have no nonce, the signature with its time is
                used once: the same call in the same moment has to wait for the next one
Errors          SignatureRefused, naming the header
"""

import binascii
import hmac
from base64 import b64decode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache

from suixin.data.doors.errors import SignatureRefused
from suixin.data.doors.exchange import Request
from suixin.ground.people.queries import SigningKey
from suixin.kit import clock, signing, signing_styles
from suixin.kit.signing_styles import Style
from suixin.kit.sm import BadKey, hmac_sm3_hex, signature_from_der, sm2_verify

_NONCE_CHARACTERS = range(16, 129)
_APP_ID_LIMIT = 64
_LONGEST = 200
_SM2_HEX = 128
_NATIONAL = ("rid", "sid", "rtime", "sign")
_MOMENTS = {Style.TIF: 10}  # digits of a timestamp; the others have milliseconds


@dataclass(frozen=True, slots=True)
class Claim:
    """`app_id` says it called at `moment_ms`; `is_by(key)` tells whether that key's holder did."""

    style: Style
    app_id: str
    moment_ms: int
    nonce: str
    is_by: Callable[[SigningKey], bool]
    kind: str = signing.HMAC
    key_id: str = ""

    @property
    def tolerance_ms(self) -> int:
        """How far the moment may be from our clock."""
        return signing_styles.TOLERANCE_MS[self.style]


def claim_of(request: Request, names: Sequence[str], *, is_foreign_ok: bool) -> Claim:
    """What the call claims; `names` are those of the resource asked. Raises SignatureRefused for what has no form."""
    if is_foreign_ok and not request.header("X-App-Id"):
        for style in (Style.NATIONAL, Style.EXCHANGE):
            given = national_fields(request, style)
            if any(given.values()):
                return _national(style, given, names)
        if request.header("X-BG-HMAC-ACCESS-KEY") or request.header("X-BG-HMAC-SIGNATURE"):
            return _irs(request)
        if request.header("x-tif-paasid") or request.header("x-tif-signature"):
            return _tif(request)
    return _own(request)


def national_fields(request: Request, style: Style) -> dict[str, str]:
    """The four fields of a national style, from the headers, else taken out of the parameters."""
    names = {f"{style.value}_{name}": name for name in _NATIONAL}
    found = {short: request.header(name) for name, short in names.items()}
    if not any(found.values()) and style.value in request.query:
        for name, value in request.parameters():
            if name in names:
                found[names[name]] = value
        request.parsed = [(name, value) for name, value in request.parameters() if name not in names]
    return found


def checked_national(style: Style, given: dict[str, str]) -> int:
    """The moment of a call whose four fields have the right form."""
    for name, value in given.items():
        _check_text(f"{style.value}_{name}", value, _APP_ID_LIMIT if name == "rid" else _LONGEST)
    return _moment(f"{style.value}_rtime", given["rtime"], style)


def _own(request: Request) -> Claim:
    app_id, stamp, nonce = request.header("X-App-Id"), request.header("X-Timestamp"), request.header("X-Nonce")
    algorithm, given = request.header("X-Sign-Alg"), request.header("X-Signature")
    _check_text("X-App-Id", app_id, _APP_ID_LIMIT)
    if algorithm not in signing.ALGORITHMS:
        raise SignatureRefused(f"请求头 X-Sign-Alg 须为 {' 或 '.join(signing.ALGORITHMS)}。")
    if len(nonce) not in _NONCE_CHARACTERS or not nonce.isascii() or not nonce.isprintable():
        raise SignatureRefused("请求头 X-Nonce 须为 16 到 128 个可见字符；每次调用换一个。")
    moment = _moment("X-Timestamp", stamp, Style.OWN)
    signature = _sm2_signature(given) if algorithm == signing.SM2 else given.encode()

    @cache
    def text() -> bytes:
        """Read when the caller is known to exist: nobody else makes us read a body."""
        path, query = signing.canonical_path(request.path), signing.canonical_query(request.parameters())
        return signing.string_to_sign(request.method, path, query, body=request.body(), caller=(app_id, stamp, nonce))

    def is_by(key: SigningKey) -> bool:
        if key.kind == signing.SM2:
            return sm2_verify(key.public, text(), signature)
        return hmac.compare_digest(hmac_sm3_hex(key.secret, text()).encode(), signature)

    return Claim(Style.OWN, app_id, moment, nonce, is_by, algorithm, request.header("X-Key-Id"))


def _national(style: Style, given: dict[str, str], names: Sequence[str]) -> Claim:
    moment = checked_national(style, given)
    if given["sid"] not in names:
        raise SignatureRefused(f"{style.value}_sid 不是所调用的资源；请填地址里的资源标识，再重算签名。")

    def is_by(key: SigningKey) -> bool:
        now = int(clock.now().timestamp() * 1000)
        secrets = (
            [temporary.encode() for temporary, _ in signing_styles.temporary_secrets(key.secret, given["rid"], now)]
            if style is Style.EXCHANGE else [key.secret]
        )
        told = (given["sid"], given["rid"], given["rtime"])
        return any(is_same(signing_styles.national(*told, secret=one), given["sign"]) for one in secrets)

    return Claim(style, given["rid"], moment, once(style, given["sign"]), is_by)


def _irs(request: Request) -> Claim:
    access_key, moment = request.header("X-BG-HMAC-ACCESS-KEY"), request.header("X-BG-DATE-TIME")
    given = request.header("X-BG-HMAC-SIGNATURE")
    _check_text("X-BG-HMAC-ACCESS-KEY", access_key, _APP_ID_LIMIT)
    _check_text("X-BG-HMAC-SIGNATURE", given, _LONGEST)
    if request.header("X-BG-HMAC-ALGORITHM").lower() != "hmac-sha256":
        raise SignatureRefused("请求头 X-BG-HMAC-ALGORITHM 须为 hmac-sha256。")
    try:
        instant = parsedate_to_datetime(moment[:_LONGEST])
    except ValueError as error:
        raise SignatureRefused("请求头 X-BG-DATE-TIME 须为 RFC 1123 的 GMT 时间，例如 Wed, 01 Jan 2025 00:00:00 GMT。") from error
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def is_by(key: SigningKey) -> bool:
        path = signing.canonical_path(request.path)
        signed = (
            signing_styles.irs(request.method, path, query, access_key=access_key, moment=moment, secret=key.secret)
            for query in signing_styles.irs_queries(request.parameters())
        )
        return any(is_same(one, given) for one in signed)

    return Claim(Style.IRS, access_key, int(instant.timestamp() * 1000), once(Style.IRS, given), is_by)


def _tif(request: Request) -> Claim:
    paas_id, stamp, nonce = request.header("x-tif-paasid"), request.header("x-tif-timestamp"), request.header("x-tif-nonce")
    given = request.header("x-tif-signature").lower()
    for name, value in (("x-tif-paasid", paas_id), ("x-tif-nonce", nonce), ("x-tif-signature", given)):
        _check_text(name, value, _APP_ID_LIMIT)
    moment = _moment("x-tif-timestamp", stamp, Style.TIF) * 1000

    def is_by(key: SigningKey) -> bool:
        return is_same(signing_styles.tif(stamp, key.secret, nonce), given)

    return Claim(Style.TIF, paas_id, moment, once(Style.TIF, f"{stamp}:{nonce}"), is_by)


def once(style: Style, word: str) -> str:
    """What is kept so that the same call is not made twice; of another style than any nonce of ours."""
    return f"{style.value} {word}"[:128]


def is_same(expected: str, given: str) -> bool:
    """Whether two texts are equal, told in the same time wherever they differ."""
    return hmac.compare_digest(expected.encode(), given.encode())


def _check_text(name: str, value: str, longest: int) -> None:
    if not value:
        raise SignatureRefused(f"缺少请求头 {name}；请带上应用标识及签名各头。")
    if len(value) > longest:
        raise SignatureRefused(f"请求头 {name} 过长；请核对应用标识与签名。")
    if not value.isascii() or not value.isprintable():
        raise SignatureRefused(f"请求头 {name} 须为可见字符；请核对应用标识与签名。")


def _moment(name: str, stamp: str, style: Style) -> int:
    digits = _MOMENTS.get(style, 13)
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) == digits):
        raise SignatureRefused(f"请求头 {name} 须为 {digits} 位{'秒' if digits == 10 else '毫秒'}时间戳。")
    return int(stamp)


def _sm2_signature(given: str) -> bytes:
    """r || s of its hexadecimal form, or of DER in Base64."""
    try:
        return bytes.fromhex(given) if len(given) == _SM2_HEX else signature_from_der(b64decode(given, validate=True))
    except (ValueError, binascii.Error, BadKey) as error:
        raise SignatureRefused(
            "X-Signature 不是 SM2 签名；须为 r‖s 的 128 位十六进制，或 ASN.1 DER 的 Base64。"
        ) from error
