"""Around every handler: errors become sentences, the access record is committed, then the answer leaves."""

import logging
import time
from collections.abc import Callable, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from django.conf import settings

from suixin.data.access import log
from suixin.data.access.errors import OverQuota, Replayed
from suixin.data.access.values import dumps
from suixin.data.doors import receipts, streams
from suixin.data.doors.errors import WrongMethod
from suixin.data.doors.exchange import Answer, Exchange, Request, json_answer
from suixin.ground.people.errors import TokenRefused
from suixin.ground.people.tokens import CHALLENGE
from suixin.kit import clock, origin
from suixin.kit.actor import ActorKind
from suixin.kit.errors import SuixinError

Handler = Callable[[Exchange], Answer]
# What leaves here is data, never a page: a browser that opens it runs and embeds nothing.
SECURITY = (
    ("X-Content-Type-Options", "nosniff"), ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ("Referrer-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
)
SECURITY_HTTPS = (*SECURITY, ("Strict-Transport-Security", "max-age=31536000"))
READING = ("GET", "HEAD")
Watcher = Callable[[Exchange, Answer, float], None]
_SAID = frozenset({  # headers in which a caller says something of its call
    "HTTP_X_MESSAGE_ID", "HTTP_X_ROAD_ID", "HTTP_X_ROAD_USERID", "HTTP_X_ROAD_ISSUE", "HTTP_X_ROAD_REPRESENTED_PARTY", "HTTP_X_PURPOSE",
})
_LENGTH_DIGITS = 15  # what says more is no length
_logger = logging.getLogger(__name__)
_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Let `watcher` see every exchange with its answer and seconds, once; it must be quick and not raise."""
    if watcher not in _watchers:
        _watchers.append(watcher)


def serve(exchange: Exchange, handle: Handler, *, methods: Sequence[str] = READING) -> Answer:
    """The answer of `handle`, logged. Never raises: what goes wrong is answered with code, sentence and trace id."""
    started = time.perf_counter()
    try:
        answer = _handled(exchange, handle, methods)
        _record(exchange, answer, started)
        receipts.promise(exchange, answer)
    except (Replayed, OverQuota) as error:
        exchange.nonce, exchange.rows, exchange.delivered = None, 0, None
        if (close := getattr(answer.body, "close", None)) is not None:
            close()
        answer = refusal(exchange, error)
        _record(exchange, answer, started)
    except Exception:
        _logger.exception("access record of %s could not be written", exchange.trace_id)
        answer = _failure(exchange)
    if exchange.actor.kind is not ActorKind.PUBLIC:
        _keep_private(answer)
    if exchange.plan is not None and not isinstance(answer.body, list):
        answer.body = streams.Watched(exchange, answer.body)
    answer.headers += [(origin.HEADER, exchange.trace_id), *(SECURITY_HTTPS if settings.SUIXIN.https else SECURITY)]
    for watcher in _watchers:
        watcher(exchange, answer, time.perf_counter() - started)
    return answer


def _keep_private(answer: Answer) -> None:
    """What one caller may see is not kept for others, nor shown to pages of other sites."""
    answer.headers[:] = [(name, "private, no-cache" if (name, value) == ("Cache-Control", "no-cache") else value)
                         for name, value in answer.headers if name != "Access-Control-Allow-Origin"]
    answer.headers.append(("Vary", "Authorization, X-App-Id"))


def refusal(exchange: Exchange, error: SuixinError) -> Answer:
    """The error as JSON: code, message, trace id, and `data` null where answers carry data."""
    content: dict[str, object] = {"code": error.code, "message": error.sentence, "trace_id": exchange.trace_id}
    if exchange.is_gateway:
        content["data"] = None
    if exchange.door == "share":  # the protocol's own names beside ours
        content = {"errorCode": error.code, "message": error.sentence, "trace_id": exchange.trace_id}
    answer = json_answer(dumps(content), status=error.http_status, code=error.code)
    answer.fault = type(error).__name__
    if isinstance(error, WrongMethod):
        answer.headers.append(("Allow", ", ".join(error.allowed)))
    if isinstance(error, TokenRefused):
        answer.headers.append(("WWW-Authenticate", CHALLENGE))
    if error.retry:
        answer.headers.append(("Retry-After", str(error.fields.get("retry_after", 5))))
    return answer


def _handled(exchange: Exchange, handle: Handler, methods: Sequence[str]) -> Answer:
    try:
        _require_method(exchange.request.method, methods)
        return _held(handle(exchange))
    except SuixinError as error:
        if error.http_status >= 500:
            _logger.exception("request %s failed", exchange.trace_id)
        return refusal(exchange, error)
    except Exception:
        _logger.exception("request %s failed", exchange.trace_id)
        return _failure(exchange)


def _held(answer: Answer) -> Answer:
    """The answer, which keeps a place while a body that is not in memory is on its way out. Raises TooBusy."""
    if not isinstance(answer.body, list):
        answer.body = streams.Held(answer.body)
    return answer


def _require_method(method: str, methods: Sequence[str]) -> None:
    if method not in methods:
        raise WrongMethod(methods)


def _failure(exchange: Exchange) -> Answer:
    return refusal(exchange, _Failed(f"平台出现异常，请凭追踪号 {exchange.trace_id} 报障。"))


class _Failed(SuixinError):
    """Something of ours broke."""

    code = "api-500"


def _record(exchange: Exchange, answer: Answer, started: float) -> None:
    request, here = exchange.request, origin.current()
    log.write(
        log.Access(
            trace_id=exchange.trace_id, at_ms=int(clock.now().timestamp() * 1000), actor=exchange.actor,
            door=exchange.door, action=exchange.action, resource=exchange.resource, code=answer.code,
            micros=int((time.perf_counter() - started) * 1e6), plan=exchange.plan, rows=exchange.rows,
            bytes=answer.length, address=here.address, terminal=here.terminal, request=request.path,
            subjects=exchange.subjects, called=_called(request, answer), uses=exchange.uses,
            delivered=exchange.delivered if answer.status < HTTPStatus.BAD_REQUEST else None,
        ),
        nonce=exchange.nonce,
    )


def _called(request: Request, answer: Answer) -> log.Called:
    """What the caller said of its call in X-Road's headers or ours, and what came of it."""
    header, length = request.header, str(request.environ.get("CONTENT_LENGTH") or "0")
    received = len(request.query) + (int(length) if length.isdecimal() and len(length) <= _LENGTH_DIGITS else 0)
    if _SAID.isdisjoint(request.environ):
        return log.Called(request.method, answer.status, received, fault=answer.fault)
    return log.Called(
        request.method, answer.status, received,
        header("X-Message-Id") or header("X-Road-Id"), header("X-Road-UserId"), header("X-Road-Issue"),
        header("X-Road-Represented-Party"), unquote(header("X-Purpose"), errors="replace"), answer.fault,
    )
