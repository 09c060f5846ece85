"""XLS, XLSX, XLSM: each sheet one table, read once by calamine and spooled as text.

Title rows above, merged and stacked headers, notes below are found by `headers` and `sniff`; a merged cell that
spans rows of data stands in each of them. Blank rows are no rows. Hidden sheets are read and said to be hidden.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

import python_calamine as calamine

from suixin.data.collection.readers.cells import Cell, as_text, filled, is_blank
from suixin.data.collection.readers.errors import EmptySheet, ReaderError, UnreadableFile
from suixin.data.collection.readers.headers import Layout, Merge, find_layout
from suixin.data.collection.readers.limits import MAX_CELLS, MAX_COLUMNS, MAX_RATIO, MAX_WORKBOOK_BYTES, MIB
from suixin.data.collection.readers.scratch import Scratch
from suixin.data.collection.readers.sniff import note_start
from suixin.data.collection.readers.spool import Spool
from suixin.data.collection.readers.templates import template_of, template_table
from suixin.data.quality.source import SourceTable
from suixin.kit import workbooks

_HEAD_ROWS = 300
_KEEP_BACK = 60
_SENTENCE = re.compile(r"[，。；：！？,;]|\w{16}")


def open_workbook(
    path: Path, *, name: str, label: str, scratch: Scratch
) -> tuple[list[SourceTable], list[tuple[str, ReaderError]]]:
    """Every sheet as a table. Beside tables, sheets that are empty or hold one remark are told in the notes, otherwise they
    are refused or a table as well; charts are refused by name. Raises UnreadableFile: encrypted, damaged, a bomb."""
    file_format = "xlsx" if zipfile.is_zipfile(path) else "xls"
    if file_format == "xlsx":
        check_size(path, name)
    book = _opened(path, name)
    template = template_of(book) if file_format == "xlsx" else None
    if template is not None:
        return [template_table(book, template, label=label, scratch=scratch)], []
    tables: list[SourceTable] = []
    refused: list[tuple[str, ReaderError]] = []
    empty: list[tuple[str, ReaderError]] = []
    is_only = len(book.sheet_names) == 1
    for meta in book.sheets_metadata:
        try:
            table = _sheet(book, meta, file_format, scratch)
            tables.append(table if not is_only else _renamed(table, label))
        except EmptySheet as error:
            empty.append((meta.name, error))
        except ReaderError as error:
            refused.append((meta.name, error))
    remarks = [table for table in tables if _is_remark(table)]
    if len(remarks) == len(tables):
        return tables, refused + empty
    told = [f"工作表“{name}”是空的，未采集。" for name, _ in empty]
    told += [f"工作表“{table.name}”只有一句说明：{table.columns[0][:200]}" for table in remarks]
    return [replace(table, notes=(*table.notes, *told)) for table in tables if table not in remarks], refused


def _is_remark(table: SourceTable) -> bool:
    """One cell that is a sentence, and nothing else."""
    if len(table.columns) != 1 or not _SENTENCE.search(table.columns[0]):
        return False
    return not any(batch.data.num_rows for batch in table.batches())


def _renamed(table: SourceTable, label: str) -> SourceTable:
    return SourceTable(
        name=label, columns=table.columns, batches=table.batches, format=table.format,
        notes=(f"工作表：{table.name}。", *table.notes), title=table.title,
    )  # fmt: skip


def check_size(path: Path, name: str) -> None:
    """Nothing for an XLSX that calamine can open in the memory there is; before every opening. Raises UnreadableFile."""
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
    plain, packed = sum(info.file_size for info in infos), max(1, sum(info.compress_size for info in infos))
    if plain > MAX_WORKBOOK_BYTES or (plain > 64 * MIB and plain > packed * MAX_RATIO):
        limits = f"{MAX_WORKBOOK_BYTES // MIB} MB 或压缩比 {MAX_RATIO} 倍"
        what = f"展开后有 {plain // MIB} MB，超过 Excel 文件 {limits}的上限；请另存为 CSV 后上传。"
        raise UnreadableFile(name, what, file_format="xlsx")
    try:
        extent = workbooks.extent_of(path)
    except (workbooks.NotXlsx, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError) as error:
        what = "不是完整的 XLSX 工作簿（可能加密、损坏，或是 XLSB、ODS），请用 Excel 打开后另存为 XLSX。"
        raise UnreadableFile(name, what, file_format="xlsx") from error
    if extent.cells > MAX_CELLS:
        what = f"有单元格在第 {extent.rows:,} 行、第 {extent.columns:,} 列，表格撑得过大；请删去多余的行列，或另存为 CSV 后上传。"
        raise UnreadableFile(name, what, file_format="xlsx")


def _opened(path: Path, name: str) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError as error:
        raise UnreadableFile(name, "工作簿设有打开密码，请去掉密码后另存上传。", file_format="xlsx") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        what = "不是完整的 Excel 工作簿（可能加密、损坏或是其他 Office 文档），请用 Excel 打开后另存为 XLSX。"
        raise UnreadableFile(name, what, file_format="xlsx") from error


def _sheet(book: calamine.CalamineWorkbook, meta: calamine.SheetMetadata, file_format: str, scratch: Scratch) -> SourceTable:
    if meta.typ != calamine.SheetTypeEnum.WorkSheet:
        raise UnreadableFile(meta.name, "是图表或宏表，不是数据工作表。", file_format=file_format)
    try:
        sheet = book.get_sheet_by_name(meta.name)
    except (calamine.CalamineError, ValueError) as error:
        raise UnreadableFile(meta.name, "工作表损坏，请用 Excel 打开后另存。", file_format=file_format) from error
    if sheet.start is None or not sheet.height:
        raise EmptySheet(meta.name, "工作表是空的。", file_format=file_format)
    merges = [Merge(top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or []]
    rows = _rows(sheet, merges)
    head = list(islice(rows, _HEAD_ROWS + sheet.start[0]))
    width = max((last + 1 for row in head if (last := _last_filled(row)) is not None), default=0)
    total = sheet.end[1] + 1 if sheet.end else width
    if not any(filled(row) for row in head) and not sheet.height > len(head):
        raise EmptySheet(meta.name, "工作表是空的（单元格都没有内容）。", file_format=file_format)
    if total > MAX_COLUMNS:
        raise UnreadableFile(meta.name, f"工作表有 {total} 列，超过 {MAX_COLUMNS} 列的上限。", file_format=file_format)
    layout = find_layout(head, width=total, merges=merges)
    return _spooled(chain(head, rows), layout, meta, file_format, scratch, has_merges=bool(merges))


def _rows(sheet: calamine.CalamineSheet, merges: list[Merge]) -> Iterator[list[Cell]]:
    """Rows from the top of the sheet as text; a cell merged over several rows is repeated in each."""
    down: dict[tuple[int, int], int] = {(m.top, m.left): m.bottom for m in merges if m.bottom > m.top}
    held: dict[int, tuple[Cell, int]] = {}
    for index, values in enumerate(sheet.iter_rows()):
        row = [as_text(value) for value in values]
        for column, (value, bottom) in list(held.items()):
            if index > bottom:
                del held[column]
            elif column < len(row) and row[column] is None:
                row[column] = value
        for column in range(len(row)):
            if (index, column) in down and row[column] is not None:
                held[column] = (row[column], down[index, column])
        yield row


def _last_filled(row: Sequence[Cell]) -> int | None:
    return next((i for i in range(len(row) - 1, -1, -1) if not is_blank(row[i])), None)


def _spooled(
    rows: Iterator[list[Cell]], layout: Layout, meta: calamine.SheetMetadata, file_format: str, scratch: Scratch, *, has_merges: bool
) -> SourceTable:
    width = len(layout.names)
    spool = Spool(layout.names, scratch)
    used = [False] * width
    back: list[list[Cell]] = []
    blank = 0
    for row in islice(rows, layout.data, None):
        back.append((row + [None] * (width - len(row)))[:width])
        if len(back) > 4 * _KEEP_BACK:
            blank += _keep(back[:-_KEEP_BACK], spool, used)
            del back[:-_KEEP_BACK]
    end = note_start(back, width)
    footnotes = [" ".join(cell.strip() for cell in row if cell) for row in back[end:]] if end is not None else []
    data = back[:end] if end is not None else back
    blank += _keep(data, spool, used)
    has_only_errors = not spool.rows and blank > 0 and bool(data)
    if has_only_errors:  # calamine gives #DIV/0! and its like as nothing: keep the rows rather than lose them
        blank = 0
        for row in data:
            spool.add(row)
    spool.finish()
    kept = tuple(i for i in range(width) if used[i] or i not in layout.blank)
    notes = list(_notes(meta, layout, blank, width - len(kept), has_merges))
    notes += ["数据行的单元格都是错误值（如 #DIV/0!）或空白，按空值保留。"] if has_only_errors else []
    notes += [f"表尾注释：{note[:200]}" for note in footnotes if note]
    return SourceTable(
        name=meta.name, columns=tuple(layout.names[i] for i in kept), batches=spool.selected(kept), format=file_format,
        notes=tuple(notes), title=layout.title,
    )  # fmt: skip


def _keep(rows: Sequence[list[Cell]], spool: Spool, used: list[bool]) -> int:
    """Spool the rows that hold something; returns how many did not."""
    blank = 0
    for row in rows:
        if not filled(row):
            blank += 1
            continue
        spool.add(row)
        for index, cell in enumerate(row):
            if cell is not None and not used[index]:
                used[index] = not is_blank(cell)
    return blank


def _notes(meta: calamine.SheetMetadata, layout: Layout, blank: int, dropped: int, has_merges: bool) -> Iterator[str]:
    if meta.visible != calamine.SheetVisibleEnum.Visible:
        yield "这是隐藏的工作表。"
    if layout.first:
        yield f"跳过表头上方 {layout.first} 行。"
    if layout.data - layout.first > 1:
        yield f"表头占 {layout.data - layout.first} 行，上下级以“_”连接。"
    if not layout.has_header:
        yield "没有表头，列名按位置取“列1、列2……”。"
    if has_merges:
        yield "合并单元格已展开：纵向合并的值在每一行都有。"
    if blank:
        yield f"略去 {blank} 个空行。"
    if dropped:
        yield f"去掉 {dropped} 个没有表头也没有数据的列。"
