"""Who reads a page: the actor of a request, and the gate of the console."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from suixin.ground.people.models import Account
from suixin.ground.people.queries import actor_of
from suixin.kit.actor import PUBLIC, Actor

P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def actor_for(request: HttpRequest) -> Actor:
    """The signed-in account's actor, or the public; read once a request."""
    known = getattr(request, "actor", None)
    if isinstance(known, Actor):
        return known
    actor = actor_of(request.user) if isinstance(request.user, Account) else PUBLIC
    request.actor = actor  # type: ignore[attr-defined]  # kept on the request, as Django's own middleware does
    return actor


def staff_page(page: Page[P]) -> Page[P]:
    """The page for signed-in staff; others are sent to the login page and back. Never cached by proxies."""

    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        response = page(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded  # type: ignore[return-value]  # mypy sees the name of the first parameter, callers never use it
