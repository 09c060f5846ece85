"""A constant answer of an ordinary page's size on the same server, beside `suixin bench search`: what server and load leave for an answer.

Run as `python -m suixin.site.bench.search_bare PORT`.
"""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BODY = b"x" * 25_000
THREADS = 4  # as `suixin serve`


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """The constant."""
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))])
    return [BODY]


def main(port: int) -> None:
    """Serve until stopped."""
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        f"{__spec__.name}:application", address="127.0.0.1", port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=THREADS, backlog=256, log_access=False,
    ).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
