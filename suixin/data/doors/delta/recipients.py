"""Recipients of shares: an application's bearer tokens, made, rotated with overlap, revoked; and who holds one.

Form     sxs_ and 43 characters; shown once, in the profile file, kept as HMAC-SM3
Ends     at its date (a year at most), when revoked, when the application or its organisation ends; within a second everywhere
"""

import hashlib
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.db import OperationalError, transaction

from suixin.data.doors.errors import BadShareToken
from suixin.data.doors.models import ShareToken
from suixin.ground.audit.actions import record
from suixin.ground.audit.states import state_of
from suixin.ground.people import vault
from suixin.ground.people.errors import TokenRefused
from suixin.ground.people.models import Application
from suixin.ground.people.queries import application_actor
from suixin.ground.security.policy import require
from suixin.kit import clock
from suixin.kit.actor import Actor

PREFIX = "sxs_"
LONGEST_DAYS, USUAL_DAYS, OVERLAP_DAYS, AT_MOST = 365, 180, 7, 5
PATH = "/delta-sharing"
_SHAPE = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
_PURPOSE = "share"
_SEEN_EVERY = timedelta(minutes=10)
_known: dict[bytes, tuple[float, "Recipient"]] = {}
_KNOWN_SECONDS, _KNOWN_LIMIT = 1.0, 4096


@dataclass(frozen=True, slots=True)
class Recipient:
    """The application that reads, by which token."""

    actor: Actor
    token: int
    expires_at: datetime

    def require_in_time(self) -> None:
        """Nothing while the token lasts. Raises TokenRefused."""
        if self.expires_at <= clock.now():
            raise TokenRefused(f"共享令牌已于 {self.expires_at.astimezone(clock.CHINA):%Y-%m-%d %H:%M} 到期;请重新取得配置文件。")


@transaction.atomic
def make_token(application: Application, *, actor: Actor, days: int = USUAL_DAYS) -> tuple[ShareToken, str]:
    """A new token of the application and its text, which nobody can read again. Raises NotAllowed, BadShareToken."""
    require(actor, "people.edit_application", application)
    made, text = _make(application, days, actor)
    record(actor, "doors.share_token_made", made, detail={"application": application.app_id, "days": days})
    return made, text


@transaction.atomic
def rotate_token(token: ShareToken, *, actor: Actor, reason: str, days: int = USUAL_DAYS) -> tuple[ShareToken, str]:
    """A new token; the one before still opens for OVERLAP_DAYS. Raises NotAllowed, BadShareToken."""
    require(actor, "people.edit_application", token.application)
    now = clock.now()
    held = ShareToken.objects.select_for_update().get(pk=token.pk)
    if held.revoked_at is not None or held.expires_at <= now:
        raise BadShareToken("这个共享令牌已吊销或到期,不能再轮换;请直接新建。")
    before = state_of(held)
    held.expires_at, held.reason = min(held.expires_at, now + timedelta(days=OVERLAP_DAYS)), reason[:200]
    held.save(update_fields=["expires_at", "reason"])
    made, text = _make(token.application, days, actor)
    record(actor, "doors.share_token_rotated", held, basis=reason, before=before, detail={"by": made.hint})
    return made, text


@transaction.atomic
def revoke_token(token: ShareToken, *, actor: Actor, reason: str) -> ShareToken:
    """The token opens nothing any more, downloads under way break off. Raises NotAllowed, BadShareToken."""
    require(actor, "people.revoke_application_key", token.application)
    if not reason.strip():
        raise BadShareToken("吊销共享令牌须写明理由。")
    held = ShareToken.objects.select_for_update().get(pk=token.pk)
    if held.revoked_at is None:
        before = state_of(held)
        held.revoked_at, held.reason = clock.now(), reason[:200]
        held.save(update_fields=["revoked_at", "reason"])
        record(actor, "doors.share_token_revoked", held, basis=reason, before=before)
        transaction.on_commit(forget)
    return held


def profile(text: str, token: ShareToken, *, base: str) -> bytes:
    """The profile file that clients are given. `base`: scheme and host of this site."""
    told = {
        "shareCredentialsVersion": 1, "endpoint": f"{base.rstrip('/')}{PATH}", "bearerToken": text,
        "expirationTime": token.expires_at.astimezone(clock.CHINA).isoformat(timespec="seconds"),
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"


def recipient_of(authorization: str) -> Recipient:
    """Who holds the token of an `Authorization` header, as of at most a second ago. Raises TokenRefused."""
    scheme, _, text = authorization.strip().partition(" ")
    if scheme.lower() != "bearer" or not _SHAPE.fullmatch(text.strip()):
        raise TokenRefused("缺少共享令牌,或它不完整;请使用平台发给应用的配置文件(share profile)。")
    key = hashlib.sha256(text.strip().encode()).digest()
    return _remembered(key, lambda: ShareToken.objects.filter(digest__in=vault.digests(_PURPOSE, text.strip())))


def recipient_by(token: int) -> Recipient:
    """Who holds that token, as of at most a second ago. Raises TokenRefused."""
    return _remembered(b"#%d" % token, lambda: ShareToken.objects.filter(pk=token))


def forget() -> None:
    """What is remembered of tokens dropped in this process."""
    _known.clear()


def _remembered(key: bytes, find) -> Recipient:  # type: ignore[no-untyped-def]  # noqa: ANN001 a query, made when needed
    now = time.monotonic()
    known = _known.get(key)
    if known is None or now - known[0] >= _KNOWN_SECONDS:
        _known.pop(key, None)
        known = now, _read(find().select_related("application__organisation").first())
        if len(_known) >= _KNOWN_LIMIT:
            _known.clear()
        _known[key] = known
    known[1].require_in_time()
    return known[1]


def _read(token: ShareToken | None) -> Recipient:
    if token is None:
        raise TokenRefused("共享令牌不对;请核对配置文件是否完整,或请本单位管理员重新取得。")
    now = clock.now()
    if token.revoked_at is not None:
        raise TokenRefused(f"共享令牌已于 {token.revoked_at.astimezone(clock.CHINA):%Y-%m-%d %H:%M} 吊销;请重新取得配置文件。")
    application = token.application
    if not application.is_active or not application.organisation.is_in_force(clock.today()):
        raise TokenRefused("共享令牌所属的应用已停用;请数据局启用该应用。")
    if token.last_used_at is None or now - token.last_used_at > _SEEN_EVERY:
        with suppress(OperationalError), transaction.atomic():
            ShareToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return Recipient(application_actor(application), token.pk, token.expires_at)


def _make(application: Application, days: int, actor: Actor) -> tuple[ShareToken, str]:
    if not 1 <= days <= LONGEST_DAYS:
        raise BadShareToken(f"共享令牌的有效期须为 1 到 {LONGEST_DAYS} 天;请改正。")
    Application.objects.select_for_update().get(pk=application.pk)
    now = clock.now()
    if application.share_tokens.usable(now).count() >= AT_MOST:
        raise BadShareToken(f"应用“{application}”已有 {AT_MOST} 个有效的共享令牌;请先吊销不用的。")
    text = PREFIX + secrets.token_urlsafe(32)
    made = ShareToken.objects.create(
        application=application, digest=vault.digest(_PURPOSE, text), hint=text[-4:], created_at=now, created_by=actor.name[:60],
        expires_at=now + timedelta(days=days),
    )
    return made, text
