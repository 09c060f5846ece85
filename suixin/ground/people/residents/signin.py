"""Signing in: out to the provider with fresh secrets, back once, into a session of our own; and out again.

Out       `begin` keeps the digest of the state with the nonce and the PKCE verifier; the browser gets a token that
          binds the attempt to it, so that nobody can finish in another browser what he began in his (login CSRF)
Back      `complete` looks at the state first, uses the attempt up, then asks the provider; nothing is half signed in
Session   a new token at every sign-in; it ends after 30 minutes without a request, after 8 hours, when ended, or when
          the same person signs in better proven: what a weaker proof opened never gains what the stronger one gives
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people.residents import queries
from suixin.ground.people.residents.admission import admitted
from suixin.ground.people.residents.errors import ResidentSuspended, SignInBroken, SignInCancelled, TooManySignIns
from suixin.ground.people.residents.models import Resident, ResidentSession, SignInAttempt
from suixin.ground.people.residents.oidc import client
from suixin.ground.people.residents.oidc.declared import Provider
from suixin.ground.people.residents.rules import Identity, identity_of
from suixin.kit import clock, origin
from suixin.kit.sm import sm3_hex

ATTEMPT = timedelta(minutes=10)
WINDOW = timedelta(minutes=15)
PER_ADDRESS = 30  # started sign-ins of one network address within WINDOW
LASTS = timedelta(hours=8)
_RETRY = "请回到登录页重新登录。"


@dataclass(frozen=True, slots=True)
class Begun:
    """Where to send the browser, and the token that it must bring back."""

    address: str
    browser_token: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session just opened; `token` exists nowhere else."""

    session: ResidentSession
    token: str
    next: str


def begin(provider: Provider, *, next_path: str, redirect_uri: str) -> Begun:
    """A sign-in on its way. Raises TooManySignIns, ProviderUnavailable."""
    _require_seldom()
    handshake, browser_token = client.new_handshake(), secrets.token_urlsafe(32)
    target = client.authorization_url(provider, handshake, redirect_uri=redirect_uri)
    SignInAttempt.objects.filter(at__lte=clock.now() - WINDOW).delete()
    SignInAttempt.objects.create(
        state_digest=_digest(handshake.state), browser_digest=_digest(browser_token), provider=provider.slug,
        nonce=handshake.nonce, verifier=handshake.verifier, next=next_path[:500], address=origin.current().address, at=clock.now(),
    )
    return Begun(target, browser_token)


def note_attempt(provider: str) -> None:
    """The attempt to sign in without leaving this site, counted as any other. Raises TooManySignIns."""
    _require_seldom()
    now = clock.now()
    SignInAttempt.objects.filter(at__lte=now - WINDOW).delete()
    SignInAttempt.objects.create(
        state_digest=_digest(secrets.token_urlsafe(32)), browser_digest="", provider=provider, address=origin.current().address, at=now,
        used_at=now,
    )


def complete(provider: Provider, answer: Mapping[str, str], *, browser_token: str, redirect_uri: str) -> SignedIn:
    """The session of the person who came back with `answer`, the parameters of the address.

    Raises SignInBroken, SignInCancelled, ProviderUnavailable, IdentityNotProven, ResidentSuspended.
    """
    attempt = _used_up(provider, answer.get("state", ""), browser_token)
    if "iss" in answer and answer["iss"] != provider.issuer:
        raise SignInBroken(f"返回的不是所选的身份提供方,没有登录;{_RETRY}")
    if error := answer.get("error", ""):
        if error == "access_denied":
            raise SignInCancelled("您在身份提供方那里取消了登录,没有登录;需要时可以重新登录。")
        raise SignInBroken(f"身份提供方没有完成登录(原因代码 {_plain(error)});{_RETRY}")
    if not answer.get("code"):
        raise SignInBroken(f"身份提供方没有带回授权码,没有登录;{_RETRY}")
    handshake = client.Handshake("", attempt.nonce, attempt.verifier)
    claims = client.claims_of(provider, answer["code"], handshake=handshake, redirect_uri=redirect_uri)
    identity = identity_of(claims, provider.mapping)
    with transaction.atomic():
        session, token = opened(admitted(identity), provider.slug, identity)
    return SignedIn(session, token, attempt.next)


def sign_out(session: ResidentSession) -> None:
    """The session ended by its owner."""
    with transaction.atomic():
        ResidentSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=clock.now())
        record(queries.person_actor(session.resident), "residents.signed_out", queries.named(session.resident))


def opened(resident: Resident, provider: str, identity: Identity) -> tuple[ResidentSession, str]:
    """A session of the resident, proven by that provider, and its token; inside a transaction. Raises ResidentSuspended."""
    if not resident.is_active:
        raise ResidentSuspended("您的账户已被暂停登录;如有疑问,请携带身份证件到政务服务大厅或致电数据局核实。")
    token, now, here = secrets.token_urlsafe(32), clock.now(), origin.current()
    session = ResidentSession.objects.create(
        digest=_digest(token), resident=resident, provider=provider, level=int(identity.level), started_at=now,
        seen_at=now, ends_at=now + LASTS, address=here.address, terminal=here.terminal,
    )
    weaker = ResidentSession.objects.filter(resident=resident, ended_at__isnull=True, level__lt=int(identity.level))
    detail = {"provider": provider, "level": int(identity.level), "weaker_ended": weaker.update(ended_at=now)}
    record(queries.person_actor(resident), "residents.signed_in", queries.named(resident), detail=detail)
    return session, token


def _require_seldom() -> None:
    recent = SignInAttempt.objects.filter(address=origin.current().address, at__gt=clock.now() - WINDOW)
    if recent.count() >= PER_ADDRESS:
        minutes = int(WINDOW.total_seconds() // 60)
        raise TooManySignIns(f"这个网络地址登录得太频繁,请 {minutes} 分钟后再试;开放数据不登录也能查看。")


@transaction.atomic
def _used_up(provider: Provider, state: str, browser_token: str) -> SignInAttempt:
    """The attempt that this state began in this browser; it cannot be used again, whatever comes of it."""
    now = clock.now()
    found = SignInAttempt.objects.select_for_update().filter(state_digest=_digest(state), provider=provider.slug).first()
    if found is None or not state:
        raise SignInBroken(f"登录的状态参数不对,可能不是从本站开始的登录,没有登录;{_RETRY}")
    if found.used_at is not None:
        raise SignInBroken(f"这个登录链接已经用过,没有登录;{_RETRY}")
    if not hmac.compare_digest(found.browser_digest, _digest(browser_token)):
        raise SignInBroken(f"这次登录不是在这个浏览器里开始的,没有登录;{_RETRY}")
    if now - found.at > ATTEMPT:
        raise SignInBroken(f"登录超过 {int(ATTEMPT.total_seconds() // 60)} 分钟没有完成,已失效;{_RETRY}")
    SignInAttempt.objects.filter(pk=found.pk).update(used_at=now, nonce="", verifier="")
    return found


def _digest(token: str) -> str:
    return sm3_hex(token.encode())


def _plain(text: str) -> str:
    return "".join(character for character in text[:40] if character.isascii() and (character.isalnum() or character in "_-"))
