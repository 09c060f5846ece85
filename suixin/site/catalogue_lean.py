"""Search of the catalogue before Django: the public's plain GET, answered without middleware; everything else is left to Django.

What is left: other methods; callers with a token or a cookie (identity and language are told there); what is refused or fails.
The answer is the same, byte for byte; `catalogue_api.py` makes it.

One at a time: an answer is processor time, and threads that take the interpreter from one another make each a sixth dearer. What was
told before needs no turn. While one waits for a database server, the next works. A thread that waited `PATIENCE` seconds goes on
beside the others.

The connection is not tried first: the stamp is read at once, and what fails is asked again through Django, which tries it.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import close_old_connections, connection
from pydantic import ValidationError

from suixin.data.doors.serving import SECURITY, SECURITY_HTTPS
from suixin.kit import origin
from suixin.site import watching
from suixin.site.catalogue_api import JSON, PATH, CatalogueQuery, Sought, sought

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_logger = logging.getLogger(__name__)
_KNOWN = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_X_APP_ID")
MAX_QUERY_CHARACTERS = 8192
PATIENCE = 0.1
_turn = Lock()


def answer_or_none(environ: Mapping[str, object], start_response: "StartResponse") -> Iterable[bytes] | None:
    """The page of entries that was asked for, None when the request is not one of these."""
    if environ.get("PATH_INFO") != PATH or environ.get("REQUEST_METHOD") != "GET" or any(map(environ.get, _KNOWN)):
        return None
    query = _query(str(environ.get("QUERY_STRING", "")))
    if query is None:
        return None
    started = time.perf_counter()
    close_old_connections()
    connection.health_check_done = True  # type: ignore[attr-defined]  # Django's own, unknown to its stubs
    with origin.at(origin.of_environ(environ, settings.SUIXIN.proxies)) as here:
        try:
            asked = sought(query)
            body = asked.known() or _found(asked)
        except Exception:
            _logger.exception("search %s failed; asked once more through Django, which answers or tells the fault", here.trace_id)
            return None
    headers = [("Content-Type", JSON), ("Content-Length", str(len(body))), ("Content-Language", "zh-Hans"), ("Vary", "Cookie")]
    headers += [(origin.HEADER, here.trace_id), *(SECURITY_HTTPS if settings.SUIXIN.https else SECURITY)]
    start_response("200 OK", headers)
    watching.note("api", PATH, time.perf_counter() - started)
    return [body]


def _found(asked: Sought) -> bytes:
    mine = _Turn()
    mine.take()
    try:
        if connection.vendor == "sqlite":  # no server to wait for
            return asked.answer()
        with connection.execute_wrapper(mine.aside):
            return asked.answer()
    finally:
        mine.leave()


class _Turn:
    """One thread's turn, left while it waits for a database server."""

    def __init__(self) -> None:
        self._is_held = False

    def take(self) -> None:
        """Wait for the turn, but not for ever."""
        self._is_held = _turn.acquire(timeout=PATIENCE)

    def leave(self) -> None:
        """Let the next one work."""
        if self._is_held:
            self._is_held = False
            _turn.release()

    def aside(self, execute: Callable[..., object], *asked: object) -> object:
        """The statement's result; others work meanwhile."""
        self.leave()
        try:
            return execute(*asked)
        finally:
            self.take()


def _query(text: str) -> CatalogueQuery | None:
    """The question; None when something about it is wrong, which Django's way tells."""
    if len(text) > MAX_QUERY_CHARACTERS or "%00" in text:
        return None
    try:
        return CatalogueQuery.model_validate(dict(parse_qsl(text, keep_blank_values=True, errors="strict")))
    except (ValidationError, ValueError):
        return None
