"""Where accounts are signed in: opened at sign-in, ended by time, by number, by their owner, or with the account.

Limits   settings session_idle_minutes, session_hours, sessions_per_account (the oldest makes room for a new one)
Ended    sign-out, change of password, disabling, change of posts, reset of a factor: `end_all`
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from suixin.ground.people.credentials import StaffSession
from suixin.ground.people.lockout import address_of
from suixin.ground.people.models import Account
from suixin.kit import clock

SEEN_EVERY = timedelta(minutes=1)
PROVED = "proved_at"
ENDED = "session_ended"
FRESH = timedelta(minutes=15)


def opened(sender: object, request: HttpRequest, user: Account, **kwargs: object) -> None:
    """A session noted when somebody has signed in, by whatever door (Django's signal `user_logged_in`)."""
    key = request.session.session_key
    if key is None or not isinstance(user, Account):
        return
    agent = str(request.META.get("HTTP_USER_AGENT") or "")[:250]
    request.session[PROVED] = clock.now().isoformat()
    StaffSession.objects.update_or_create(
        key=key, defaults={"account": user, "address": address_of(request)[:45], "agent": agent, "started_at": clock.now(),
                           "seen_at": clock.now(), "method": str(getattr(request, "signed_in_by", ""))},
    )
    surplus = user.sessions.order_by("-started_at", "-pk").values_list("key", flat=True)[settings.SUIXIN.sessions_per_account:]
    end(user, *surplus)


def closed(sender: object, request: HttpRequest, **kwargs: object) -> None:
    """A session forgotten when its owner signs out (Django's signal `user_logged_out`)."""
    StaffSession.objects.filter(key=request.session.session_key or "").delete()


def reason_to_end(request: HttpRequest) -> str:
    """Why the session of a signed-in request is over: "idle", "old", "ended"; "" while it lasts, and then it was seen."""
    if SESSION_KEY not in request.session:
        return ""
    session = next(iter(StaffSession.objects.filter(key=request.session.session_key or "").order_by()), None)
    now = clock.now()
    if session is None:
        return "ended"
    if now - session.seen_at > timedelta(minutes=settings.SUIXIN.session_idle_minutes):
        return "idle"
    if now - session.started_at > timedelta(hours=settings.SUIXIN.session_hours):
        return "old"
    if now - session.seen_at > SEEN_EVERY:
        StaffSession.objects.filter(pk=session.pk).update(seen_at=now)
    return ""


def is_fresh(request: HttpRequest) -> bool:
    """Whether the owner has shown the password within the last quarter of an hour."""
    proved = str(request.session.get(PROVED, ""))
    return bool(proved) and clock.now() - datetime.fromisoformat(proved) < FRESH


def freshen(request: HttpRequest) -> None:
    """The owner has just shown the password."""
    request.session[PROVED] = clock.now().isoformat()


def moved(key: str, to: str) -> None:
    """The session goes on under another key."""
    StaffSession.objects.filter(key=key).update(key=to)


def end(account: Account, *keys: str) -> int:
    """How many of these sessions of the account were ended; nothing is left in them but that they ended."""
    own = list(account.sessions.filter(key__in=keys).values_list("key", flat=True))
    Session.objects.filter(session_key__in=own).update(session_data=SessionStore().encode({ENDED: "ended"}))
    StaffSession.objects.filter(key__in=own).delete()
    return len(own)


def end_all(account: Account, *, but: str = "") -> int:
    """How many sessions of the account were ended, all but one perhaps."""
    return end(account, *account.sessions.exclude(key=but).values_list("key", flat=True))


def forget_old() -> int:
    """How many sessions that are over by time were dropped, theirs and Django's own; a job calls this once a day."""
    oldest = clock.now() - timedelta(hours=settings.SUIXIN.session_hours)
    dropped, _ = StaffSession.objects.filter(started_at__lt=oldest).delete()
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    return dropped
