"""The fast way in, before Django: gateway, rows, downloads, shares, pushes and front machines; None for every other address.

No session, no template, no middleware: routing, handler, access record, answer.
"""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings

from suixin.data.access.models import Door
from suixin.data.doors import agents, pushing, rows
from suixin.data.doors.delta import routes as delta
from suixin.data.doors.downloads import serve as downloads
from suixin.data.doors.exchange import Answer, Exchange, Request, request_of
from suixin.data.doors.gateway import envelopes, lookup, querying, temporary, verify
from suixin.data.doors.proxies import serving as proxies
from suixin.data.doors.serving import READING, SECURITY, Handler, refusal, serve
from suixin.kit import origin
from suixin.kit.errors import SuixinError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_PREFIXES = (
    "/gateway/", "/api/v1/datasets/", "/dataset/", "/api/v1/push/", "/api/v1/agent/", "/api/v1/cascade/", "/sysapi/auth/",
    delta.PREFIX,
)
_ROUTES: tuple[tuple[re.Pattern[str], Door, str, Handler], ...] = (
    (re.compile(r"/gateway/(?P<name>[^/]{1,128})/lookup/?"), Door.GATEWAY, "lookup", lookup.lookup),
    (re.compile(r"/gateway/(?P<name>[^/]{1,128})/verify/?"), Door.VERIFY, "verify", verify.verify),
    (re.compile(r"/gateway/(?P<name>[^/]{1,128})/rows/?"), Door.ROWS, "rows", querying.rows),
    (re.compile(r"/gateway/(?P<name>[^/]{1,128})/aggregate/?"), Door.AGGREGATE, "aggregate", querying.aggregate),
    (re.compile(r"/gateway/(?P<name>[^/]{1,128})/proxy/?"), Door.PROXY, "proxy", proxies.proxied),
    (re.compile(r"/api/v1/datasets/(?P<name>[^/]{1,128})/rows/?"), Door.ROWS, "rows", rows.page),
    (
        re.compile(r"/dataset/(?P<name>[^/]{1,128})/resource/[^/]{1,128}/download/[^/]{1,200}"),
        Door.DOWNLOAD, "download", downloads.download,
    ),
)
_ASKING = (*READING, "POST")  # of the gateway a POST asks too, with its parameters in the body
_SHARES = delta.PATTERNS
_PUSH = re.compile(r"/api/v1/push/(?P<name>[^/]{1,128})/?")
_AGENT = re.compile(r"/api/v1/agent/(?P<name>[^/]{1,128})/?")
_CHUNK = re.compile(r"/api/v1/agent/(?P<name>[^/]{1,128}/[^/]{1,128}/[^/]{1,128})")
_POSTS: list[tuple[re.Pattern[str], str, Handler]] = [
    (_PUSH, "push", pushing.push), (_AGENT, "beat", agents.beat), (_CHUNK, "chunk", agents.chunk),
]
_REFRESH, _KEYS = re.compile(r"/sysapi/auth/refreshappsecret/?"), re.compile(r"/gateway/keys/?")
_OF_NO_RESOURCE: tuple[tuple[re.Pattern[str], str, Handler, tuple[str, ...]], ...] = (
    (_REFRESH, "refresh", temporary.refresh, ("POST",)), (_KEYS, "keys", envelopes.keys, READING),
)
_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def register_post(pattern: str, action: str, handler: Handler) -> None:
    """Let a module above take signed POSTs at an address below one of the prefixes; `name` in the pattern is what it is about."""
    made = (re.compile(pattern), action, handler)
    if made not in _POSTS:
        _POSTS.append(made)


def application_or_none(environ: Mapping[str, object], start_response: "StartResponse") -> Iterable[bytes] | None:
    """The answer of one of the doors, None when the address is not theirs (nothing was started then)."""
    if not str(environ.get("PATH_INFO", "")).startswith(_PREFIXES):
        return None
    with origin.at(origin.of_environ(environ, settings.SUIXIN.proxies)):
        answer = _answer(environ)
    if answer is None:
        return None
    if answer.length is not None and answer.status != HTTPStatus.NOT_MODIFIED:
        answer.headers.append(("Content-Length", str(answer.length)))
    start_response(_STATUS.get(answer.status, str(answer.status)), answer.headers)
    if environ.get("REQUEST_METHOD") == "HEAD":
        close = getattr(answer.body, "close", None)
        if close is not None:
            close()
        return []
    return answer.body


def _answer(environ: Mapping[str, object]) -> Answer | None:
    try:
        return answer_or_none(request_of(environ))
    except SuixinError as error:
        request = Request(str(environ.get("REQUEST_METHOD", "GET")), "", "", environ)
        told = refusal(Exchange(request, "", ""), error)
        told.headers += SECURITY
        return told


def answer_or_none(request: Request) -> Answer | None:
    """The answer, None when the address is none of the doors'."""
    if request.path.startswith(delta.PREFIX):  # of _SHARES, or nowhere
        return delta.answer(request)
    for pattern, action, handler in _POSTS:
        if match := pattern.fullmatch(request.path):
            return serve(Exchange(request, Door.PUSH.value, action, resource=match["name"]), handler, methods=("POST",))
    for pattern, action, handler, methods in _OF_NO_RESOURCE:
        if pattern.fullmatch(request.path):
            return serve(Exchange(request, Door.GATEWAY.value, action), handler, methods=methods)
    for pattern, door, action, handler in _ROUTES:
        match = pattern.fullmatch(request.path)
        if match is not None:
            exchange = Exchange(request, door.value, action, resource=match["name"], asked=match["name"])
            return serve(exchange, handler, methods=_ASKING if exchange.is_gateway else READING)
    return None
