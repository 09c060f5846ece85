"""The resident behind a request: a cookie and a session of its own, beside those of staff and unknown to them.

Cookies   `resident` (with https `__Host-resident`): the session's token; `resident-signin`: a sign-in on its way,
          sent only to /login/. Both HttpOnly, SameSite=Lax, secure with https
Upload    what says that it is longer than any form of theirs, or of an item's editor, is refused before anything of it is read
Promise   nothing here reads `request.user`, nothing of staff reads this: being one makes nobody the other
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from suixin.ground.files.limits import limit_of_all, megabytes
from suixin.ground.people.residents import queries
from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.signin import ATTEMPT, LASTS
from suixin.kit.actor import PUBLIC, Actor

ATTEMPT_COOKIE = "resident-signin"
ATTEMPT_PATH = "/login/"
_NOT_AFTERWARDS = ("/login", "/logout", "/console", "/api", "/gateway")
_UPLOADS, _FILES_AT_ONCE = ("/apply/", "/my/", "/console/items/"), 5
P = ParamSpec("P")
Page = Callable[Concatenate[HttpRequest, ResidentSession, P], HttpResponseBase]


def session_cookie() -> str:
    """Name of the session's cookie; the prefix makes browsers refuse it from any other host or path."""
    return "__Host-resident" if settings.SUIXIN.https else "resident"


def session_for(request: HttpRequest) -> ResidentSession | None:
    """The session of the signed-in resident, None when there is none; read once a request."""
    if not hasattr(request, "_resident_session"):
        token = request.COOKIES.get(session_cookie(), "")
        request._resident_session = queries.session_of(token) if token else None  # type: ignore[attr-defined]  # kept there
    found: ResidentSession | None = request._resident_session  # type: ignore[attr-defined]  # as above
    return found


def resident_actor(request: HttpRequest) -> Actor:
    """Who acts here: the resident for itself or for the firm it switched to, or the public."""
    session = session_for(request)
    return PUBLIC if session is None else queries.actor_of_session(session)


def resident_page(page: Page[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """The page for a signed-in resident, given its session; others are sent to sign in and back. Never cached."""

    @wraps(page)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        session = session_for(request)
        if session is None:
            wanted = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("me")
            return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': wanted})}")
        response = page(request, session, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return guarded  # type: ignore[return-value]  # mypy sees the name of the first parameter, callers never use it


def safe_next(text: str) -> str:
    """The page of ours to go to afterwards; one's own page when the text names another host, or no page for residents."""
    is_ours = text.startswith("/") and url_has_allowed_host_and_scheme(text, allowed_hosts=None)
    is_plain = text.isprintable() and len(text) <= 500 and "\\" not in text
    return text if is_ours and is_plain and not text.startswith(_NOT_AFTERWARDS) else reverse("me")


def keep_attempt(response: HttpResponse, token: str) -> None:
    """The browser remembers that it began a sign-in."""
    _set(response, ATTEMPT_COOKIE, token, seconds=ATTEMPT.total_seconds(), path=ATTEMPT_PATH)


def drop_attempt(response: HttpResponse) -> None:
    """The sign-in is over, one way or the other."""
    _set(response, ATTEMPT_COOKIE, "", seconds=0, path=ATTEMPT_PATH)


def keep_session(response: HttpResponse, token: str) -> None:
    """The browser is signed in, at most as long as the session lasts."""
    _set(response, session_cookie(), token, seconds=LASTS.total_seconds())


def drop_session(response: HttpResponse) -> None:
    """The browser is signed out."""
    _set(response, session_cookie(), "", seconds=0)


class Residents:
    """Middleware: drops the cookie of a session that is over; marks pages that name a resident as private."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _is_too_long(request):
            told = gettext("上传的内容太大，没有接收；每份文件不超过 %(limit)s，请压缩或分几次上传。")
            sentence = told % {"limit": megabytes(limit_of_all())}
            return HttpResponse(sentence, status=413, content_type="text/plain; charset=utf-8")
        response = self.get_response(request)
        name = session_cookie()
        if name in request.COOKIES and hasattr(request, "_resident_session"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
            if session_for(request) is None and name not in response.cookies:
                drop_session(response)
        return response


def _is_too_long(request: HttpRequest) -> bool:
    """Whether an upload to a resident's page, or of an item's forms, says that it is longer than a few of the largest files."""
    length = request.META.get("CONTENT_LENGTH") or ""
    is_upload = request.method == "POST" and request.path.startswith(_UPLOADS)
    return is_upload and length.isdecimal() and int(length) > _FILES_AT_ONCE * limit_of_all()


def _set(response: HttpResponse, name: str, value: str, *, seconds: float, path: str = "/") -> None:
    response.set_cookie(name, value, max_age=int(seconds), path=path, secure=settings.SUIXIN.https, httponly=True, samesite="Lax")
