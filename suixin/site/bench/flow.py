"""`suixin bench flow`: decisions a minute, lists, the inbox and the sweep over a million instances, on both databases.

advance   4 worker processes deciding steps of instances of their own, against bare transactions of the same engine that
          write the rows a decision cannot do without, by as many workers; processor time a decision costs the worker
lists     50 of all instances by organisation, status, colour and due date; goal p95 under 200 ms on PostgreSQL
inbox     the whole page for a person with 5,000 steps, in process; goal under 100 ms
sweep     all open steps and instances, two sweeps at once, then once more; goal under 60 s, and what turned, turned once
Where     SQLite in a home of its own; PostgreSQL when one answers at SUIXIN_TEST_POSTGRES, in a database of its own
"""

import shutil
import subprocess
from pathlib import Path

import orjson

from suixin.site.bench import processes
from suixin.site.bench.databases import own_database, server_note
from suixin.site.bench.report import Report

WORKERS, INSTANCES, TIMES = 4, 2_000, 120
LIST_GOAL, INBOX_GOAL, SWEEP_GOAL, ADVANCE_GOAL = 200.0, 100.0, 60.0, 10_000.0
DATABASE = "suixin_bench_flow"


def bench(rows: int, folder: Path) -> Report:
    """Measure on `rows` instances and steps."""
    address = own_database(DATABASE)
    report = Report("flow", rows, notes=[f"{WORKERS} workers; p95 in ms; PostgreSQL: {server_note(address)}"])
    _measure(report, rows, folder, "sqlite", "")
    if address:
        _measure(report, rows, folder, "postgresql", address)
    return report


def _measure(report: Report, rows: int, folder: Path, name: str, database: str) -> None:
    home = folder / f"home-flow-{name}"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    variables = {"SUIXIN_DATABASE_URL": database} if database else {}

    def job(*words: object) -> "subprocess.Popen[str]":
        command = processes.python("suixin.site.bench.flow_job", *map(str, words))
        return subprocess.Popen(command, env=processes.environment(home, **variables), stdout=subprocess.PIPE, text=True)

    _said(job("prepare", INSTANCES))
    decided = [_said(one) for one in [job("advance", part, WORKERS) for part in range(WORKERS)]]
    rate = _rate(decided)
    raw = _rate([_said(one) for one in [job("raw", part, WORKERS, INSTANCES // 2) for part in range(WORKERS)]])
    report.add(f"{name}_advance", rate, "per min")
    cost = sum(one["processor"] for one in decided) / sum(one["decisions"] for one in decided)
    report.add(f"{name}_advance_processor", 1000 * cost, "ms")
    report.add(f"{name}_raw", raw, "per min")
    report.ratio(f"{name}_advance_over_raw", rate / raw)
    report.ratio(f"{name}_advance_over_goal", rate / ADVANCE_GOAL)
    _said(job("seed", rows))
    for question, value in _said(job("lists", TIMES)).items():
        report.add(f"{name}_{question}_p95", value, "ms")
        if goal := {"list": LIST_GOAL, "inbox": INBOX_GOAL}.get(question):
            report.ratio(f"{name}_{question}_over_goal", value / goal)
    swept = [_said(one) for one in [job("sweep"), job("sweep")]]
    report.add(f"{name}_sweep", max(one["seconds"] for one in swept), "s")
    report.add(f"{name}_turned", sum(one["turned"] for one in swept), "rows")
    report.add(f"{name}_told", sum(one["told"] for one in swept), "rows")
    report.ratio(f"{name}_sweep_over_goal", max(one["seconds"] for one in swept) / SWEEP_GOAL)
    again = _said(job("sweep"))
    report.add(f"{name}_turned_again", again["turned"], "rows")
    report.add(f"{name}_told_again", again["told"], "rows")
    report.add(f"{name}_sweep_again", again["seconds"], "s")
    shutil.rmtree(home, ignore_errors=True)


def _rate(said: list[dict[str, float]]) -> float:
    """Decisions a minute of workers that started together."""
    return sum(one["decisions"] for one in said) / max(one["seconds"] for one in said) * 60


def _said(process: "subprocess.Popen[str]") -> dict[str, float]:
    output, _ = process.communicate()
    if process.returncode:
        raise processes.BenchFailed(f"基准测试的一个进程以 {process.returncode} 结束;原因见上面的输出。")
    found: dict[str, float] = orjson.loads(output.splitlines()[-1])
    return found
