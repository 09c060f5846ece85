"""`suixin bench search`: questions to a catalogue of `--rows` resources with 20 items each, beside the bare FTS query.

in process   p50 and p95 of words, several words, pinyin, mistyped words, each different from all before (new), with facets
             counted and the best scored again; `known`: the same once more, answered from the process's memory
bare         MATCH, ORDER BY rank, LIMIT 20 of the same words in the same process: FTS5 with positions, its own ranking;
             on PostgreSQL ts_rank of the tsvector
over HTTP    `/api/v1/catalogue?q=` on one worker, 16 connections: the four classes mixed, all different. `first`: from the start of
             the server, while it reads texts and postings; `new`: those after, each new too, and then over 8 and 4 connections;
             `offered`: new ones that come at the rate of the goal whether or not others are answered, counted from when each was
             due; `known`: the last of `new` again; `people`: as people ask: of some 2,200 questions the r-th commonest comes
             with a chance of 1/r (the law that logs of search engines follow), and `people_offered` at the rate of the goal; pages
             `/catalogue`: `page` of new questions, `page_people` as people ask. `cpu` is processor time a request (user and
             system, server and worker), which other processes lengthen less than the clock; `database_cpu` that of PostgreSQL's
             processes, `load_cpu` that of who asks
bare server  a constant answer of 25 kB on the same server: neither it nor the load is what holds up
Goals        p95 under 50 ms, in process and of what is offered as people ask, at least 300 requests a second (issue 5); on both databases
Where        SQLite in a home of its own; PostgreSQL when one answers at SUIXIN_TEST_POSTGRES, in a database of its own
"""

import random
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import orjson
import psutil

from suixin.site.bench import load, processes, search_job
from suixin.site.bench.databases import own_database, server_note, spent_since, spent_so_far
from suixin.site.bench.report import Report, percentile

TIMES, FIRST, CONNECTIONS = 250, 125, 16
OFFERED, FEWER = 150, 75  # of each class; with those before as many as there are single words
ASKED = 3_000  # as people ask, in each round
SENDERS = 64  # connections over which requests are offered
BARE_REQUESTS = 4_000
P95_GOAL, RATE_GOAL = 50.0, 300.0
CLASSES, BARE = ("single", "several", "pinyin", "typo"), ("single", "several")
DATABASE = "suixin_bench_search"


def bench(rows: int, folder: Path) -> Report:
    """Measure on `rows` resources."""
    address = own_database(DATABASE)
    report = Report("search", rows, notes=[
        f"{rows:,} resources, {rows * search_job.ITEMS:,} items, {CONNECTIONS} connections; PostgreSQL: {server_note(address)}"
    ])
    _serve_bare(report, folder)
    _measure(report, rows, folder, "sqlite", {})
    if address:
        _measure(report, rows, folder, "postgresql", {"SUIXIN_DATABASE_URL": address})
    return report


def _measure(report: Report, rows: int, folder: Path, name: str, variables: Mapping[str, str]) -> None:
    home = folder / f"home-search-{name}-{rows}"
    home.mkdir(parents=True, exist_ok=True)
    prepared = _said(home, variables, "prepare", rows)
    if prepared["seconds"]:
        report.add(f"{name}_index_built", prepared["seconds"][0], "s")
    asked = _said(home, variables, "ask", TIMES)
    for what, times in asked.items():
        report.add(f"{name}_{what}_p50", percentile(times, 0.5), "ms")
        report.add(f"{name}_{what}_p95", percentile(times, 0.95), "ms")
    report.ratio(f"{name}_p95_over_goal", max(percentile(asked[one], 0.95) for one in CLASSES) / P95_GOAL)
    for one in BARE:
        report.ratio(f"{name}_search_over_bare_{one}", percentile(asked[one], 0.5) / percentile(asked[f"bare_{one}"], 0.5))
    _serve(report, home, folder, name, variables)


def _serve(report: Report, home: Path, folder: Path, name: str, variables: Mapping[str, str]) -> None:
    port = processes.free_port()
    command = processes.python("suixin.site.cli", "serve", "--no-worker", "--workers", "1", "--port", str(port))
    parts = _parted(port, (FIRST, TIMES, OFFERED, FEWER, FEWER))
    with processes.serving(command, home=home, port=port, log=folder / "search.log", variables=variables) as process:
        target = _Target(port, psutil.Process(process.pid), variables.get("SUIXIN_DATABASE_URL", ""))
        load.fire(port, [_get(port, one) for one in ("a", "热身", "gongjiaoxianlu")] * 8, connections=CONNECTIONS)
        _round(report, f"{name}_http_first", target, parts[0])
        rate = _round(report, f"{name}_http_new", target, parts[1]).per_second
        report.ratio(f"{name}_rps_over_goal", rate / RATE_GOAL)
        offered = _round(report, f"{name}_http_offered", target, parts[2], rate=RATE_GOAL)
        report.ratio(f"{name}_http_offered_p95_over_goal", percentile(offered.seconds, 0.95) * 1000 / P95_GOAL)
        for connections, requests in zip((8, 4), parts[3:], strict=True):
            _round(report, f"{name}_http_new_{connections}", target, requests, connections=connections)
        known = parts[1][-100:]
        load.fire(port, known, connections=CONNECTIONS)
        _round(report, f"{name}_http_known", target, known * 8)
        _round(report, f"{name}_page", target, list(map(_page_of, parts[1][:200])))
    with processes.serving(command, home=home, port=port, log=folder / "search.log", variables=variables) as process:
        target = _Target(port, psutil.Process(process.pid), variables.get("SUIXIN_DATABASE_URL", ""))
        load.fire(port, parts[0], connections=CONNECTIONS)
        people = _as_people_ask([one for part in parts[1:] for one in part])
        report.ratio(f"{name}_people_rps_over_goal", _round(report, f"{name}_http_people", target, people[:ASKED]).per_second / RATE_GOAL)
        offered = _round(report, f"{name}_http_people_offered", target, people[ASKED:], rate=RATE_GOAL)
        report.ratio(f"{name}_http_people_offered_p95_over_goal", percentile(offered.seconds, 0.95) * 1000 / P95_GOAL)
        _round(report, f"{name}_page_people", target, list(map(_page_of, people[:1_000])))


