"""Signing in, step by step: password or passkey, second factor, new password when due, enrolment when needed.

Promise  until the last step is done nobody is signed in: what was proved so far lies in a session of its own (`_KEY`),
         for ten minutes, and Django's `login` is called by `finish` alone; each of the two gives the session a new key
Void     when the password, the state of the account or the limits of failures change in between
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest

from suixin.ground.audit.actions import record
from suixin.ground.people import passwords
from suixin.ground.people.factors import needs
from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit import clock

_KEY = "signing_in"
_TIME = timedelta(minutes=10)
_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Step(StrEnum):
    """What is still to do."""

    SECOND = "second"
    PASSWORD = "password"  # noqa: S105 the name of a step
    ENROL = "enrol"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class SigningIn:
    """Somebody on the way in."""

    account: Account
    by: str
    has_proved: bool
    target: str

    @property
    def step(self) -> Step:
        """The next thing to do."""
        if needs.has_factor(self.account) and not self.has_proved:
            return Step.SECOND
        if self.by != "passkey" and passwords.is_due(self.account):
            return Step.PASSWORD
        if needs.must_have_factor(self.account) and not needs.has_factor(self.account):
            return Step.ENROL
        return Step.DONE


def begin(request: HttpRequest, account: Account, *, by: str, target: str) -> SigningIn:
    """Somebody whose password (or passkey, `by`) was right; the session so far is thrown away with its key."""
    request.session.flush()
    request.session[_KEY] = {
        "account": account.pk, "by": by, "proved": by == "passkey", "target": target, "at": clock.now().timestamp(),
        "mark": account.get_session_auth_hash(),
    }
    return SigningIn(account, by, by == "passkey", target)


def under_way(request: HttpRequest) -> SigningIn | None:
    """Who is on the way in with this session; None when nobody is, or no more."""
    kept: Any = request.session.get(_KEY)  # Any: what Django's session gives
    if not isinstance(kept, dict) or clock.now().timestamp() - float(kept["at"]) > _TIME.total_seconds():
        return None
    account = Account.objects.filter(pk=kept["account"], is_active=True).first()
    if account is None or account.get_session_auth_hash() != kept["mark"]:
        return None
    return SigningIn(account, str(kept["by"]), bool(kept["proved"]), str(kept["target"]))


def prove(request: HttpRequest, *, by: str) -> None:
    """The second factor was right."""
    request.session[_KEY] = {**request.session[_KEY], "proved": True, "by": f"{request.session[_KEY]['by']}+{by}"}


def renew(request: HttpRequest, account: Account) -> None:
    """The password was changed on the way in; what was proved stays."""
    request.session[_KEY] = {**request.session[_KEY], "mark": account.get_session_auth_hash()}


def finish(request: HttpRequest, coming: SigningIn) -> str:
    """Signs in whoever has done every step, and says where to go. Only call this at `Step.DONE`."""
    if coming.step is not Step.DONE:
        raise AssertionError(f"sign-in finished at step {coming.step}")
    request.session.pop(_KEY, None)
    request.signed_in_by = coming.by  # type: ignore[attr-defined]  # for sessions.opened, which Django calls
    login(request, coming.account, backend=_BACKEND)
    record(actor_of(coming.account), "people.signed_in", coming.account, detail={"by": coming.by})
    return coming.target
