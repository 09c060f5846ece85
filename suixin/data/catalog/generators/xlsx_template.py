"""A workbook in which a clerk fills in rows: drop-downs, validation, an example that nobody takes for data, the rules in sentences.

Sheets   数据 (rows from FIRST_ROW on), 说明 (every item's rules), 选项 (hidden: words of the drop-downs), MARK (hidden: whose
         template this is, and in which version; readers know the workbook by it)
Rows     title, field names in grey, examples in grey, headings, then data; readers take field names for headings, so that
         items whose names clash are told apart, and everything above the data is no data
Promise  every cell is written as text or as a constant, nothing in an entry is ever run as a formula
"""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from suixin.data.catalog.bounds import NONE, Bounds, bounds_of
from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.generators.facts import Facts
from suixin.data.catalog.generators.sample_rows import example_of
from suixin.data.catalog.generators.sentences import protection_of, rules_of, sentences_of, type_name
from suixin.data.catalog.template_marks import DATA_SHEET, EXAMPLE, FIELD_ROW, HEAD_ROW, MARK, MARK_SHEET

FIRST_ROW, LAST_ROW = HEAD_ROW + 1, 20_000
CHOICES, NOTES = "选项", "说明"
MAX_COLUMNS = 4_000
_TEXTS = (ItemType.TEXT, ItemType.MEMO, ItemType.GEOMETRY)
_DIGITS = 15  # more of them a spreadsheet does not keep
_EXACT = 18  # numbers of more digits are typed as text; others may have the digits that a spreadsheet keeps
_FORMATS = {ItemType.DATE: "yyyy-mm-dd", ItemType.DATETIME: "yyyy-mm-dd hh:mm:ss"}
_EARLIEST = date(1900, 1, 1)
_HOW = (
    "1. 只在“{data}”表第 {first} 行起填写，每行一条；不要改动、删除上面的灰色行和标题行，不要合并单元格。",
    "2. 橙色标题为必填；灰色的示例行不会被采集；有下拉的请从下拉里选。",
    "3. 填好后在工作台“上传归集”上传，不用选资源；合格的行入库，不合格的行连同原因保留，可下载更正后再传。",
)


def template(contract: Contract, facts: Facts | None = None) -> bytes:
    """The workbook."""
    facts, stream = facts or Facts(), io.BytesIO()
    bounds, items = bounds_of(contract), contract.items[:MAX_COLUMNS]
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        looks = _Looks(book)
        data, notes = book.add_worksheet(DATA_SHEET), book.add_worksheet(NOTES)
        lists = _choices(book, items)
        _mark(book, contract)
        data.write_string(0, 0, f"{contract.title}（{contract.code}）：请从第 {FIRST_ROW + 1} 行起填写", looks.title)
        for at, item in enumerate(items):
            _column(data, at, item, bounds.get(item.field, NONE), looks, listed=lists.get(at, ""))
        _whole(data, contract, looks, width=len(items))
        _explain(notes, contract, facts, bounds, looks)
        data.activate()
    return stream.getvalue()


class _Looks:
    """Formats of one workbook; those of columns are made once for each number format."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._columns: dict[str, Format] = {}
        self.title: Format = book.add_format({"bold": True, "font_size": 13})
        self.grey: Format = book.add_format({"font_color": "#6B7280", "bg_color": "#F3F4F6", "num_format": "@"})
        self.example: Format = book.add_format({"font_color": "#6B7280", "bg_color": "#F3F4F6", "italic": True, "num_format": "@"})
        head = {"bold": True, "border": 1, "text_wrap": True, "valign": "top"}
        self.head: Format = book.add_format({**head, "bg_color": "#DCE6F1"})
        self.required: Format = book.add_format({**head, "bg_color": "#FCE4D6"})
        self.wrapped: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.bad: Format = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006"})

    def column(self, item: ItemSpec) -> Format:
        """The format of an item's cells."""
        number = number_format(item)
        if number not in self._columns:
            self._columns[number] = self._book.add_format({"num_format": number})
        return self._columns[number]


def number_format(item: ItemSpec) -> str:
    """The number format of an item's cells: text for everything that a spreadsheet would change."""
    if item.type in _FORMATS:
        return _FORMATS[item.type]
    if item.code_set or item.type in _TEXTS or item.type is ItemType.BOOLEAN:
        return "@"
    if item.type is ItemType.INTEGER:
        return "0" if not item.length or item.length <= _EXACT else "@"
    if item.type in (ItemType.NUMBER, ItemType.MONEY):
        kind = item.arrow_type
        scale, precision = getattr(kind, "scale", 0), getattr(kind, "precision", 18)
        return "@" if precision > _EXACT else f"0.{'0' * scale}" if scale else "0"
    return "General"


def _column(sheet: Worksheet, at: int, item: ItemSpec, bounds: Bounds, looks: _Looks, *, listed: str) -> None:
    is_required = item.is_key or not item.nullable
    sheet.set_column(at, at, min(40, max(12, 2 * len(item.name) + 2)), looks.column(item))
    sheet.write_string(FIELD_ROW, at, item.field, looks.grey)
    sheet.write_string(FIELD_ROW + 1, at, f"{EXAMPLE}{'（必填）' if is_required else ''}{example_of(item, bounds)}", looks.example)
    sheet.write_string(HEAD_ROW, at, item.name, looks.required if is_required else looks.head)
    told = "；".join(sentences_of(item, bounds)) + "。"
    sheet.write_comment(HEAD_ROW, at, f"{told}{item.description}"[:1_000], {"x_scale": 2, "y_scale": 1.4})
    rule = _validation(item, bounds, listed)
    if rule is not None:
        column = xl_col_to_name(at)
        sheet.data_validation(f"{column}{FIRST_ROW + 1}:{column}{LAST_ROW}", {
            **rule, "ignore_blank": not is_required, "error_title": _cut(item.name, 32), "error_message": _cut(told, 255),
            "input_title": _cut(item.name, 32), "input_message": _cut(told, 255),
        })


