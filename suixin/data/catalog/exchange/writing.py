"""Writing workbooks: the template to fill in, the whole catalogue, and what came back annotated cell by cell.

Every cell is written as text, so that nothing in it is ever run as a formula. Drop-downs and validation lie in the file.
"""

import io
from collections.abc import Iterable, Mapping, Sequence

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook as Book
from xlsxwriter.worksheet import Worksheet

from suixin.data.catalog.exchange.layout import PROBLEM, Place, Shape, shape
from suixin.data.catalog.exchange.reading import Fault, Workbook

CHOICES = "选项"
MAX_COMMENTS = 5_000
Rows = Mapping[str, Iterable[Sequence[str]]]


def written(rows: Rows, names: Sequence[str] = (), of: Shape | None = None) -> bytes:
    """An XLSX of the layout with those rows by sheet, in the order of its columns; without rows it is the template.

    `names`: only these sheets. `of`: the shape, if it is not the catalogue's.
    """
    wanted = of or shape()
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        styles = _Styles(book)
        made = {name: book.add_worksheet(name) for name in names or wanted.columns}
        _choices(book, wanted)
        for name, sheet in made.items():
            columns = wanted.columns[name]
            _head(sheet, [place.heading for place in columns], styles, columns)
            for number, row in enumerate(rows.get(name, ()), 1):
                for at, text in enumerate(row):
                    if text:
                        sheet.write_string(number, at, text)
            _validate(sheet, name, {place.key: at for at, place in enumerate(columns)}, wanted)
        notes = book.add_worksheet("填写说明")
        notes.set_column(0, 0, 110)
        for number, text in enumerate(wanted.notes):
            notes.write_string(number, 0, text)
    return stream.getvalue()


def annotated(read: Workbook, faults: Sequence[Fault], codes: Mapping[int, str]) -> bytes:
    """The workbook as it came, each faulty cell coloured and commented, a column 问题 behind; `codes`: rows now registered."""
    stream = io.BytesIO()
    by_sheet: dict[str, dict[int, list[Fault]]] = {}
    for fault in faults:
        by_sheet.setdefault(fault.sheet, {}).setdefault(fault.row, []).append(fault)
    room = MAX_COMMENTS
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        styles = _Styles(book)
        made = {name: book.add_worksheet(name) for name in read.shape.columns if name in read.sheets}
        _choices(book, read.shape)
        for name, sheet in made.items():
            room -= _annotate(sheet, read, name, by_sheet.get(name, {}), styles, codes if name == read.shape.main else {}, room=room)
    return stream.getvalue()


class _Styles:
    """Formats of one workbook."""

    def __init__(self, book: Book) -> None:
        self.head: Format = book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True})
        self.bad: Format = book.add_format({"bg_color": "#FFC7CE", "font_color": "#9C0006", "border": 1})
        self.good: Format = book.add_format({"font_color": "#1B5E20"})


def _annotate(
    sheet: Worksheet, read: Workbook, name: str, faults: Mapping[int, Sequence[Fault]], styles: _Styles, codes: Mapping[int, str],
    *, room: int,
) -> int:
    """How many comments were written."""
    held = read.sheets[name]
    cells = held.cells
    heads = [text for text in (cells[0] if cells else []) if text.strip() != PROBLEM]
    _head(sheet, [*heads, PROBLEM], styles)
    problem, told = len(heads), 0
    for number in range(1, max(len(cells), max(faults, default=0)) + 1):
        row = cells[number - 1] if number <= len(cells) else []
        wrong = {fault.column: fault.sentence for fault in reversed(faults.get(number, ()))}
        for at in range(max(len(row[:problem]), *(column + 1 for column in wrong)) if wrong else len(row[:problem])):
            text = row[at] if at < len(row) else ""
            if at == held.places.get("code") and number in codes:
                text = codes[number]
            if at in wrong:
                sheet.write_string(number - 1, at, text, styles.bad)
                if told < room:
                    sheet.write_comment(number - 1, at, wrong[at], {"x_scale": 2})
                    told += 1
            elif text and number > 1:
                sheet.write_string(number - 1, at, text)
        if number in faults:
            sheet.write_string(number - 1, problem, "；".join(fault.sentence for fault in faults[number])[:32_000], styles.bad)
        elif number in codes:
            sheet.write_string(number - 1, problem, f"已登记：{codes[number]}", styles.good)
    _validate(sheet, name, held.places, read.shape)
    return told


def _head(sheet: Worksheet, titles: Sequence[str], styles: _Styles, columns: Sequence[Place] = ()) -> None:
    for at, title in enumerate(titles):
        sheet.write_string(0, at, title, styles.head)
        place = columns[at] if at < len(columns) else None
        sheet.set_column(at, at, place.width if place else 18)
        if place and place.hint:
            sheet.write_comment(0, at, place.hint)
    sheet.freeze_panes(1, 1)


def _choices(book: Book, of: Shape) -> None:
    """The words of every drop-down, on a hidden sheet: a list inside a cell may not be longer than 255 characters."""
    sheet = book.add_worksheet(CHOICES)
    sheet.hide()
    for at, (_, place) in enumerate(_listed(of)):
        for number, word in enumerate((place.choices or {}).values()):
            sheet.write_string(number, at, word)


def _listed(of: Shape) -> list[tuple[str, Place]]:
    return [(name, place) for name, columns in of.columns.items() for place in columns if place.choices]


def _validate(sheet: Worksheet, name: str, places: Mapping[str, int], of: Shape) -> None:
    last = of.most[name]
    for at, (owner, place) in enumerate(_listed(of)):
        if owner == name and place.key in places:
            column, rows = xlsxwriter.utility.xl_col_to_name(at), len(place.choices or {})
            sheet.data_validation(1, places[place.key], last, places[place.key], {
                "validate": "list", "source": f"='{CHOICES}'!${column}$1:${column}${rows}",
                "error_title": place.title, "error_message": "请从下拉里选择",
            })
    for place in of.columns[name]:
        if place.key not in places or place.choices:
            continue
        column = places[place.key]
        if place.key in ("length", "scale"):
            rule = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": 99_999_999}
        else:
            rule = {"validate": "length", "criteria": "<=", "value": place.longest}
        sheet.data_validation(1, column, last, column, {**rule, "error_message": f"{place.title}：不超过 {place.longest} 个字"})
