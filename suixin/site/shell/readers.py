"""Who reads a page: the actor of a request, and the gate of the console."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import actor_of, posts_in_force
from suixin.ground.security import policy
from suixin.kit.actor import PUBLIC, Actor
from suixin.site.shell.menu import verb_of

P = ParamSpec("P")
ACTING_FOR = "acting_for"
Page = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def actor_for(request: HttpRequest) -> Actor:
    """The signed-in account's actor, for the organisation it chose to act for, or the public; read once a request."""
    known = getattr(request, "actor", None)
    if isinstance(known, Actor):
        return known
    user = getattr(request, "user", None)
    actor = actor_of(user, acting_for(request), posts=_posts(request)) if isinstance(user, Account) else PUBLIC
    request.actor = actor  # type: ignore[attr-defined]  # kept on the request, as Django's own middleware does
    return actor


def acting_for(request: HttpRequest) -> Organisation | None:
    """The organisation chosen in this session among those where the account holds a post today, else the first of them."""
    places = places_of(request)
    chosen = request.session.get(ACTING_FOR, "") if len(places) > 1 else ""
    return next((place for place in places if place.uscc == chosen), places[0] if places else None)


def places_of(request: HttpRequest) -> list[Organisation]:
    """Organisations in which the signed-in account holds a post today."""
    return list({post.organisation_id: post.organisation for post in _posts(request)}.values())


def _posts(request: HttpRequest) -> list[Post]:
    """Posts of the signed-in account in force today; read once a request."""
    known = getattr(request, "posts", None)
    if known is None:
        user = getattr(request, "user", None)  # none on the page that refuses a request before anybody was asked for
        known = posts_in_force(user) if isinstance(user, Account) else []
        request.posts = known  # type: ignore[attr-defined]  # as above
    return list(known)


def staff_page(page: Page[P]) -> Page[P]:
    """The page for signed-in staff; others are sent to the login page and back. Never cached by proxies.

    A page of the menu opens only to who may do its entry's verb. Raises NotAllowed.
    """

    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        here = request.resolver_match.url_name if request.resolver_match else ""
        if verb := verb_of(here or ""):
            policy.require_anywhere(actor_for(request), verb)
        response = page(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return guarded  # type: ignore[return-value]  # mypy sees the name of the first parameter, callers never use it
