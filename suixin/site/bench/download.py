"""`suixin bench download`: the CSV of an open dataset as it streams out, beside DuckDB's COPY of the same files.

mbps_over_copy  our megabytes per second over COPY's; the server's peak memory is read before and after
"""

import socket
import time
from pathlib import Path

import duckdb

from suixin.site.bench import home, load, material, processes
from suixin.site.bench import rows as rows_bench
from suixin.site.bench.report import Report

ROUNDS = 3


def bench(rows: int, folder: Path) -> Report:
    """Stream the whole table several times, COPY it as often, by turns."""
    source, installation = folder / f"bench_{rows}.csv", folder / f"home-{rows}"
    rows_bench.fill(source, installation, rows=rows, folder=folder)
    report = Report("download", rows, notes=[f"peer: duckdb {duckdb.__version__} COPY to a local CSV file, 2 threads"])
    port = processes.free_port()
    ours: list[float] = []
    copies: list[float] = []
    with processes.serving(
        processes.python("suixin.site.cli", "serve", "--no-worker", "--port", str(port)),
        home=installation,
        port=port,
        log=folder / "ours.log",
    ) as server:
        load.fire(port, [load.get(port, f"/api/v1/datasets/{home.SLUG}/rows?page_size=1")], connections=1)
        before = _tree_memory(server.pid)
        peak = before
        for _ in range(ROUNDS):
            size, seconds, held = _stream(port, server.pid)
            ours.append(size / 1e6 / seconds)
            peak = max(peak, held)
            copies.append(_copy(installation, folder))
    report.add("ours_first", ours[0], "MB/s")
    report.add("ours_best", max(ours), "MB/s")
    report.add("copy", sorted(copies)[len(copies) // 2], "MB/s")
    report.add("size", size / 1e6, "MB")
    report.add("server_memory_before", before, "MiB")
    report.add("server_memory_peak", peak, "MiB")
    report.ratio("mbps_over_copy", ours[0] / report.figures["copy"][0])
    return report


def _stream(port: int, pid: int) -> tuple[int, float, float]:
    """Bytes of the body, seconds, and the highest memory of the server seen meanwhile in MiB."""
    path = f"/dataset/{home.SLUG}/resource/{material.TABLE}/download/{material.TABLE}.csv"
    size, held, seen = 0, 0.0, time.perf_counter()
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        request = load.get(port, path).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        connection.sendall(request)
        head = connection.recv(65536)
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise processes.BenchFailed(f"download: {head[:300]!r}")
        while chunk := connection.recv(1 << 20):
            size += len(chunk)
            if time.perf_counter() - seen > 0.2:
                held, seen = max(held, _tree_memory(pid)), time.perf_counter()
    return size, time.perf_counter() - started, held


def _copy(installation: Path, folder: Path) -> float:
    """MB/s of DuckDB's COPY of the table's current files."""
    target = folder / "copy.csv"
    files = [str(path) for path in (installation / "lake" / "std" / material.TABLE).rglob("*.parquet")]
    started = time.perf_counter()
    duckdb.execute("SET threads = 2")
    columns = ", ".join(item.field for item in material.ITEMS)
    duckdb.execute(f"COPY (SELECT {columns} FROM read_parquet($files)) TO '{target}' (HEADER)", {"files": files})  # noqa: S608 own names
    seconds = time.perf_counter() - started
    size = target.stat().st_size
    target.unlink()
    return size / 1e6 / seconds


def _tree_memory(pid: int) -> float:
    """Resident memory of a process and its children in MiB, from /proc."""
    total = 0.0
    for child in [str(pid), *Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]:
        for line in Path(f"/proc/{child}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) / 1024
    return total
