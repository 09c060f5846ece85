"""Middleware of the pages: security headers, the reader's language and way of reading, errors as pages with a sentence.

The API has its own error format; `PageErrors` leaves paths of API_PREFIXES alone.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers

from suixin.kit.errors import SuixinError
from suixin.site.shell.pages.errors import frame_of

Handler = Callable[[HttpRequest], HttpResponse]

API_PREFIXES = ("/api/v1/", "/gateway/")
LANGUAGES = {"zh": "zh-hans", "zh-hans": "zh-hans", "en": "en"}
LANGUAGE_COOKIE = "language"
VIEWS, VIEW_COOKIE = ("normal", "large", "simple"), "view"
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "worker-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


class SecurityHeaders:
    """Sets the content security policy and its companions on every answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        response.headers.setdefault("Permissions-Policy", "geolocation=(), camera=(), microphone=()")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class Language:
    """Chinese unless the reader chose English: `?lang=en` sets a cookie and comes back without the parameter.

    The browser's Accept-Language is not asked: an official page opens in Chinese for everybody.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wish = request.GET.get("lang", "") if request.method == "GET" else ""
        if wish in LANGUAGES and not request.path.startswith(API_PREFIXES):
            return _kept(request, "lang", LANGUAGE_COOKIE, wish)
        chosen = LANGUAGES.get(request.COOKIES.get(LANGUAGE_COOKIE, ""), settings.LANGUAGE_CODE)
        with translation.override(chosen):
            request.LANGUAGE_CODE = chosen
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", "en" if chosen == "en" else "zh-Hans")
        patch_vary_headers(response, ("Cookie",))
        return response


class ReadingView:
    """The portal in normal print unless the reader chose large print or the simple view: `?view=large` sets a cookie and comes back."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        wish = request.GET.get("view", "") if request.method == "GET" else ""
        if wish in VIEWS and not request.path.startswith(API_PREFIXES):
            return _kept(request, "view", VIEW_COOKIE, wish)
        return self.get_response(request)


def _kept(request: HttpRequest, parameter: str, cookie: str, wish: str) -> HttpResponse:
    """Back to the same address without the parameter, its wish in a cookie."""
    rest = request.GET.copy()
    del rest[parameter]
    # the path is ours: leading slashes are folded so that it cannot name another host
    target = "/" + request.path.lstrip("/\\") + (f"?{rest.urlencode()}" if rest else "")
    response = HttpResponseRedirect(target)
    response.set_cookie(cookie, wish, max_age=31_536_000, samesite="Lax", httponly=True, secure=settings.SUIXIN.https)
    return response


class PageErrors:
    """Turns a SuixinError that a page raised into a page with its sentence and status; a zero byte, which no database takes, is 400."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("a zero byte in the address")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Nothing, unless a field of the form holds a zero byte."""
        is_form = request.method == "POST" and not request.path.startswith(API_PREFIXES)
        if is_form and any("\0" in text for name, values in request.POST.lists() for text in (name, *values)):
            raise SuspiciousOperation("a zero byte in a form")

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A page for errors that a person can act on; None leaves the rest to Django."""
        if not isinstance(exception, SuixinError) or request.path.startswith(API_PREFIXES):
            return None
        template = "components/error.html" if request.headers.get("HX-Request") else "error.html"
        context = {
            "status": exception.http_status, "sentence": exception.sentence, "code": exception.code,
            "frame": frame_of(request, exception.http_status),
        }
        return render(request, template, context, status=exception.http_status)