def _page_of(request: bytes) -> bytes:
    return request.replace(b"/api/v1/catalogue?", b"/catalogue?", 1)


def _as_people_ask(pool: Sequence[bytes]) -> list[bytes]:
    """Twice ASKED requests of the pool, the r-th of it with a chance of 1/r."""
    chances = [1 / (place + 1) for place in range(len(pool))]
    return random.Random(search_job.SEED).choices(pool, chances, k=2 * ASKED)  # noqa: S311 an order, no secret


def _parted(port: int, sizes: Sequence[int]) -> list[list[bytes]]:
    """Requests of so many questions of each class, mixed; no question in two parts."""
    asked, parts, start = search_job.questions(sum(sizes)), [], 0
    for size in sizes:
        mixed = _mixed([words[start : start + size] for words in asked.values()])
        parts.append([_get(port, one) for one in mixed])
        start += size
    return parts


def _serve_bare(report: Report, folder: Path) -> None:
    port = processes.free_port()
    command = processes.python("suixin.site.bench.search_bare", str(port))
    with processes.serving(command, home=folder, port=port, log=folder / "search_bare.log") as process:
        requests = [_get(port, "热身")] * BARE_REQUESTS
        load.fire(port, requests[:200], connections=CONNECTIONS)
        _round(report, "bare_server", _Target(port, psutil.Process(process.pid)), requests)


def _mixed(classes: Iterable[Sequence[str]]) -> list[str]:
    everything = [one for words in classes for one in words]
    random.Random(search_job.SEED).shuffle(everything)  # noqa: S311 an order, no secret
    return everything


@dataclass(frozen=True, slots=True)
class _Target:
    """What is asked: where it listens, its processes, the address of its database server if it has one."""

    port: int
    server: psutil.Process
    database: str = ""


def _round(
    report: Report, name: str, target: _Target, requests: list[bytes], *, connections: int = CONNECTIONS, rate: float = 0.0
) -> load.Answers:
    stored = spent_so_far(target.database) if target.database else {}
    busy, own = _processor_seconds(target.server), time.process_time()
    if rate:
        answers = load.fire(target.port, requests, connections=SENDERS, per_second=rate)
    else:
        answers = load.fire(target.port, requests, connections=connections)
    busy, own = _processor_seconds(target.server) - busy, time.process_time() - own
    if set(answers.statuses) != {200}:
        raise processes.BenchFailed(f"search: {answers.statuses} {answers.last_body[:300]!r}")
    report.add(f"{name}_rps", answers.per_second, "1/s")
    report.add(f"{name}_p50", percentile(answers.seconds, 0.5) * 1000, "ms")
    report.add(f"{name}_p95", percentile(answers.seconds, 0.95) * 1000, "ms")
    report.add(f"{name}_cpu", busy / len(requests) * 1000, "ms")
    report.add(f"{name}_load_cpu", own / len(requests) * 1000, "ms")
    if target.database:
        report.add(f"{name}_database_cpu", spent_since(target.database, stored) / len(requests) * 1000, "ms")
    return answers


def _processor_seconds(server: psutil.Process) -> float:
    """What the server and its worker have used so far."""
    return sum(sum(one.cpu_times()[:2]) for one in (server, *server.children(recursive=True)))


def _get(port: int, question: str, *, path: str = "/api/v1/catalogue") -> bytes:
    return load.get(port, f"{path}?q={quote(question)}")


def _said(home: Path, variables: Mapping[str, str], *words: object) -> dict[str, list[float]]:
    command = processes.python("suixin.site.bench.search_job", *map(str, words))
    ran = subprocess.run(command, env=processes.environment(home, **variables), capture_output=True, text=True, check=False)
    if ran.returncode:
        raise processes.BenchFailed(f"search: {ran.stderr[-1500:]}")
    answer: dict[str, list[float]] = orjson.loads(ran.stdout.splitlines()[-1])
    return answer
