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

import orjson

from suixin.data.access.granted.evidence import Evidence, rows_of
from suixin.data.access.plans import Plan
from suixin.data.access.sqltext import identifier, time_text
from suixin.data.access.versions import Snapshot, pinned
from suixin.data.catalog.contract import ItemType
from suixin.data.doors.downloads import rest
from suixin.data.doors.downloads.formats import FORMATS, Format
from suixin.data.doors.downloads.streaming import stream
from suixin.data.doors.files import places
from suixin.data.doors.files.errors import OrderHeld
from suixin.data.doors.files.models import FileForm
from suixin.ground.link.packing import Part


def _plain(plan: Plan, relation: str) -> str:
    shown = [
        f"{time_text(identifier(one.field)) if one.type is ItemType.DATETIME else identifier(one.field)} AS {identifier(one.field)}"
        for one in plan.columns
    ]
    return f"SELECT {', '.join(shown)} FROM ({relation})"


CSV = Format("csv", "text/csv; charset=utf-8", _plain, "FORMAT csv, HEADER true")


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
        rows_part = Part("rows.csv", lambda: stream(lambda target: rest.write_file(plan, held, CSV, target=target)), made.given)
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
        rest.write_file(plan, held, FORMATS["parquet"], target=path)
        yield path
    finally:
        path.unlink(missing_ok=True)


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
