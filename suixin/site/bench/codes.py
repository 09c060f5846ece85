"""`suixin bench codes`: a CSV judged by an item of 700,000 codes, beside the same rows with that item as plain text.

coded_over_plain   processor time of judging with the set over that without it
deep_over_first    time of the page of the set's last codes over that of its first page
"""

import shutil
from pathlib import Path

import orjson

from suixin.site.bench import processes
from suixin.site.bench.report import Report

CODES = 700_000


def bench(rows: int, folder: Path) -> Report:
    """Measure once each, in a home of its own."""
    home = folder / "home-codes"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    kept = _told(home, folder, "keep", str(CODES))
    told = _told(home, folder, "judge", str(rows), str(CODES)) | _told(home, folder, "pages")
    report = Report("codes", rows)
    for name, unit in (("filling", "s"), ("publishing", "s")):
        report.add(name, kept[name], unit)
    for name, unit in (("reading_set", "s"), ("plain_cpu", "s"), ("coded_cpu", "s"), ("plain", "s"), ("coded", "s"), ("peak", "MiB"),
                       ("first_page", "ms"), ("deep_page", "ms")):
        report.add(name, told[name], unit)
    report.ratio("coded_over_plain", told["coded_cpu"] / told["plain_cpu"])
    report.ratio("deep_over_first", told["deep_page"] / told["first_page"])
    report.notes.append(f"{CODES:,} codes in the set, as codes, names and labels by turns")
    return report


def _told(home: Path, folder: Path, *words: str) -> dict[str, float]:
    command = processes.python("suixin.site.bench.codes_job", *words)
    found: dict[str, float] = orjson.loads(processes.run(command, home=home, log=folder / f"codes-{words[0]}.log").output.splitlines()[-1])
    return found
