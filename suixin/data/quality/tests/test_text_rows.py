"""A row of texts written at once is the row that XlsxWriter writes cell by cell."""

from pathlib import Path

import openpyxl
import xlsxwriter

from suixin.data.quality.loop.text_rows import TextSheet

TEXTS = ("甲", " 前后有空 ", "a&b<c>\"d'", "两\n行", "\x01\x1f￿", "_x0041_", "=1+1", "", "\U00020bb7" * 16_000, "尾" * 32_000)


def written(path: Path, *, at_once: bool) -> list[list[tuple[object, object, object]]]:
    """Value, colour and quotation mark of each cell of a sheet of three rows."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet("表", TextSheet)
        looks = [book.add_format({"font_color": "#9C0006", "quote_prefix": quoted}) for quoted in (0, 1)]
        for row, texts in enumerate((TEXTS[:8], TEXTS[::-1], TEXTS[:3])):
            if row == 2:
                sheet.write_comment(row, 1, "有批注")
            cells = [(2 * at, text, looks[at % 2]) for at, text in enumerate(texts)]
            if at_once:
                sheet.write_texts(row, cells)
                continue
            for at, text, look in cells:
                sheet.write_string(row, at, text, look) if text else sheet.write_blank(row, at, None, look)
    found = openpyxl.load_workbook(path).worksheets[0]
    comment = found.cell(3, 2).comment
    assert comment is not None
    assert comment.text == "有批注"
    return [[(cell.value, cell.font.color.rgb if cell.font.color else "", cell.quotePrefix) for cell in row] for row in found.iter_rows()]


def test_rows_at_once_are_those_written_cell_by_cell(tmp_path: Path) -> None:
    once, by_cell = (written(tmp_path / f"{at_once}.xlsx", at_once=at_once) for at_once in (True, False))
    assert once == by_cell
    assert once[0][2][0] == " 前后有空 "
