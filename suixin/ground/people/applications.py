"""Applications of departments and the keys they sign with: made, rotated with overlap, revoked at once.

Kinds    HMAC-SM3: a secret that we make and show once; SM2: the department makes the pair and gives only the public
         key, so that only it can sign
Overlap  after a rotation the key before stays valid for some days; every unexpired, unrevoked key signs
"""

import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db import OperationalError, transaction

from suixin.ground.audit.actions import record
from suixin.ground.audit.states import state_of
from suixin.ground.people.errors import KeyRefused, ReachRefused
from suixin.ground.people.keys import open_secret, seal_secret
from suixin.ground.people.models import Application, ApplicationKey, KeyKind, Organisation
from suixin.ground.people.rules import MAX_KEYS, OVERLAP_DAYS
from suixin.ground.security.policy import require
from suixin.ground.security.resealing import rows_under
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.signing_styles import FOREIGN
from suixin.kit.sm import public_from_pem, sm2_public

SECRET_BYTES = 32
SECRET_LEAST = 8
MAX_NETWORKS = 50
NOTE_SECONDS = 600.0
_noted: dict[int, float] = {}


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a new key shall be. `public`: PEM or hex, for SM2 only; `secret`: one given instead of made."""

    kind: KeyKind = KeyKind.HMAC
    public: str = ""
    secret: str = ""
    expires_at: datetime | None = None


@transaction.atomic
def create_application(
    organisation: Organisation, name: str, *, actor: Actor = SYSTEM, app_id: str = "", secret: str = ""
) -> tuple[Application, str]:
    """Create an application and return it with its secret, which nobody can read again later.

    With an `app_id` that exists the application gets the new secret, and its secrets before are revoked.
    Raises NotAllowed, also when that application is not the actor's to edit.
    """
    require(actor, "people.create_application", organisation)
    if app_id and (held := Application.objects.filter(app_id=app_id).first()):
        require(actor, "people.edit_application", held)
    identifier = app_id or f"{organisation.slug}-{secrets.token_hex(4)}"
    application, _ = Application.objects.update_or_create(
        app_id=identifier, defaults={"organisation": organisation, "name": name}
    )
    application.keys.filter(kind=KeyKind.HMAC, revoked_at=None).update(revoked_at=clock.now(), reason="换发新密钥")
    plain = _make(application, NewKey(secret=secret), actor)[1]
    record(actor, "people.application_created", application)
    return application, plain


@transaction.atomic
def make_key(application: Application, new: NewKey, *, actor: Actor, reason: str) -> tuple[ApplicationKey, str]:
    """One more key of the application, and its secret ("" for SM2). Raises NotAllowed, KeyRefused, BadKey."""
    require(actor, "people.edit_application", application)
    _lock(application)
    made = _make(application, new, actor)
    record(actor, "people.application_key_made", made[0], basis=reason)
    return made


@transaction.atomic
def rotate_key(
    key: ApplicationKey, new: NewKey, *, actor: Actor, reason: str, overlap_days: int = OVERLAP_DAYS
) -> tuple[ApplicationKey, str]:
    """A new key for the application; the one before stays valid for `overlap_days` (0: ends now). Raises as make_key."""
    require(actor, "people.edit_application", key.application)
    _lock(key.application)
    key.refresh_from_db()
    now = clock.now()
    if key.revoked_at or (key.expires_at and key.expires_at <= now):
        raise KeyRefused(f"密钥 {key.key_id} 已吊销或到期,不能再轮换;请直接新建密钥。")
    before = state_of(key)
    until = now + timedelta(days=overlap_days)
    key.expires_at = min(key.expires_at or until, until)
    key.reason = reason
    key.save(update_fields=["expires_at", "reason"])
    made = _make(key.application, new, actor)
    record(actor, "people.application_key_rotated", key, basis=reason, detail={"by": made[0].key_id}, before=before)
    return made


@transaction.atomic
def revoke_key(key: ApplicationKey, *, actor: Actor, reason: str) -> ApplicationKey:
    """The key signs nothing any more, within a second in every process. Raises NotAllowed, KeyRefused."""
    require(actor, "people.revoke_application_key", key.application)
    if not reason.strip():
        raise KeyRefused("吊销密钥须写明理由。")
    _lock(key.application)
    key.refresh_from_db()
    if key.revoked_at is None:
        before = state_of(key)
        key.revoked_at, key.reason = clock.now(), reason
        key.save(update_fields=["revoked_at", "reason"])
        record(actor, "people.application_key_revoked", key, basis=reason, before=before)
    return key


@transaction.atomic
def set_application_active(application: Application, *, is_active: bool, actor: Actor, reason: str) -> Application:
    """The application may call, or none of its keys counts. Raises NotAllowed."""
    require(actor, "people.edit_application", application)
    _lock(application)
    before = state_of(application)
    application.is_active = is_active
    application.save(update_fields=["is_active"])
    action = "people.application_enabled" if is_active else "people.application_disabled"
    record(actor, action, application, basis=reason, before=before)
    return application


@transaction.atomic
def set_reach(
    application: Application, *, networks: Sequence[str], styles: Sequence[str], actor: Actor, reason: str
) -> Application:
    """From which addresses the application may call (none named: any), and which styles of signing it may use beside ours.

    Raises NotAllowed, ReachRefused.
    """
    require(actor, "people.edit_application", application)
    wanted = sorted({_network(one) for one in networks if one.strip()})
    if len(wanted) > MAX_NETWORKS:
        raise ReachRefused(f"来源地址最多 {MAX_NETWORKS} 个;请合并成网段。")
    unknown = sorted(set(styles) - set(FOREIGN))
    if unknown:
        raise ReachRefused(f"没有名为 {'、'.join(unknown)} 的签名方式;可用的有 {'、'.join(FOREIGN)}。")
    _lock(application)
    before = state_of(application)
    application.networks, application.styles = wanted, [style.value for style in FOREIGN if style in styles]
    application.save(update_fields=["networks", "styles"])
    record(actor, "people.application_reach_set", application, basis=reason, before=before)
    return application


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as error:
        raise ReachRefused(f"“{text.strip()[:60]}”不是地址或网段;请写成 10.1.2.3 或 10.1.0.0/16 的形式。") from error


def note_use(pk: int) -> None:
    """The key signed a call: written at most once in NOTE_SECONDS by each process, given up when the database is busy."""
    now = time.monotonic()
    if now - _noted.get(pk, -NOTE_SECONDS) < NOTE_SECONDS:
        return
    _noted[pk] = now
    with suppress(OperationalError), transaction.atomic():
        ApplicationKey.objects.filter(pk=pk).update(last_used_at=clock.now())


def reseal_secrets() -> int:
    """The number of secrets brought under the current key version; those sealed before the keyring too."""
    done = 0
    for pk in list(ApplicationKey.objects.filter(kind=KeyKind.HMAC).values_list("pk", flat=True)):
        with transaction.atomic():
            row = ApplicationKey.objects.select_for_update().select_related("application").get(pk=pk)
            held, app_id = bytes(row.secret_sealed), row.application.app_id
            fresh = seal_secret(open_secret(held, app_id), app_id, has_others=True)
            if fresh[:3] != held[:3]:
                done += ApplicationKey.objects.filter(pk=pk, secret_sealed=held).update(secret_sealed=fresh)
    return done


def secrets_under(version: int) -> int:
    """How many secrets that version of the key is needed for."""
    return rows_under(ApplicationKey, "secret_sealed", version)


def _make(application: Application, new: NewKey, actor: Actor) -> tuple[ApplicationKey, str]:
    now = clock.now()
    if new.expires_at is not None and new.expires_at <= now:
        raise KeyRefused(f"到期时间 {new.expires_at:%F %H:%M} 已过;请选一个以后的时间,或留空。")
    if application.keys.usable(now).count() >= MAX_KEYS:
        raise KeyRefused(f"应用“{application}”已有 {MAX_KEYS} 把有效密钥;请先吊销不再使用的。")
    row = ApplicationKey(
        application=application, key_id=f"k{application.pk}-{secrets.token_hex(4)}", kind=new.kind, created_at=now,
        created_by=actor.name[:60], expires_at=new.expires_at,
    )
    plain = ""
    if new.kind == KeyKind.SM2:
        row.public = _public(new.public).hex()
    else:
        plain = new.secret or secrets.token_urlsafe(SECRET_BYTES)
        if len(plain) < SECRET_LEAST:
            raise KeyRefused(f"共享密钥至少 {SECRET_LEAST} 个字符;留空则由系统生成。")
        has_others = ApplicationKey.objects.filter(kind=KeyKind.HMAC).exists()
        row.secret_sealed = seal_secret(plain.encode(), application.app_id, has_others=has_others)
    row.save(force_insert=True)
    return row, plain


def _public(text: str) -> bytes:
    return sm2_public(public_from_pem(text) if "-----" in text else "".join(text.split()))


def _lock(application: Application) -> None:
    """Of two who change the keys of one application at once, one waits."""
    Application.objects.select_for_update().get(pk=application.pk)
