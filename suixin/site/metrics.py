"""What Prometheus reads at /metrics: requests by door, status and code; jobs, batches, seals and sizes as they stand.

Several server processes count into files of one folder (`metrics_folder.py`). What stands in the database is read when it is asked for.
Every label has few values, none comes from outside.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db import connection
from django.db.models import Sum
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from suixin.data.lake.models import Batch
from suixin.ground.audit import standing as seals
from suixin.ground.jobs import queries as jobs
from suixin.ground.notify import queries as notify
from suixin.site.metrics_folder import VARIABLE

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
SIZE_SECONDS = 300.0
REGISTRY = CollectorRegistry()
REQUESTS = Histogram(
    "suixin_request_seconds", "Requests answered, by door, HTTP status and code of the answer.", ("door", "status", "code"),
    buckets=BUCKETS, registry=REGISTRY,
)
ROWS = Counter("suixin_rows_served", "Rows that left through a door.", ("door",), registry=REGISTRY)
SIGN_INS_FAILED = Counter("suixin_sign_in_failures", "Passwords that were not accepted.", registry=REGISTRY)
_STATUSES = frozenset({200, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405, 409, 410, 412, 413, 416, 422, 429, 500, 502, 503})

_requests = lru_cache(maxsize=1024)(REQUESTS.labels)
_rows = lru_cache(maxsize=32)(ROWS.labels)


def note(door: str, status: int, seconds: float, *, code: str = "", rows: int | None = None) -> None:
    """Count one answer; about three microseconds. `code` is one of ours, `door` one of the code's own words."""
    _requests(door, str(status) if status in _STATUSES else "other", code).observe(seconds)
    if rows:
        _rows(door).inc(rows)


def connect() -> None:
    """Hear of what is counted elsewhere; harmless when called again."""
    user_login_failed.connect(_count_failure, dispatch_uid="metrics")


def text() -> bytes:
    """Everything, in the format of Prometheus."""
    registry = CollectorRegistry()
    if os.environ.get(VARIABLE):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus-client's own
        counted = generate_latest(registry)
    else:
        counted = generate_latest(REGISTRY)
    standing = CollectorRegistry()
    standing.register(_Standing())
    return counted + generate_latest(standing)


class _Standing:
    """What is read from the database and the disk at the moment of asking."""

    def collect(self) -> Iterator[Metric]:
        """Every figure; one whose source fails is left out, the others are told."""
        for figures in (_jobs, _batches, _sizes, _seals, _messages):
            with suppress(Exception):
                yield from figures()


def _jobs() -> Iterator[Metric]:
    states = GaugeMetricFamily("suixin_jobs", "Background jobs by state.", labels=["state"])
    for state, number in jobs.counts().items():
        states.add_metric([state], number)
    yield states
    yield GaugeMetricFamily("suixin_job_longest_wait_seconds", "Age of the oldest due job.", jobs.longest_wait().total_seconds())
    yield GaugeMetricFamily("suixin_workers", "Workers with a sign of life.", len(jobs.living_workers()))


def _batches() -> Iterator[Metric]:
    landed = Batch.objects.landed()
    summed = landed.aggregate(accepted=Sum("accepted"), rejected=Sum("rejected"))
    yield CounterMetricFamily("suixin_batches_landed", "Batches in the lake.", landed.count())
    yield CounterMetricFamily("suixin_rows_accepted", "Rows accepted by these batches.", summed["accepted"] or 0)
    yield CounterMetricFamily("suixin_rows_rejected", "Rows rejected by these batches.", summed["rejected"] or 0)


def _sizes() -> Iterator[Metric]:
    yield GaugeMetricFamily("suixin_lake_bytes", "Bytes of the lake's folder, at most five minutes old.", _lake_bytes())
    yield GaugeMetricFamily("suixin_disk_free_bytes", "Free bytes of the disk of the home.", shutil.disk_usage(settings.SUIXIN.home).free)
    if connection.vendor == "sqlite":
        size = sum(path.stat().st_size for path in Path(settings.DATABASES["default"]["NAME"]).parent.glob("suixin.sqlite*"))
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = int(cursor.fetchone()[0])
    yield GaugeMetricFamily("suixin_database_bytes", "Bytes of the control database.", size)


def _seals() -> Iterator[Metric]:
    lag, refused = seals.lag(), seals.refused()
    yield GaugeMetricFamily("suixin_seal_lag_seconds", "Age of the oldest audit record that waits for its seal.", lag.total_seconds())
    yield GaugeMetricFamily("suixin_seals_refused", "Audit records that were altered before they were sealed.", refused)


def _messages() -> Iterator[Metric]:
    states = GaugeMetricFamily("suixin_messages", "Messages in the outbox by channel and state.", labels=["channel", "state"])
    for (channel, state), number in notify.counts().items():
        states.add_metric([channel or "none", state], number)
    yield states
    last = GaugeMetricFamily("suixin_message_last_sent_seconds", "When a channel last took a message, since the epoch.", labels=["channel"])
    for channel, at in notify.last_success().items():
        last.add_metric([channel], at.timestamp())
    yield last


_measured: tuple[float, int] = (0.0, 0)


def _lake_bytes() -> int:
    global _measured  # noqa: PLW0603  one small memory of the process
    if not _measured[0] or time.monotonic() - _measured[0] > SIZE_SECONDS:
        files = (Path(folder) / name for folder, _, names in os.walk(settings.SUIXIN.lake) for name in names)
        _measured = (time.monotonic(), sum(map(_size, files)))
    return _measured[1]


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _count_failure(**_: object) -> None:
    SIGN_INS_FAILED.inc()
