"""Killing for real: a parent that has everything imported forks a child, kills it, forks another that repairs.

    python -m suixin.data.lake.tests.crashing KILLS SEED [POINT ...]

The parent touches neither Delta, DuckDB nor Arrow's threads, so that a fork is cheap and clean. With points,
one delivery dies at each of them; then KILLS deliveries die at seeded random instants. After each death a fresh
process repairs, delivers the same file again, and compares everything with what must be there. Prints one JSON object.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402  after setup
from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from suixin.data.catalog.models import Resource  # noqa: E402
from suixin.data.lake import actions, compaction, index, repair, storage  # noqa: E402
from suixin.data.lake.archive import archive_file  # noqa: E402
from suixin.data.lake.models import Batch, BatchState  # noqa: E402
from suixin.data.lake.rejects import KeptReject, read_rejects  # noqa: E402
from suixin.data.lake.snapshots import snapshot  # noqa: E402
from suixin.data.lake.staging import open_stage  # noqa: E402
from suixin.data.lake.tests import factories  # noqa: E402
from suixin.kit import crash  # noqa: E402

ROWS, STEP = 400, 200


def deliver(number: int) -> None:
    """Delivery `number`, as collection does it: 400 rows of which 200 replace those of the one before, 2 rejects."""
    resource = Resource.objects.get(table="trial")
    contract = resource.contract
    path = Path(settings.SUIXIN.home) / f"delivery-{number}.csv"
    if not path.exists():
        path.write_text(f"delivery {number}\n" * 20_000, encoding="utf-8")
    original = archive_file(path, table="trial")
    crash.point("archived")
    batch = actions.reserve_batch(resource, original, file_name=path.name)
    if batch.state != BatchState.LANDED:
        with open_stage(contract, batch=batch) as stage:
            stage.accept(delivered(number))
            stage.reject([KeptReject(row, "{}", ({"item": "code"},)) for row in (401, 402)])
            crash.point("judged")
            staged = stage.finish()
        verdict = {"rows_in": ROWS + 2, "accepted": ROWS, "rejected": 2, "normalised": {}, "scores": {}}
        actions.commit_batch(contract, staged, batch=batch, verdict=verdict)
    compaction.compact_table(contract)
    index.build_index(contract, snapshot("trial"))


def delivered(number: int):
    """Rows of a delivery; the amount tells which."""
    first = number * STEP + 1
    return factories.rows(first, first + ROWS - 1, amount=number)


def verify(number: int) -> None:
    """Nothing is missing, doubled, half there or left over once deliveries 0..number are in."""
    expected = [factories.rows(n * STEP + 1, (n + 1) * STEP, amount=n) for n in range(number)]
    held = snapshot("trial")
    assert factories.checksum(held.paths) == factories.checksum_of(*expected, delivered(number)), "checksum"
    assert held.rows == (number + 2) * STEP, "rows of the snapshot"
    assert Batch.objects.landed().count() == Batch.objects.count() == number + 1, "batches"
    found = index.open_index("trial")
    assert (found.version, found.count_rows()) == (held.version, held.rows), "index"
    newest = found.get((f"k{number * STEP + 1:09d}",))
    assert newest is not None, "record"
    assert newest["amount"] == f"{number}.00", "its value"
    assert len(read_rejects("trial", Batch.objects.latest("pk").pk)) == 2, "rejects"
    leftovers()


def leftovers() -> None:
    """Every file on disk belongs to something."""
    root = storage.root()
    assert len(list((root / "rejects" / "trial").iterdir())) == Batch.objects.count(), "files of rejects"
    assert len(list((root / "archive" / "trial").iterdir())) == Batch.objects.count(), "archived files"
    assert not list((root / "tmp").iterdir()), "scratch"
    assert not [path for path in storage.index_folder("trial").iterdir() if path.name.startswith(".")], "index drafts"
    again = repair.repair()
    assert again == repair.Repaired(), again


def mend(number: int) -> None:
    """What the next start does, the delivery sent again, and the comparison."""
    done = repair.repair()
    with (Path(settings.SUIXIN.home) / "mended.txt").open("a", encoding="utf-8") as file:
        done_to = [name for name in ("restored", "dropped", "removed") if getattr(done, name)]
        file.write(f"{'+'.join(done_to) or 'nothing'}\n")
    deliver(number)
    verify(number)


def fork(work: Callable[[], None]) -> int:
    """The process that does `work` and exits 0, or 1 with its traceback on stderr."""
    connections.close_all()
    if pid := os.fork():
        return pid
    try:
        work()
    except BaseException:  # noqa: BLE001 the child must not return
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finished(pid: int) -> int:
    """Exit status of the child, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def die_at(point: str, number: int) -> None:
    """Deliver and be killed at a named point."""
    os.environ["SUIXIN_CRASH_AT"] = point
    deliver(number)


def main(kills: int, seed: int, points: list[str]) -> dict[str, object]:
    """How many kills hit, and what there was to repair."""
    call_command("migrate", verbosity=0)
    factories.make_resource()
    chance, number, hit, seconds = random.Random(seed), 0, 0, 0.5
    for point in points:
        assert finished(fork(partial(die_at, point, number))) == -signal.SIGKILL, f"not killed at {point}"
        assert finished(fork(partial(mend, number))) == 0, f"not mended after {point}"
        number += 1
    for _ in range(kills):
        begun = time.monotonic()
        child = fork(partial(deliver, number))
        time.sleep(chance.uniform(0, seconds))
        os.kill(child, signal.SIGKILL)
        status = finished(child)
        hit += status == -signal.SIGKILL
        if status == 0:
            seconds = min(seconds, time.monotonic() - begun)
        assert status in (0, -signal.SIGKILL), "the delivery failed by itself"
        assert finished(fork(partial(mend, number))) == 0, f"not mended after kill of delivery {number}, seed {seed}"
        number += 1
    mended = Counter((Path(settings.SUIXIN.home) / "mended.txt").read_text(encoding="utf-8").split())
    return {"points": len(points), "kills": kills, "hit": hit, "deliveries": number, "seed": seed, "mended": mended}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])))  # noqa: T201 the result
