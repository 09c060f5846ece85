"""Public pages before Django: those that everybody sees alike, made once for as long as what they show stands, and kept.

Which    a guide, and the list of all of them; searches and lists of the catalogue, the search over everything
Kept     what Django answered (200, no cookie), by its host, scheme and address; BYTES of them, the least used go
Fresh    the stamp of what a page shows is read with every request, so that a publication, a pause, a planned start, a change of an
         entry is seen at once by every process: a guide's version in force and newest number, the newest version of any item or theme
         for the list of guides, with both the index of guides and themes; all stamps of the index for what is searched. What a
         stamp does not tell (the frame, a planned start in a list, names of departments) shows within SECONDS, GUIDE_SECONDS for a guide
Left     other methods, callers with a token or a cookie (language and identity are told there), hosts that are not ours, what is refused
         or fails
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, connection
from django.http.request import split_domain_port, validate_host

from suixin.kit import clock, origin
from suixin.kit.recent import Recent
from suixin.site import watching

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_logger = logging.getLogger(__name__)
GUIDES, SEARCHED = "/guides/", ("/catalogue", "/search")
BYTES, SECONDS, GUIDE_SECONDS = 48 << 20, 60.0, 300.0
LONGEST_QUERY = 1_000
_KNOWN = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_APP_ID", "HTTP_HX_REQUEST", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
_GUIDE_STAMP = (
    "SELECT v.id, i.version FROM items_item i JOIN items_itemversion v ON v.item_id = i.id"
    " WHERE i.code = %s AND v.valid_from <= %s AND (v.valid_until IS NULL OR v.valid_until > %s)"
)
_LIST_STAMP = "SELECT (SELECT MAX(id) FROM items_itemversion), (SELECT COALESCE(MAX(id), 0) FROM themes_themeversion)"
_SEARCH_STAMP = "SELECT kind, value FROM search_stamp ORDER BY kind"
_GUIDES_STAMP = "SELECT kind, value FROM search_stamp WHERE kind IN ('guide', 'theme') ORDER BY kind"
Stamp = list[tuple[object, ...]]
Application = Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class Kept:
    """One page as Django made it, under a stamp."""

    stamp: Stamp
    made: float
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def weight(self) -> int:
        """Bytes in memory, about."""
        return len(self.body) + 4_000


_pages: Recent[str, Kept] = Recent(BYTES, lambda kept: kept.weight)


def answer_or_none(
    environ: "WSGIEnvironment", start_response: "StartResponse", django: Application
) -> Iterable[bytes] | None:
    """The page that was asked for, made by `django` when it is not kept; None when the request is not for one of these."""
    address = _address(environ)
    if not address:
        return None
    started = time.perf_counter()
    close_old_connections()
    try:
        stamp = _stamp(address)
    except Exception:
        _logger.exception("the stamp of %s could not be read; left to Django, which answers or tells the fault", address)
        return None
    if not stamp:
        return None
    place, is_guide = _place(environ, address), address.startswith(GUIDES)
    kept, lasting = _pages.recall(place), GUIDE_SECONDS if is_guide and address != GUIDES else SECONDS
    if kept is None or kept.stamp != stamp or time.monotonic() - kept.made > lasting:
        return _made(environ, start_response, django, place, stamp)
    with origin.at(origin.of_environ(environ, settings.SUIXIN.proxies)) as here:
        start_response("200 OK", [*kept.headers, (origin.HEADER, here.trace_id)])
    watching.note("page", "guide" if is_guide else address.partition("?")[0], time.perf_counter() - started)
    return [kept.body]


def forget() -> None:
    """Every kept page given up; for tests."""
    _pages.forget()


def _address(environ: Mapping[str, object]) -> str:
    """The address of a page that everybody sees alike; empty for any other request."""
    path, query = str(environ.get("PATH_INFO", "")), str(environ.get("QUERY_STRING") or "")
    if environ.get("REQUEST_METHOD") != "GET" or any(map(environ.get, _KNOWN)) or not _is_our_host(str(environ.get("HTTP_HOST") or "")):
        return ""
    if path in SEARCHED:
        return f"{path}?{query}" if len(query) <= LONGEST_QUERY else ""
    code = path.removeprefix(GUIDES)
    is_guide = path.startswith(GUIDES) and not query and (not code or (code.isascii() and code.isalnum() and len(code) <= 36))
    return path if is_guide else ""


def _place(environ: Mapping[str, object], address: str) -> str:
    """What a page is kept by: Django's headers differ by the scheme that a proxy tells."""
    return f"{environ.get('HTTP_HOST') or ''} {environ.get('HTTP_X_FORWARDED_PROTO') or ''} {address}"


@lru_cache(100)
def _is_our_host(told: str) -> bool:
    domain, _ = split_domain_port(told)
    return bool(told) and validate_host(domain, settings.ALLOWED_HOSTS)


def _stamp(address: str) -> Stamp:
    """What moves when what the page shows does; nothing where there is nothing to show."""
    code = address.removeprefix(GUIDES)
    now = connection.ops.adapt_datetimefield_value(clock.now())
    with connection.cursor() as cursor:
        if code == address:
            cursor.execute(_SEARCH_STAMP)
        elif code:
            cursor.execute(_GUIDE_STAMP, [code, now, now])
        else:
            cursor.execute(_LIST_STAMP)
        found = [row for row in cursor.fetchall() if row[0] is not None]
        if found and code != address:
            cursor.execute(_GUIDES_STAMP)
            found += cursor.fetchall()
        return found


def _made(
    environ: "WSGIEnvironment", start_response: "StartResponse", django: Application, place: str, stamp: Stamp
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
        _pages.remember(place, Kept(stamp, time.monotonic(), held, body))
    return [body]
