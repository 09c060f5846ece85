"""JSON as tables: an array, an object that holds lists of records, lines, maps, trees; GeoJSON and CityJSON.

Which rows  array of objects → one row each · a list of records inside an object → a table each · one child list in
            every record → one row per child with its parents' fields · children like their parents (区划 trees) →
            one row per node with 层级 and 上级 · map of maps → one row per leaf with 第1级, 第2级 ... · else one row
Cells       numbers exactly as written, objects as dotted columns, other lists as JSON text
"""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from suixin.data.collection.readers.cells import Cell
from suixin.data.collection.readers.errors import ReaderError, UnreadableFile
from suixin.data.collection.readers.formats import extension_of
from suixin.data.collection.readers.headers import clean_heading
from suixin.data.collection.readers.limits import MAX_CELL_BYTES, MAX_COLUMNS, MAX_JSON_BYTES, MIB
from suixin.data.collection.readers.lines import Window
from suixin.data.collection.readers.records import Records, find_records, flat, parse
from suixin.data.collection.readers.scratch import Scratch
from suixin.data.collection.readers.spool import Spool
from suixin.data.collection.readers.transcode import Text, as_utf8
from suixin.data.quality.source import SourceTable
from suixin.kit.names import unique

RowWalk = Callable[[], Iterator[dict[str, Cell] | str]]


def open_json(
    path: Path, *, name: str, label: str, scratch: Scratch
) -> tuple[list[SourceTable], list[tuple[str, ReaderError]]]:
    """The tables of a JSON file. Raises UnreadableFile: not JSON (with line and column), no records, too large."""
    text = as_utf8(path, name=name, scratch=scratch)
    notes = (f"编码：{text.encoding}。",) if text.encoding != "UTF-8" else ()
    if extension_of(name) in ("ndjson", "jsonl") or _begins_with_whole_value(text):
        return [_spooled(_line_rows(text), name, label, "ndjson", notes, scratch)], []
    if text.end - text.start > MAX_JSON_BYTES:
        what = f"JSON 超过 {MAX_JSON_BYTES // MIB} MB 的上限；请改为每行一个对象的 JSON 行（.ndjson）后上传。"
        raise UnreadableFile(name, what, file_format="json")
    found = find_records(_whole(text, name))
    if not found:
        raise UnreadableFile(name, "JSON 里没有记录（数组是空的，或只有一个值），请核对后重新上传。", file_format="json")
    tables = [_table(records, name, label if len(found) == 1 else records.name, notes, scratch) for records in found]
    return tables, []


def _whole(text: Text, name: str) -> object:
    with Window(text.path, text.start, text.end) as window:
        content = window.read().decode("utf-8", "replace")
    try:
        return parse(content)
    except json.JSONDecodeError as error:
        what = f"不是合法的 JSON，第 {error.lineno} 行第 {error.colno} 列附近有误，请修正后重新上传。"
        raise UnreadableFile(name, what, file_format="json") from error


def _begins_with_whole_value(text: Text) -> bool:
    """True when the first two lines are objects of their own: JSON lines under a .json name."""
    with Window(text.path, text.start, text.end) as window:
        head = window.read(MIB)
    lines = [line for line in head.split(b"\n") if line.strip()][:3]
    if len(lines) < 2 or (len(lines) == 2 and not head.endswith(b"\n") and text.end - text.start > MIB):
        return False
    try:
        return all(isinstance(parse(line.decode("utf-8", "replace")), dict) for line in lines[:2])
    except (json.JSONDecodeError, RecursionError):
        return False


def _line_rows(text: Text) -> RowWalk:
    def rows() -> Iterator[dict[str, Cell] | str]:
        with io.BufferedReader(Window(text.path, text.start, text.end), MIB) as stream:
            while line := stream.readline(MAX_CELL_BYTES):
                if line.strip():
                    yield _line_row(line.decode("utf-8", "replace").strip())

    return rows


def _line_row(line: str) -> dict[str, Cell] | str:
    try:
        value = parse(line)
    except (json.JSONDecodeError, RecursionError):
        return line
    return flat(value) if isinstance(value, dict) else line


def _table(records: Records, name: str, label: str, notes: tuple[str, ...], scratch: Scratch) -> SourceTable:
    return _spooled(records.rows, name, label, records.format, (*notes, *records.notes), scratch)


def _spooled(rows: RowWalk, name: str, label: str, file_format: str, notes: tuple[str, ...], scratch: Scratch) -> SourceTable:
    """Two walks over the rows: the first gathers the columns, the second writes."""
    keys: dict[str, None] = {}
    has_row = False
    for row in rows():
        if isinstance(row, dict):
            has_row = True
            keys.update(dict.fromkeys(row))
        if len(keys) > MAX_COLUMNS:
            what = f"记录的字段超过 {MAX_COLUMNS} 个的上限；如果键名是数据，请改成数组后上传。"
            raise UnreadableFile(name, what, file_format=file_format)
    if not has_row or not keys:
        raise UnreadableFile(name, "没有可采集的记录（不是对象的列表），请核对后重新上传。", file_format=file_format)
    columns = tuple(unique([clean_heading(key) for key in keys]))
    spool = Spool(columns, scratch)
    for row in rows():
        if isinstance(row, dict):
            spool.add([row.get(key) for key in keys])
        else:
            spool.add_broken(row, "不是一条记录（JSON 对象）")
    spool.finish()
    return SourceTable(name=label, columns=columns, batches=spool.batches, format=file_format, notes=notes)

