"""`suixin bench lookup`: granted, signed, masked, logged lookups, beside a bare ASGI + SQLite server.

One worker process each, the same load generator with 16 connections, in turn, several rounds.
rps_over_bare  our requests per second over the bare server's, median of the rounds
"""

import random
import sqlite3
import statistics
from pathlib import Path

import orjson

from suixin.kit import signing
from suixin.site.bench import home, load, material, processes
from suixin.site.bench import rows as rows_bench
from suixin.site.bench.report import Report, peer_version, percentile

CONNECTIONS = 16
ROUNDS = 5
REQUESTS = 4000
COLUMNS = "record_no,credit_code,name,division,founded,capital"


def bench(rows: int, folder: Path) -> Report:
    """Measure in rounds, bare and ours by turns."""
    source, installation = folder / f"bench_{rows}.csv", folder / f"home-{rows}"
    rows_bench.fill(source, installation, rows=rows, folder=folder)
    bare = _bare_of(rows_bench.sqlite_of(source, folder / f"peer_{rows}.sqlite"), folder / f"bare_{rows}.sqlite")
    report = Report(
        "lookup",
        rows,
        notes=[
            f"peer: uvicorn {peer_version('uvicorn')} + sqlite {sqlite3.sqlite_version}, {rows:,} rows, {CONNECTIONS} connections"
        ],
    )
    ports = processes.free_port(), processes.free_port()
    with (
        processes.serving(
            processes.python("suixin.site.cli", "serve", "--no-worker", "--workers", "1", "--port", str(ports[0])),
            home=installation,
            port=ports[0],
            log=folder / "ours.log",
        ),
        processes.serving(
            processes.python("suixin.site.bench.peers.bare_server", str(bare), str(ports[1])),
            home=installation,
            port=ports[1],
            log=folder / "bare.log",
        ),
    ):
        load.fire(ports[0], _signed(ports[0], rows, 200, seed=0), connections=CONNECTIONS)
        ours, theirs = [], []
        for turn in range(1, ROUNDS + 1):
            ours.append(_round(ports[0], _signed(ports[0], rows, REQUESTS, seed=turn)))
            theirs.append(_round(ports[1], _plain(ports[1], rows, REQUESTS, seed=turn)))
    _told(report, ours, theirs)
    return report


def _round(port: int, requests: list[bytes]) -> load.Answers:
    answers = load.fire(port, requests, connections=CONNECTIONS)
    if set(answers.statuses) != {200}:
        raise processes.BenchFailed(f"lookup: {answers.statuses} {answers.last_body[:300]!r}")
    return answers


def _told(report: Report, ours: list[load.Answers], theirs: list[load.Answers]) -> None:
    body = orjson.loads(ours[0].last_body)
    report.notes.append(f"masked name as answered: {body['data']['name']}")
    for name, found in (("ours", ours), ("bare", theirs)):
        seconds = [second for answers in found for second in answers.seconds]
        report.add(f"{name}_rps", statistics.median(answers.per_second for answers in found), "1/s")
        report.add(f"{name}_p50", percentile(seconds, 0.5) * 1000, "ms")
        report.add(f"{name}_p99", percentile(seconds, 0.99) * 1000, "ms")
    report.ratio("rps_over_bare", report.figures["ours_rps"][0] / report.figures["bare_rps"][0])


def _signed(port: int, rows: int, number: int, *, seed: int) -> list[bytes]:
    requests = []
    for row in _numbers(rows, number, seed):
        path = f"/gateway/{material.TABLE}/lookup?record_no={row:012d}&columns={COLUMNS}"
        headers = signing.sign("GET", path, app_id=home.APP_ID, secret=home.SECRET.encode())
        requests.append(load.get(port, path, headers))
    return requests


def _plain(port: int, rows: int, number: int, *, seed: int) -> list[bytes]:
    return [load.get(port, f"/?{row:012d}") for row in _numbers(rows, number, seed)]


def _numbers(rows: int, number: int, seed: int) -> list[int]:
    chooser = random.Random(seed)  # noqa: S311 not for secrets
    return [chooser.randrange(rows) for _ in range(number)]


def _bare_of(database: Path, target: Path) -> Path:
    """Key to finished JSON, the least a server can look up; made once."""
    if target.exists():
        return target
    fields = [item.field for item in material.ITEMS]
    source = sqlite3.connect(database)
    connection = sqlite3.connect(target)
    connection.execute("CREATE TABLE record (k TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID")
    rows = source.execute(f"SELECT {', '.join(fields)} FROM record ORDER BY record_no")  # noqa: S608 own names
    connection.executemany(
        "INSERT INTO record VALUES (?, ?)",
        ((row[0], orjson.dumps(dict(zip(fields, row, strict=True)))) for row in rows),
    )
    connection.commit()
    connection.close()
    return target
