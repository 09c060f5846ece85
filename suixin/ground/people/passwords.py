"""Passwords: which ones are taken, and changing them.

Rules    settings password_length, password_kinds (of lower case, upper case, digits, others; 等保 practice),
         password_history; not common, with or without digits and signs around; not like the name; hashed with argon2
Change   at first sign-in when somebody else gave it, and after password_days; ends every other session
"""

import re
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    UserAttributeSimilarityValidator,
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people import sessions
from suixin.ground.people.credentials import FormerPassword
from suixin.ground.people.errors import WeakPassword, WrongPassword
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit import clock

KINDS = ("小写字母", "大写字母", "数字", "其他字符")
_GIVEN_BYTES = 12
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")


class LengthValidator:
    """At least `password_length` characters."""

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 Django calls it so
        """Nothing when it is long enough. Raises ValidationError."""
        if len(password) < settings.SUIXIN.password_length:
            raise ValidationError(self.get_help_text(), code="password_too_short")

    def get_help_text(self) -> str:
        """The rule as a sentence."""
        return f"密码至少 {settings.SUIXIN.password_length} 个字符。"


class CommonValidator(CommonPasswordValidator):
    """Neither a common password nor one with digits and signs around it: `password123!`, `2024Admin#`."""

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 Django calls it so
        """Nothing when it is not common. Raises ValidationError."""
        plain = password.lower().strip()
        core = _AROUND.sub("", plain)
        if plain in self.passwords or (core and core in self.passwords):
            raise ValidationError(self.get_help_text(), code="password_too_common")

    def get_help_text(self) -> str:
        """The rule as a sentence."""
        return "不能是常见密码，也不能只在常见密码前后加数字或符号。"


class SimilarityValidator(UserAttributeSimilarityValidator):
    """Not like the name, told as the rest is."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Nothing when it is unlike. Raises ValidationError."""
        try:
            super().validate(password, user)
        except ValidationError as error:
            raise ValidationError(self.get_help_text(), code="password_too_similar") from error

    def get_help_text(self) -> str:
        """The rule as a sentence."""
        return "不能与您的账号名、姓名相似。"


class KindsValidator:
    """Characters of at least `password_kinds` kinds."""

    def validate(self, password: str, user: Account | None = None) -> None:  # noqa: ARG002 Django calls it so
        """Nothing when there are enough kinds. Raises ValidationError."""
        if kinds_of(password) < settings.SUIXIN.password_kinds:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        """The rule as a sentence."""
        return f"密码须含{'、'.join(KINDS)}中的至少 {settings.SUIXIN.password_kinds} 类。"


class HistoryValidator:
    """Neither the password in use nor one of the last `password_history`."""

    def validate(self, password: str, user: Account | None = None) -> None:
        """Nothing when it is new for the account. Raises ValidationError."""
        if user is None or settings.SUIXIN.password_history == 0:
            return
        former = user.former_passwords.values_list("hash", flat=True)[: settings.SUIXIN.password_history - 1]
        if any(check_password(password, known) for known in (user.password, *former) if known):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def get_help_text(self) -> str:
        """The rule as a sentence."""
        return f"不能与最近 {settings.SUIXIN.password_history} 次用过的密码相同。"


def kinds_of(password: str) -> int:
    """How many of the four kinds of characters there are."""
    lower, upper = any(c.islower() for c in password), any(c.isupper() for c in password)
    digit = any(c.isdecimal() for c in password)
    other = any(not (c.islower() or c.isupper() or c.isdecimal()) for c in password)
    return sum((lower, upper, digit, other))


def require_strong(password: str, account: Account) -> None:
    """Nothing when the account may take the password. Raises WeakPassword, naming every rule that is broken."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise WeakPassword(f"账号“{account.username}”的密码不合要求:{''.join(error.messages)}请换一个。") from error


def is_due(account: Account) -> bool:
    """Whether the account must change its password before it goes on."""
    days = settings.SUIXIN.password_days
    is_old = days > 0 and clock.now() - account.password_changed_at > timedelta(days=days)
    return account.must_change_password or is_old


def set_password(account: Account, password: str, *, must_change: bool = False, hashed: str = "") -> None:
    """The account has this password from now on (`hashed`: its hash, made before); the one before is kept as a hash.

    Checks nothing, ends nothing.
    """
    if account.password and account.has_usable_password():
        FormerPassword.objects.create(account=account, hash=account.password)
        kept = account.former_passwords.values_list("pk", flat=True)[: settings.SUIXIN.password_history]
        account.former_passwords.exclude(pk__in=list(kept)).delete()
    if hashed:
        account.password = hashed
    else:
        account.set_password(password)
    account.password_changed_at, account.must_change_password = clock.now(), must_change
    account.save()


def require_own(account: Account, typed: str) -> None:
    """Nothing when the password in use was typed. Raises WrongPassword."""
    if not account.check_password(typed):
        raise WrongPassword("现在的密码不对，什么也没有更改；请重新输入。")


@transaction.atomic
def renew_password(account: Account, new: str, *, keep_session: str = "") -> None:
    """The owner's own change; ends all sessions but `keep_session`. Raises WeakPassword."""
    require_strong(new, account)
    set_password(account, new)
    sessions.end_all(account, but=keep_session)
    record(actor_of(account), "people.password_changed", account)


@transaction.atomic
def end_own_sessions(account: Account, *, keep_session: str, only: int | None = None) -> int:
    """How many sessions the owner ended from `keep_session`: the one numbered `only`, or all the others."""
    others = account.sessions.exclude(key=keep_session)
    chosen = others if only is None else others.filter(pk=only)
    ended = sessions.end(account, *chosen.values_list("key", flat=True))
    if ended:
        record(actor_of(account), "people.sessions_ended", account, detail={"sessions_ended": ended})
    return ended


def rules() -> list[str]:
    """What a password must be, as sentences."""
    return [str(rule) for rule in password_validators_help_texts()]


def made_up() -> str:
    """A password to hand over once: long enough, of every kind, changed at the first sign-in."""
    length = max(_GIVEN_BYTES, settings.SUIXIN.password_length)
    return f"{secrets.token_urlsafe(length)[:length]}-a7K"
