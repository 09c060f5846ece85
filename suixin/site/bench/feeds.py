"""`suixin bench feeds`: a table of PostgreSQL into the lake as a whole table, then again with 1 % of its rows changed.

load_over_copy   our wall time over that of COPY TO a file and delta-rs writing it as text
again_over_load  wall time of reading and comparing the changed table over that of our full load
*_cpu            the same of processor time, ours and the server's together: what a busy machine does not change
told_over_table  bytes of the change data over bytes of the table
"""

import os
import shutil
from pathlib import Path

import deltalake
import orjson

from suixin.site.bench import databases, material, processes, register_table
from suixin.site.bench.report import MissingPeer, Report

TABLE = "register"
DATABASE = "suixin_bench_feeds"
_VARIABLES = {"SUIXIN_SOURCE_NETWORKS": "127.0.0.0/8"}


def bench(rows: int, folder: Path) -> Report:
    """Measure once each, the limit first."""
    address = databases.own_database(DATABASE)
    if not address:
        raise MissingPeer("没有 PostgreSQL 可比:请启动服务,或用 SUIXIN_TEST_POSTGRES 指明地址,再运行。")
    source, target, home = folder / f"bench_{rows}.csv", folder / "copied", folder / "home-feeds"
    material.write_csv(source, rows)
    register_table.fill_table(address, TABLE, source)
    for place in (target, home):
        shutil.rmtree(place, ignore_errors=True)
    home.mkdir()
    copied = folder / "copied.csv"
    peer = processes.python("suixin.site.bench.peers.copy_writer", address, TABLE, str(copied), str(target))
    with databases.server_time(address) as copying:
        limit = processes.run(peer, home=home, log=folder / "limit.log")
    copied.unlink()
    shutil.rmtree(target, ignore_errors=True)
    _job(home, folder, "prepare", address)
    with databases.server_time(address) as loading:
        load = _job(home, folder, "run")
    register_table.change_table(address, TABLE, rows)
    with databases.server_time(address) as reading:
        again = _job(home, folder, "run")
    report, cpu = Report("feeds", rows), dict[str, float]()
    for name, ran, server in (("copy", limit, copying), ("load", load, loading), ("again", again, reading)):
        cpu[name] = ran.cpu_seconds + server.seconds
        report.add(f"{name}_seconds", ran.seconds, "s")
        report.add(f"{name}_cpu_seconds", ran.cpu_seconds, "s")
        report.add(f"{name}_server_cpu_seconds", server.seconds, "s")
        report.add(f"{name}_peak_memory", ran.peak_mib, "MiB")
    sizes = orjson.loads(again.output.splitlines()[-1])
    report.add("table_size", sizes["table"] / 2**20, "MiB")
    report.add("change_data_size", sizes["told"] / 2**20, "MiB")
    report.ratio("load_over_copy", load.seconds / limit.seconds)
    report.ratio("again_over_load", again.seconds / load.seconds)
    report.ratio("load_over_copy_cpu", cpu["load"] / cpu["copy"])
    report.ratio("again_over_load_cpu", cpu["again"] / cpu["load"])
    report.ratio("told_over_table", sizes["told"] / sizes["table"])
    report.notes += [load.output.splitlines()[0], again.output.splitlines()[0], f"limit: COPY TO + deltalake {deltalake.__version__}"]
    report.notes.append(f"load average of the machine: {', '.join(f'{one:.1f}' for one in os.getloadavg())}")
    return report


def _job(home: Path, folder: Path, *words: str) -> processes.Ran:
    command = processes.python("suixin.site.bench.feeds_job", *words)
    return processes.run(command, home=home, log=folder / f"feeds-{words[0]}.log", variables=_VARIABLES)
