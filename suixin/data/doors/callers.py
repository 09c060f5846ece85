"""Who calls: the application that signed, the owner of a personal access token, or the public.

Checks   headers there → timestamp within 300 s → application active → signature by one of its keys that is neither
         expired nor revoked; the nonce is spent by the log in the transaction of the record (access.log), so a refused
         signature spends none
Keys     read anew every second, so a revocation counts within a second in every process, and when none fits, so a new
         key counts at once
"""

import binascii
import hmac
import time
from base64 import b64decode
from datetime import datetime

from suixin.data.access.log import Nonce
from suixin.data.doors.errors import SignatureRefused
from suixin.data.doors.exchange import Exchange, Request
from suixin.ground.people.applications import note_use
from suixin.ground.people.queries import SigningKey, signing_keys
from suixin.ground.people.tokens import held_by
from suixin.kit import clock, signing
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotFound
from suixin.kit.sm import BadKey, hmac_sm3_hex, signature_from_der, sm2_verify

TOLERANCE_MS = 300_000
_NONCE_MARGIN_MS = 60_000
_NONCE_CHARACTERS = range(16, 129)
_APP_ID_LIMIT = 64
_SM2_HEX = 128

_ENDED_TRIED = 3  # keys that ended and are still tried, so that their holder is told why

_known: dict[str, tuple[float, Actor, tuple[SigningKey, ...]]] = {}
_KNOWN_SECONDS = 1.0
_KNOWN_LIMIT = 4096

def admit(exchange: Exchange) -> None:
    """Sets the exchange's actor, and the nonce to spend of an application. Raises SignatureRefused, TokenRefused."""
    request = exchange.request
    if request.header("X-App-Id") or request.header("X-Signature"):
        exchange.nonce = identify(exchange)
    elif authorization := request.header("Authorization"):
        bearer = held_by(authorization)
        exchange.actor = bearer.actor if bearer else exchange.actor

def identify(exchange: Exchange) -> Nonce:
    """Sets the exchange's actor to the application that signed; the nonce to spend. Raises SignatureRefused."""
    request = exchange.request
    app_id, stamp, nonce = request.header("X-App-Id"), request.header("X-Timestamp"), request.header("X-Nonce")
    exchange.actor = Actor(ActorKind.APPLICATION, app_id[:_APP_ID_LIMIT], app_id[:_APP_ID_LIMIT])
    _check_form(request, app_id, nonce)
    moment = _check_time(stamp)
    actor, keys = _keys(app_id)  # before the body is read: nobody unknown makes us read it
    text = signing.string_to_sign(
        request.method, signing.canonical_path(request.path), signing.canonical_query(request.parameters()),
        body=request.body(), caller=(app_id, stamp, nonce),
    )
    try:
        signer = _signer(request, keys, text)
    except SignatureRefused:  # perhaps by a key that was made within this second
        actor, keys = _keys(app_id, is_fresh=True)
        signer = _signer(request, keys, text)
    exchange.actor = actor
    note_use(signer.pk)
    return Nonce(app_id, nonce, moment + TOLERANCE_MS + _NONCE_MARGIN_MS)

def _signer(request: Request, keys: tuple[SigningKey, ...], text: bytes) -> SigningKey:
    """The key that signed. Raises SignatureRefused: none did, or one that is no longer valid."""
    algorithm, named, given = request.header("X-Sign-Alg"), request.header("X-Key-Id"), request.header("X-Signature")
    signature = _sm2_signature(given) if algorithm == signing.SM2 else given.encode()
    now = clock.now().timestamp()
    for key in keys:
        fits = key.kind == algorithm and (not named or key.key_id == named) and not key.has_ended(now)
        if fits and _has_signed(key, text, signature):
            return key
    fitting = [key for key in keys if key.kind == algorithm and (not named or key.key_id == named)]
    if not fitting:
        whose = f"编号为“{named[:40]}”的密钥" if named else f"{algorithm} 密钥"
        raise SignatureRefused(f"该应用没有{whose}；请核对 X-Key-Id 与 X-Sign-Alg，或在应用页新建。")
    for key in [one for one in fitting if one.has_ended(now)][:_ENDED_TRIED]:
        if _has_signed(key, text, signature):
            raise SignatureRefused(_ended(key, now))
    raise SignatureRefused("签名不符；请核对密钥，并按《接口说明》的待签串（含排序后的查询串）重算 X-Signature。")

