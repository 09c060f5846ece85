"""The job of `suixin bench audit`: python -m suixin.site.bench.audit_job RECORDS, in a home of its own; one JSON line."""

import hashlib
import os
import random
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import orjson

ACTIONS = 3_000
TIMES = 40
_CHUNK = 20_000
_found: dict[str, tuple[float, str]] = {}


@contextmanager
def timed(name: str) -> Iterator[None]:
    """The seconds of the block, under that name."""
    started = time.perf_counter()
    yield
    _found[name] = (time.perf_counter() - started, "s")


def actions() -> None:
    """Transactions a second that write one small row, with and without their record."""
    from django.contrib.sessions.models import Session
    from django.db import transaction

    from suixin.ground.audit.actions import record
    from suixin.kit import clock
    from suixin.kit.actor import SYSTEM

    for name, is_audited in (("plain_actions", False), ("audited_actions", True)):
        started = time.perf_counter()
        for place in range(ACTIONS):
            with transaction.atomic():
                row = Session.objects.create(session_key=f"{name}{place}", session_data="x" * 60, expire_date=clock.now())
                if is_audited:
                    record(SYSTEM, "bench.done", row, basis="基准测试", detail={"place": place})
        _found[name] = (ACTIONS / (time.perf_counter() - started), "per s")


def fill(count: int) -> None:
    """So many records that wait for their seals, like those of a year's work; not timed."""
    from django.db import connection, transaction

    from suixin.ground.audit import chain, keys

    mac, generator = keys.log_mac(), random.Random(510900)  # noqa: S311 not for secrets
    columns, marks = ", ".join(chain.COLUMNS), ", ".join(["%s"] * len(chain.COLUMNS))
    start, first = datetime(2026, 1, 1, tzinfo=UTC), 1_000_000
    for base in range(0, count, _CHUNK):
        rows = [row_of(first + base + place, start, generator) for place in range(min(_CHUNK, count - base))]
        waiting = [(int(row[0]), mac(chain.canonical_json(row))) for row in rows]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO audit_record ({columns}) VALUES ({marks})", rows)  # noqa: S608 constants
            cursor.executemany("INSERT INTO audit_pending (record_id, mac, refused) VALUES (%s, %s, false)", waiting)


def row_of(record_id: int, start: datetime, generator: random.Random) -> tuple[int | str, ...]:
    """One record as the database keeps it."""
    at = start + timedelta(seconds=(record_id - 1_000_000) * 20)
    actor, body = generator.randrange(3_000), generator.randrange(80)
    code = "api-403" if generator.random() < 0.003 else "200"
    action = generator.choice(("access.grant_given", "catalog.published", "collection.declared", "lake.batch_landed", "people.signed_in"))
    return (
        record_id, at.strftime("%Y-%m-%d %H:%M:%S.000001"), "staff", f"clerk{actor:04d}", f"经办人{actor:04d}", f"11510900XX{body:08d}",
        action, "catalog.resource", f"307001/{generator.randrange(5_000):06d}", "《政务数据共享条例》第二十条", f"{record_id:064x}",
        f"{record_id + 1:064x}", code, f"{record_id:032x}", f"10.9.{body}.{actor % 250}", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0",
        '{"columns": ["person_name", "insurance_state"], "rows": 12}',
    )


def limits() -> None:
    """The same bytes and rows without Suixin: hashed, inserted, read."""
    from django.conf import settings

    from suixin.ground.audit import chain, store

    low, high = store.extent()
    seconds, size = 0.0, 0
    for part in store.stretches(low, high, _CHUNK):
        texts = [chain.canonical_json(link.row) for link in part if link.row]
        started = time.perf_counter()
        for text in texts:
            hashlib.new("sm3", text).digest()
        seconds, size = seconds + time.perf_counter() - started, size + sum(map(len, texts))
    _found["raw_sm3"], _found["bytes_per_record"] = (seconds, "s"), (size / (high - low + 1), "B")
    path = settings.SUIXIN.home / "raw.sqlite"
    path.unlink(missing_ok=True)
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("CREATE TABLE link (number INTEGER PRIMARY KEY, record_id INTEGER UNIQUE, digest BLOB, mac BLOB)")
    links = [(number, number, b"d" * 32, b"m" * 32) for number in range(low, high + 1)]
    with timed("raw_inserts"):
        for base in range(0, len(links), 5_000):
            raw.executemany("INSERT INTO link VALUES (?, ?, ?, ?)", links[base:base + 5_000])
            raw.commit()
    raw.close()
    path.unlink()
    live = sqlite3.connect(settings.SUIXIN.home / "suixin.sqlite")
    with timed("raw_reads"):
        for _ in live.execute("SELECT s.*, r.* FROM audit_seal s JOIN audit_record r ON r.id = s.record_id ORDER BY s.number"):
            pass
    live.close()


def searches(count: int) -> None:
    """One page of fifty, p95 in milliseconds."""
    from suixin.ground.audit.queries import Conditions, Position, found
    from suixin.kit import clock

    def day(number: int) -> datetime:
        return datetime(2026, 1, 1, tzinfo=clock.CHINA) + timedelta(days=number % max(1, count // 4_320))

    questions: dict[str, Callable[[int], tuple[Conditions, Position | None]]] = {
        "newest": lambda n: (Conditions(), None), "actor": lambda n: (Conditions(actors=(f"clerk{n % 3000:04d}",)), None),
        "organisation_and_action": lambda n: (Conditions(organisation=f"11510900XX{n % 80:08d}", action="catalog.published"), None),
        "object": lambda n: (Conditions(object_key=f"307001/{n % 5000:06d}"), None),
        "refused": lambda n: (Conditions(is_refused=True), None), "trace": lambda n: (Conditions(trace_id=f"{1_000_000 + n:032x}"), None),
        "day": lambda n: (Conditions(since=day(n), until=day(n) + timedelta(days=1)), None),
        "module_in_depth": lambda n: (Conditions(action="people."), Position(day(n), 1 << 60)),
    }
    for name, ask in questions.items():
        seconds = []
        for place in range(TIMES):
            conditions, before = ask(place * 7_919)
            started = time.perf_counter()
            list(found(conditions, before=before)[:51])
            seconds.append(time.perf_counter() - started)
        _found[f"search_{name}_p95"] = (sorted(seconds)[int(0.95 * TIMES)] * 1000, "ms")


def main(count: int) -> None:
    """Measure everything."""
    from django.core.management import call_command

    from suixin.ground.audit import store
    from suixin.ground.audit.sealing import seal_pending
    from suixin.ground.audit.verifying import verify

    call_command("migrate", verbosity=0)
    if store.extent()[1] < count:
        actions()
        seal_pending(is_anchored=True)
        fill(count)
        with timed("seal"):
            while seal_pending():
                pass
    with timed("verify"):
        found = verify()
    if not found.is_intact:
        sys.exit(found.faults[0].sentence)
    _found["memory_to_here"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB")
    limits()
    searches(count)
    print(orjson.dumps(_found).decode())


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    main(int(sys.argv[1]))
