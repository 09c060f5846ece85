"""`suixin bench rows`: pages, filters, totals and groups over HTTP, beside Datasette on the same rows.

Each question is asked of both, in turn, over one connection, with a fresh value every time; p50 and p95 in ms.
p95_over_datasette_<what>  our p95 over Datasette's for the same question
"""

import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import duckdb
import orjson

from suixin.site.bench import home, load, material, processes
from suixin.site.bench.report import Report, peer_version, percentile

TIMES = 40
PAGE = 100
SLOW_TIMES = 5


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked of both: our path and Datasette's, made from a row number in the table."""

    what: str
    ours: Callable[[int], str]
    theirs: Callable[[int], str] | None
    times: int = TIMES


def bench(rows: int, folder: Path) -> Report:
    """Measure every question on a table of `rows` rows."""
    peer = peer_version("datasette")
    source, installation = folder / f"bench_{rows}.csv", folder / f"home-{rows}"
    fill(source, installation, rows=rows, folder=folder)
    database = sqlite_of(source, folder / f"peer_{rows}.sqlite")
    report = Report(
        "rows",
        rows,
        notes=[f"peer: datasette {peer}, sqlite {sqlite3.sqlite_version}, same {rows:,} rows, page of {PAGE}"],
    )
    ours, theirs = processes.free_port(), processes.free_port()
    with (
        processes.serving(
            processes.python("suixin.site.cli", "serve", "--no-worker", "--port", str(ours)),
            home=installation,
            port=ours,
            log=folder / "ours.log",
        ),
        processes.serving(
            _datasette_command(database, theirs), home=installation, port=theirs, log=folder / "datasette.log"
        ),
    ):
        for question in questions(rows, ours):
            _ask(question, rows, (ours, theirs), report)
    return report


def questions(rows: int, port: int) -> list[Question]:
    """What is asked. `n` is a row number; keys are the row number in twelve digits."""
    rows_url, table = f"/api/v1/datasets/{home.SLUG}/rows", "/peer/record.json?_shape=objects"
    page, their_page = f"{rows_url}?page_size={PAGE}", f"{table}&_size={PAGE}"
    deep = rows // 2
    return [
        Question("first_page", lambda n: page, lambda n: their_page),
        Question(
            "page_at_depth",
            lambda n: f"{page}&after={_token(port, deep + n % 1000)}",
            lambda n: f"{their_page}&_next={deep + n % 1000:012d}",
        ),
        Question("key_lookup", lambda n: f"{page}&record_no__exact={n:012d}", lambda n: f"{their_page}&record_no={n:012d}"),
        Question(
            "indexed_equality",
            lambda n: f"{page}&division__exact={510903 + n % 2}",
            lambda n: f"{their_page}&division={510903 + n % 2}",
        ),
        Question("other_filter", lambda n: f"{page}&staff__exact={n % 3000}", lambda n: f"{their_page}&staff={n % 3000}", SLOW_TIMES),
        Question(
            "other_sort",
            lambda n: f"{page}&capital__sort=desc&staff__greater={n % 3000}",
            lambda n: f"{their_page}&_sort_desc=capital&staff__gte={n % 3000}",
            SLOW_TIMES,
        ),
        Question("total", lambda n: f"{rows_url}?page_size=1", lambda n: _sql("select count(*) from record"), SLOW_TIMES),
        Question(
            "group_by",
            lambda n: f"{rows_url}?division__groupby&capital__sum&capital__count",
            lambda n: _sql("select division, count(*) as n, sum(capital) as s from record group by division"),
            SLOW_TIMES,
        ),
    ]


def _sql(text: str) -> str:
    return f"/peer.json?sql={quote(text)}&_shape=arrays"


def fill(source: Path, installation: Path, *, rows: int, folder: Path) -> None:
    """An installation whose open register holds the rows; filled once."""
    material.write_csv(source, rows)
    installation.mkdir(exist_ok=True)
    for job in (["prepare", "lookup"], ["collect", str(source)], ["grant"]):
        processes.run(processes.python("suixin.site.bench.home", *job), home=installation, log=folder / f"{job[0]}.log")


def sqlite_of(source: Path, target: Path) -> Path:
    """The same rows as an SQLite table with key and index, as one would make it for Datasette; made once."""
    if target.exists():
        return target
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    columns = ", ".join(f'"{item.field}" {_affinity(item.type.value)}' for item in material.ITEMS)
    connection = sqlite3.connect(draft)
    connection.executescript(
        f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; CREATE TABLE record ({columns}, PRIMARY KEY (record_no));"
    )
    reader = duckdb.execute("SELECT * FROM read_csv(?, all_varchar = true)", [str(source)])
    marks = ", ".join("?" * len(material.ITEMS))
    while chunk := reader.fetchmany(100_000):
        connection.executemany(f"INSERT INTO record VALUES ({marks})", chunk)  # noqa: S608 question marks only
    connection.execute("CREATE INDEX record_division ON record (division)")
    connection.commit()
    connection.close()
    draft.rename(target)
    return target


def _ask(question: Question, rows: int, ports: tuple[int, int], report: Report) -> None:
    numbers = [random.Random(510900 + i).randrange(rows) for i in range(question.times)]  # noqa: S311 not for secrets
    paths = [(question.ours, ports[0]), (question.theirs, ports[1])]
    seconds: list[list[float]] = [[], []]
    for number in numbers:
        for place, (path_of, port) in enumerate(paths):
            if path_of is None:
                continue
            answers = load.fire(port, [load.get(port, path_of(number))], connections=1)
            if set(answers.statuses) != {200}:
                raise processes.BenchFailed(f"{question.what}: {answers.statuses} {answers.last_body[:300]!r}")
            seconds[place] += answers.seconds
    for name, found in (("ours", seconds[0]), ("datasette", seconds[1])):
        report.add(f"{name}_{question.what}_p50", percentile(found, 0.5) * 1000, "ms")
        report.add(f"{name}_{question.what}_p95", percentile(found, 0.95) * 1000, "ms")
    report.ratio(f"p95_over_datasette_{question.what}", percentile(seconds[0], 0.95) / percentile(seconds[1], 0.95))


_tokens: dict[int, str] = {}


def _token(port: int, row: int) -> str:
    """The page token after row number `row`, asked of the server once."""
    if row not in _tokens:
        path = f"/api/v1/datasets/{home.SLUG}/rows?page_size=1&record_no__greater={row:012d}"
        answer = orjson.loads(load.fire(port, [load.get(port, path)], connections=1).last_body)
        _tokens[row] = parse_qs(urlsplit(answer["links"]["next"]).query)["after"][0]
    return _tokens[row]


def _datasette_command(database: Path, port: int) -> Sequence[str]:
    link = database.with_name("peer.sqlite")
    link.unlink(missing_ok=True)
    link.symlink_to(database.name)
    settings = {
        "sql_time_limit_ms": "120000",
        "max_returned_rows": "2000",
        "facet_time_limit_ms": "1",
        "default_cache_ttl": "0",
    }
    words = [word for name, value in settings.items() for word in ("--setting", name, value)]
    return processes.python("datasette", "serve", "--immutable", str(link), "--port", str(port), *words)


def _affinity(type_letter: str) -> str:
    return {"N": "REAL", "I": "INTEGER"}.get(type_letter, "TEXT")
