"""`suixin bench lookup`: granted, signed, masked, logged lookups, beside a bare ASGI + SQLite server, and beside ourselves.

One worker process each, the same load generator with 16 connections, by turns, several rounds; processor time is the server's.
rps_over_bare        our requests per second over the bare server's, median of the rounds; `..._by_processor` by processor time
grants_over_one      a call's processor time when 100 grants of different shape ask by turns, over that of one grant
record_share         what metering and the access record add to a call over HTTP that is otherwise the same, by processor time;
                     `..._in_process` in one thread with no server around it
half_p99             at half of the requests per second that were measured, sent by the clock whether answered or not
"""

import os
import random
import sqlite3
import statistics
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import orjson

from suixin.kit import signing
from suixin.site.bench import home, load, material, processes
from suixin.site.bench import rows as rows_bench
from suixin.site.bench.report import Report, peer_version, percentile

CONNECTIONS = 16
ROUNDS = 5
REQUESTS = 4000
GRANTS = 100
HALF_SECONDS = 20
COLUMNS = "record_no,credit_code,name,division,founded,capital"


@dataclass(slots=True)
class Server:
    """One server under measure, and what its rounds gave."""

    name: str
    port: int
    pids: list[int]
    rounds: list[load.Answers] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)  # seconds a request

    def round(self, requests: list[bytes]) -> load.Answers:
        """One round, kept. Raises BenchFailed when anything but 200 came."""
        before = processes.processor_seconds(self.pids)
        answers = load.fire(self.port, requests, connections=CONNECTIONS)
        if set(answers.statuses) != {200}:
            raise processes.BenchFailed(f"lookup: {self.name} {answers.statuses} {answers.last_body[:300]!r}")
        self.rounds.append(answers)
        self.processor.append((processes.processor_seconds(self.pids) - before) / len(requests))
        return answers

    @property
    def per_second(self) -> float:
        """Requests per second, median of the rounds."""
        return statistics.median(answers.per_second for answers in self.rounds)

    @property
    def micros(self) -> float:
        """Processor time of a request in µs, median of the rounds."""
        return statistics.median(self.processor) * 1e6


def bench(rows: int, folder: Path) -> Report:
    """Measure in rounds, by turns."""
    source, installation = folder / f"bench_{rows}.csv", folder / f"home-{rows}"
    rows_bench.fill(source, installation, rows=rows, folder=folder)
    processes.run(processes.python("suixin.site.bench.home", "grants", str(GRANTS)), home=installation, log=folder / "grants.log")
    bare = _bare_of(source, folder / f"bare_{rows}.sqlite")
    report = Report("lookup", rows, notes=[
        f"peer: uvicorn {peer_version('uvicorn')} + sqlite {sqlite3.sqlite_version}, {rows:,} rows, {CONNECTIONS} connections",
        "unrecorded: our server with a record that writes nothing, else the same call, its nonce spent",
    ])
    commands = {
        "ours": ("suixin.site.cli", "serve", "--no-worker", "--workers", "1", "--port", "PORT"),
        "unrecorded": ("suixin.site.bench.peers.unrecorded_server", "PORT"),
        "bare": ("suixin.site.bench.peers.bare_server", str(bare), "PORT"),
    }
    with _serving(commands, installation, folder) as servers:
        _measure(report, servers, rows)
    _in_process(report, installation, folder, rows)
    return report


@contextmanager
def _serving(commands: dict[str, tuple[str, ...]], installation: Path, folder: Path) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        found = {}
        for name, words in commands.items():
            port = processes.free_port()
            command = processes.python(*(str(port) if word == "PORT" else word for word in words))
            process = stack.enter_context(processes.serving(command, home=installation, port=port, log=folder / f"{name}.log"))
            found[name] = Server(name, port, processes.family(process.pid))
        yield found


