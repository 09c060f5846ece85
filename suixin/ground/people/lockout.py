"""How often signing in may fail: per account and per address, counted by django-axes in the control database.

Counted  every wrong password, code or passkey, under the name as typed (case folded) and the caller's address (the /64
         network of IPv6); names that are no account count alike, so that the answer does not tell which accounts exist
Record   names an account that exists; what is none is only marked (`vault`), since people type passwords and resident
         numbers into the wrong field, and records are kept for years
Limits   settings login_failures (account) and address_failures (address) within lockout_minutes after the last failure;
         what comes while locked is not looked at and not counted, so one row per name and address is all there is
Success  forgets the failures of the account, never those of the address: who sprays may own an account too
"""

import logging
from datetime import timedelta

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_username
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import F, Q, Sum
from django.http import HttpRequest

from suixin.ground.audit.actions import record
from suixin.ground.people import vault
from suixin.ground.people.errors import TooManyFailures
from suixin.ground.people.models import Account
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.kit.addresses import neighbourhood
from suixin.kit.origin import of_environ

_logger = logging.getLogger(__name__)
_NAME_CHARACTERS = 150
_PASSKEY_ALONE = " passkey "  # no typed name begins with a space: nobody fails in the name of an address


class LoginFailures(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Axes' handler with two limits instead of one, and one row per name and address that keeps nothing of the request."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, object] | None = None) -> bool:
        """Whether the account or the address has failed too often."""
        return bool(locked_by(get_client_username(request, credentials) or "", _place(request)))

    def user_login_failed(
        self, sender: object, credentials: dict[str, object], request: HttpRequest | None = None, **kwargs: object,  # noqa: ARG002 as axes calls it
    ) -> None:
        """Count the failure, unless the attempt was not even looked at; drop what no longer counts."""
        AccessAttempt.objects.filter(attempt_time__lte=clock.now() - _window()).delete()
        if request is None or getattr(request, "axes_locked_out", False):
            return
        username, place = get_client_username(request, credentials) or "", _place(request)
        with transaction.atomic():
            attempt, is_new = AccessAttempt.objects.select_for_update().get_or_create(
                username=username, ip_address=place, user_agent="",
                defaults={"failures_since_start": 1, "get_data": "", "post_data": "", "http_accept": "", "path_info": ""},
            )
            if not is_new:
                AccessAttempt.objects.filter(pk=attempt.pk).update(
                    failures_since_start=F("failures_since_start") + 1, attempt_time=clock.now()
                )
            what = locked_by(username, place)
            actor = Actor(ActorKind.PUBLIC, "public", "未登录者")
            record(actor, "people.locked_out" if what else "people.sign_in_failed", ("login", _told(username)),
                   code=TooManyFailures.code if what else "401", detail={"address": place, **({"what": what} if what else {})})

    def reset_user_attempts(self, request: HttpRequest, credentials: dict[str, object] | None = None) -> int:
        """Forget the failures of the account that has just signed in."""
        return forget(get_client_username(request, credentials) or "")


def name_of(request: HttpRequest, credentials: dict[str, object] | None) -> str:
    """The name that is counted: as typed, case folded (AXES_USERNAME_CALLABLE)."""
    return str((credentials or {}).get("username") or "").casefold()[:_NAME_CHARACTERS]


def address_of(request: HttpRequest) -> str:
    """The caller's address as far as trusted proxies tell it (AXES_CLIENT_IP_CALLABLE)."""
    return of_environ(request.META, settings.SUIXIN.proxies).address


def locked_by(username: str, place: str) -> str:
    """"account" or "address", whichever has failed too often; "" while both may try."""
    limits = (("account", Q(username=username), settings.SUIXIN.login_failures),
              ("address", Q(ip_address=place), settings.SUIXIN.address_failures))
    recent = AccessAttempt.objects.filter(attempt_time__gt=clock.now() - _window())
    for what, asked, limit in limits:
        failures = recent.filter(asked).aggregate(n=Sum("failures_since_start"))["n"] or 0
        if failures >= limit:
            return what
    return ""


def require_may_try(request: HttpRequest, username: str) -> None:
    """Nothing, when the account and the address may try to sign in. Raises TooManyFailures."""
    what = locked_by(name_of(request, {"username": username}), _place(request))
    if what:
        told = "这个账号" if what == "account" else "这个网络地址"
        minutes = settings.SUIXIN.lockout_minutes
        raise TooManyFailures(f"{told}登录失败次数过多，请 {minutes} 分钟后再试；忘记密码请联系数据局管理员。")


def passkey_name(request: HttpRequest) -> str:
    """The name under which failures with a passkey alone are counted: one for each address."""
    return f"{_PASSKEY_ALONE}{_place(request)}"


def note_failure(request: HttpRequest, username: str) -> None:
    """A failed second step counted like a wrong password."""
    user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)


def forget(username: str) -> int:
    """How many rows of failures of that account were dropped."""
    return int(AxesProxyHandler.get_implementation().reset_attempts(username=username.casefold()[:_NAME_CHARACTERS]))


def _told(username: str) -> str:
    """What the audit log says of a name as typed."""
    is_known = username.startswith(_PASSKEY_ALONE) or Account.objects.filter(username__iexact=username).exists()
    return username.strip() if is_known else f"unknown-{vault.digest('login', username)[:12]}"


def _place(request: HttpRequest) -> str:
    return neighbourhood(address_of(request)) or "0.0.0.0"  # noqa: S104 a caller without address; nothing listens here


def _window() -> timedelta:
    return timedelta(minutes=settings.SUIXIN.lockout_minutes)
