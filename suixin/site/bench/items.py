"""`suixin bench items`: questions to `--rows` guides, guide pages on one worker, import of 2,000 items from a workbook.

search    p50 and p95 in process: as people ask (通俗说法), titles, pinyin, mistyped titles, each different from all before
pages     every guide once (rendered by Django), then 20,000 requests for the same, on one worker, 16 connections; beside
          the probe `/healthz` of the same server, which does no work at all
import    2,000 handling items of a workbook drafted, then the same file again, which changes nothing
Goals     p95 under 50 ms, at least 300 guide pages a second (issue 8)
"""

import subprocess
from pathlib import Path

import orjson

from suixin.site.bench import load, processes
from suixin.site.bench.report import Report, percentile

CONNECTIONS, TIMES, PAGES, WARM, IMPORTED = 16, 250, 20_000, 400, 2_000
P95_GOAL, RATE_GOAL = 50.0, 300.0
CLASSES = ("said", "title", "pinyin", "typo")


def bench(rows: int, folder: Path) -> Report:
    """Measure on `rows` guides."""
    home = folder / f"home-items-{rows}"
    home.mkdir(parents=True, exist_ok=True)
    report = Report("items", rows, notes=[f"{rows:,} guides, {CONNECTIONS} connections"])
    prepared = _said(home, "prepare", rows)
    if prepared["seconds"]:
        report.add("index_built", prepared["seconds"][0], "s")
    asked = _said(home, "ask", TIMES)
    for name in CLASSES:
        report.add(f"{name}_p50", percentile(asked[name], 0.5), "ms")
        report.add(f"{name}_p95", percentile(asked[name], 0.95), "ms")
    report.ratio("p95_over_goal", max(percentile(asked[name], 0.95) for name in CLASSES) / P95_GOAL)
    brought = _said(home, "bring", IMPORTED)["seconds"]
    report.add("import_2000", brought[0], "s")
    report.add("import_2000_again", brought[1], "s")
    _serve(report, home, folder, [f"/guides/{code}" for code in _said(home, "codes", WARM)["codes"]])
    return report


def _serve(report: Report, home: Path, folder: Path, paths: list[str]) -> None:
    port = processes.free_port()
    command = processes.python("suixin.site.cli", "serve", "--no-worker", "--workers", "1", "--port", str(port))
    with processes.serving(command, home=home, port=port, log=folder / "items.log"):
        load.fire(port, [load.get(port, "/healthz")] * 50, connections=CONNECTIONS)
        _round(report, "page_new", port, [load.get(port, path) for path in paths])
        known = [load.get(port, path) for path in paths]
        rate = _round(report, "page_known", port, (known * (PAGES // len(known) + 1))[:PAGES])
        report.ratio("pages_over_goal", rate / RATE_GOAL)
        bare = _round(report, "bare", port, [load.get(port, "/healthz")] * PAGES)
        report.ratio("page_known_over_bare", rate / bare)


def _round(report: Report, name: str, port: int, requests: list[bytes]) -> float:
    answers = load.fire(port, requests, connections=CONNECTIONS)
    if set(answers.statuses) != {200}:
        raise processes.BenchFailed(f"items: {answers.statuses} {answers.last_body[:300]!r}")
    report.add(f"{name}_rps", answers.per_second, "1/s")
    report.add(f"{name}_p95", percentile(answers.seconds, 0.95) * 1000, "ms")
    return answers.per_second


def _said(home: Path, *words: object) -> dict[str, list[float]]:
    command = processes.python("suixin.site.bench.items_job", *map(str, words))
    ran = subprocess.run(command, env=processes.environment(home), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise processes.BenchFailed(f"items: {ran.stderr[-1500:]}")
    answer: dict[str, list[float]] = orjson.loads(ran.stdout.splitlines()[-1])
    return answer
