"""A resource of a small table, its rows, and batches of them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, WriteMode
from suixin.data.catalog.models import Item, Resource
from suixin.data.lake import actions, delta, index, storage
from suixin.data.lake.actions import Committed
from suixin.data.lake.archive import Archived
from suixin.data.lake.models import Batch
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.staging import open_stage
from suixin.data.lake.writer import BatchWriter, Staged, Whole
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM

SPECS = (
    ItemSpec("code", "编码", ItemType.TEXT, length=20, is_key=True),
    ItemSpec("name", "名称", ItemType.TEXT, length=50, is_indexed=True),
    ItemSpec("amount", "金额", ItemType.MONEY, length=12, scale=2),
    ItemSpec("day", "日期", ItemType.DATE),
    ItemSpec("at", "时间", ItemType.DATETIME),
    ItemSpec("score", "分数", ItemType.DOUBLE),
)


def contract_of(table: str, *, mode: WriteMode = WriteMode.UPSERT, keyed: bool = True) -> Contract:
    """A contract without a catalogue entry."""
    specs = SPECS if keyed else tuple(ItemSpec(s.field, s.name, s.type, s.length, s.scale) for s in SPECS)
    return Contract(code=f"307001/{table}", table=table, title="试验表", items=specs, write_mode=mode)


def make_resource(table: str = "trial", *, mode: WriteMode = WriteMode.UPSERT) -> Resource:
    """A published entry with the columns of SPECS."""
    provider, _ = Organisation.objects.get_or_create(
        uscc="11510900MB1X000011", defaults={"name": "市数据局", "short_name": "数据局", "slug": "data-bureau"}
    )
    resource = Resource.objects.create(
        code=f"307001/{table}",
        category="307001",
        table=table,
        title="试验表",
        provider=provider,
        state="published",
        write_mode=mode.value,
    )
    for position, spec in enumerate(SPECS):
        Item.objects.create(resource=resource, position=position, **Item.columns_of(spec))
    return resource


def rows(first: int, last: int, *, amount: float = 1.25) -> pa.Table:
    """Rows with keys k000000001 ... in order."""
    numbers = range(first, last + 1)
    contract = contract_of("any")
    schema = pa.schema([pa.field(item.field, item.arrow_type) for item in contract.items])
    return pa.table(
        {
            "code": [f"k{number:09d}" for number in numbers],
            "name": [f"名{number % 97}" for number in numbers],
            "amount": pa.array([Decimal(str(amount))] * len(numbers), pa.decimal128(12, 2)),
            "day": pa.array([18262 + number % 365 for number in numbers], pa.int32()).cast(pa.date32()),
            "at": pa.array([1577836800000000 + number for number in numbers], pa.int64()).cast(
                pa.timestamp("us", tz="UTC")
            ),
            "score": [number / 4 for number in numbers],
        }
    ).cast(schema)


def noise(count: int) -> pa.Table:
    """Rows that do not compress."""
    table = rows(1, count)
    names = [os.urandom(20).hex() for _ in range(count)]
    return table.set_column(1, "name", pa.array(names))


@contextmanager
def staged(
    resource: Resource, data: pa.Table, *, sm3: str, chunk: int = 1000, whole: Whole | None = None
) -> Iterator[tuple[Batch, Staged]]:
    """A reserved batch with its rows written, not yet committed."""
    original = Archived(sm3, 9, f"archive/{sm3}")
    batch = actions.reserve_batch(resource, original, file_name=f"{sm3}.csv", actor=SYSTEM)
    with open_stage(resource.contract, batch=batch, whole=whole) as stage:
        for piece in data.to_batches(max_chunksize=chunk):
            stage.accept(piece)
        yield batch, stage.finish()


def commit(resource: Resource, batch: Batch, written: Staged) -> Committed:
    """The staged rows committed, all of them accepted."""
    verdict = {
        "rows_in": written.rows,
        "accepted": written.rows,
        "rejected": 0,
        "normalised": {},
        "scores": {"total": 100},
    }
    return actions.commit_batch(resource.contract, written, batch=batch, actor=SYSTEM, verdict=verdict)


def land(resource: Resource, data: pa.Table, *, sm3: str, chunk: int = 1000, whole: Whole | None = None) -> Committed:
    """The rows landed as one batch."""
    with staged(resource, data, sm3=sm3, chunk=chunk, whole=whole) as (batch, written):
        return commit(resource, batch, written)


def checksum(paths: list[str]) -> tuple[int, str]:
    """Rows and a checksum of all columns of the data files, whatever their order."""
    return _checksum("SELECT * FROM read_parquet($1)", [paths])


def checksum_of(*tables: pa.Table) -> tuple[int, str]:
    """The same of rows in memory."""
    expected = pa.concat_tables(tables)
    return _checksum("SELECT * FROM expected", [], expected=expected)


def _checksum(source: str, params: list[object], **tables: pa.Table) -> tuple[int, str]:
    columns = ", ".join(storage.quoted(spec.field) for spec in SPECS)
    with duckdb.connect() as con:
        for name, table in tables.items():
            con.register(name, table)
        found = con.execute(
            f"SELECT count(*), cast(sum(hash({columns})) AS varchar) FROM ({source})", params
        ).fetchone()
    assert found is not None
    return int(found[0]), str(found[1])


def data_files(table: str) -> list[Path]:
    """Every Parquet file in the table's folder, committed or not."""
    return [path for path in storage.table_folder(table).rglob("*.parquet") if "_delta_log" not in path.parts]


def small_file(folder: Path, text: str = "a,b\n1,2\n") -> Path:
    """A file to be archived."""
    path = folder / "原件.csv"
    path.write_text(text, encoding="utf-8")
    return path


def make_typed_index() -> index.KeyIndex:
    """Ten records under a key of integer, date and decimal; record 7 is of 2020-01-08 and 1.50."""
    items = (
        ItemSpec("number", "号", ItemType.INTEGER, is_key=True),
        ItemSpec("day", "日期", ItemType.DATE, is_key=True),
        ItemSpec("part", "部分", ItemType.NUMBER, length=6, scale=2, is_key=True),
        ItemSpec("note", "备注", ItemType.TEXT),
    )
    contract = Contract(code="x", table="typed", title="t", items=items)
    delta.ensure_table(contract)
    with BatchWriter(contract, batch_id=1, first_id=1) as writer:
        days = pa.array([18262 + n for n in range(10)], pa.int32()).cast(pa.date32())
        part = pa.array([Decimal("1.50")] * 10, pa.decimal128(6, 2))
        notes = [f"n{n}" for n in range(10)]
        writer.write(pa.table({"number": pa.array(range(10), pa.int64()), "day": days, "part": part, "note": notes}))
        done = writer.finish()
    delta.commit(delta.open_table("typed"), "typed", delta.Change(done.files), facts={"batch": 1})
    index.build_index(contract, snapshot("typed"))
    return index.open_index("typed")
