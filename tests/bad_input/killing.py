"""Killing collection for real: deliveries through `run_feed` die, then the next start mends and they are sent again.

    python -m tests.bad_input.killing prepare            a home with the resource `trial`, open to the public, and files
    python -m tests.bad_input.killing verify NUMBER      everything exact after deliveries 0..NUMBER
    python -m tests.bad_input.killing random KILLS SEED [POINT ...]
                                                         one delivery killed at each point, KILLS at seeded random instants
"""

import json
import sys
import time
from functools import partial
from pathlib import Path

from suixin.data.lake.tests.killer import Trial, finished, fork, kill_often, note_mended  # isort: skip  (sets Django up)

import duckdb
from django.conf import settings
from django.core.management import call_command

from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.lake import index, storage
from suixin.data.lake.models import Batch
from suixin.data.lake.snapshots import snapshot
from suixin.data.opening.actions import publish_dataset
from suixin.data.opening.models import Dataset
from suixin.kit.actor import SYSTEM
from suixin.site import wiring
from tests.bad_input.state import content_of, require_tidy

ROWS, STEP, BAD = 400, 200, 2
COLUMNS = ("code", "name", "amount", "day")


def prepare() -> None:
    """The control database, the resource with its lookup, and its dataset."""
    call_command("migrate", verbosity=0)
    resource = factories.published("trial", has_lookup=True, open_type="unconditional")
    actions.declare_feed(resource, ["delivery-*"], actor=SYSTEM)
    deliver(0)
    publish_dataset(resource, actor=SYSTEM, reason="测试")
    for number in range(1, 7):
        file_of(number)


def lines(number: int) -> list[str]:
    """Good rows of a delivery; half of them replace rows of the one before, the amount tells which."""
    first = number * STEP + 1
    return [f"K{n:06d},名{n % 97},{number}.25,2024-0{n % 9 + 1}-15" for n in range(first, first + ROWS)]


def file_of(number: int) -> Path:
    """The file of a delivery, with two rows that have no key."""
    path = Path(settings.SUIXIN.home) / "in" / f"delivery-{number}.csv"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_text("\n".join(["代码,名称,数量,日期", *lines(number), *[",无主键,1,2024-01-01"] * BAD, ""]), "utf-8")
    return path


def deliver(number: int) -> None:
    """The delivery landed, now or before."""
    [outcome] = actions.run_feed(file_of(number), actor=SYSTEM)
    assert outcome.status in ("landed", "known"), outcome
    assert (outcome.rows_in, outcome.accepted, outcome.rejected) == (ROWS + BAD, ROWS, BAD), outcome


def verify(number: int) -> None:
    """Nothing is missing, doubled, half there or left over once deliveries 0..number are in."""
    expected = [line for n in range(number) for line in lines(n)[:STEP]] + lines(number)
    assert content_of("trial", *COLUMNS) == _content_of(expected), "checksum"
    held, found = snapshot("trial"), index.open_index("trial")
    assert Batch.objects.landed().count() == Batch.objects.count() == number + 1, "batches"
    assert (found.version, found.count_rows()) == (held.version, held.rows), "index"
    assert Dataset.objects.get().rows == held.rows, "rows of the dataset"
    archived = [path for path in (storage.root() / "archive").rglob("*") if path.is_file()]
    assert len(archived) == number + 1, "archived files"
    require_tidy()


def _content_of(rows: list[str]) -> tuple[int, str]:
    columns = [list(column) for column in zip(*(row.split(",") for row in rows), strict=True)]
    types = ("VARCHAR", "VARCHAR", "DECIMAL(12,2)", "DATE")
    typed = ", ".join(f"CAST(unnest(${n}) AS {kind})" for n, kind in enumerate(types, 1))
    named = f"SELECT {typed}"
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT count(*), CAST(sum(hash(a, b, c, d)) AS VARCHAR) FROM ({named}) AS t(a, b, c, d)", columns
        ).fetchone()
    assert found is not None
    return int(found[0]), str(found[1])


def mend(number: int) -> None:
    """What the next start does, the delivery sent again, and the comparison."""
    told = wiring.mend()
    note_mended(told[5:7] or "无")
    deliver(number)
    verify(number)


def die_often(kills: int, seed: int, points: list[str]) -> dict[str, object]:
    """How many kills hit, and what there was to mend."""
    assert finished(fork(prepare)) == 0, "not prepared"
    begun = time.monotonic()
    assert finished(fork(partial(deliver, 1))) == 0, "not delivered"
    return kill_often(Trial(deliver, mend, first=2), kills, seed=seed, points=points, seconds=time.monotonic() - begun)


def main(words: list[str]) -> None:
    """One command of the module's docstring."""
    match words:
        case ["prepare"]:
            prepare()
        case ["verify", number]:
            verify(int(number))
        case ["random", kills, seed, *points]:
            print(json.dumps(die_often(int(kills), int(seed), points), ensure_ascii=False))  # noqa: T201 the result


if __name__ == "__main__":
    main(sys.argv[1:])
