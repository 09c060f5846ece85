"""How far a workbook reaches is known before anybody makes room for it."""

import io
import zipfile

import pytest
import xlsxwriter

from suixin.kit.workbooks import PIECE, Extent, NotXlsx, extent_of


def book(*cells: tuple[int, int]) -> bytes:
    """An XLSX with those cells (row, column, from 0)."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        sheet = made.add_worksheet()
        for row, column in cells:
            sheet.write(row, column, "x")
    return out.getvalue()


def parts(**content: bytes) -> io.BytesIO:
    """A zip of parts by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in content.items():
            packed.writestr(name, data)
    return out


@pytest.mark.parametrize(("cells", "extent"), [
    (((0, 0),), Extent(1, 1)), (((4, 26),), Extent(5, 27)), (((1_048_575, 16_383),), Extent(1_048_576, 16_384)),
    (((2, 3), (9, 1)), Extent(10, 4)),
])  # fmt: skip
def test_extent_is_the_last_row_and_column(cells: tuple[tuple[int, int], ...], extent: Extent) -> None:
    assert extent_of(io.BytesIO(book(*cells))) == extent


def test_a_cell_across_two_pieces_is_seen() -> None:
    filler = b" " * (PIECE - 8)
    assert extent_of(parts(anything=filler + b'<c r="ZZ77"/>' + filler)).rows == 77


@pytest.mark.parametrize("cell", [b"<x:c s='1' r='ab12'/>", b'<row\n r = "12" />', b'<c t="s"  r="AB12">'])
def test_any_spelling_of_a_place_counts(cell: bytes) -> None:
    assert extent_of(parts(sheet=b"<a>" + cell)).rows == 12


@pytest.mark.parametrize("name", ["xl/workbook.bin", "content.xml"])
def test_other_workbooks_are_refused(name: str) -> None:
    with pytest.raises(NotXlsx):
        extent_of(parts(**{name: b""}))
