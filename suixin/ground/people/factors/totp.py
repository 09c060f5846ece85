"""Codes of an authenticator application (RFC 6238), by django-otp's arithmetic; the key is kept sealed.

Promise  a code works once; the clock may be one step (30 s) off either way, and a slow drift is followed
Refused  other codes, alike whatever the cause: to say "right an hour ago" would tell a guesser of codes to come
"""

import io
import os
from base64 import b32encode
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django_otp.oath import TOTP

from suixin.ground.audit.actions import record
from suixin.ground.people.credentials import TotpFactor
from suixin.ground.people.errors import WrongCode
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit import clock
from suixin.kit.sm import BrokenSeal

STEP_SECONDS = 30
DIGITS = 6
TOLERANCE = 1
_KEY_BYTES = 20
_MAX_DRIFT = 10


def begin(account: Account) -> TotpFactor:
    """The account's factor that still waits for its first code, made when there is none."""
    found = TotpFactor.objects.filter(account=account).first()
    if found is not None:
        return found
    made = f"{account.pk}:{os.urandom(_KEY_BYTES).hex()}"
    return TotpFactor.objects.get_or_create(account=account, defaults={"key": made})[0]


@transaction.atomic
def confirm(account: Account, code: str) -> None:
    """The factor counts from now on. Raises WrongCode."""
    check(account, code, is_first=True)
    TotpFactor.objects.filter(account=account).update(confirmed_at=clock.now())
    account.must_enrol_factor = False
    account.save(update_fields=["must_enrol_factor"])
    record(actor_of(account), "people.totp_enrolled", account)


@transaction.atomic
def check(account: Account, code: str, *, is_first: bool = False) -> None:
    """Nothing when the code is the account's now and was not used before; it is used then. Raises WrongCode."""
    factor = TotpFactor.objects.select_for_update().filter(account=account, confirmed_at__isnull=is_first).first()
    typed = "".join(code.split())
    if factor is None or not (len(typed) == DIGITS and typed.isascii() and typed.isdigit()):
        raise _wrong()
    totp = TOTP(key_of(factor), step=STEP_SECONDS, digits=DIGITS, drift=factor.drift)
    totp.time = clock.now().timestamp()
    if not totp.verify(int(typed), TOLERANCE, factor.last_step + 1):
        raise _wrong()
    factor.last_step, factor.drift = totp.t(), max(-_MAX_DRIFT, min(_MAX_DRIFT, totp.drift))
    factor.save()


def key_of(factor: TotpFactor) -> bytes:
    """The factor's key. Raises BrokenSeal for a key that was put into another account's row."""
    owner, _, key = factor.key.partition(":")
    if owner != str(factor.account_id):
        raise BrokenSeal("验证器密钥不属于这个账号，数据可能被改动；请由安全管理员重置二次验证。")
    return bytes.fromhex(key)


def secret_text(factor: TotpFactor) -> str:
    """The key to type in where no camera reads it: base32 in groups of four."""
    text = b32encode(key_of(factor)).decode()
    return " ".join(text[start:start + 4] for start in range(0, len(text), 4))


def address(factor: TotpFactor, *, issuer: str) -> str:
    """The otpauth address that authenticator applications read."""
    label = quote(f"{issuer}:{factor.account.username}")
    asked = {"secret": b32encode(key_of(factor)).decode(), "issuer": issuer, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


def picture(factor: TotpFactor, *, issuer: str) -> str:
    """The address as a QR code: an SVG data address, for `img` under a policy without inline styles."""
    out = io.BytesIO()
    segno.make(address(factor, issuer=issuer), error="m").save(out, kind="svg", scale=5, border=4, light="#fff", xmldecl=False)
    return "data:image/svg+xml," + quote(out.getvalue().decode())


def _wrong() -> WrongCode:
    at = clock.now().strftime("%H:%M:%S")
    return WrongCode(
        f"验证码不对、已用过或已过期。请等应用显示下一个 6 位码再试；若一直不对，请核对手机时间：服务器现在是 {at}，"
        f"相差超过 {STEP_SECONDS} 秒就会不对（请在手机上打开“自动设置时间”）。"
    )


def issuer() -> str:
    """What authenticator applications show beside the account's name."""
    return f"遂心 {settings.SUIXIN.hosts[0]}" if settings.SUIXIN.hosts else "遂心"
