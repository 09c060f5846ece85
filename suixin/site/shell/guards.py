"""Middleware at the gate: sessions that are over end; a personal access token says for whom a program calls the API."""

from collections.abc import Callable
from dataclasses import replace

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers

from suixin.ground.people import sessions, tokens
from suixin.ground.people.credentials import TokenScope
from suixin.ground.people.errors import TokenReadsOnly, TokenRefused
from suixin.kit import origin
from suixin.kit.errors import SuixinError

Handler = Callable[[HttpRequest], HttpResponse]
API = "/api/v1/"
_READS_ONLY = "这个访问令牌只能读取；请用有读写权限的令牌。"
_CATALOG_ONLY = "这个访问令牌只能登记和变更目录；请用有读写权限的令牌。"
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
            if bearer and request.method not in READING and not bearer.may_write_at(request.path_info):
                raise TokenReadsOnly(_READS_ONLY if bearer.scope == TokenScope.READ else _CATALOG_ONLY)
        except TokenRefused as error:
            return _told(error, {"WWW-Authenticate": tokens.CHALLENGE})
        except TokenReadsOnly as error:
            return _told(error, {"WWW-Authenticate": 'Bearer realm="suixin", error="insufficient_scope", scope="write"'})
        if bearer:
            request.actor = bearer.actor  # type: ignore[attr-defined]  # as readers.actor_for keeps it
            request.user = AnonymousUser()
            with origin.at(_by_token(bearer)):
                response = self.get_response(request)
        else:
            response = self.get_response(request)
        if bearer:
            response.headers["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ("Authorization",))
        return response


def _by_token(bearer: tokens.Bearer) -> origin.Origin:
    """Where the call comes from, with the token that it came with, so that every record of it names the token."""
    here = origin.current()
    return replace(here, terminal=f"{bearer.token}；{here.terminal}"[: origin.LONGEST_TERMINAL])


def _told(error: SuixinError, headers: dict[str, str]) -> HttpResponse:
    content = {"code": error.code, "message": error.sentence, "trace_id": origin.current().trace_id}
    return JsonResponse(content, status=error.http_status, headers=headers, json_dumps_params={"ensure_ascii": False})
