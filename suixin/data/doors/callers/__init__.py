"""Who calls: the application that signed, the owner of a personal access token, or the public.

Checks   headers there → timestamp within the style's tolerance → application active, allowed this style, called from one of
         its networks → signature by one of its keys that is neither expired nor revoked; the nonce is spent by the log
         with the record (access.log), so a refused signature spends none
Keys     read anew every second, so a revocation counts within a second in every process, and when none fits, so a new
         key counts at once; one query reads all that called lately, so a hundred cost no more than one
"""

import time
from datetime import datetime
from ipaddress import ip_address, ip_network

from suixin.data.access.spending import Nonce
from suixin.data.doors.callers.claims import Claim, claim_of
from suixin.data.doors.errors import AddressRefused, SignatureRefused
from suixin.data.doors.exchange import Exchange
from suixin.ground.people.applications import note_use
from suixin.ground.people.queries import Calling, SigningKey, calling_applications
from suixin.ground.people.tokens import held_by
from suixin.kit import clock, origin
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.signing_styles import TITLES, Style

_NONCE_MARGIN_MS = 60_000
_APP_ID_LIMIT = 64
_ENDED_TRIED = 3  # keys that ended and are still tried, so that their holder is told why

_known: dict[str, tuple[float, Calling]] = {}
_asked: dict[str, float] = {}  # when each called last
_KNOWN_SECONDS = 1.0
_KNOWN_LIMIT = 4096
_TOGETHER, _LATELY_SECONDS = 500, 30.0


def admit(exchange: Exchange) -> None:
    """Sets the exchange's actor, and the nonce to spend of an application. Raises SignatureRefused, TokenRefused."""
    request = exchange.request
    if request.header("X-App-Id") or request.header("X-Signature"):
        exchange.nonce = identify(exchange)
    elif authorization := request.header("Authorization"):
        bearer = held_by(authorization)
        exchange.actor = bearer.actor if bearer else exchange.actor


def identify(exchange: Exchange, *, is_foreign_ok: bool = False) -> Nonce:
    """Sets the exchange's actor to the application that signed; the nonce to spend. Raises SignatureRefused, AddressRefused."""
    claim = claim_of(exchange.request, (exchange.resource,), is_foreign_ok=is_foreign_ok)
    return accept(exchange, claim)


def accept(exchange: Exchange, claim: Claim) -> Nonce:
    """The same of a claim that was read already."""
    exchange.actor = Actor(ActorKind.APPLICATION, claim.app_id, claim.app_id)
    _check_time(claim)
    calling = _calling(claim.app_id)
    _check_reach(claim, calling)
    try:
        signer = _signer(claim, calling.keys)
    except SignatureRefused:  # perhaps by a key that was made within this second
        calling = _calling(claim.app_id, is_fresh=True)
        _check_reach(claim, calling)
        signer = _signer(claim, calling.keys)
    exchange.actor, exchange.signed_with = calling.actor, signer
    note_use(signer.pk)
    return Nonce(claim.app_id, claim.nonce, claim.moment_ms + claim.tolerance_ms + _NONCE_MARGIN_MS)


def require_still_valid(exchange: Exchange) -> None:
    """Nothing while the key or the token that a call was made with is what it was then. Raises SignatureRefused, TokenRefused."""
    if exchange.signed_with is not None:
        pk, now = exchange.signed_with.pk, clock.now().timestamp()
        if all(key.pk != pk or key.has_ended(now) for key in _calling(exchange.actor.key).keys):
            raise SignatureRefused(f"密钥 {exchange.signed_with.key_id} 已吊销或到期。")
    elif exchange.actor.kind is not ActorKind.APPLICATION and (authorization := exchange.request.header("Authorization")):
        held_by(authorization)  # of a person; recipients of shares have tokens of their own


def forget() -> None:
    """Read every application anew at its next call."""
    _known.clear()
    _asked.clear()


