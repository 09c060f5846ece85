"""`suixin bench cases`: work lists, searches, submissions and decisions over a million government cases, on both databases.

lists     whole pages in process: a department's and the bureau's work list under random filters, the inbox, the board of limits,
          an applicant's own cases; searches by number, item, name, and for what is nowhere. Goal: p95 under 200 ms
submit    4 worker processes recording applications at a window and opening their cases
advance   the same deciding what waits in those cases: acceptance (which begins the handling), examination, decision
raw       bare transactions of the same engine that write the rows a submission cannot do without, by as many workers
Goal      at least 100 submissions and 100 decisions a second, on PostgreSQL (issue 8)
Where     SQLite in a home of its own; PostgreSQL when one answers at SUIXIN_TEST_POSTGRES, in a database of its own
"""

import shutil
import subprocess
from pathlib import Path

import orjson

from suixin.site.bench import processes
from suixin.site.bench.databases import own_database, server_note
from suixin.site.bench.report import Report

WORKERS, SUBMITTED, TIMES = 4, 300, 60
LIST_GOAL, RATE_GOAL = 200.0, 100.0
DATABASE = "suixin_bench_cases"


def bench(rows: int, folder: Path) -> Report:
    """Measure on `rows` cases with ten steps each."""
    address = own_database(DATABASE)
    notes = [f"{WORKERS} workers, {10 * rows:,} steps; p95 in ms; PostgreSQL: {server_note(address)}"]
    report = Report("cases", rows, notes=notes)
    for name, database in (("sqlite", ""), ("postgresql", address)):
        if database or name == "sqlite":
            _measure(report, rows, folder, name, database)
    return report


def _measure(report: Report, rows: int, folder: Path, name: str, database: str) -> None:
    home = folder / f"home-cases-{name}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    variables = {"SUIXIN_DATABASE_URL": database} if database else {}

    def job(*words: object) -> "subprocess.Popen[str]":
        command = processes.python("suixin.site.bench.cases_job", *map(str, words))
        return subprocess.Popen(command, env=processes.environment(home, **variables), stdout=subprocess.PIPE, text=True)

    _said(job("prepare", 0))
    report.add(f"{name}_seeded", _said(job("seed", rows))["seconds"], "s")
    asked = _said(job("lists", TIMES))
    for question, value in asked.items():
        report.add(f"{name}_{question}_p95", value, "ms")
    report.ratio(f"{name}_lists_over_goal", max(asked.values()) / LIST_GOAL)
    raw = _rate([_said(one) for one in [job("raw", part, WORKERS, SUBMITTED) for part in range(WORKERS)]])
    report.add(f"{name}_raw", raw, "1/s")
    for what in ("submit", "advance"):
        done = [_said(one) for one in [job(what, part, WORKERS, SUBMITTED) for part in range(WORKERS)]]
        rate = _rate(done)
        report.add(f"{name}_{what}", rate, "1/s")
        report.add(f"{name}_{what}_processor", 1000 * sum(one["processor"] for one in done) / sum(one["done"] for one in done), "ms")
        report.ratio(f"{name}_{what}_over_raw", rate / raw)
        report.ratio(f"{name}_{what}_over_goal", rate / RATE_GOAL)
    shutil.rmtree(home, ignore_errors=True)


def _rate(said: list[dict[str, float]]) -> float:
    """What workers that started together did in a second."""
    return sum(one["done"] for one in said) / max(one["seconds"] for one in said)


def _said(process: "subprocess.Popen[str]") -> dict[str, float]:
    output, _ = process.communicate()
    if process.returncode:
        raise processes.BenchFailed(f"基准测试的一个进程以 {process.returncode} 结束;原因见上面的输出。")
    found: dict[str, float] = orjson.loads(output.splitlines()[-1])
    return found
