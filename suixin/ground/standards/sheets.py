"""Lists of codes in files: an XLSX or CSV sheet, JSON; read with every fault at its cell, written in the same layout.

Form     columns 代码*, 名称*, 上级代码, 别名, 状态, 接替代码; several aliases or successors apart by 、 ; or |; the first row names them
Limits   64 MB, 1,000,000 rows (a page takes fewer, `pages`); a cell is the text that stands in it
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from suixin.ground.standards.errors import BadSheet
from suixin.ground.standards.rules import Row, list_faults
from suixin.kit import workbooks
from suixin.kit.inert import as_meant, inert

COLUMNS = ("代码", "名称", "上级代码", "别名", "状态", "接替代码")
KEYS = ("code", "name", "parent", "aliases", "state", "successors")
LONGEST = {"code": 64, "name": 300, "parent": 64, "aliases": 2_000, "state": 10, "successors": 2_000}
GONE = {"废止", "撤销", "停用"}
STANDING = {"", "有效", "在用"}
MAX_BYTES, MAX_UNPACKED, MAX_ROWS, MAX_CELLS, MAX_COLUMNS, MAX_SHOWN = 64 << 20, 512 << 20, 1_000_000, 20_000_000, 50, 40
_EXCEL_NUMBER = 1e15
PROBLEM = "问题"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one cell: row (the heading is 1), column (from 0)."""

    row: int
    column: int
    sentence: str

    @property
    def place(self) -> str:
        """The cell as a spreadsheet names it."""
        return f"{chr(ord('A') + self.column)}{self.row}"