def _has_signed(key: SigningKey, text: bytes, signature: bytes) -> bool:
    if key.kind == signing.SM2:
        return sm2_verify(key.public, text, signature)
    return hmac.compare_digest(hmac_sm3_hex(key.secret, text).encode(), signature)

def _sm2_signature(given: str) -> bytes:
    """r || s of its hexadecimal form, or of DER in Base64."""
    try:
        return bytes.fromhex(given) if len(given) == _SM2_HEX else signature_from_der(b64decode(given, validate=True))
    except (ValueError, binascii.Error, BadKey) as error:
        raise SignatureRefused(
            "X-Signature 不是 SM2 签名；须为 r‖s 的 128 位十六进制，或 ASN.1 DER 的 Base64。"
        ) from error

def _ended(key: SigningKey, now: float) -> str:
    moment = datetime.fromtimestamp(key.ended_at(now), clock.CHINA)
    what = "吊销" if key.revoked_at and key.revoked_at <= now else "到期"
    return f"密钥 {key.key_id} 已于 {moment:%F %H:%M:%S} {what}；请改用有效的密钥，没有的请在应用页新建。"

def _check_form(request: Request, app_id: str, nonce: str) -> None:
    if not app_id:
        raise SignatureRefused("缺少请求头 X-App-Id；请带上应用标识及签名各头。")
    if len(app_id) > _APP_ID_LIMIT:
        raise SignatureRefused("请求头 X-App-Id 过长；请核对应用标识。")
    if not app_id.isascii() or not app_id.isprintable():
        raise SignatureRefused("请求头 X-App-Id 须为可见字符；请核对应用标识。")
    if request.header("X-Sign-Alg") not in signing.ALGORITHMS:
        raise SignatureRefused(f"请求头 X-Sign-Alg 须为 {' 或 '.join(signing.ALGORITHMS)}。")
    if len(nonce) not in _NONCE_CHARACTERS or not nonce.isascii() or not nonce.isprintable():
        raise SignatureRefused("请求头 X-Nonce 须为 16 到 128 个可见字符；每次调用换一个。")

def _check_time(stamp: str) -> int:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) == 13):
        raise SignatureRefused("请求头 X-Timestamp 须为 13 位毫秒时间戳。")
    now = clock.now()
    seconds = round(int(stamp) / 1000 - now.timestamp())
    if abs(seconds) > TOLERANCE_MS // 1000:
        raise SignatureRefused(
            f"X-Timestamp 比服务器时间（{now:%F %T}，北京时间）{'快' if seconds > 0 else '慢'} {abs(seconds)} 秒，"
            f"允许 {TOLERANCE_MS // 1000} 秒；请校准时钟后重新签名。"
        )
    return int(stamp)

def _keys(app_id: str, *, is_fresh: bool = False) -> tuple[Actor, tuple[SigningKey, ...]]:
    now = time.monotonic()
    known = _known.get(app_id)
    if known is not None and now - known[0] < _KNOWN_SECONDS and not is_fresh:
        return known[1], known[2]
    try:
        actor, keys = signing_keys(app_id)
    except NotFound as error:
        _known.pop(app_id, None)
        raise SignatureRefused("应用不存在或已停用；请核对 X-App-Id，或请数据局启用该应用。") from error
    if len(_known) >= _KNOWN_LIMIT:
        _known.clear()
    _known[app_id] = (now, actor, keys)
    return actor, keys

def forget() -> None:
    """Read every application anew at its next call."""
    _known.clear()