def _measure(report: Report, servers: dict[str, Server], rows: int) -> None:
    ours, unrecorded, bare = servers["ours"], servers["unrecorded"], servers["bare"]
    many = Server("many_grants", ours.port, ours.pids)
    for one in (ours, unrecorded):
        load.fire(one.port, _signed(one.port, rows, 300, seed=0), connections=CONNECTIONS)
        load.fire(one.port, _signed(one.port, rows, 300, seed=0, grants=GRANTS), connections=CONNECTIONS)
    for turn in range(1, ROUNDS + 1):
        ours.round(_signed(ours.port, rows, REQUESTS, seed=turn))
        unrecorded.round(_signed(unrecorded.port, rows, REQUESTS, seed=turn))
        many.round(_signed(many.port, rows, REQUESTS, seed=turn, grants=GRANTS))
        bare.round(_plain(bare.port, rows, REQUESTS, seed=turn))
    for one in (ours, unrecorded, many, bare):
        _told(report, one)
    body = orjson.loads(ours.rounds[0].last_body)
    report.notes.append(f"masked name as answered: {body['data']['name']}")
    _half(report, ours, rows)
    report.ratio("rps_over_bare", ours.per_second / bare.per_second)
    report.ratio("rps_over_bare_by_processor", bare.micros / ours.micros)
    report.ratio("grants_over_one", many.micros / ours.micros)
    report.ratio("record_share", ours.micros / unrecorded.micros - 1)


def _told(report: Report, server: Server) -> None:
    seconds = [second for answers in server.rounds for second in answers.seconds]
    report.add(f"{server.name}_rps", server.per_second, "1/s")
    report.add(f"{server.name}_processor", server.micros, "µs")
    report.add(f"{server.name}_p50", percentile(seconds, 0.5) * 1000, "ms")
    report.add(f"{server.name}_p99", percentile(seconds, 0.99) * 1000, "ms")


def _half(report: Report, server: Server, rows: int) -> None:
    """At half load: sent by the clock, counted from when each was due."""
    per_second = server.per_second / 2
    requests = _signed(server.port, rows, int(per_second * HALF_SECONDS), seed=ROUNDS + 1)
    answers = load.fire(server.port, requests, connections=CONNECTIONS, per_second=per_second)
    if set(answers.statuses) != {200}:
        raise processes.BenchFailed(f"lookup: {answers.statuses} {answers.last_body[:300]!r}")
    report.add("half_rps", answers.per_second, "1/s")
    report.add("half_p50", percentile(answers.seconds, 0.5) * 1000, "ms")
    report.add("half_p99", percentile(answers.seconds, 0.99) * 1000, "ms")
    report.notes.append(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


def _in_process(report: Report, installation: Path, folder: Path, rows: int) -> None:
    job = processes.python("suixin.site.bench.record_job", str(rows))
    told = orjson.loads(processes.run(job, home=installation, log=folder / "record.log").output.splitlines()[-1])
    for name, micros in told.items():
        report.add(f"{name}_in_process", micros, "µs")
    report.ratio("record_share_in_process", told["recorded"] / told["unrecorded"] - 1)


def _signed(port: int, rows: int, number: int, *, seed: int, grants: int = 0) -> list[bytes]:
    """Signed requests of the one application, or of so many by turns, each asking for whatever its grant shows."""
    requests = []
    for place, row in enumerate(_numbers(rows, number, seed)):
        path = f"/gateway/{material.TABLE}/lookup?record_no={row:012d}" + ("" if grants else f"&columns={COLUMNS}")
        app_id = home.app_of(place % grants) if grants else home.APP_ID
        headers = signing.sign("GET", path, app_id=app_id, secret=home.SECRET.encode())
        requests.append(load.get(port, path, headers))
    return requests


def _plain(port: int, rows: int, number: int, *, seed: int) -> list[bytes]:
    return [load.get(port, f"/?{row:012d}") for row in _numbers(rows, number, seed)]


def _numbers(rows: int, number: int, seed: int) -> list[int]:
    chooser = random.Random(seed)  # noqa: S311 not for secrets
    return [chooser.randrange(rows) for _ in range(number)]


def _bare_of(source: Path, target: Path) -> Path:
    """Key to finished JSON, the least a server can look up; made once, in the order of the keys, which is that of the file."""
    if target.exists():
        return target
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    connection = sqlite3.connect(draft)
    connection.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE record (k TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID;"
    )
    named = ", ".join(f'"{item.field}" := "{item.name}"' for item in material.ITEMS)
    reader = duckdb.execute(
        f'SELECT "{material.ITEMS[0].name}", encode(to_json(struct_pack({named}))::VARCHAR) FROM read_csv(?, all_varchar = true)',  # noqa: S608 own names
        [str(source)],
    )
    while chunk := reader.fetchmany(100_000):
        connection.executemany("INSERT INTO record VALUES (?, ?)", chunk)
    connection.commit()
    connection.close()
    draft.rename(target)
    return target
