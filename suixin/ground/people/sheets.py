"""Sheets of staff: read what an administrator uploads, write the template and the list of start passwords.

Form     XLSX, XLS, ODS or CSV (UTF-8 or GB18030); the first row names the columns, in any order
Limits   5 MB, 5,000 rows, 50 MB unpacked; formulas are never run: a cell is the text that stands in it
Errors   BadSheet, naming the column or the row and what to do
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from suixin.ground.people.errors import BadSheet
from suixin.kit import workbooks

COLUMNS = ("姓名", "账号", "机构", "角色", "手机", "任职日期", "离任日期")
REQUIRED = COLUMNS[:4]
MAX_BYTES, MAX_UNPACKED, MAX_ROWS = 5 << 20, 50 << 20, 5_000
MAX_CELLS = 1_000_000
MAX_CELL = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet: its number there (the heading is row 1) and its texts by column."""

    number: int
    texts: tuple[str, ...]

    def __getitem__(self, column: str) -> str:
        return self.texts[COLUMNS.index(column)]


def read_sheet(content: bytes, name: str) -> list[Line]:
    """The rows of a sheet that hold anything. Raises BadSheet."""
    if len(content) > MAX_BYTES:
        raise BadSheet(f"文件“{name[:60]}”超过 {MAX_BYTES >> 20} MB；请分成几个文件导入。")
    table = _csv(content, name) if not content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else _workbook(content, name)
    if not table:
        raise BadSheet(f"文件“{name[:60]}”是空的；请下载模板，按模板填写。")
    places = _places(table[0])
    if len(table) > MAX_ROWS + 1:
        raise BadSheet(f"一次最多导入 {MAX_ROWS:,} 行，这个文件有 {len(table) - 1:,} 行；请分成几个文件。")
    lines = []
    for number, row in enumerate(table[1:], 2):
        texts = tuple(row[place].strip() if place is not None and place < len(row) else "" for place in places)
        if any(len(text) > MAX_CELL for text in texts):
            raise BadSheet(f"第 {number} 行有超过 {MAX_CELL} 个字的单元格；请检查是否粘贴错了。")
        if any(texts):
            lines.append(Line(number, texts))
    if not lines:
        raise BadSheet("表里只有标题行；请从第 2 行起每人填一行。")
    return lines


def template(organisations: Iterable[tuple[str, str]], roles: Iterable[str]) -> bytes:
    """An XLSX to fill in; its second sheet lists (name, credit code) of organisations, its third the roles."""
    return _written({
        "人员": [COLUMNS, ("张三", "zhangsan", "填机构名称、信用代码或标识", "经办人", "13800000000", "", "")],
        "可选机构": [("机构名称", "统一社会信用代码"), *organisations],
        "可选角色": [("角色",), *((role,) for role in roles)],
    })


def handout(people: Iterable[tuple[str, str, str, str]]) -> bytes:
    """An XLSX of (name, account, organisation, start password), to be handed over and destroyed."""
    return _written({"初始密码": [("姓名", "账号", "机构", "初始密码（首次登录须修改）"), *people]})


def _places(head: Sequence[str]) -> list[int | None]:
    named = {text.strip().rstrip("*＊"): place for place, text in reversed(list(enumerate(head)))}
    missing = [column for column in REQUIRED if column not in named]
    if missing:
        raise BadSheet(f"标题行缺少“{'、'.join(missing)}”列；请下载模板，保留模板的标题行。")
    doubled = [column for column in COLUMNS if sum(text.strip().rstrip("*＊") == column for text in head) > 1]
    if doubled:
        raise BadSheet(f"标题行有两个“{doubled[0]}”列；请只留一个。")
    return [named.get(column) for column in COLUMNS]


def _csv(content: bytes, name: str) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        try:
            return [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if any(cell.strip() for cell in row)]
        except csv.Error:
            break
    raise BadSheet(f"文件“{name[:60]}”读不出来；请用模板另存为 XLSX 或 CSV（UTF-8）再上传。")


def _workbook(content: bytes, name: str) -> list[list[str]]:
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                    raise BadSheet(f"文件“{name[:60]}”解压后过大，不像人员表；请用模板重新填写。")
            if workbooks.extent_of(io.BytesIO(content)).cells > MAX_CELLS:
                raise BadSheet(f"文件“{name[:60]}”的内容伸到了很远的行列，不像人员表；请删去多余的行列，或用模板重新填写。")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(nrows=MAX_ROWS + 2)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError) as error:
        raise BadSheet(f"文件“{name[:60]}”读不出来；请用模板另存为 XLSX 或 CSV（UTF-8）再上传。") from error
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _written(sheets: dict[str, list[tuple[str, ...]]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.set_column(0, len(rows[0]) - 1, 26)
            sheet.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                for column, text in enumerate(row):
                    sheet.write_string(number, column, text, bold if number == 0 else None)
    return buffer.getvalue()
