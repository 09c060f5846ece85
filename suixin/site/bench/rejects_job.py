"""A file collected into the register; when rows of it were rejected, what a person then opens is made and timed.

python -m suixin.site.bench.rejects_job FILE     prints one JSON object
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def main(source: Path) -> dict[str, float]:
    """Processor time and peak memory of collecting; of the pages and the sheet the time of making them."""
    from suixin.data.collection.actions import run_feed
    from suixin.data.lake.models import Batch
    from suixin.kit.actor import SYSTEM

    before = time.process_time()
    outcome = run_feed(source, actor=SYSTEM)[0]
    if outcome.status.value != "landed":
        sys.exit(outcome.message)
    told = {"cpu": time.process_time() - before, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    batch = Batch.objects.landed().select_related("resource__provider").get()
    return {**told, **_opened(batch.resource.table, batch.pk, batch.rejected)} if batch.rejected else told


def _opened(table: str, number: int, rejected: int) -> dict[str, float]:
    from suixin.data.lake.models import Batch
    from suixin.data.quality.loop.sheets import sheet_of
    from suixin.kit.actor import SYSTEM
    from suixin.site.shell.queries import batch as pages
    from suixin.site.shell.queries import console

    batch = Batch.objects.select_related("resource__provider").get(pk=number)
    told = {
        "page": 1000 * _best(lambda: pages.batch_page(table, number, actor=SYSTEM)),
        "rows_page_last": 1000 * _best(lambda: console.rejects_page(table, number, actor=SYSTEM, offset=rejected - 1)),
    }
    started = time.process_time()
    with sheet_of(batch, actor=SYSTEM) as made:
        taken = time.process_time() - started
        return {**told, "sheet_cpu": taken, "sheet_row": 1e6 * taken / made.rows, "sheet_rows": made.rows,
                "sheet_bytes": made.path.stat().st_size / 2**20}


def _best(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(5):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    print(json.dumps(main(Path(sys.argv[1]))))
