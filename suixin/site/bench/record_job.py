"""What metering and the access record cost a look-up in one thread of one process, with no server around it.

python -m suixin.site.bench.record_job ROWS     processor time of a look-up with its record and without, in µs, as JSON;
                                                the nonce is spent in both, the record is settled within its time
"""

import io
import json
import os
import random
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from unittest.mock import patch
from urllib.parse import urlsplit

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")

from suixin.kit import signing
from suixin.site.bench import home, lookup, material
from suixin.site.wsgi import application

ROUNDS, CALLS, WARM = 9, 500, 300


def main(rows: int) -> None:
    """By turns; the least of the rounds, because what else the machine does only adds."""
    _seconds(_calls(rows, WARM))
    taken: dict[str, list[float]] = {"recorded": [], "unrecorded": []}
    for _ in range(ROUNDS):
        for name, seconds in taken.items():
            calls = _calls(rows, CALLS)
            with ExitStack() as stack:
                if name == "unrecorded":
                    stack.enter_context(patch("suixin.data.access.log.keep", lambda access: None))
                seconds.append((_seconds(calls) + _settling()) / CALLS * 1e6)
    print(json.dumps({name: min(seconds) for name, seconds in taken.items()}))


def _seconds(calls: Sequence[dict[str, object]]) -> float:
    """Processor seconds of this process for all of them. Raises ValueError: one was not answered."""
    told: list[str] = []
    before = time.process_time()
    for environ in calls:
        for _ in application(environ, lambda status, headers, *_: told.append(status)):  # type: ignore[arg-type]  # WSGI's own protocol
            pass
    seconds = time.process_time() - before
    if wrong := next((status for status in told if not status.startswith("200")), None):
        raise ValueError(wrong)
    return seconds


def _settling() -> float:
    """Processor seconds of moving the records from the journal into the log: they belong to the calls."""
    from suixin.data.access import log  # after the application, which sets everything up

    before = time.process_time()
    log.settle()
    return time.process_time() - before


def _calls(rows: int, number: int) -> list[dict[str, object]]:
    return [_environ(f"/gateway/{material.TABLE}/lookup?record_no={_chosen(rows):012d}&columns={lookup.COLUMNS}") for _ in range(number)]


def _chosen(rows: int) -> int:
    return random.randrange(rows)  # noqa: S311 not for secrets


def _environ(address: str) -> dict[str, object]:
    """A signed GET as a WSGI server hands it over."""
    headers = signing.sign("GET", address, app_id=home.APP_ID, secret=home.SECRET.encode())
    told = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    parts = urlsplit(address)
    return {
        "REQUEST_METHOD": "GET", "PATH_INFO": parts.path, "QUERY_STRING": parts.query, "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http", **told,
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
