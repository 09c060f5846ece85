"""Slow clients hold no thread that answers: what they send is taken before, what they fetch is handed over after, each within a bound.

The server has more threads than answer at once (thread_counts.py): BODIES of them may be waiting for what a client sends, as many as
`doors.streams.SLOTS` for a client to take a file or a stream. Beyond, a call is refused at once (503) and may try again.

Body     taken by a thread of its own into memory, beyond 1 MB into a file; who does not send it in time gets 408, and the connection ends
Large    bodies beyond LARGEST pass as they come, for who reads them judges them piece by piece; they keep their place of the BODIES
"""

import os
import tempfile
import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from contextlib import nullcontext
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING

import orjson

from suixin.data.doors.serving import SECURITY
from suixin.site.thread_counts import BODIES, VARIABLE

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LEAST_SECONDS, LEAST_SPEED = 20.0, 32 << 10  # bytes a second, beyond what the least time allows
LARGEST = 64 << 20
_IN_MEMORY, _PIECE = 1 << 20, 1 << 16
_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_JSON = ("Content-Type", "application/json; charset=utf-8")


class _Gate:
    """Lets in so many threads at once. A queue of places, since threads that wait there are woken once, a semaphore's several times."""

    def __init__(self, places: int) -> None:
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(places):
            self._free.put(None)

    def __enter__(self) -> None:
        self._free.get()

    def __exit__(self, *_: object) -> None:
        self._free.put(None)


class Patient:
    """The application, in which at most so many requests are being answered at once, none of them waiting for its client."""

    def __init__(self, application: "WSGIApplication", *, answering: int | None = None) -> None:
        self._application = application
        told = answering or int(os.environ.get(VARIABLE) or 0)
        self._gate: AbstractContextManager[object] = _Gate(told) if told else nullcontext()
        self._bodies = threading.BoundedSemaphore(BODIES)
        self._takers = ThreadPoolExecutor(BODIES, thread_name_prefix="bodies")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The answer to one request."""
        length = _length(environ)
        if not length:
            with self._gate:
                return self._application(environ, start_response)
        if not self._bodies.acquire(blocking=False):
            return _refuse(start_response, "503 Service Unavailable", "同时提交的人太多；请稍后再试。", retry_after=5)
        if length > LARGEST:
            try:
                return self._application(environ, start_response)
            finally:
                self._bodies.release()
        return self._taken(environ, start_response, length)

    def _taken(self, environ: "WSGIEnvironment", start_response: "StartResponse", length: int) -> Iterable[bytes]:
        waiting: Future[IO[bytes]] = self._takers.submit(_take, environ["wsgi.input"], length)
        waiting.add_done_callback(lambda _: self._bodies.release())
        try:
            body = waiting.result(LEAST_SECONDS + length / LEAST_SPEED)
        except NotInTime:
            waiting.add_done_callback(_forget)
            return _refuse(start_response, "408 Request Timeout", "请求体没有在限时内送到；请检查网络后重新发送。")
        except OSError:
            return _refuse(start_response, "400 Bad Request", "请求体没有收全；请重新发送。")
        with body, self._gate:
            environ["wsgi.input"] = body
            return self._application(environ, start_response)


def _length(environ: "WSGIEnvironment") -> int:
    told = str(environ.get("CONTENT_LENGTH") or "")
    return int(told) if environ.get("REQUEST_METHOD") in _METHODS and told.isdecimal() and len(told) < 16 else 0


def _take(source: IO[bytes], length: int) -> IO[bytes]:
    """All of the body that comes, from its beginning."""
    held = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 the caller closes it
    left = length
    while left > 0 and (piece := source.read(min(_PIECE, left))):
        held.write(piece)
        left -= len(piece)
    held.seek(0)
    return held


def _forget(late: "Future[IO[bytes]]") -> None:
    """What came too late is let go of."""
    if late.exception() is None:
        late.result().close()


def _refuse(start_response: "StartResponse", status: str, sentence: str, *, retry_after: int = 0) -> Iterable[bytes]:
    body = orjson.dumps({"code": f"api-{status[:3]}", "message": sentence, "data": None})
    headers = [_JSON, ("Content-Length", str(len(body))), ("Connection", "close"), *SECURITY]
    start_response(status, [*headers, *([("Retry-After", str(retry_after))] if retry_after else [])])
    return [body]
