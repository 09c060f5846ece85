"""An installation at work, and what it holds: `python -m tests.backup.working COMMAND`.

    land            deliveries into both tables, one after the other, until the home has a file `stop`
    tell [FILE]     what is there, as JSON; with a manifest: the lake at its versions, batches up to them
    spoil KIND      something changed behind the application's back (tail of a data file)
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
import django

django.setup()

import duckdb  # noqa: E402  after setup
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402

from suixin.data.catalog.models import Resource  # noqa: E402
from suixin.data.collection import actions as collection  # noqa: E402
from suixin.data.lake import storage  # noqa: E402
from suixin.data.lake.models import Batch  # noqa: E402
from suixin.data.lake.snapshots import snapshot  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402

HOME = Path(settings.SUIXIN.home)
COLUMNS = {"insured": ("code", "name", "amount", "day"), "stations": ("station", "value", "at")}


def land() -> None:
    """Deliveries until told to stop; each insured one replaces half of the one before."""
    number = Batch.objects.count() * 10
    while not (HOME / "stop").exists():
        number += 1
        first = number * 30
        rows = [f"K{n:06d},王{n}五,{n}.50,2024-0{n % 9 + 1}-15" for n in range(first, first + 60)]
        bring("insured", "编码,姓名,金额,日期", [*rows, ",无主键,1,2024-01-01"], number)
        bring("stations", "站点,数值,时间", [f"S{n},{number}.{n},2025-02-11 08:00:00" for n in range(20)], number)


def bring(table: str, head: str, rows: list[str], number: int) -> None:
    """One file landed."""
    path = HOME / "demo" / f"{table}-{number}.csv"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([head, *rows, ""]), "utf-8")
    [outcome] = collection.run_feed(path, actor=SYSTEM, resource=Resource.objects.get(table=table))
    assert outcome.status == "landed", outcome


def tell(manifest: Path | None) -> dict[str, object]:
    """Content of the lake and the batches; at the versions of a backup when its manifest is given."""
    versions = json.loads(manifest.read_text("utf-8"))["versions"]["lake"] if manifest else {}
    found: dict[str, object] = {}
    for table, columns in COLUMNS.items():
        held = snapshot(table, versions.get(table))
        batches = Batch.objects.landed().filter(resource__table=table, table_version__lte=held.version).order_by("pk")
        found[table] = {
            "version": held.version, "content": content(held.paths, columns),
            "batches": list(batches.values_list("pk", "feed", "sm3", "accepted", "rejected", "replaced", "table_version")),
        }
    return found


def content(paths: list[str], columns: tuple[str, ...]) -> list[list[object]]:
    """Rows, and per column a checksum that does not depend on their order."""
    found = []
    with duckdb.connect() as engine:
        for column in columns:
            sql = f"SELECT count(*), CAST(sum(hash({storage.quoted(column)})) AS VARCHAR) FROM read_parquet($1)"
            row = engine.execute(sql, [paths]).fetchone()
            assert row is not None
            found.append([column, *row])
    return found


def main(words: list[str]) -> None:
    """One command of the module's docstring."""
    match words:
        case ["land"]:
            land()
        case ["tell", *manifest]:
            json.dump(tell(Path(manifest[0]) if manifest else None), sys.stdout)
    connection.close()


if __name__ == "__main__":
    main(sys.argv[1:])
