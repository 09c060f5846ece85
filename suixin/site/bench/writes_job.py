"""Many small batches into the register, half of each replacing rows of the one before; then the table is read.

python -m suixin.site.bench.writes_job BATCHES ROWS     prints one JSON object
"""

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb

READS, LOOKUPS = 5, 50
_GROUPED = "SELECT division, count(*), sum(capital) FROM read_parquet($1) GROUP BY 1"
_ONE = "SELECT * FROM read_parquet($1) WHERE record_no = $2"


def main(batches: int, rows: int) -> dict[str, float]:
    """What it cost, and how the table reads beside the same rows written once."""
    from deltalake import DeltaTable
    from django.conf import settings

    from suixin.site.bench import material

    seconds, early = [], 0.0
    with tempfile.TemporaryDirectory() as name:
        for number in range(batches):
            seconds.append(_brought(Path(name) / f"bench_{number}.csv", number * rows // 2, rows))
            early = early if number >= max(1, batches // 10) else _peak()
        folder = Path(settings.SUIXIN.lake) / "std" / material.TABLE
        files = [path.removeprefix("file://") for path in DeltaTable(folder).file_uris()]
        once = str(Path(name) / "once.parquet")
        sorted_rows = duckdb.read_parquet(files).order("record_no")
        sorted_rows.write_parquet(once, row_group_size=65_536)
        count = duckdb.execute("SELECT count(*) FROM read_parquet($1)", [files]).fetchone()
        keys = [f"{number * (batches * rows // 2) // LOOKUPS:012d}" for number in range(LOOKUPS)]
        told = {
            "batch": statistics.median(seconds[-10:]) * 1000, "files": len(files), "table_files_rows": count[0] if count else 0,
            "peak_tenth": early, "peak": _peak(),
        }
        for place, paths in (("", files), ("_once", [once])):
            told[f"read{place}"] = _median(_GROUPED, [[paths]] * READS)
            told[f"lookup{place}"] = _median(_ONE, [[paths, key] for key in keys])
        return told


def _brought(path: Path, first: int, rows: int) -> float:
    from suixin.data.collection.actions import run_feed
    from suixin.kit.actor import SYSTEM
    from suixin.site.bench import material

    material.write_csv(path, rows, first=first)
    started = time.perf_counter()
    outcome = run_feed(path, actor=SYSTEM)[0]
    if outcome.status.value != "landed":
        sys.exit(outcome.message)
    return time.perf_counter() - started


def _median(question: str, values: Sequence[list[object]]) -> float:
    taken = []
    for one in values:
        started = time.perf_counter()
        duckdb.execute(question, one).to_arrow_table()  # instants as objects of Python would want a package that we do not need
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suixin.site.settings")
    import django

    django.setup()
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
