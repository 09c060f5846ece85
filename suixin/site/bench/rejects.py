"""`suixin bench rejects`: a batch of which every row is rejected twice over, beside the same rows accepted.

rejected_over_accepted  processor time of collecting them: judged, told and kept with reasons, over typed, written and receipted
memory_growth           peak memory with all rows over that with a quarter of them
sheet_row               processor time of the annotated sheet, a row of it
"""

import shutil
from pathlib import Path

import orjson

from suixin.site.bench import material, processes
from suixin.site.bench.report import Report


def bench(rows: int, folder: Path) -> Report:
    """Measure once each, every one in an installation of its own: copies of one that was prepared."""
    empty = folder / "home-rejects-empty"
    shutil.rmtree(empty, ignore_errors=True)
    empty.mkdir()
    processes.run(processes.python("suixin.site.bench.home", "prepare"), home=empty, log=folder / "rejects.log")
    good, few, bad = (folder / f"bench_{name}_{rows}.csv" for name in ("good", "few_bad", "bad"))
    material.write_csv(good, rows)
    material.write_wrong(few, max(1, rows // 4))
    material.write_wrong(bad, rows)
    told = {path: _collected(folder, empty, path) for path in (good, few, bad)}
    report = Report("rejects", rows)
    for name, path in (("accepted", good), ("rejected_quarter", few), ("rejected", bad)):
        report.add(f"{name}_cpu_seconds", told[path]["cpu"], "s")
        report.add(f"{name}_peak_memory", told[path]["peak"], "MiB")
    for name, unit in (
        ("page", "ms"), ("rows_page_last", "ms"), ("sheet_cpu", "s"), ("sheet_row", "µs"), ("sheet_rows", ""), ("sheet_bytes", "MiB"),
    ):
        report.add(name, told[bad][name], unit)
    report.ratio("rejected_over_accepted", told[bad]["cpu"] / told[good]["cpu"])
    report.ratio("memory_growth", told[bad]["peak"] / told[few]["peak"])
    report.notes.append("page: the console's page of the batch, made in the server; rows_page_last: the last page of rejected rows")
    return report


def _collected(folder: Path, empty: Path, path: Path) -> dict[str, float]:
    home = folder / "home-rejects"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(empty, home, copy_function=shutil.copy2)
    job = processes.python("suixin.site.bench.rejects_job", str(path))
    answer: dict[str, float] = orjson.loads(processes.run(job, home=home, log=folder / "rejects.log").output.splitlines()[-1])
    return answer
