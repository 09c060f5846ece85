"""What is in a package: the rows of one version as the plan shows them, what their columns are, and the receipt of them.

rows.csv         UTF-8, headers are fields, as values are (no guard against spreadsheets: it is for programs); made while it is packed,
                 so it lies nowhere in the clear
rows.parquet     made beside, gone when it is packed; not for plans that show sealed values whole
dictionary.json  columns: field, name, type, length, key, code set, level, mask; resource, provider, version, condition
receipt.json     the signed receipt of the rows (`suixin receipt verify receipt.json --rows rows.csv`)
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import orjson

from suixin.data.access import engine, opened
from suixin.data.access.granted.evidence import Evidence, rows_of
from suixin.data.access.plans import Plan
from suixin.data.access.sqltext import identifier, literal, time_text
from suixin.data.access.versions import Snapshot, pinned
from suixin.data.catalog.contract import ROW_COLUMN, ItemType
from suixin.data.doors.downloads.streaming import stream
from suixin.data.doors.files import places
from suixin.data.doors.files.errors import OrderHeld
from suixin.data.doors.files.models import FileForm
from suixin.ground.link.packing import Part

_OPTIONS = {
    FileForm.CSV: "FORMAT csv, HEADER true", FileForm.PARQUET: "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536",
}


@dataclass(frozen=True, slots=True)
class Contents:
    """The parts of a package, the rows in it, and the evidence of them."""

    parts: tuple[Part, ...]
    rows: int
    evidence: bytes


@contextmanager
def contents_of(plan: Plan, version: int, form: FileForm) -> Iterator[Contents]:
    """The contents at that version; what lies on disk for them is gone after the block. Raises OrderHeld, VersionGone."""
    held = pinned(plan.table, version)
    made = Evidence(plan, last=version)
    for rows in rows_of(plan, version):
        made.add(rows)
    evidence = made.finish()
    dictionary = _dictionary(plan, version)
    small = (Part("dictionary.json", lambda: [dictionary]), Part("receipt.json", lambda: [evidence]))
    if form is FileForm.CSV:
        rows_part = Part("rows.csv", lambda: stream(lambda target: _write(plan, held, form, target)), made.given)
        yield Contents((rows_part, *small), made.given, evidence)
        return
    with _parquet(plan, held) as path:
        yield Contents((Part("rows.parquet", path, made.given), *small), made.given, evidence)


@contextmanager
def _parquet(plan: Plan, held: Snapshot) -> Iterator[Path]:
    if plan.shows_sealed_whole:
        raise OrderHeld(f"授权要明文显示「{plan.contract.title}」中加密保存的信息项,这样的数据不落成 Parquet 文件;请改用 CSV。")
    path = places.scratch() / f"package-{secrets.token_hex(8)}.parquet"
    try:
        _write(plan, held, FileForm.PARQUET, path)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _write(plan: Plan, held: Snapshot, form: FileForm, target: Path) -> None:
    """The rows in the order of their arrival, as the receipt has them; DuckDB gives rows of several files in any other."""
    shown = []
    for one in plan.columns:
        sql = plan.shown_sql(one, held)
        is_text = form is FileForm.CSV and one.type is ItemType.DATETIME
        shown.append(f"{time_text(sql) if is_text else sql} AS {identifier(one.field)}")
    source, parameters = plan.source_sql(held)
    rows = f"SELECT {', '.join(shown)} {source} ORDER BY {identifier(ROW_COLUMN)}"
    with engine.cursor() as cursor:
        try:
            cursor.execute(f"COPY ({rows}) TO {literal(str(target))} ({_OPTIONS[form]}, USE_TMP_FILE false)", parameters)
        except duckdb.InvalidInputException as error:
            opened.raise_fault(error)
            raise


def _dictionary(plan: Plan, version: int) -> bytes:
    columns = [
        {
            "field": one.field, "name": one.name, "type": one.type.value, "stored_type": one.item.type.value, "length": one.item.length,
            "is_key": one.item.is_key, "code_set": one.item.code_set, "level": int(one.item.level), "mask": one.mask,
        }
        for one in plan.columns
    ]
    contract = plan.contract
    told = {
        "resource": {"code": contract.code, "table": contract.table, "title": contract.title}, "version": version,
        "row_filter": plan.row_filter, "purpose": plan.purpose, "columns": columns,
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
