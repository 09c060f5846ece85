"""`suixin serve`: the site on granian, blocking threads in worker processes."""

import argparse
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from suixin.kit.errors import SuixinError

# One that is told to stop while it still loads never hears it; without an end the server would wait for it for ever.
STOP_SECONDS = 15
ASKED_SECONDS = 5.0  # for how long the site may think about the first question

# In a process of its own: the lake's engine, once started, does not survive that workers are forked.
MEND = """
from suixin.site.cli import start_django
start_django()
from suixin.site.wiring import mend
sentence = mend()
if sentence:
    print(sentence, flush=True)
"""


class NotMended(SuixinError):
    """What a crash left could not be put right, so nothing is served."""

    code = "serve-503"


class AddressTaken(SuixinError):
    """Somebody else listens at the address, or it is not ours."""

    code = "serve-500"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to listen, and with how much."""
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="worker processes")
    parser.add_argument("--threads", type=int, default=4, help="threads that answer requests in each worker")
    parser.add_argument("--backlog", type=int, default=256, help="requests that may wait")
    parser.add_argument("--no-worker", action="store_true", help="start no process for background jobs")


def run(options: argparse.Namespace) -> None:
    """Serve until stopped."""
    require_free(options.host, options.port)
    if subprocess.run([sys.executable, "-c", MEND], check=False).returncode:
        raise NotMended("启动前的检查没有完成,原因见上;请先运行 suixin check。")

    from granian.constants import Interfaces
    from granian.server import Server

    from suixin.site import metrics_folder
    from suixin.site.attendant import attended
    from suixin.site.config import config
    from suixin.site.logs import settings_for
    from suixin.site.thread_counts import threads_for

    os.environ[metrics_folder.VARIABLE] = str(metrics_folder.fresh(config.home))
    server = Server(
        "suixin.site.wsgi:application",
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=threads_for(options.threads),
        backlog=max(128, options.backlog),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_access=False,
        log_dictconfig=settings_for(config.log, has_access_lines=config.access_log),
    )
    if config.log != "json":  # there every line is an object for a program
        _announce_apart(options.host, options.port)
    with attended(is_wanted=not options.no_worker):
        server.serve()


def _announce_apart(host: str, port: int) -> None:
    """The address told by a process that is nobody's child, so that nobody has to wait for its end.

    Not by a thread: workers are forked, and what a thread has locked at that moment stays locked in them for ever.
    """
    server = os.getpid()
    end = os.pidfd_open(server) if hasattr(os, "pidfd_open") else -1
    if child := os.fork():
        os.waitpid(child, 0)
        if end >= 0:
            os.close(end)
        return
    try:
        if not os.fork():
            announce(host, port, lambda: _lives(server, end))
    finally:
        os._exit(0)


def announce(host: str, port: int, is_wanted: Callable[[], bool]) -> None:
    """The address on the terminal as soon as the site answers there, and not before; nothing once it is not wanted any more."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  where it is asked, not where it listens
    while is_wanted():
        connection = HTTPConnection(here, port, timeout=ASKED_SECONDS)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == HTTPStatus.OK:
                print(f"可以访问了:http://{host}:{port}/", flush=True)
                return
        except (OSError, HTTPException):
            pass  # not yet
        finally:
            connection.close()
        time.sleep(ASKED_SECONDS / 20)


def _lives(process: int, end: int) -> bool:
    """Whether the process goes on; one that died and that nobody waited for does not (`end`, its descriptor, tells; Linux)."""
    if end >= 0:
        return not select.select([end], [], [], 0)[0]
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def require_free(host: str, port: int) -> None:
    """Nothing when the address can be listened at. Raises AddressTaken."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise AddressTaken(f"地址 {host}:{port} 不能使用({error.strerror});请换一个端口,例如 --port {port + 1}。") from error
