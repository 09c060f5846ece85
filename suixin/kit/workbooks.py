"""How far the sheets of an XLSX file reach, found before a reader makes room for them.

Why     calamine allocates every cell up to the last one, full or not: one cell at XFD1048576 asks for 512 GB, and the
        process is aborted, which no `except` catches
Counts  the last row and column named by any cell of any part, since a sheet may have any name; parts are read in pieces
Refuses XLSB and ODS, which are zips as well and are not read here
"""

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

PIECE, OVERLAP = 1 << 20, 512
_OTHER = frozenset({"xl/workbook.bin", "content.xml"})
_CELL = re.compile(rb"""<(?:\w+:)?(?:c|row)\s(?:[^<>]*?\s)?r\s*=\s*["']([A-Za-z]{0,4})([0-9]{1,12})["']""")


class NotXlsx(ValueError):
    """A zip that is another kind of workbook."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The largest part: rows and columns up to the last named cell; `cells` is what a reader makes room for."""

    rows: int = 0
    columns: int = 0

    @property
    def cells(self) -> int:
        """Rows times columns."""
        return self.rows * self.columns


def extent_of(source: Path | BinaryIO) -> Extent:
    """How far the widest of the sheets reaches. Raises NotXlsx, and what `zipfile` and `zlib` raise for broken files."""
    with zipfile.ZipFile(source) as packed:
        parts = packed.infolist()
        if {part.filename.lower() for part in parts} & _OTHER:
            raise NotXlsx("an XLSB or ODS workbook")
        found = [_part(packed, part) for part in parts]
    return max(found, key=lambda one: one.cells, default=Extent())


def _part(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> Extent:
    rows = columns = 0
    rest = b""
    with packed.open(part) as stream:
        while piece := stream.read(PIECE):
            text = rest + piece
            for letters, digits in _CELL.findall(text):
                rows, columns = max(rows, int(digits)), max(columns, _number(letters))
            rest = text[-OVERLAP:]
    return Extent(rows, columns)


def _number(letters: bytes) -> int:
    """26 for Z, 27 for AA."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
