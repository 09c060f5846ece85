"""Middleware at the gate: sessions that are over end; a personal access token says for whom a program calls the API."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers

from suixin.ground.people import sessions, tokens
from suixin.ground.people.errors import TokenReadsOnly, TokenRefused
from suixin.kit import origin
from suixin.kit.errors import SuixinError

Handler = Callable[[HttpRequest], HttpResponse]
API = "/api/v1/"
READING = ("GET", "HEAD", "OPTIONS")


class SessionLimits:
    """Who comes with a session that is over is a stranger again; the login page says why (`sessions.ENDED` in the new session)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        reason = sessions.reason_to_end(request)
        if reason:
            sessions.closed(None, request)
            request.session.flush()
            request.session[sessions.ENDED] = reason
            request.user = AnonymousUser()
        return self.get_response(request)


class AccessTokens:
    """Under /api/v1/ `Authorization: Bearer sxp_...` sets `request.actor` to its owner; the session's user is not asked."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        authorization = request.headers.get("Authorization", "")
        if not authorization or not request.path_info.startswith(API):
            return self.get_response(request)
        try:
            bearer = tokens.held_by(authorization)
            if bearer and not bearer.may_write and request.method not in READING:
                raise TokenReadsOnly("这个访问令牌只能读取；请用有读写权限的令牌。")
        except TokenRefused as error:
            return _told(error, {"WWW-Authenticate": tokens.CHALLENGE})
        except TokenReadsOnly as error:
            return _told(error, {"WWW-Authenticate": 'Bearer realm="suixin", error="insufficient_scope", scope="write"'})
        if bearer:
            request.actor = bearer.actor  # type: ignore[attr-defined]  # as readers.actor_for keeps it
            request.user = AnonymousUser()
        response = self.get_response(request)
        if bearer:
            response.headers["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ("Authorization",))
        return response


def _told(error: SuixinError, headers: dict[str, str]) -> HttpResponse:
    content = {"code": error.code, "message": error.sentence, "trace_id": origin.current().trace_id}
    return JsonResponse(content, status=error.http_status, headers=headers, json_dumps_params={"ensure_ascii": False})
