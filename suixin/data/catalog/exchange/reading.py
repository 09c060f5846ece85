"""Reading a filled-in workbook: every sheet of the layout as rows of texts, and what is wrong with its shape, by cell.

Shape    the catalogue's (`layout.shape`), or that of another module with sheets of its own
Limits   40 MB, 400 MB unpacked; rows per sheet by the shape; formulas are never run, a cell is its text
Promise  whatever is wrong is a fault at a cell, not an exception; only what is no workbook at all raises
"""

import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from suixin.data.catalog.errors import BadWorkbook
from suixin.data.catalog.exchange.layout import PROBLEM, Place, Shape, shape
from suixin.kit import workbooks

MAX_BYTES, MAX_UNPACKED, MAX_COLUMNS = 40 << 20, 400 << 20, 200
MAX_CELLS = 20_000_000
MAX_MERGED = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one cell: sheet, row (the heading is 1), column (from 0)."""

    sheet: str
    row: int
    column: int
    sentence: str


@dataclass
class Line:
    """One filled-in row: its number in the sheet, its texts by key of the layout."""

    number: int
    texts: dict[str, str]

    def __getitem__(self, key: str) -> str:
        return self.texts.get(key, "")


@dataclass
class Sheet:
    """One sheet as it came: every cell as text, where each column of the layout stands, its rows."""

    name: str
    cells: list[list[str]]
    places: dict[str, int] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def column_of(self, key: str) -> int:
        """Where the column of that key stands; the first one when the sheet has none."""
        return self.places.get(key, 0)


@dataclass
class Workbook:
    """What was read, and the faults of its shape."""

    sheets: dict[str, Sheet]
    faults: list[Fault]
    shape: Shape = field(default_factory=shape)


def read_workbook(content: bytes, wanted: Shape | None = None) -> Workbook:
    """The sheets of the shape that the workbook has. Raises BadWorkbook when it is none, or has no sheet of ours."""
    wanted = wanted or shape()
    if len(content) > MAX_BYTES:
        raise BadWorkbook(f"文件超过 {MAX_BYTES >> 20} MB；请按单位分成几个文件导入。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                raise BadWorkbook("文件解压后过大，不像填报表；请下载模板重新填写。")
        if workbooks.extent_of(io.BytesIO(content)).cells > MAX_CELLS:
            raise BadWorkbook("表格的内容伸到了很远的行列，不像填报表；请删去多余的行列，或下载模板重新填写。")
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        held = {name: book.get_sheet_by_name(name) for name in book.sheet_names if name in wanted.columns}
    except (CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise BadWorkbook("文件读不出来；请用下载的模板填写，保存为 XLSX 再上传。") from error
    if not held:
        raise BadWorkbook(f"文件里没有名为 {'、'.join(wanted.columns)} 的工作表；请下载模板，保留工作表的名称。")
    book_read = Workbook({}, [], wanted)
    for name, sheet in held.items():
        book_read.sheets[name] = _sheet(name, sheet, book_read.faults, wanted)
    return book_read


def _sheet(name: str, sheet: CalamineSheet, faults: list[Fault], wanted: Shape) -> Sheet:
    most = wanted.most[name] + 1
    rows = sheet.to_python(skip_empty_area=False, nrows=most + 1)
    read = Sheet(name, [[text_of(cell) for cell in row[:MAX_COLUMNS]] for row in rows[:most]])
    if sheet.total_height > most:
        faults.append(Fault(name, most + 1, 0, f"一次最多读 {most - 1:,} 行，从这一行起没有读入；请分成几个文件"))
    if not read.cells:
        return read
    columns = wanted.columns[name]
    _place(read, columns, faults)
    merged = _merged(name, sheet, faults, most)
    missing = [place for place in columns if place.is_required and place.key not in read.places]
    faults += [Fault(name, 1, 0, f"缺少“{place.title}”列；请下载模板，保留模板的标题行") for place in missing]
    if missing:
        return read
    for number, row in enumerate(read.cells[1:], 2):
        texts = {key: row[at].strip() if at < len(row) else "" for key, at in read.places.items()}
        if any(texts.values()):
            line = Line(number, texts)
            if number in merged:
                line.texts["__merged"] = "1"
            read.lines.append(line)
    return read


def _place(read: Sheet, columns: Sequence[Place], faults: list[Fault]) -> None:
    titles = {place.title: place.key for place in columns}
    for at, text in enumerate(read.cells[0]):
        title = text.strip().rstrip("*＊").strip()
        key = titles.get(title)
        if key is None:
            if title and title != PROBLEM:
                faults.append(Fault(read.name, 1, at, f"没有“{title[:40]}”这一列，它的内容没有读入；请改为模板的列名或删去"))
        elif key in read.places:
            faults.append(Fault(read.name, 1, at, f"有两个“{title}”列，只读第一个；请删去多余的"))
        else:
            read.places[key] = at


def _merged(name: str, sheet: CalamineSheet, faults: list[Fault], most: int) -> set[int]:
    """Numbers of the rows that a merged cell covers."""
    rows: set[int] = set()
    ranges = sheet.merged_cell_ranges or []
    if len(ranges) > MAX_MERGED:
        faults.append(Fault(name, 1, 0, f"合并单元格有 {len(ranges):,} 处，这张表没有读入；请全部取消合并，每一行都写完整"))
        return set(range(1, most + 1))
    for (top, left), (bottom, right) in ranges:
        rows.update(range(top + 1, min(bottom, most - 1) + 2))
        where = "" if (top, left) == (bottom, right) else f"（共 {bottom - top + 1} 行 {right - left + 1} 列）"
        faults.append(Fault(name, top + 1, left, f"这里是合并单元格{where}；请取消合并，每一行都写完整"))
    return rows


def text_of(cell: object) -> str:
    """A cell as the text that a person sees in it."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell).replace("\0", "")
