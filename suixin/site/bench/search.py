"""`suixin bench search`: questions to a catalogue of `--rows` resources with 20 items each, beside the bare FTS query.

in process   p50 and p95 of words, several words, pinyin, mistyped words, each different from all before, with facets counted
             and the best scored again; the bare query (MATCH, ORDER BY rank LIMIT 20) of the same words in the same process
over HTTP    `/api/v1/catalogue?q=` on one worker, 8 connections: the four classes mixed, all different; then the same again,
             which is answered from the process's memory; `cpu` is processor time a request, which other processes do not lengthen
Goals        p95 under 50 ms, at least 300 requests a second (issue 5)
"""

import random
import subprocess
from pathlib import Path
from urllib.parse import quote

import orjson
import psutil

from suixin.site.bench import load, processes, search_job
from suixin.site.bench.report import Report, percentile

TIMES, CONNECTIONS = 300, 8
P95_GOAL, RATE_GOAL = 50.0, 300.0


def bench(rows: int, folder: Path) -> Report:
    """Measure on `rows` resources."""
    home = folder / f"home-search-{rows}"
    home.mkdir(parents=True, exist_ok=True)
    report = Report("search", rows, notes=[f"{rows:,} resources, {rows * search_job.ITEMS:,} items, {CONNECTIONS} connections, SQLite"])
    prepared = _said(home, "prepare", rows)
    if prepared["seconds"]:
        report.add("index_built", prepared["seconds"][0], "s")
    for name, times in _said(home, "ask", TIMES).items():
        report.add(f"{name}_p50", percentile(times, 0.5), "ms")
        report.add(f"{name}_p95", percentile(times, 0.95), "ms")
    for name in ("single", "several", "pinyin", "typo"):
        report.ratio(f"{name}_p95_over_goal", report.figures[f"{name}_p95"][0] / P95_GOAL)
    for name in ("single", "several"):
        report.ratio(f"{name}_p50_over_bare", report.figures[f"{name}_p50"][0] / report.figures[f"bare_{name}_p50"][0])
    _serve(report, home, folder)
    return report


def _serve(report: Report, home: Path, folder: Path) -> None:
    port = processes.free_port()
    command = processes.python("suixin.site.cli", "serve", "--no-worker", "--workers", "1", "--port", str(port))
    asked = search_job.questions(TIMES)
    with processes.serving(command, home=home, port=port, log=folder / "search.log") as process:
        server = psutil.Process(process.pid)
        load.fire(port, [_get(port, "a")] * 20, connections=CONNECTIONS)
        everything = [_get(port, one) for words in asked.values() for one in words]
        random.Random(search_job.SEED).shuffle(everything)  # noqa: S311 an order, no secret
        _round(report, "http_new", port, requests=everything, server=server)
        known = [_get(port, one) for words in asked.values() for one in words[:50]] * 8
        load.fire(port, known[:200], connections=CONNECTIONS)
        _round(report, "http_known", port, requests=known, server=server)


def _round(report: Report, name: str, port: int, *, requests: list[bytes], server: psutil.Process) -> None:
    busy = _processor_seconds(server)
    answers = load.fire(port, requests, connections=CONNECTIONS)
    busy = _processor_seconds(server) - busy
    if set(answers.statuses) != {200}:
        raise processes.BenchFailed(f"search: {answers.statuses} {answers.last_body[:300]!r}")
    report.add(f"{name}_rps", answers.per_second, "1/s")
    report.add(f"{name}_p50", percentile(answers.seconds, 0.5) * 1000, "ms")
    report.add(f"{name}_p95", percentile(answers.seconds, 0.95) * 1000, "ms")
    report.add(f"{name}_cpu", busy / len(requests) * 1000, "ms")
    report.ratio(f"{name}_rps_over_goal", answers.per_second / RATE_GOAL)


def _processor_seconds(server: psutil.Process) -> float:
    """What the server and its worker have used so far."""
    return sum(sum(one.cpu_times()[:2]) for one in (server, *server.children(recursive=True)))


def _get(port: int, question: str) -> bytes:
    return load.get(port, f"/api/v1/catalogue?q={quote(question)}")


def _said(home: Path, *words: object) -> dict[str, list[float]]:
    command = processes.python("suixin.site.bench.search_job", *map(str, words))
    ran = subprocess.run(command, env=processes.environment(home), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise processes.BenchFailed(f"search: {ran.stderr[-1500:]}")
    answer: dict[str, list[float]] = orjson.loads(ran.stdout.splitlines()[-1])
    return answer
