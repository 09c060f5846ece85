"""`suixin bench writes`: 100,000 rows by key into a large table, then many small batches one after the other.

upsert_over_merge  our wall time (read, judged, written by key, receipted) over that of delta-rs merging the same rows into the same table
read_over_once     time of reading the table that many small batches made over that of the same rows written once in key order
memory_growth      peak memory after all batches over that after a tenth of them
"""

import shutil
from pathlib import Path

import deltalake
import orjson

from suixin.site.bench import material, processes
from suixin.site.bench.report import Report

UPSERTED, BATCHES, BATCH_ROWS = 100_000, 100, 5_000


def bench(rows: int, folder: Path) -> Report:
    """Measure once each."""
    source, changes = folder / f"bench_{rows}.csv", folder / f"bench_changes_{rows}.csv"
    material.write_csv(source, rows)
    material.write_changes(changes, rows, min(UPSERTED, rows))
    home, small = folder / "home-writes", folder / "home-small"
    for place in (home, small):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        _job(place, folder, "suixin.site.bench.home", "prepare")
    _job(home, folder, "suixin.site.bench.home", "collect", str(source))
    copy = folder / "merged"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home / "lake" / "std" / material.TABLE, copy)
    limit = _job(home, folder, "suixin.site.bench.peers.merging", str(changes), str(copy))
    shutil.rmtree(copy, ignore_errors=True)
    ours = _job(home, folder, "suixin.site.bench.home", "collect", str(changes))
    told = orjson.loads(_job(small, folder, "suixin.site.bench.writes_job", str(BATCHES), str(BATCH_ROWS)).output.splitlines()[-1])
    report = Report("writes", rows)
    for name, ran in (("merge", limit), ("upsert", ours)):
        report.add(f"{name}_seconds", ran.seconds, "s")
        report.add(f"{name}_peak_memory", ran.peak_mib, "MiB")
    for name, unit in (("batch", "ms"), ("read", "ms"), ("read_once", "ms"), ("lookup", "ms"), ("lookup_once", "ms"), ("files", ""),
                       ("table_files_rows", ""), ("peak_tenth", "MiB"), ("peak", "MiB")):
        report.add(f"small_{name}", told[name], unit)
    report.ratio("upsert_over_merge", ours.seconds / limit.seconds)
    report.ratio("read_over_once", told["read"] / told["read_once"])
    report.ratio("lookup_over_once", told["lookup"] / told["lookup_once"])
    report.ratio("memory_growth", told["peak"] / told["peak_tenth"])
    report.notes += [ours.output.strip(), f"limit: deltalake {deltalake.__version__} merge; {BATCHES} batches of {BATCH_ROWS:,} rows"]
    return report


def _job(home: Path, folder: Path, module: str, *words: str) -> processes.Ran:
    return processes.run(processes.python(module, *words), home=home, log=folder / "writes.log")
