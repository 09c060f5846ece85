"""Workbooks made by `catalog.generators.xlsx_template`: only the rows that a clerk filled in, under the items' field names.

Known by their hidden sheet; the title, the example and the headings are no data, the other sheets no tables. The field names
in grey are the headings, so that items whose names clash are told apart; a column that somebody added goes by its own heading.
A workbook whose grey row is gone is read like any other sheet, but for its example.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import python_calamine as calamine

from suixin.data.catalog.template_marks import DATA_SHEET, EXAMPLE, FIELD_ROW, HEAD_ROW, MARK, MARK_SHEET
from suixin.data.collection.readers.cells import Cell, as_text, filled, is_blank
from suixin.data.collection.readers.errors import EmptySheet, UnreadableFile
from suixin.data.collection.readers.headers import clean_heading
from suixin.data.collection.readers.limits import MAX_COLUMNS
from suixin.data.collection.readers.scratch import Scratch
from suixin.data.collection.readers.spool import Spool
from suixin.data.quality.source import SourceTable
from suixin.kit.names import unique

TOLD = "按采集模板读取：示例、标题行和说明不作为数据。"


@dataclass(frozen=True, slots=True)
class Template:
    """Whose template a workbook is: the code of the entry and the version that it was made from."""

    code: str
    version: str


def template_of(book: calamine.CalamineWorkbook) -> Template | None:
    """The mark in the workbook; None for any other workbook."""
    if MARK_SHEET not in book.sheet_names or DATA_SHEET not in book.sheet_names:
        return None
    rows = [as_text(row[0]) if row else None for row in islice(book.get_sheet_by_name(MARK_SHEET).iter_rows(), 3)]
    if len(rows) < 3 or rows[0] != MARK or not rows[1]:
        return None
    return Template(rows[1], rows[2] or "")


def template_table(book: calamine.CalamineWorkbook, template: Template, *, label: str, scratch: Scratch) -> SourceTable:
    """The rows filled in. Raises EmptySheet, UnreadableFile."""
    sheet = book.get_sheet_by_name(DATA_SHEET)
    rows: Iterator[list[Cell]] = ([as_text(value) for value in row] for row in sheet.iter_rows())
    head = list(islice(rows, HEAD_ROW + 1))
    width = max(map(len, head), default=0)
    if width > MAX_COLUMNS:
        raise UnreadableFile(label, f"工作表有 {width} 列，超过 {MAX_COLUMNS} 列的上限。", file_format="xlsx")
    if len(head) <= HEAD_ROW or not filled(head[HEAD_ROW]):
        raise EmptySheet(label, "模板的标题行不在了；请重新下载模板，把数据粘贴进去再上传。", file_format="xlsx")
    names = _names(head[FIELD_ROW], head[HEAD_ROW], width)
    spool, used = Spool(names, scratch), [False] * width
    for row in rows:
        wide = (row + [None] * (width - len(row)))[:width]
        if not filled(wide) or _is_example(wide):
            continue
        spool.add(wide)
        for at, cell in enumerate(wide):
            used[at] = used[at] or not is_blank(cell)
    if not spool.rows:
        raise EmptySheet(label, "模板里还没有填写数据；请在标题行下面逐行填写后再上传。", file_format="xlsx")
    spool.finish()
    kept = tuple(at for at in range(width) if used[at] or not is_blank(head[FIELD_ROW][at] if at < len(head[FIELD_ROW]) else None))
    return SourceTable(
        name=label, columns=tuple(names[at] for at in kept), batches=spool.selected(kept), format="xlsx", notes=(TOLD,),
        resource_code=template.code,
    )


def _names(fields: Sequence[Cell], heads: Sequence[Cell], width: int) -> tuple[str, ...]:
    """The field name of each column, else its heading; unique."""
    found = []
    for at in range(width):
        field = fields[at] if at < len(fields) else None
        found.append(clean_heading(field) or clean_heading(heads[at] if at < len(heads) else None))
    return tuple(unique(found))


def _is_example(row: Sequence[Cell]) -> bool:
    """An example that was copied down: every cell says so."""
    return all(is_blank(cell) or (cell or "").startswith(EXAMPLE) for cell in row)
