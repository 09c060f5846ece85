"""Answers for machines that watch the machine, before Django: /healthz, /readyz, /metrics.

healthz  the process answers; touches nothing
readyz   database reached and migrated, lake's folder there; asked at most every two seconds, 503 with a sentence else
metrics  for addresses of SUIXIN_METRICS_FROM only; a call that came through a proxy counts as its farthest hop
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections, connection
from django.db.migrations.executor import MigrationExecutor

from suixin.site import metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

FRESH_SECONDS = 2.0
_log = logging.getLogger(__name__)
_HEADERS = [
    ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"), ("Cross-Origin-Opener-Policy", "same-origin"),
]
_TEXT = "text/plain; charset=utf-8"
_Reply = tuple[str, str, bytes]


def answer_or_none(environ: Mapping[str, object], start_response: "StartResponse") -> Iterable[bytes] | None:
    """The answer of one of the three, None for every other address."""
    probe = _PROBES.get(str(environ.get("PATH_INFO", "")))
    if probe is None:
        return None
    if environ.get("REQUEST_METHOD") in ("GET", "HEAD"):
        status, kind, body = probe(environ)
    else:
        status, kind, body = "405 Method Not Allowed", _TEXT, "这个地址只接受 GET 和 HEAD。\n".encode()
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body))), *_HEADERS])
    return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]


def _healthz(_: Mapping[str, object]) -> _Reply:
    return "200 OK", _TEXT, b"ok\n"


def _readyz(_: Mapping[str, object]) -> _Reply:
    fault = readiness.fault()
    return ("503 Service Unavailable", _TEXT, f"{fault}\n".encode()) if fault else ("200 OK", _TEXT, b"ok\n")


def _metrics(environ: Mapping[str, object]) -> _Reply:
    if not may_scrape(environ, settings.SUIXIN.metrics_from):
        return "403 Forbidden", _TEXT, "只有 SUIXIN_METRICS_FROM 列出的地址可以读取指标。\n".encode()
    close_old_connections()
    return "200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics.text()


def may_scrape(environ: Mapping[str, object], allowed: tuple[str, ...]) -> bool:
    """Whether peer and every hop that a proxy tells of are among `allowed`; a caller can add hops, never take one away."""
    if environ.get("HTTP_FORWARDED"):
        return False
    told = f"{environ.get('HTTP_X_FORWARDED_FOR') or ''},{environ.get('HTTP_X_REAL_IP') or ''}"
    hops = [str(environ.get("REMOTE_ADDR") or ""), *(hop.strip() for hop in told.split(",") if hop.strip())]
    try:
        return all(any(ip_address(hop) in ip_network(text, strict=False) for text in allowed) for hop in hops)
    except ValueError:
        return False


class Readiness:
    """Whether this process can do its work, remembered for two seconds; that migrations are done is remembered for good."""

    def __init__(self) -> None:
        self.at = 0.0
        self.told = ""
        self.is_migrated = False

    def fault(self) -> str:
        """A sentence about what is missing; empty when nothing is."""
        if not self.at or time.monotonic() - self.at > FRESH_SECONDS:
            self.told, self.at = self._look(), time.monotonic()
        return self.told

    def _look(self) -> str:
        try:
            close_old_connections()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            if not self.is_migrated:
                executor = MigrationExecutor(connection)
                self.is_migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except Exception:  # noqa: BLE001  whatever keeps the database away
            _log.exception("not ready: the database does not answer")
            return "数据库没有应答;请检查 SUIXIN_DATABASE_URL 和数据库服务。"
        if not self.is_migrated:
            return "数据库版本较旧;请运行 suixin migrate。"
        lake = settings.SUIXIN.lake
        if lake.exists() and not os.access(lake, os.R_OK | os.W_OK | os.X_OK):
            return "数据湖文件夹不能读写;请检查 SUIXIN_LAKE 的权限与挂载。"
        return ""


readiness = Readiness()
_PROBES: dict[str, Callable[[Mapping[str, object]], _Reply]] = {"/healthz": _healthz, "/readyz": _readyz, "/metrics": _metrics}