def _validation(item: ItemSpec, bounds: Bounds, listed: str) -> dict[str, object] | None:
    """What xlsxwriter is told to validate; None where a spreadsheet cannot."""
    if listed:
        return {"validate": "list", "source": f"={listed}"}
    match item.type:
        case ItemType.BOOLEAN:
            return {"validate": "list", "source": ["是", "否"]}
        case ItemType.DATE | ItemType.DATETIME:
            return _range("date", _day(bounds.least) or _EARLIEST, _day(bounds.most))
        case ItemType.TEXT | ItemType.MEMO:
            return {"validate": "length", "criteria": "<=", "value": item.length} if item.length else None
        case ItemType.GEOMETRY:
            return None
        case _:
            return _number(item, bounds)


def _number(item: ItemSpec, bounds: Bounds) -> dict[str, object] | None:
    if number_format(item) == "@":
        return {"validate": "length", "criteria": "<=", "value": 45}
    whole = item.type is ItemType.INTEGER or number_format(item) == "0"
    kind = item.arrow_type
    scale = getattr(kind, "scale", 0)
    digits = (item.length or _DIGITS) if item.type is ItemType.INTEGER else getattr(kind, "precision", _DIGITS) - scale
    top = 10.0 ** min(digits, _DIGITS - scale) - (1 if whole else 0)
    least = float(bounds.least) if isinstance(bounds.least, int | float | Decimal) else -top
    most = float(bounds.most) if isinstance(bounds.most, int | float | Decimal) else top
    return _range("integer" if whole and least == int(least) and most == int(most) else "decimal", least, most)


def _range(kind: str, least: object, most: object) -> dict[str, object]:
    if most is None:
        return {"validate": kind, "criteria": ">=", "value": least}
    return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}


def _day(bound: object) -> date | None:
    day = bound.date() if isinstance(bound, datetime) else bound if isinstance(bound, date) else None
    return day if day is None or day >= _EARLIEST else None


def _choices(book: Workbook, items: Sequence[ItemSpec]) -> Mapping[int, str]:
    """The name of each coded item's list, by column; every code set once on the hidden sheet."""
    sheet = book.add_worksheet(CHOICES)
    sheet.hide()
    made: dict[tuple[str, ...], str] = {}
    named: dict[int, str] = {}
    for at, item in enumerate(items):
        words = tuple(choices_of(item).values())
        if not words:
            continue
        if words not in made:
            column = len(made)
            made[words] = f"choices_{column + 1}"
            sheet.write_column(0, column, words)
            letter = xl_col_to_name(column)
            book.define_name(made[words], f"='{CHOICES}'!${letter}$1:${letter}${len(words)}")
        named[at] = made[words]
    return named


def _mark(book: Workbook, contract: Contract) -> None:
    sheet = book.add_worksheet(MARK_SHEET)
    sheet.very_hidden()
    for row, text in enumerate((MARK, contract.code, str(contract.version))):
        sheet.write_string(row, 0, text)


def _whole(sheet: Worksheet, contract: Contract, looks: _Looks, *, width: int) -> None:
    """What concerns all columns: headings stay in sight, a repeated key is coloured."""
    sheet.freeze_panes(FIRST_ROW, 1 if width > 1 else 0)
    sheet.set_landscape()
    if len(contract.key) == 1:
        at = next(at for at, item in enumerate(contract.items) if item.is_key)
        sheet.conditional_format(FIRST_ROW, at, LAST_ROW, at, {"type": "duplicate", "format": looks.bad})


def _explain(sheet: Worksheet, contract: Contract, facts: Facts, bounds: Mapping[str, Bounds], looks: _Looks) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 18)
    sheet.set_column(2, 2, 80)
    sheet.write_string(0, 0, f"{contract.title}：填写说明", looks.title)
    provider = f"，提供单位 {facts.provider}" if facts.provider else ""
    lines = [f"信息资源代码 {contract.code}，目录版本 {contract.version}{provider}。"]
    lines += [line.format(data=DATA_SHEET, first=FIRST_ROW + 1) for line in _HOW]
    for row, line in enumerate(lines, 1):
        sheet.write_string(row, 0, line)
    top = len(lines) + 2
    for at, head in enumerate(("信息项", "字段名 · 类型", "怎么填")):
        sheet.write_string(top, at, head, looks.head)
    for row, item in enumerate(contract.items, top + 1):
        told = [*sentences_of(item, bounds.get(item.field, NONE)), protection_of(item), item.description]
        sheet.write_string(row, 0, item.name, looks.wrapped)
        sheet.write_string(row, 1, f"{item.field} · {type_name(item)}", looks.wrapped)
        sheet.write_string(row, 2, "；".join(one for one in told if one) + "。", looks.wrapped)
    for row, line in enumerate(rules_of(contract), top + len(contract.items) + 2):
        sheet.write_string(row, 0, f"行内规则：{line}。")


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


