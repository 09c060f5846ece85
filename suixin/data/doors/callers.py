"""Who calls: the application that signed, or the public.

Checks   headers there → timestamp within 300 s → application active → signature; the nonce is spent by the log
         in the transaction of the record (access.log), so a refused signature spends none
"""

import hmac
import time

from suixin.data.access.log import Nonce
from suixin.data.doors import signing
from suixin.data.doors.errors import SignatureRefused
from suixin.data.doors.exchange import Exchange, Request
from suixin.ground.people.queries import application_secret
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.errors import NotFound
from suixin.kit.sm import hmac_sm3_hex

TOLERANCE_MS = 300_000
_NONCE_MARGIN_MS = 60_000
_NONCE_CHARACTERS = range(16, 129)
_APP_ID_LIMIT = 64

_secrets: dict[str, tuple[float, bytes, Actor]] = {}
_SECRET_SECONDS = 1.0
_SECRETS_LIMIT = 4096

def is_signed(request: Request) -> bool:
    """Whether the call claims to be an application's."""
    return bool(request.header("X-App-Id") or request.header("X-Signature"))

def identify(exchange: Exchange) -> Nonce:
    """Sets the exchange's actor to the application that signed; the nonce to spend. Raises SignatureRefused."""
    request = exchange.request
    app_id, stamp, nonce = request.header("X-App-Id"), request.header("X-Timestamp"), request.header("X-Nonce")
    exchange.actor = Actor(ActorKind.APPLICATION, app_id[:_APP_ID_LIMIT], app_id[:_APP_ID_LIMIT])
    _check_form(request, app_id, nonce)
    moment = _check_time(stamp)
    secret, actor = _secret(app_id)
    text = signing.string_to_sign(
        request.method, signing.canonical_path(request.path), signing.canonical_query(request.parameters()),
        body=request.body(), caller=(app_id, stamp, nonce),
    )
    if not hmac.compare_digest(hmac_sm3_hex(secret, text).encode(), request.header("X-Signature").encode()):
        raise SignatureRefused("签名不符；请核对密钥，并按《接口说明》的待签串（含排序后的查询串）重算 X-Signature。")
    exchange.actor = actor
    return Nonce(app_id, nonce, moment + TOLERANCE_MS + _NONCE_MARGIN_MS)

def _check_form(request: Request, app_id: str, nonce: str) -> None:
    if not app_id:
        raise SignatureRefused("缺少请求头 X-App-Id；请带上应用标识及签名各头。")
    if len(app_id) > _APP_ID_LIMIT:
        raise SignatureRefused("请求头 X-App-Id 过长；请核对应用标识。")
    if not app_id.isascii() or not app_id.isprintable():
        raise SignatureRefused("请求头 X-App-Id 须为可见字符；请核对应用标识。")
    if request.header("X-Sign-Alg") != signing.ALGORITHM:
        raise SignatureRefused(f"请求头 X-Sign-Alg 须为 {signing.ALGORITHM}。")
    if len(nonce) not in _NONCE_CHARACTERS or not nonce.isascii() or not nonce.isprintable():
        raise SignatureRefused("请求头 X-Nonce 须为 16 到 128 个可见字符；每次调用换一个。")

def _check_time(stamp: str) -> int:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) == 13):
        raise SignatureRefused("请求头 X-Timestamp 须为 13 位毫秒时间戳。")
    if abs(clock.now().timestamp() * 1000 - int(stamp)) > TOLERANCE_MS:
        raise SignatureRefused(f"时间戳相差超过 {TOLERANCE_MS // 1000} 秒；请校准时钟后重新签名。")
    return int(stamp)

def _secret(app_id: str) -> tuple[bytes, Actor]:
    now = time.monotonic()
    known = _secrets.get(app_id)
    if known is not None and now - known[0] < _SECRET_SECONDS:
        return known[1], known[2]
    try:
        secret, actor = application_secret(app_id)
    except NotFound as error:
        _secrets.pop(app_id, None)
        raise SignatureRefused("应用不存在或已停用；请核对 X-App-Id，或请数据局启用该应用。") from error
    if len(_secrets) >= _SECRETS_LIMIT:
        _secrets.clear()
    _secrets[app_id] = (now, secret, actor)
    return secret, actor
