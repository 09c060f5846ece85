"""Killing a destruction for real: at each point a process dies while it rewrites, a fresh one mends, runs again, looks.

    python -m suixin.data.lake.tests.crashing_purge

Prints one JSON object.
"""

import json

from suixin.data.lake.tests.killer import Trial, kill_often, note_mended  # isort: skip  (sets Django up)

from django.core.management import call_command
from pyarrow import parquet

from suixin.data.catalog.models import Resource
from suixin.data.lake import index, repair, storage
from suixin.data.lake.purging import rows
from suixin.data.lake.purging.selecting import Selection
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories

POINTS = ("purge_found", "purge_written", "purge_committed", "purge_past_removed", "index_swapped")
WHO = "k000000007"


def purge(number: int) -> None:
    """A fresh table in two versions; a person leaves it."""
    rows.purge_rows(_resource(number).contract, Selection("code", (WHO,)), destruction="d", tell=lambda _: None)


def mend(number: int) -> None:
    """What the next start does, the same again, and the look at every file."""
    note_mended("removed" if repair.repair().removed else "nothing")
    purge(number)
    table = f"trial_{number}"
    held = parquet.read_table(snapshot(table).paths)
    assert sorted(map(str, held.column("code").to_pylist())) == [f"k{n:09d}" for n in range(1, 101) if n != 7], "rows"
    assert dict(rows.purged_rows(table, "d")) == {2 * number + 2: 1}, "counted"
    for path in [*storage.table_folder(table).rglob("*.*"), *storage.index_folder(table).glob("*")]:
        inside = str(parquet.read_table(path).to_pylist()) if path.suffix == ".parquet" else ""
        assert WHO not in inside, path
        assert WHO.encode() not in path.read_bytes(), path
    assert index.open_index(table).count_rows() == 99
    assert repair.repair() == repair.Repaired()


def _resource(number: int) -> Resource:
    found = Resource.objects.filter(table=f"trial_{number}").first()
    if found is not None:
        return found
    resource = factories.make_resource(f"trial_{number}")
    factories.land(resource, factories.rows(1, 100), sm3=f"{number}a")
    factories.land(resource, factories.rows(7, 8, amount=9), sm3=f"{number}b")
    index.build_index(resource.contract, snapshot(f"trial_{number}"))
    return resource


def main() -> dict[str, object]:
    """How many kills hit, and what there was to repair."""
    call_command("migrate", verbosity=0)
    return kill_often(Trial(purge, mend), 0, seed=1, points=POINTS)


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201 the result