@dataclass
class Sheet:
    """What a file came to: sound rows when there are no faults; `cells` as they came, to be handed back."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    cells: list[list[str]] = field(default_factory=list)


def read(content: bytes, name: str, *, known: Iterable[str] = (), most: int = MAX_ROWS) -> Sheet:
    """The list in a file; `known` codes may be named beside its own. Raises BadSheet when it is no such file at all."""
    if len(content) > MAX_BYTES:
        raise BadSheet(f"文件“{name[:60]}”超过 {MAX_BYTES >> 20} MB；请只留代码表本身。")
    if name.lower().endswith(".json"):
        cells = _of_json(content, name, most)
    else:
        cells = _workbook(content, name) if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) else _csv(content, name, most)
    sheet = Sheet(cells=cells)
    if len(cells) > most + 1:
        sheet.faults.append(Fault(most + 2, 0, f"一次最多导入 {most:,} 个代码；更多的请由管理员用命令 suixin standards bring 导入"))
        return sheet
    places = _places(cells, sheet.faults)
    if not sheet.faults:
        _fill(sheet, places, known)
    sheet.faults.sort(key=lambda one: (one.row, one.column))
    return sheet


def _places(cells: Sequence[Sequence[str]], faults: list[Fault]) -> dict[str, int]:
    """Where each column stands."""
    titles = dict(zip(COLUMNS, KEYS, strict=True)) | {key: key for key in KEYS}
    found: dict[str, int] = {}
    for at, text in enumerate(cells[0] if cells else ()):
        title = text.strip().rstrip("*＊").strip()
        key = titles.get(title)
        if key is None:
            if title and title != PROBLEM:
                faults.append(Fault(1, at, f"没有“{title[:MAX_SHOWN]}”这一列；可用的列：{'、'.join(COLUMNS)}"))
        elif key in found:
            faults.append(Fault(1, at, f"有两个“{title}”列；请只留一个"))
        else:
            found[key] = at
    faults += [
        Fault(1, 0, f"缺少“{title}”列；第一行须是列名，至少有“代码”和“名称”") for title, key in zip(COLUMNS[:2], KEYS[:2], strict=True)
        if key not in found
    ]
    if not faults and len(cells) < 2:
        faults.append(Fault(2, 0, "表里只有标题行；请从第 2 行起每行填一个代码"))
    return found


def _fill(sheet: Sheet, places: dict[str, int], known: Iterable[str]) -> None:
    numbers: list[int] = []
    for number, row in enumerate(sheet.cells[1:], 2):
        texts = {key: row[at].strip() if at < len(row) else "" for key, at in places.items()}
        if any(texts.values()):
            before = len(sheet.faults)
            sheet.faults += _cell_faults(texts, number, places)
            if len(sheet.faults) == before:
                sheet.rows.append(_row(texts))
                numbers.append(number)
    for place, key, sentence in list_faults(sheet.rows, known):
        sheet.faults.append(Fault(numbers[place], places.get(key, 0), sentence))


def _cell_faults(texts: dict[str, str], number: int, places: dict[str, int]) -> Iterator[Fault]:
    is_gone = texts.get("state", "") in GONE
    for key, text in texts.items():
        if not text and (key == "code" or (key == "name" and not is_gone)):
            yield Fault(number, places[key], f"“{COLUMNS[KEYS.index(key)]}”必须填写")
        elif len(text) > LONGEST[key]:
            yield Fault(number, places[key], f"“{COLUMNS[KEYS.index(key)]}”超过 {LONGEST[key]} 个字；请检查是否粘贴错了")
        elif key == "state" and text not in GONE | STANDING:
            yield Fault(number, places[key], f"状态“{text}”不认识；在用的不填，不用的填“废止”")
        elif key == "code" and ("\n" in text or "@" in text):
            yield Fault(number, places[key], "代码里不能有换行或 @；请改正")


def _row(texts: dict[str, str]) -> Row:
    return Row(
        texts["code"], texts["name"], texts.get("parent", ""), _parts(texts.get("aliases", "")), _parts(texts.get("successors", "")),
        texts.get("state", "") in GONE,
    )


def _parts(text: str) -> tuple[str, ...]:
    for mark in ("；", ";", "|", "，"):
        text = text.replace(mark, "、")
    return tuple(dict.fromkeys(part.strip() for part in text.split("、") if part.strip()))


def _of_json(content: bytes, name: str, most: int) -> list[list[str]]:
    """A list of objects, or an object whose `codes` (or `entries`) are one, as the cells of a sheet; of too many, one more than taken."""
    try:
        told = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadSheet(f"文件“{name[:60]}”不是合格的 JSON（UTF-8）；请用本页导出的 JSON 修改后再上传。") from error
    listed = told.get("codes", told.get("entries")) if isinstance(told, dict) else told
    if isinstance(listed, dict):
        listed = [{"code": code, "name": text} for code, text in islice(listed.items(), most + 1)]
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise BadSheet(f"文件“{name[:60]}”里没有代码列表；应为 {{\"codes\": [{{\"code\": \"1\", \"name\": \"男\"}}]}}。")
    listed = listed[: most + 1]
    held = {key for one in listed for key in one}
    if unknown := next(iter(sorted(held - set(KEYS))), None):
        raise BadSheet(f"文件“{name[:60]}”里有不认识的“{unknown[:MAX_SHOWN]}”；每个代码可写：{'、'.join(KEYS)}。")
    keys = [key for key in KEYS if key in held] or list(KEYS[:2])
    return [keys, *([_joined(one.get(key)) for key in keys] for one in listed)]


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "、".join(str(one) for one in value)
    return "" if value is None else str(value).replace("\0", "")


def _csv(content: bytes, name: str, most: int) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            if "\0" not in text:
                rows = csv.reader(io.StringIO(text, newline=""), strict=True)
                return [[as_meant(cell) for cell in row[:MAX_COLUMNS]] for row in islice(rows, most + 2)]
        except (UnicodeDecodeError, csv.Error):
            continue
    raise BadSheet(f"文件“{name[:60]}”读不出来；请另存为 XLSX 或 CSV（UTF-8）再上传。")


def _workbook(content: bytes, name: str) -> list[list[str]]:
    try:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
                    raise BadSheet(f"文件“{name[:60]}”解压后过大，不像代码表；请只留代码表本身。")
            if workbooks.extent_of(io.BytesIO(content)).cells > MAX_CELLS:
                raise BadSheet(f"文件“{name[:60]}”的内容伸到了很远的行列；请删去多余的行列。")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, IndexError, NotImplementedError, RuntimeError) as error:
        raise BadSheet(f"文件“{name[:60]}”读不出来；请另存为 XLSX 或 CSV（UTF-8）再上传。") from error
    return [[_text(cell) for cell in row[:MAX_COLUMNS]] for row in rows]


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < _EXCEL_NUMBER:
        return str(int(cell))
    return "" if cell is None else str(cell).replace("\0", "")


def as_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """The list as CSV, part by part; with a mark that lets spreadsheets read Chinese."""
    yield "\ufeff".encode() + (",".join(COLUMNS) + "\r\n").encode()
    for row in rows:
        buffer = io.StringIO()
        csv.writer(buffer).writerow(inert(text) for text in _cells_of(row))
        yield buffer.getvalue().encode()


def as_xlsx(rows: Iterable[Row]) -> bytes:
    """The list as a workbook."""
    return _written([list(COLUMNS), *(_cells_of(row) for row in rows)])


def annotated(sheet: Sheet) -> bytes:
    """The sheet as it came, with what is wrong in a last column of its row."""
    told: dict[int, list[str]] = {}
    for fault in sheet.faults:
        told.setdefault(fault.row, []).append(f"{fault.place}：{fault.sentence}")
    width = max((len(row) for row in sheet.cells), default=0)
    told[1] = [PROBLEM, *told.get(1, [])]
    rows = ([*row, *[""] * (width - len(row)), "；".join(told.get(n, []))] for n, row in enumerate(sheet.cells, 1))
    return _written(rows)


def _cells_of(row: Row) -> list[str]:
    state = "废止" if row.is_gone else ""
    return [row.code, row.name, row.parent, "、".join(row.aliases), state, "、".join(row.successors)]


def _written(rows: Iterable[Sequence[str]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet, bold = book.add_worksheet("代码"), book.add_format({"bold": True})
        sheet.set_column(0, 5, 22)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text, bold if number == 0 else None)
    return buffer.getvalue()
