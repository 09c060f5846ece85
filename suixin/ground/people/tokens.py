"""Personal access tokens: a program of an account's owner calls the interface as its owner.

Form     sxp_ and 43 characters; shown once, kept as HMAC-SM3
Speed    who holds a token is remembered for a second, as applications' secrets are: no query per call
Ends     at its date (a year at most), when revoked; when its owner is disabled, or is given a new password or factor
"""

import hashlib
import re
import secrets
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people import vault
from suixin.ground.people.credentials import PersonalToken, TokenScope
from suixin.ground.people.errors import BadToken, TokenRefused
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.actor import Actor

PREFIX = "sxp_"
CATALOG_PATH = "/api/v1/catalogue/"
CHALLENGE = 'Bearer realm="suixin", error="invalid_token"'
LONGEST = timedelta(days=365)
AT_MOST = 20
_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_SEEN_EVERY = timedelta(minutes=1)
_PURPOSE = "token"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a token, and what it lets a program do; `token` names it in the audit log, never its text."""

    actor: Actor
    scope: TokenScope
    token: str = ""

    @property
    def may_write(self) -> bool:
        """Whether it changes whatever its owner may change."""
        return self.scope == TokenScope.WRITE

    def may_write_at(self, path: str) -> bool:
        """Whether it changes anything at that address of the interface."""
        return self.may_write or (self.scope == TokenScope.CATALOG and path.startswith(CATALOG_PATH))


_known: dict[bytes, tuple[float, Bearer]] = {}
_KNOWN_SECONDS = 1.0
_KNOWN_LIMIT = 4096


def held_by(authorization: str) -> Bearer | None:
    """Who holds the token of an `Authorization` header, as of at most a second ago; None without one. Raises TokenRefused."""
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != "bearer":
        return None
    now, key = time.monotonic(), hashlib.sha256(text.strip().encode()).digest()
    known = _known.get(key)
    if known is not None and now - known[0] < _KNOWN_SECONDS:
        return known[1]
    _known.pop(key, None)
    bearer = bearer_of(text.strip())
    if len(_known) >= _KNOWN_LIMIT:
        _known.clear()
    _known[key] = (now, bearer)
    return bearer


def forget() -> None:
    """What is remembered of tokens dropped in this process."""
    _known.clear()


@transaction.atomic
def make_token(account: Account, name: str, *, scope: TokenScope, days: int) -> tuple[PersonalToken, str]:
    """A new token of the account and its text, which nobody can read again. Raises BadToken."""
    if not 1 <= days <= LONGEST.days:
        raise BadToken(f"令牌有效期须为 1 到 {LONGEST.days} 天；请重新选择。")
    if len(living(account)) >= AT_MOST:
        raise BadToken(f"每个账号最多 {AT_MOST} 个有效令牌；请先撤销不用的。")
    text = PREFIX + secrets.token_urlsafe(32)
    token = PersonalToken.objects.create(
        account=account, name=name, digest=vault.digest(_PURPOSE, text), scope=scope,
        expires_at=clock.now() + timedelta(days=days),
    )
    record(actor_of(account), "people.token_made", token, detail={"name": name, "scope": scope, "days": days})
    return token, text


@transaction.atomic
def revoke_token(account: Account, pk: int) -> PersonalToken:
    """The account's own token ended; at once in this process, within a second in others. Raises BadToken."""
    token = account.tokens.filter(pk=pk, revoked_at=None).first()
    if token is None:
        raise BadToken("没有这个令牌，或它已撤销；请刷新页面。")
    token.revoked_at = clock.now()
    token.save()
    transaction.on_commit(forget)
    record(actor_of(account), "people.token_revoked", token, detail={"name": token.name})
    return token


def end_all(account: Account) -> int:
    """How many tokens of the account were ended; whoever calls records why. Call it inside a transaction."""
    ended = account.tokens.filter(revoked_at=None, expires_at__gt=clock.now()).update(revoked_at=clock.now())
    transaction.on_commit(forget)
    return ended


def living(account: Account) -> list[PersonalToken]:
    """Tokens of the account that work now."""
    return list(account.tokens.filter(revoked_at=None, expires_at__gt=clock.now()))


def bearer_of(text: str) -> Bearer:
    """Who holds the token `text`. Raises TokenRefused with what is wrong with it. Some queries; callers cache."""
    token = None
    if _SHAPE.fullmatch(text):
        token = PersonalToken.objects.select_related("account").filter(digest__in=vault.digests(_PURPOSE, text)).first()
    if token is None:
        raise TokenRefused("访问令牌不对；请核对 Authorization: Bearer 后的令牌是否完整，或在“我的账号”里新建一个。")
    now = clock.now()
    if token.revoked_at is not None:
        raise TokenRefused("访问令牌已撤销；请在“我的账号”里新建一个。")
    if token.expires_at <= now:
        raise TokenRefused(f"访问令牌已于 {token.expires_at.astimezone(clock.CHINA):%Y-%m-%d} 到期；请在“我的账号”里新建一个。")
    if not token.account.is_active:
        raise TokenRefused("访问令牌所属的账号已停用；请联系管理员。")
    if token.used_at is None or now - token.used_at > _SEEN_EVERY:
        PersonalToken.objects.filter(pk=token.pk).update(used_at=now)
    return Bearer(actor_of(token.account), TokenScope(token.scope), f"令牌 {token.pk} {token.name}")
