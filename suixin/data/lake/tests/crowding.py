"""Several processes at one table, and processes without room: what the parent test cannot do to itself.

python -m suixin.data.lake.tests.crowding full BYTES     one delivery under RLIMIT_FSIZE, prints the sentence
python -m suixin.data.lake.tests.crowding same N         N processes bring the same and their own delivery at once
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402  after setup
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from suixin.data.catalog.models import Resource  # noqa: E402
from suixin.data.lake import repair, storage  # noqa: E402
from suixin.data.lake.errors import DiskFull, TableBusy  # noqa: E402
from suixin.data.lake.models import Batch  # noqa: E402
from suixin.data.lake.snapshots import snapshot  # noqa: E402
from suixin.data.lake.tests import factories  # noqa: E402


def full(limit: int) -> dict[str, object]:
    """The sentence of a delivery whose data file may not pass `limit` bytes more than the control database has, and what it left."""
    found = factories.make_resource()
    factories.land(found, factories.rows(1, 100), sm3="small")
    limit += max((path.stat().st_size for path in Path(settings.SUIXIN.home).glob("suixin.sqlite*")), default=0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        factories.land(found, factories.noise(400_000), sm3="large", chunk=50_000)
    except DiskFull as error:
        return {"sentence": error.sentence, **state()}
    return {"sentence": "", **state()}


def same(processes: int) -> dict[str, object]:
    """What is in the table after all brought one common delivery and one of their own."""
    factories.make_resource()
    connections.close_all()
    children = []
    for number in range(1, processes + 1):
        if pid := os.fork():
            children.append(pid)
            continue
        os._exit(_bring(number))
    codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    return {"codes": codes, **state()}


def _bring(number: int) -> int:
    found = Resource.objects.get(table="trial")
    try:
        factories.land(found, factories.rows(number * 1000, number * 1000 + 99), sm3=f"own{number}")
        for _ in range(1_200):
            try:
                factories.land(found, factories.rows(1, 100), sm3="common")
            except TableBusy:  # another one is at the same delivery: later it is found to be there
                time.sleep(0.05)
                continue
            return 0
    except BaseException as error:  # noqa: BLE001 the child must not return
        print(repr(error), file=sys.stderr)  # noqa: T201 read by the test
    return 1


def state() -> dict[str, object]:
    """Rows, batches, files that nothing names."""
    held = snapshot("trial")
    ids = [file.ranges["__id"] for file in held.files]
    named = set(held.paths)
    return {
        "rows": held.rows,
        "ids": sorted(ids),
        "batches": sorted(Batch.objects.values_list("file_name", "state")),
        "strangers": [str(path) for path in factories.data_files("trial") if str(path) not in named],
        "scratch": [path.name for path in storage.root().glob("tmp/*")],
        "repaired": str(repair.repair()),
    }


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    work = {"full": full, "same": same}[sys.argv[1]]
    print(json.dumps(work(int(sys.argv[2]))))  # noqa: T201 the result
