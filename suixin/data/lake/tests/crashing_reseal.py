"""Killing `reseal` for real: at each point a process dies while it rewrites, a fresh one mends, runs again, compares.

    python -m suixin.data.lake.tests.crashing_reseal

Prints one JSON object.
"""

import json
from pathlib import Path

from suixin.data.lake.tests.killer import Trial, kill_often, note_mended  # isort: skip  (sets Django up)

from django.core.management import call_command
from pyarrow import parquet

from suixin.data.catalog.models import Resource
from suixin.data.lake import repair, resealing, sealing, storage
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.tests import factories
from suixin.kit.actor import SYSTEM
from suixin.kit.keyring import Kind

POINTS = ("resealed", "reseal_committed", "schema_committed")
FIELDS = ("code", "name")


def reseal(number: int) -> None:
    """A fresh table in two files, sealed; one that is sealed already, under a new key."""
    resource = _resource(number)
    resource.items.filter(field__in=FIELDS).update(is_sealed=True, level=4)
    if number < 2:
        sealing._ring().rotate("lake", Kind.SEAL)
    resealing.reseal_table(resource, actor=SYSTEM)


def mend(number: int) -> None:
    """What the next start does, the same again, and the comparison."""
    done = repair.repair()
    note_mended("removed" if done.removed else "nothing")
    resealing.reseal_table(_resource(number), actor=SYSTEM)
    table = f"trial_{number}"
    rows = parquet.read_table(snapshot(table).paths).sort_by("__id")
    codes = sealing.open_texts(f"{table}.code", rows.column("code").combine_chunks()).to_pylist()
    assert codes == [f"k{n:09d}" for n in range(1, 101)], "rows"
    assert set().union(*(resealing._versions_of(Path(one)) for one in snapshot(table).paths)) == {sealing.current_version()}, "key"
    assert not list(storage.table_folder(table).rglob("*.draft")), "drafts"
    again = repair.repair()
    assert again == repair.Repaired(), again


def _resource(number: int) -> Resource:
    found = Resource.objects.filter(table=f"trial_{number}").first()
    if found is not None:
        return found
    resource = factories.make_resource(f"trial_{number}")
    if number < 2:  # these two die while only the key is newer
        resource.items.filter(field__in=FIELDS).update(is_sealed=True, level=4)
    factories.land(resource, factories.rows(1, 50), sm3=f"{number}a")
    factories.land(resource, factories.rows(51, 100), sm3=f"{number}b")
    return resource


def main() -> dict[str, object]:
    """How many kills hit, and what there was to repair."""
    call_command("migrate", verbosity=0)
    return kill_often(Trial(reseal, mend), 0, seed=1, points=POINTS)


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201 the result
