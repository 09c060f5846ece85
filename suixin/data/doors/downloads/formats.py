"""The file formats: what each is called, and the SELECT and COPY options that make it.

CSV, XLSX    headers are Chinese names (people open them); text that a spreadsheet would run as a formula
             (first character = + - @ tab CR, and not a number) gets an apostrophe in front
JSON, XML …  names are field names; null is null; decimals as written; instants ISO 8601 at +08:00
Speed        all text is made by DuckDB; nothing runs per row in Python
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from suixin.data.access.plans import Column, Plan
from suixin.data.access.sqltext import identifier, literal, time_text
from suixin.data.access.values import TEXTUAL
from suixin.data.catalog.contract import ItemType
from suixin.data.doors.downloads import markup, places
from suixin.kit.inert import FORMULA_STARTS, inert

SPREADSHEET_ROWS = 3_000_000


@dataclass(frozen=True, slots=True)
class Format:
    """One format. `select` makes the rows from the shown relation, `options` go to COPY ("" : not made by COPY)."""

    name: str
    content_type: str
    select: Callable[[Plan, str], str]
    options: str
    streams: bool = True


def guarded(expression: str) -> str:
    """SQL of text that no spreadsheet takes for a formula, as `inert` for values; numbers written as text stay."""
    # a list, not IN, as in security.masks: a join would lose the order of rows
    first = ", ".join(f"chr({ord(character)})" for character in FORMULA_STARTS)
    return (
        f"CASE WHEN list_contains([{first}], substring({expression}, 1, 1)) AND TRY_CAST({expression} AS DOUBLE) IS NULL "
        f"THEN '''' || {expression} ELSE {expression} END"
    )


def finite(column: Column) -> str:
    """SQL of the value, null where a number is not finite; instants as text."""
    name = identifier(column.field)
    if column.type in (ItemType.DOUBLE, ItemType.FLOAT):
        return f"CASE WHEN isfinite({name}) THEN {name} END"
    return time_text(name) if column.type is ItemType.DATETIME else name


def headers(columns: Sequence[Column]) -> list[str]:
    """Chinese names where they are unique, else with the field name behind; none that a spreadsheet would run."""
    names = [inert(column.name or column.field) for column in columns]
    pairs = zip(names, columns, strict=True)
    return [name if names.count(name) == 1 else f"{name}({column.field})" for name, column in pairs]


def _csv(plan: Plan, relation: str) -> str:
    shown = [
        f"{guarded(identifier(column.field)) if column.type in TEXTUAL else finite(column)} AS {identifier(header)}"
        for column, header in zip(plan.columns, headers(plan.columns), strict=True)
    ]
    return f"SELECT {', '.join(shown)} FROM ({relation})"


def _json(plan: Plan, relation: str) -> str:
    shown = [f"{finite(column)} AS {identifier(column.field)}" for column in plan.columns]
    return f"SELECT {', '.join(shown)} FROM ({relation})"


def _parquet(plan: Plan, relation: str) -> str:
    return f"SELECT {', '.join(identifier(field) for field in plan.fields)} FROM ({relation})"


_RAW = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01', NULLSTR ''"
FORMATS = {
    one.name: one
    for one in (
        Format("csv", "text/csv; charset=utf-8", _csv, "FORMAT csv, HEADER true"),
        Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _csv, "", streams=False),
        Format("json", "application/json; charset=utf-8", _json, "FORMAT json, ARRAY true"),
        Format("ndjson", "application/x-ndjson; charset=utf-8", _json, "FORMAT json"),
        Format("xml", "application/xml; charset=utf-8", markup.xml_select, _RAW),
        Format(
            "parquet", "application/vnd.apache.parquet", _parquet,
            "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536", streams=False,
        ),
        Format("geojson", "application/geo+json; charset=utf-8", places.geojson_select, _RAW),
    )
}


def offered(plan: Plan, rows: int) -> list[Format]:
    """The formats in which the plan's rows can be had; what lies sealed never lies in a file, so it is only streamed."""
    return [
        one for one in FORMATS.values()
        if (one.streams or not plan.shows_sealed_whole)
        and (one.name != "geojson" or places.has_place(plan)) and (one.name != "xlsx" or rows <= SPREADSHEET_ROWS)
    ]


def copy_statement(plan: Plan, relation: str, *, made_by: Format, target: str) -> str:
    """COPY of the format's rows to the file `target`."""
    return f"COPY ({made_by.select(plan, relation)}) TO {literal(target)} ({made_by.options}, USE_TMP_FILE false)"
