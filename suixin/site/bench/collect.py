"""`suixin bench collect`: a CSV into the lake, typed and checked by eight rules, beside the untyped writer.

time_over_limit  our wall time over that of DuckDB + delta-rs writing the same CSV as text
"""

import shutil
from pathlib import Path

import deltalake
import duckdb

from suixin.site.bench import material, processes
from suixin.site.bench.report import Report


def bench(rows: int, folder: Path) -> Report:
    """Measure once each, the limit first."""
    source = folder / f"bench_{rows}.csv"
    material.write_csv(source, rows)
    report = Report("collect", rows)
    target, home = folder / "untyped", folder / "home-collect"
    for place in (target, home):
        shutil.rmtree(place, ignore_errors=True)
    limit = processes.run(
        processes.python("suixin.site.bench.peers.untyped_writer", str(source), str(target)),
        home=home,
        log=folder / "limit.log",
    )
    shutil.rmtree(target, ignore_errors=True)
    home.mkdir()
    processes.run(processes.python("suixin.site.bench.home", "prepare"), home=home, log=folder / "prepare.log")
    ours = processes.run(
        processes.python("suixin.site.bench.home", "collect", str(source)), home=home, log=folder / "ours.log"
    )
    for name, ran in (("limit", limit), ("ours", ours)):
        report.add(f"{name}_seconds", ran.seconds, "s")
        report.add(f"{name}_cpu_seconds", ran.cpu_seconds, "s")
        report.add(f"{name}_peak_memory", ran.peak_mib, "MiB")
    report.add("source_size", source.stat().st_size / 2**20, "MiB")
    report.add("ours_rows_per_second", rows / ours.seconds, "rows/s")
    report.ratio("time_over_limit", ours.seconds / limit.seconds)
    report.ratio("memory_over_limit", ours.peak_mib / limit.peak_mib)
    report.notes += [
        ours.output.strip(),
        f"limit: duckdb {duckdb.__version__} + deltalake {deltalake.__version__}, {limit.output.strip()} rows",
    ]
    return report
