"""The WSGI application: probes, the lean doors, search of the catalogue, kept pages first; Django (with WhiteNoise) for the rest.

A server's worker process dies with the server, even one that was killed: else it would keep the port. It loads every address before it
answers, so that no first visitors wait for that. What is loaded stays: the collector of garbage does not look at it again, which would
hold up every answer for a fifth of a second, and comes less often.
"""

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from suixin.kit.parent import die_with_parent

if (_server := multiprocessing.parent_process()) is not None and _server.pid:
    die_with_parent(_server.pid, signal.SIGKILL)
GARBAGE = 10_000  # objects that are made before the young ones are looked through; Python's own is 700
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
_django = get_wsgi_application()

from suixin.data.doors.lean import application_or_none  # noqa: E402  models need Django set up
from suixin.ground.search import sound  # noqa: E402
from suixin.site import catalogue_lean, pages_lean, probes  # noqa: E402
from suixin.site.slow_clients import Patient  # noqa: E402

sound.load()
if _server is not None:
    get_resolver().url_patterns  # noqa: B018  reading them imports every page
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE)

BODIED = ("POST", "PUT", "PATCH", "DELETE")
UNREAD, PIECE = 64 << 20, 1 << 16

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@Patient
def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """The answer to one request."""
    answer = probes.answer_or_none(environ, start_response)
    if answer is None:
        answer = application_or_none(environ, start_response)
    if answer is None:
        answer = catalogue_lean.answer_or_none(environ, start_response)
    if answer is None:
        answer = pages_lean.answer_or_none(environ, start_response, _django)
    if answer is None:
        answer = _django(environ, start_response)
    _take_rest(environ)
    return answer


def _take_rest(environ: "WSGIEnvironment") -> None:
    """What of a body nobody read, taken off the line: a proxy that is still sending would get 502 instead of our refusal."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ["REQUEST_METHOD"] in BODIED and length.isdecimal() and 0 < int(length) <= UNREAD:
        while environ["wsgi.input"].read(PIECE):
            pass
