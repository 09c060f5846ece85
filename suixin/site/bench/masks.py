"""`suixin bench masks`: what hiding and sealing cost, each beside the same column as it is.

Masks    a column of values of its kind in Parquet, `sum(length(...))` by DuckDB with two threads, masked over unmasked
Sealing  a column of 18 digits: sealed in bulk, beside one call of the library a value; opened in SQL, and written to and
         read from Parquet, beside plain; the same file collected with two of nine items sealed, beside none
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from suixin.data.access import opened
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.ground.security.masks import MASKS
from suixin.kit import keyring, sealed_cells
from suixin.kit.keyring import Kind
from suixin.kit.sm import sm4_open, sm4_seal
from suixin.site.bench import material, processes
from suixin.site.bench.report import Report

ROUNDS = 3
BY_ONE = 20_000  # values for the peer that seals one by one
ITEM = ItemSpec("id_no", "证件号", ItemType.TEXT, 18, is_sealed=True)
TABLE = "bench_masks"
_DIGITS = "printf('%08d', hash(i) % 100000000)"
VALUES = {
    "name": "['王','李','欧阳','司马'][1 + i % 4] || ['伟','芳','秀英'][1 + (hash(i) % 3)::INTEGER]",
    "mobile": f"'138' || {_DIGITS}", "landline": f"'0825-' || right({_DIGITS}, 7)", "email": f"'u' || {_DIGITS} || '@example.cn'",
    "address": f"'四川省遂宁市船山区永兴镇金桥村' || {_DIGITS} || '号'", "plate": f"'川J' || right({_DIGITS}, 5)",
    "birthday": "strftime(DATE '1900-01-01' + (hash(i) % 40000)::INTEGER, '%Y-%m-%d')",
    "coordinate": f"'105.' || {_DIGITS} || ',30.' || {_DIGITS}", "number": f"'99999918' || {_DIGITS} || right({_DIGITS}, 2)",
}
KIND_OF = {"address_town": "address", "birth_decade": "birthday", "coordinate_grid": "coordinate"}


def bench(rows: int, folder: Path) -> Report:
    """Measure every mask and the sealed column."""
    report = Report("masks", rows, notes=[f"limit: the same column unmasked, duckdb {duckdb.__version__}, 2 threads"])
    engine = duckdb.connect()
    opened.register(engine)
    engine.execute("SET threads = 2")
    source = folder / f"masks_{rows}.parquet"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in VALUES.items())
    engine.execute(f"COPY (SELECT {columns} FROM range({int(rows)}) t(i)) TO '{source}'")  # noqa: S608 own texts
    _masks(engine, source, rows, report)
    _sealing(engine, source, folder, report)
    _collecting(rows, folder, report)
    report.notes.append("peer of sealing: cryptography (OpenSSL), one SM4-GCM call a value; collect: nine items, two sealed")
    return report


def _masks(engine: duckdb.DuckDBPyConnection, source: Path, rows: int, report: Report) -> None:
    for name, mask in MASKS.items():
        kind = KIND_OF.get(name, name if name in VALUES else "number")
        plain = _best(lambda kind=kind: _sum(engine, source, f'"{kind}"'))  # type: ignore[misc]  # bound now
        hidden = _best(lambda kind=kind, mask=mask: _sum(engine, source, mask.to_sql(f'"{kind}"')))  # type: ignore[misc]  # as above
        report.add(f"{name}_rows", rows / hidden / 1e6, "million rows/s")
        report.ratio(f"{name}_over_plain", hidden / plain)


def _sum(engine: duckdb.DuckDBPyConnection, source: Path, expression: str) -> None:
    sql = f"SELECT sum(length({expression})) FROM read_parquet(?)"  # noqa: S608 own names and masks
    engine.execute(sql, [str(source)]).fetchall()


def _sealing(engine: duckdb.DuckDBPyConnection, source: Path, folder: Path, report: Report) -> None:
    place = f"{TABLE}.{ITEM.field}".encode()
    version, key = keyring.of(settings.SUIXIN.keys).derived("lake", Kind.SEAL, place)
    texts = pq.read_table(source, columns=["number"]).column("number").combine_chunks()
    held = []
    rows = len(texts)
    sealing = _best(
        lambda: held.append(sealed_cells.seal_column(texts, key=key[:16], version=version, aad=place)), rounds=1
    )
    sealed = held[0]
    opening = _best(lambda: sealed_cells.open_column(sealed, key_of=lambda _: key[:16], aad=place))
    some = [str(text).encode() for text in texts.slice(0, BY_ONE).to_pylist()]
    by_one = _best(lambda: [sm4_seal(key[:16], one, place) for one in some], rounds=1) / len(some)
    pieces = [sm4_seal(key[:16], one, place) for one in some]
    open_by_one = _best(lambda: [sm4_open(key[:16], one, place) for one in pieces], rounds=1) / len(some)
    found = {"seal": sealing / rows, "seal_one_by_one": by_one, "open": opening / rows, "open_one_by_one": open_by_one}
    for name, seconds in found.items():
        report.add(f"{name}_rows", 1e-6 / seconds, "million rows/s")
    report.ratio("seal_over_one_by_one", sealing / rows / by_one)
    report.ratio("open_over_one_by_one", opening / rows / open_by_one)
    plain_file, sealed_file = folder / "column_plain.parquet", folder / "column_sealed.parquet"
    plain_write = _best(lambda: _written(pa.table({ITEM.field: texts}), plain_file))
    sealed_write = _best(lambda: _written(pa.table({ITEM.field: sealed}), sealed_file)) + sealing
    plain_read = _best(lambda: _sum(engine, plain_file, ITEM.field))
    sealed_read = _best(lambda: _sum(engine, sealed_file, opened.sql(TABLE, ITEM)))
    report.add("column_write_sealed", rows / sealed_write / 1e6, "million rows/s")
    report.add("column_read_sealed", rows / sealed_read / 1e6, "million rows/s")
    report.add("column_bytes_sealed", sealed_file.stat().st_size / rows, "bytes a value")
    report.add("column_bytes_plain", plain_file.stat().st_size / rows, "bytes a value")
    report.ratio("column_write_over_plain", sealed_write / plain_write)
    report.ratio("column_read_over_plain", sealed_read / plain_read)


def _written(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=1, use_dictionary=False, row_group_size=65_536)


def _collecting(rows: int, folder: Path, report: Report) -> None:
    source = folder / f"bench_{rows}.csv"
    material.write_csv(source, rows)
    taken = {}
    for name, options in {"plain": [], "sealed": ["sealed"]}.items():
        installation = folder / f"masks-{os.getpid()}-{name}"
        installation.mkdir()
        processes.run(processes.python("suixin.site.bench.home", "prepare", *options), home=installation, log=folder / "prepare.log")
        started = time.perf_counter()
        collect = processes.python("suixin.site.bench.home", "collect", str(source))
        processes.run(collect, home=installation, log=folder / "collect.log")
        taken[name] = time.perf_counter() - started
        report.add(f"collect_{name}", taken[name], "s")
    report.ratio("collect_sealed_over_plain", taken["sealed"] / taken["plain"])


def _best(work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """Seconds of the quickest round."""
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - started)
    return min(seconds)
