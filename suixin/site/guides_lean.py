"""Guides before Django: the public's plain GET of a guide, rendered once for each version and kept; everything else is left to Django.

Kept     what Django answered (200, no cookie) for a guide without parameters, by its code; LIMIT of them, the oldest use leaves first;
         likewise the page of all guides, until an item or a theme is published (a planned start shows there within SECONDS)
Fresh    the version in force and the newest number are read with every request, so that a publication, a pause, a planned
         start is seen at once by every process; besides a page is made anew after SECONDS, since its frame may change
Left     other methods, parameters, callers with a token or a cookie (language and identity are told there), what is refused
"""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, connection

from suixin.kit import clock, origin
from suixin.site import watching

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_logger = logging.getLogger(__name__)
PREFIX, LIMIT, SECONDS = "/guides/", 512, 300.0
_KNOWN = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_APP_ID", "HTTP_HX_REQUEST", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
_STAMP = (
    "SELECT v.id, i.version FROM items_item i JOIN items_itemversion v ON v.item_id = i.id"
    " WHERE i.code = %s AND v.valid_from <= %s AND (v.valid_until IS NULL OR v.valid_until > %s)"
)
LIST = "*"
_LIST_STAMP = "SELECT (SELECT MAX(id) FROM items_itemversion), (SELECT COALESCE(MAX(id), 0) FROM themes_themeversion)"
Stamp = tuple[int, int]
Application = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """One page as Django made it, for a version."""

    stamp: Stamp
    made: float
    headers: tuple[tuple[str, str], ...]
    body: bytes


_pages: OrderedDict[str, Kept] = OrderedDict()
_lock = Lock()


def answer_or_none(
    environ: "WSGIEnvironment", start_response: "StartResponse", django: Application
) -> Iterable[bytes] | None:
    """The guide that was asked for, made by `django` when it is not kept; None when the request is not one of these."""
    code = _code(environ)
    if not code:
        return None
    started = time.perf_counter()
    close_old_connections()
    try:
        stamp = _stamp(code)
    except Exception:
        _logger.exception("the version of %s could not be read; left to Django, which answers or tells the fault", code)
        return None
    if stamp is None:
        return None
    kept = _pages.get(code)
    if kept is None or kept.stamp != stamp or time.monotonic() - kept.made > SECONDS:
        return _made(environ, start_response, django, code, stamp)
    with _lock:
        if code in _pages:
            _pages.move_to_end(code)
    with origin.at(origin.of_environ(environ, settings.SUIXIN.proxies)) as here:
        start_response("200 OK", [*kept.headers, (origin.HEADER, here.trace_id)])
    watching.note("page", "guide", time.perf_counter() - started)
    return [kept.body]


def forget() -> None:
    """Every kept page given up; for tests."""
    with _lock:
        _pages.clear()


def _code(environ: Mapping[str, object]) -> str:
    """The code of a guide that everybody sees alike, LIST for the page of all of them; empty for any other request."""
    path = str(environ.get("PATH_INFO", ""))
    is_plain = environ.get("REQUEST_METHOD") == "GET" and not environ.get("QUERY_STRING") and not any(map(environ.get, _KNOWN))
    if not is_plain or not path.startswith(PREFIX):
        return ""
    code = path[len(PREFIX) :]
    if not code:
        return LIST
    return code if code.isascii() and code.isalnum() and len(code) <= 36 else ""


def _stamp(code: str) -> Stamp | None:
    now = connection.ops.adapt_datetimefield_value(clock.now())
    with connection.cursor() as cursor:
        if code == LIST:
            cursor.execute(_LIST_STAMP)
        else:
            cursor.execute(_STAMP, [code, now, now])
        row = cursor.fetchone()
    return (row[0], row[1]) if row and row[0] is not None else None


def _made(
    environ: "WSGIEnvironment", start_response: "StartResponse", django: Application, code: str, stamp: Stamp
) -> Iterable[bytes]:
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def listen(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> Callable[[bytes], object]:
        told.append((status, list(headers)))
        return start_response(status, headers)

    answer = django(environ, listen)
    parts = list(answer)
    if close := getattr(answer, "close", None):
        close()
    body = b"".join(parts)
    status, headers = told[-1]
    names = {name.lower() for name, _ in headers}
    if status.startswith("200") and not names & {"set-cookie", "content-encoding"}:
        held = tuple((name, value) for name, value in headers if name.lower() != origin.HEADER.lower())
        with _lock:
            _pages[code] = Kept(stamp, time.monotonic(), held, body)
            while len(_pages) > LIMIT:
                _pages.popitem(last=False)
    return [body]
