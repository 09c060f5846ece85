"""`suixin bench share`: Delta Sharing by the official client beside a copy of the same files; exchange of changes beside a whole one.

seconds_over_copy        load_as_pandas of the official client over: the same Parquet files copied from a plain HTTP server of
                         Python and read by pandas; by turns, the median of ROUNDS
incremental_over_full    exchange of 1 % of the rows that changed over that of all rows, into an empty table

SUIXIN_BENCH_RECEIVER: address of the receiver's database (default: an SQLite file in the home); use one on PostgreSQL to compare.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from suixin.site.bench import home, material, processes
from suixin.site.bench import rows as rows_bench
from suixin.site.bench.report import MissingPeer, Report

ROUNDS = 3
CLIENT = Path(sys.prefix) / "clients" / "bin" / "python"
# timed inside, after everything is imported
_HEAD = "import sys, io, time, requests, delta_sharing, pandas as pd\nstarted = time.perf_counter()\n"
_LOAD = _HEAD + "rows = len(delta_sharing.load_as_pandas(sys.argv[1]))\nprint(rows, time.perf_counter() - started)"
_COPY = (
    _HEAD + "rows = sum(len(pd.read_parquet(io.BytesIO(requests.get(url).content))) for url in sys.argv[1:])\n"
    "print(rows, time.perf_counter() - started)"
)


def bench(rows: int, folder: Path) -> Report:
    """Fill, share, load by turns; exchange whole, change 1 %, exchange what changed."""
    if not CLIENT.exists():
        raise MissingPeer("没有官方客户端:请先运行 bin/prepare dev,它把 delta-sharing 装进 .venv/clients。")
    source, installation = folder / f"bench_{rows}.csv", folder / f"home-share-{rows}"
    shutil.rmtree(installation, ignore_errors=True)  # the first exchange is measured, so there must have been none
    rows_bench.fill(source, installation, rows=rows, folder=folder)
    report = Report("share", rows, notes=["peer: the same Parquet files from Python's http.server, read by pandas"])
    incoming = installation / "incoming"
    incoming.mkdir(exist_ok=True)
    receiver = os.environ.get("SUIXIN_BENCH_RECEIVER") or _sqlite(incoming / "receiver.db")
    _shared(report, installation, folder, receiver)
    _exchanged(report, installation, folder, rows)
    return report


def _shared(report: Report, installation: Path, folder: Path, receiver: str) -> None:
    port, plain, profile = processes.free_port(), processes.free_port(), folder / "bench.share"
    _job(installation, folder, "prepare", f"http://127.0.0.1:{port}", str(profile), receiver)
    table = f"{profile}#{home.APP_ID}.bench.{material.TABLE}"
    lake = installation / "lake" / "std" / material.TABLE
    files = sorted(lake.rglob("*.parquet"))
    urls = [f"http://127.0.0.1:{plain}/{path.relative_to(lake).as_posix()}" for path in files]
    command = processes.python("suixin.site.cli", "serve", "--no-worker", "--port", str(port))
    server = processes.python("http.server", str(plain), "--bind", "127.0.0.1", "--directory", str(lake))
    ours: list[float] = []
    copies: list[float] = []
    with (
        processes.serving(command, home=installation, port=port, log=folder / "ours.log"),
        processes.serving(server, home=installation, port=plain, log=folder / "plain.log"),
    ):
        for _ in range(ROUNDS):
            ours.append(_client(installation, folder, _LOAD, table))
            copies.append(_client(installation, folder, _COPY, *urls))
    report.add("load_by_official_client", sorted(ours)[ROUNDS // 2], "s")
    report.add("copy_and_read", sorted(copies)[ROUNDS // 2], "s")
    report.add("parquet", sum(path.stat().st_size for path in files) / 1e6, "MB")
    report.ratio("seconds_over_copy", sorted(ours)[ROUNDS // 2] / sorted(copies)[ROUNDS // 2])


def _exchanged(report: Report, installation: Path, folder: Path, rows: int) -> None:
    whole = _told(_job(installation, folder, "exchange"))
    changes = folder / f"bench_{rows}_changes.csv"
    material.write_changes(changes, rows, rows // 100)
    processes.run(processes.python("suixin.site.bench.home", "collect", str(changes)), home=installation, log=folder / "changes.log")
    some = _told(_job(installation, folder, "exchange"))
    report.add("whole_exchange", float(str(whole["seconds"])), "s")
    report.add("whole_rows", float(str(whole["written"])), "rows")
    report.add("changes_exchange", float(str(some["seconds"])), "s")
    report.add("changed_rows", float(str(some["written"])), "rows")
    report.ratio("incremental_over_full", float(str(some["seconds"])) / float(str(whole["seconds"])))
    if some["is_full"] or some["there"] != some["source"]:
        raise processes.BenchFailed(f"exchange: {some}")


def _client(installation: Path, folder: Path, code: str, *words: str) -> float:
    """Seconds that the client's process says."""
    ran = processes.run([str(CLIENT), "-W", "ignore", "-c", code, *words], home=installation, log=folder / "client.log")
    return float(ran.output.split()[-1])


def _job(installation: Path, folder: Path, *words: str) -> str:
    variables = {"SUIXIN_SOURCE_NETWORKS": "127.0.0.0/8", "DJANGO_SETTINGS_MODULE": "suixin.site.settings"}
    command = processes.python("suixin.site.bench.share_job", *words)
    return processes.run(command, home=installation, log=folder / "job.log", variables=variables).output


def _told(output: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(output.strip().splitlines()[-1])
    return found


def _sqlite(path: Path) -> str:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(path)) as made:
        made.execute("CREATE TABLE IF NOT EXISTS other (id INTEGER)")
    return f"sqlite://{path}"
