"""`suixin bench catalogue`: bring a workbook of `--rows` entries, impact and difference of one entry with 1,000 dependants.

bring_over_limit   the workbook read, judged, every entry registered, over 20 s for 1,000 entries; beside reading it alone
impact_over_limit  the difference of two versions and its impact over 200 ms (p95)
page_*             pages and answers over 20,000 entries of twenty items (`pages_job.py`), median and p95 in process, by the clock and
                   by the processor; *_over_goal is the p95 over 100 ms
"""

import shutil
from pathlib import Path

import orjson

from suixin.site.bench import processes
from suixin.site.bench.report import Report

BRING_SECONDS, IMPACT_MILLIS, PAGE_MILLIS = 20.0, 200.0, 100.0
PAGES_ENTRIES = 20_000


def bench(rows: int, folder: Path) -> Report:
    """Measure on a catalogue of `rows` entries of ten items each, on SQLite in a home of its own."""
    installation = folder / f"home-catalogue-{rows}"
    shutil.rmtree(installation, ignore_errors=True)
    installation.mkdir()
    ran = processes.run(
        processes.python("suixin.site.bench.catalogue_job", str(rows)), home=installation, log=folder / "catalogue.log"
    )
    found: dict[str, tuple[float, str]] = orjson.loads(ran.output.splitlines()[-1])
    report = Report("catalogue", rows, notes=[f"limits: {BRING_SECONDS:.0f} s for 1,000 entries, {IMPACT_MILLIS:.0f} ms for impact"])
    for name, (value, unit) in found.items():
        report.add(name, value, unit)
    report.ratio("bring_over_limit", found["bring"][0] / (BRING_SECONDS * rows / 1_000))
    report.ratio("bring_over_reading", found["bring"][0] / found["reading_alone"][0])
    report.ratio("impact_over_limit", found["impact_p95"][0] / IMPACT_MILLIS)
    _pages(report, folder)
    return report


def _pages(report: Report, folder: Path) -> None:
    """Pages of a catalogue of the size that is promised; its home is kept, since making it takes minutes."""
    home = folder / f"home-pages-{PAGES_ENTRIES}"
    home.mkdir(parents=True, exist_ok=True)
    ran = processes.run(processes.python("suixin.site.bench.pages_job", str(PAGES_ENTRIES)), home=home, log=folder / "pages.log")
    found: dict[str, tuple[float, str]] = orjson.loads(ran.output.splitlines()[-1])
    for name, (value, unit) in found.items():
        report.add(f"page_{name}", value, unit)
        if name.endswith("_p95"):
            report.ratio(f"page_{name}_over_goal", value / PAGE_MILLIS)
    report.notes.append(f"pages: {PAGES_ENTRIES:,} entries, {PAGES_ENTRIES * 20:,} items, goal {PAGE_MILLIS:.0f} ms for each p95")
