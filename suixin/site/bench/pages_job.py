"""The job of `suixin bench catalogue` that asks for pages: python -m suixin.site.bench.pages_job ENTRIES, in a home of its own.

The world is that of the search bench (ENTRIES entries of twenty items, indexed) with one entry that a thousand others use.
Every page is asked for in this process through the whole of Django, each time another entry or another page of the list.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import orjson

from suixin.site.bench import search_job
from suixin.site.bench.report import percentile

if TYPE_CHECKING:
    from django.test import Client

TIMES, DEPENDANTS = 60, 1_000
OFFICER, USED = "bench-officer", "bench_1"
Found = dict[str, tuple[float, str]]


def main(entries: int) -> Found:
    """Median and 95th percentile of each page, by the clock and by the processor, in milliseconds."""
    search_job.prepare(entries)
    _furnish()
    from django.test import Client

    rng = random.Random(search_job.SEED)  # noqa: S311 which pages, no secret
    tables = [f"bench_{rng.randrange(entries)}" for _ in range(TIMES)]
    asked = search_job.questions(TIMES)["several"]
    public, staff = Client(headers={"host": "127.0.0.1"}), _signed_in()
    found: Found = {}
    for name, client, paths in (
        ("list", public, [f"/catalogue?page={number}" for number in range(1, TIMES + 1)]),
        ("list_searched", public, [f"/catalogue?q={words}" for words in asked[:TIMES]]),
        ("entry", public, [f"/catalogue/{table}" for table in tables]),
        ("entry_used_by_1000", public, [f"/catalogue/{USED}"] * (TIMES // 2)),
        ("card", public, [f"/catalogue/{table}/card" for table in tables]),
        ("console_list", staff, [f"/console/resources/?of=all&page={number}" for number in range(1, TIMES + 1)]),
        ("console_entry", staff, [f"/console/resources/{table}/" for table in tables]),
        ("console_entry_used_by_1000", staff, [f"/console/resources/{USED}/"] * (TIMES // 2)),
        ("api_entry", public, [f"/api/v1/catalogue/entries/{table}" for table in tables]),
        ("api_list", public, [f"/api/v1/catalogue/entries?after={table}" for table in tables]),
        ("api_changes", public, [f"/api/v1/catalogue/changes?after={number * 100}" for number in range(TIMES)]),
    ):
        found |= _timed(name, client.get, paths)
    return found


def _timed(name: str, get: Callable[[str], object], paths: Sequence[str]) -> Found:
    get(paths[0])
    clock, processor = [], []
    for path in paths:
        began, busy = time.perf_counter(), time.process_time()
        answer = get(path)
        processor.append((time.process_time() - busy) * 1000)
        clock.append((time.perf_counter() - began) * 1000)
        if getattr(answer, "status_code", 0) != 200:
            raise SystemExit(f"{path}: {answer}")
    return {
        f"{name}_p50": (percentile(clock, 0.5), "ms"), f"{name}_p95": (percentile(clock, 0.95), "ms"),
        f"{name}_cpu_p50": (percentile(processor, 0.5), "ms"), f"{name}_cpu_p95": (percentile(processor, 0.95), "ms"),
    }


def _furnish() -> None:
    """An officer, an event for every entry, one entry that many use."""
    from suixin.data.catalog.models import Dependence, EntryEvent, Generation, Resource, Use
    from suixin.ground.people.models import Account, Organisation, Post
    from suixin.kit import clock

    if Account.objects.filter(username=OFFICER).exists():
        return
    place = Organisation.objects.create(uscc="bench-bureau", name="基准数据局", slug="bench-bureau", is_bureau=True)
    account = Account.objects.create(username=OFFICER, display_name=OFFICER)
    Post.objects.create(account=account, organisation=place, role="data_officer")
    used, now = Resource.objects.get(table=USED), clock.now()
    Dependence.objects.bulk_create([
        Dependence(resource=used, field=f"f{number % 20 + 1}", use=Use.SHOWN, title=f"指标：指标{number}",
                   by_kind="insight.indicator", by_key=f"bench-{number}", is_public=True)
        for number in range(DEPENDANTS)
    ])
    pks = list(Resource.objects.order_by("pk").values_list("pk", flat=True))
    EntryEvent.objects.bulk_create([
        EntryEvent(number=number, resource_id=pk, kind="published", version=1, digest="", at=now) for number, pk in enumerate(pks, 1)
    ], batch_size=500)
    Generation.objects.update_or_create(pk=1, defaults={"n": len(pks)})


def _signed_in() -> "Client":
    from django.test import Client

    from suixin.ground.people.models import Account

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(Account.objects.get(username=OFFICER))
    return client


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    print(orjson.dumps(main(int(sys.argv[1]))).decode(), flush=True)
