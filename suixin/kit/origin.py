"""Where an action comes from: one trace id for everything a request or a command does, address and terminal.

Set      by the web (site/tracing.py, data/doors/lean.py) and by the command line around each call; jobs set their own
Read     by the audit log, the access log and every log line, so that all of them can be joined by the trace id
Trace    taken over from `traceparent` (W3C Trace Context), then `X-Request-Id`, when well formed; else made
Address  of the peer; behind proxies that the installation names, the nearest hop of `X-Forwarded-For` that is none of them
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

HEADER = "X-Trace-Id"
LONGEST_TERMINAL = 200
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


@dataclass(frozen=True, slots=True)
class Origin:
    """One call: its trace id (at most 64 characters), the network address it came from, what it came with."""

    trace_id: str
    address: str = ""
    terminal: str = ""


NOWHERE = Origin("")
_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current() -> Origin:
    """The origin of what is being done; NOWHERE outside every call."""
    return _current.get()


def fresh(*, address: str = "", terminal: str = "") -> Origin:
    """An origin with a new trace id."""
    return Origin(secrets.token_hex(16), address, terminal[:LONGEST_TERMINAL])


@contextmanager
def at(origin: Origin) -> Iterator[Origin]:
    """Let `current()` answer `origin` inside the block."""
    token = _current.set(origin)
    try:
        yield origin
    finally:
        _current.reset(token)


def of_environ(environ: Mapping[str, object], proxies: tuple[str, ...] = ()) -> Origin:
    """The origin of a web request, from its WSGI environment; `proxies` are addresses or networks believed."""
    trace_id = trace_of(_header(environ, "TRACEPARENT"), _header(environ, "X_REQUEST_ID"))
    peer = str(environ.get("REMOTE_ADDR") or "")
    address = client_address(peer, _header(environ, "X_FORWARDED_FOR"), proxies)
    return Origin(trace_id, address, _printable(_header(environ, "USER_AGENT"))[:LONGEST_TERMINAL])


def trace_of(traceparent: str, request_id: str = "") -> str:
    """The trace id that the caller gave, if one of the two is well formed; else a new one."""
    if (match := _TRACEPARENT.fullmatch(traceparent.strip())) and not traceparent.startswith("ff"):
        return match[1]
    given = request_id.strip()
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(16)


def client_address(peer: str, forwarded: str, proxies: tuple[str, ...]) -> str:
    """Who called: `peer`, unless it is one of the proxies; then the last hop of `forwarded` that is none of them.

    What stands left of that hop was written by the caller and is not believed.
    """
    address = peer
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        if not _is_proxy(address, proxies) or not _is_address(hop):
            break
        address = hop
    return address[:64]


def _header(environ: Mapping[str, object], name: str) -> str:
    return str(environ.get(f"HTTP_{name}") or "")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_proxy(address: str, proxies: tuple[str, ...]) -> bool:
    if not proxies or not _is_address(address):
        return False
    known = ip_address(address)
    return any(known in network for network in _networks(proxies))


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text, strict=False) for text in proxies)