def _check_reach(claim: Claim, calling: Calling) -> None:
    """The application may sign like that and call from there. Raises SignatureRefused, AddressRefused."""
    if claim.style is not Style.OWN and claim.style not in calling.styles:
        raise SignatureRefused(f"应用未开启“{TITLES[claim.style]}”签名方式；请在应用页开启，或改用本平台的签名。")
    if calling.networks and not _is_within(origin.current().address, calling.networks):
        raise AddressRefused(
            f"来源地址 {origin.current().address or '不明'} 不在应用的地址名单里；请从名单内的地址调用，或在应用页改名单。"
        )


def _is_within(address: str, networks: tuple[str, ...]) -> bool:
    try:
        known = ip_address(address)
    except ValueError:
        return False
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known in ip_network(one, strict=False) for one in networks)


def _signer(claim: Claim, keys: tuple[SigningKey, ...]) -> SigningKey:
    """The key that signed. Raises SignatureRefused: none did, or one that is no longer valid."""
    now = clock.now().timestamp()
    fitting = [key for key in keys if key.kind == claim.kind and (not claim.key_id or key.key_id == claim.key_id)]
    for key in fitting:
        if not key.has_ended(now) and claim.is_by(key):
            return key
    if not fitting:
        whose = f"编号为“{claim.key_id[:40]}”的密钥" if claim.key_id else f"{claim.kind} 密钥"
        raise SignatureRefused(f"该应用没有{whose}；请核对 X-Key-Id 与 X-Sign-Alg，或在应用页新建。")
    for key in [one for one in fitting if one.has_ended(now)][:_ENDED_TRIED]:
        if claim.is_by(key):
            raise SignatureRefused(_ended(key, now))
    how = "按《接口说明》的待签串（含排序后的查询串）重算 X-Signature" if claim.style is Style.OWN else "按该平台的写法重算签名"
    raise SignatureRefused(f"签名不符；请核对密钥，并{how}。")


def _ended(key: SigningKey, now: float) -> str:
    moment = datetime.fromtimestamp(key.ended_at(now), clock.CHINA)
    what = "吊销" if key.revoked_at and key.revoked_at <= now else "到期"
    return f"密钥 {key.key_id} 已于 {moment:%F %H:%M:%S} {what}；请改用有效的密钥，没有的请在应用页新建。"


def _check_time(claim: Claim) -> None:
    now = clock.now()
    seconds = round(claim.moment_ms / 1000 - now.timestamp())
    if abs(seconds) > claim.tolerance_ms // 1000:
        named = "X-Timestamp" if claim.style is Style.OWN else "签名的时间"
        raise SignatureRefused(
            f"{named} 比服务器时间（{now:%F %T}，北京时间）{'快' if seconds > 0 else '慢'} {abs(seconds)} 秒，"
            f"允许 {claim.tolerance_ms // 1000} 秒；请校准时钟后重新签名。"
        )


def _calling(app_id: str, *, is_fresh: bool = False) -> Calling:
    now = time.monotonic()
    known, _asked[app_id] = _known.get(app_id), now
    if known is not None and now - known[0] < _KNOWN_SECONDS and not is_fresh:
        return known[1]
    together = [app_id] if is_fresh else [app_id, *_busy(app_id, now)]
    found = calling_applications(together)
    for gone in (one for one in together if one not in found):
        _known.pop(gone, None)
        _asked.pop(gone, None)
    if app_id not in found:
        raise SignatureRefused("应用不存在或已停用；请核对 X-App-Id，或请数据局启用该应用。")
    if len(_known) >= _KNOWN_LIMIT:
        forget()
    _known.update((one, (now, calling)) for one, calling in found.items())
    return found[app_id]


def _busy(app_id: str, now: float) -> list[str]:
    """Others that called lately and are due within half a second: read now, they need no query of their own."""
    due = (one for one, (read, _) in list(_known.items()) if now - read > _KNOWN_SECONDS / 2 and one != app_id)
    return [one for one in due if now - _asked.get(one, 0.0) < _LATELY_SECONDS][:_TOGETHER]
