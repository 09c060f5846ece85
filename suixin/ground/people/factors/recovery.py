"""Recovery codes: ten, shown once, each of 50 random bits, kept as keyed digests; each works once."""

import secrets

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people import vault
from suixin.ground.people.credentials import RecoveryCode
from suixin.ground.people.errors import WrongCode
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit import clock

COUNT = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as another sign
_HALF = 5
_PURPOSE = "recovery"


@transaction.atomic
def make_codes(account: Account) -> list[str]:
    """New codes of the account; those before work no more."""
    account.recovery_codes.all().delete()
    codes = [f"{_half()}-{_half()}" for _ in range(COUNT)]
    RecoveryCode.objects.bulk_create(RecoveryCode(account=account, digest=vault.digest(_PURPOSE, _text(account, code))) for code in codes)
    record(actor_of(account), "people.recovery_codes_made", account)
    return codes


@transaction.atomic
def use(account: Account, code: str) -> int:
    """How many codes are left after this one was used. Raises WrongCode."""
    used = account.recovery_codes.filter(digest__in=_digests(account, code), used_at=None).update(used_at=clock.now())
    if not used:
        raise WrongCode("恢复码不对，或已经用过；每个恢复码只能用一次。都用完了请联系安全管理员重置。")
    record(actor_of(account), "people.recovery_code_used", account)
    return left(account)


def left(account: Account) -> int:
    """How many unused codes the account has."""
    return account.recovery_codes.filter(used_at=None).count()


def _half() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_HALF))


def _digests(account: Account, code: str) -> tuple[str, ...]:
    return vault.digests(_PURPOSE, _text(account, code))


def _text(account: Account, code: str) -> str:
    return f"{account.pk}:{''.join(c for c in code.lower() if c.isalnum())[:64]}"
