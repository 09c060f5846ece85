"""Killing the lake for real: deliveries die, a fresh process repairs and compares (`killer`).

    python -m suixin.data.lake.tests.crashing KILLS SEED [POINT ...]

With points, one delivery dies at each of them; then KILLS deliveries die at seeded random instants. Prints one JSON object.
"""

import json
import sys
from pathlib import Path

from suixin.data.lake.tests.killer import Trial, kill_often, note_mended  # isort: skip  (sets Django up)

from django.conf import settings
from django.core.management import call_command

from suixin.data.catalog.models import Resource
from suixin.data.lake import actions, compaction, index, repair, storage
from suixin.data.lake.archive import archive_file
from suixin.data.lake.models import Batch, BatchState, Receipt
from suixin.data.lake.rejects import KeptReject, read_rejects
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.staging import open_stage
from suixin.data.lake.tests import factories
from suixin.kit import crash

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
    assert Receipt.objects.count() == number + 1, "receipts"
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
    note_mended("+".join(name for name in ("restored", "dropped", "removed") if getattr(done, name)) or "nothing")
    deliver(number)
    verify(number)


def main(kills: int, seed: int, points: list[str]) -> dict[str, object]:
    """How many kills hit, and what there was to repair."""
    call_command("migrate", verbosity=0)
    factories.make_resource()
    return kill_often(Trial(deliver, mend), kills, seed=seed, points=points)


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])))  # noqa: T201 the result
