"""Every answer is counted and, when wished, told in one access line: those of Django here, those of the lean doors too."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from suixin.data.doors import serving
from suixin.data.doors.exchange import Answer, Exchange
from suixin.site import metrics
from suixin.site.logs import ACCESS

_access = logging.getLogger(ACCESS)
_DOORS = (("/static/", "static"), ("/api/", "api"), ("/gateway/", "gateway"), ("/console/", "console"))


class Watching:
    """Middleware around all others but the tracing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, counted."""
        started = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - started
        door = next((name for prefix, name in _DOORS if request.path_info.startswith(prefix)), "page")
        metrics.note(door, response.status_code, seconds)
        if settings.SUIXIN.access_log:
            actor = getattr(request, "actor", None)
            route = request.resolver_match.route if request.resolver_match else ""
            _tell(request.method or "", f"/{route}", door, response.status_code, seconds, actor.kind.value if actor else "public")
        return response


def connect() -> None:
    """Watch the lean doors; harmless when called again."""
    serving.watch(_note)


def note(door: str, route: str, seconds: float) -> None:
    """Count, and when wished tell, a public GET that was answered before Django."""
    metrics.note(door, 200, seconds)
    if settings.SUIXIN.access_log:
        _tell("GET", route, door, 200, seconds, "public")


def _note(exchange: Exchange, answer: Answer, seconds: float) -> None:
    code = answer.code if exchange.is_gateway else ""
    metrics.note(exchange.door, answer.status, seconds, code=code, rows=exchange.rows)
    if settings.SUIXIN.access_log:
        kind = exchange.actor.kind.value
        _tell(exchange.request.method, f"{exchange.door}/{exchange.action}", exchange.door, answer.status, seconds, kind, code=code)


def _tell(
    method: str, route: str, door: str, status: int, seconds: float, actor: str, code: str = ""
) -> None:
    facts = {"method": method, "route": route, "door": door, "status": status, "ms": round(seconds * 1000, 1), "actor": actor}
    _access.info("request", extra=facts | ({"code": code} if code else {}))
