"""What an administrator or the security officer does about another's sign-in: each with a reason, each on record."""

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.people import lockout, passwords, sessions, tokens
from suixin.ground.people.credentials import TotpFactor
from suixin.ground.people.errors import OwnReset
from suixin.ground.people.models import Account
from suixin.ground.people.staff import require_over
from suixin.kit.actor import Actor


@transaction.atomic
def reset_factors(account: Account, *, actor: Actor, reason: str) -> None:
    """The account has no second factor and no token any more, is signed in nowhere, and must enrol anew at its next sign-in.

    Raises NotAllowed, OwnReset.
    """
    if actor.key == account.username:
        raise OwnReset("不能重置自己的二次验证；请另一位管理员或安全管理员办理。")
    require_over(account, "people.reset_factors", actor=actor)
    account.passkeys.all().delete()
    account.recovery_codes.all().delete()
    TotpFactor.objects.filter(account=account).delete()
    account.must_enrol_factor = True
    account.save(update_fields=["must_enrol_factor"])
    record(actor, "people.factors_reset", account, basis=reason, detail=_thrown_out(account))


@transaction.atomic
def give_password(account: Account, *, actor: Actor, reason: str) -> str:
    """A new password to hand over once; the account must change it at its next sign-in, is signed in nowhere, has no token.

    Raises NotAllowed, OwnAccount.
    """
    require_over(account, "people.give_password", actor=actor)
    password = passwords.made_up()
    passwords.set_password(account, password, must_change=True)
    record(actor, "people.password_given", account, basis=reason, detail=_thrown_out(account))
    return password


@transaction.atomic
def unlock(account: Account, *, actor: Actor, reason: str) -> None:
    """The account may try to sign in again at once; the address that failed may still have to wait."""
    require_over(account, "people.unlock", actor=actor)
    dropped = lockout.forget(account.username)
    record(actor, "people.unlocked", account, basis=reason, detail={"rows": dropped})


@transaction.atomic
def end_sessions(account: Account, *, actor: Actor, reason: str) -> int:
    """How many sessions of the account were ended."""
    require_over(account, "people.end_sessions", actor=actor)
    ended = sessions.end_all(account)
    record(actor, "people.sessions_ended", account, basis=reason, detail={"sessions_ended": ended})
    return ended


def _thrown_out(account: Account) -> dict[str, int]:
    """What was ended, for the record: sessions, and tokens, which whoever held the old password may have made."""
    return {"sessions_ended": sessions.end_all(account), "tokens_ended": tokens.end_all(account)}
