"""Passkeys (WebAuthn level 2): registered under a name, used as second step or, with user verification, alone.

Challenge  made here, kept in the session, taken out of it before anything is looked at: a second try needs a new one
Site       the host name that the reader sees, one of SUIXIN_HOSTS; a passkey of one host name does not work on another
Clones     an authenticator that counts must count up; one that does not is refused
"""

import json
import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from suixin.ground.audit.actions import record
from suixin.ground.people.credentials import Passkey
from suixin.ground.people.errors import PasskeyRefused
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.sm import sm3_hex

AT_MOST = 10
_CHALLENGE = "passkey_challenge"
_SECONDS = 300
_MAX_CHARACTERS = 16_384
_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}")
Session = MutableMapping[str, Any]  # Any: Django's session holds JSON


@dataclass(frozen=True, slots=True)
class Site:
    """Where the reader is: host name (the relying party's id) and origin as the browser tells it."""

    rp_id: str
    origin: str


def registration_options(account: Account, site: Site, session: Session) -> str:
    """JSON for `navigator.credentials.create`; its challenge is kept in the session."""
    known = [PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id)) for key in account.passkeys.filter(rp_id=site.rp_id)]
    options = generate_registration_options(
        rp_id=site.rp_id, rp_name="遂心 Suixin", user_name=account.username, user_id=_handle(account),
        user_display_name=account.display_name or account.username, exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    _keep(session, "register", options.challenge)
    return options_to_json(options)


@transaction.atomic
def register(account: Account, site: Site, session: Session, *, name: str, answer: str) -> Passkey:
    """The passkey that the browser made, kept under `name`. Raises PasskeyRefused."""
    challenge = _take(session, "register")
    if account.passkeys.count() >= AT_MOST:
        raise PasskeyRefused(f"每个账号最多 {AT_MOST} 个通行密钥；请先删除不用的。")
    try:
        made = verify_registration_response(
            credential=_parsed(answer), expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _refused() from error
    identifier = bytes_to_base64url(made.credential_id)
    if Passkey.objects.filter(credential_id=identifier).exists():
        raise PasskeyRefused("这个通行密钥已经登记过；请换一个设备，或直接用它登录。")
    key = Passkey.objects.create(
        account=account, name=name, credential_id=identifier, public_key=made.credential_public_key,
        sign_count=made.sign_count, rp_id=site.rp_id,
    )
    account.must_enrol_factor = False
    account.save(update_fields=["must_enrol_factor"])
    record(actor_of(account), "people.passkey_registered", account, detail={"name": name})
    return key


def request_options(account: Account | None, site: Site, session: Session) -> str:
    """JSON for `navigator.credentials.get`: of one account as its second step, or of anybody who is verified by the device."""
    keys = account.passkeys.filter(rp_id=site.rp_id) if account else ()
    options = generate_authentication_options(
        rp_id=site.rp_id, allow_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id)) for key in keys],
        user_verification=UserVerificationRequirement.PREFERRED if account else UserVerificationRequirement.REQUIRED,
    )
    _keep(session, "second" if account else "alone", options.challenge)
    return options_to_json(options)


@transaction.atomic
def check(account: Account | None, site: Site, session: Session, *, answer: str) -> Account:
    """Whose passkey signed: `account`'s when it is given, else that of any active account. Raises PasskeyRefused."""
    challenge = _take(session, "second" if account else "alone")
    parsed = _parsed(answer)
    found = Passkey.objects.select_for_update().select_related("account").filter(credential_id=str(parsed.get("id", "")))
    key = found.filter(rp_id=site.rp_id).first()
    if key is None or (account is not None and key.account_id != account.pk) or not key.account.is_active:
        raise _refused()
    try:
        signed = verify_authentication_response(
            credential=parsed, expected_challenge=challenge, expected_rp_id=site.rp_id, expected_origin=site.origin,
            credential_public_key=bytes(key.public_key), credential_current_sign_count=key.sign_count,
            require_user_verification=account is None,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise _refused() from error
    handle = parsed.get("response", {}).get("userHandle")
    if handle and handle != bytes_to_base64url(_handle(key.account)):
        raise _refused()
    key.sign_count, key.used_at = signed.new_sign_count, clock.now()
    key.save()
    return key.account


def _keep(session: Session, what: str, challenge: bytes) -> None:
    session[_CHALLENGE] = {"what": what, "challenge": bytes_to_base64url(challenge), "at": clock.now().timestamp()}


def _take(session: Session, what: str) -> bytes:
    kept = session.pop(_CHALLENGE, None)
    if not isinstance(kept, dict) or kept.get("what") != what or clock.now().timestamp() - float(kept["at"]) > _SECONDS:
        raise PasskeyRefused("通行密钥的请求已过期或已用过；请刷新页面重试。")
    return base64url_to_bytes(kept["challenge"])


def _parsed(answer: str) -> dict[str, Any]:
    try:
        parsed = json.loads(answer[:_MAX_CHARACTERS])
    except (ValueError, RecursionError) as error:
        raise _refused() from error
    if not isinstance(parsed, dict) or not isinstance(parsed.get("response"), dict):
        raise _refused()
    if not _ID.fullmatch(str(parsed.get("id", ""))):  # no database is asked for a zero byte or half a character
        raise _refused()
    return parsed


def _handle(account: Account) -> bytes:
    return bytes.fromhex(sm3_hex(f"suixin passkey {account.pk} {account.date_joined.isoformat()}".encode()))


def _refused() -> PasskeyRefused:
    return PasskeyRefused("通行密钥没有通过验证；请确认用的是这个账号登记过的设备，然后刷新页面重试。")
