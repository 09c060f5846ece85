"""Rows typed into the page: texts by position of the item, pasted, written to an original, judged without being kept.

Pasted   text of a spreadsheet (tabs between cells); a first line of headings says which item is where
Original NDJSON: first a line that says who filled in what from which draft, then a line for each row, fields in item order;
         the same draft gives the same bytes, so that handing in twice is one delivery
Judged   by quality, as a file would be
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson
import pyarrow as pa

from suixin.data.catalog.contract import Contract
from suixin.data.collection.errors import TooManyRows
from suixin.data.quality.check import check_batch
from suixin.data.quality.reasons import Reject
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.kit.errors import BadRequest

MAX_ROWS = 2_000
MAX_CELL = 20_000
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What collecting these rows would say. `cells` by (row, item), both from 0; `rows`: what is wrong with a row as a whole."""

    accepted: int
    rejected: int
    cells: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    rows: dict[int, list[str]] = field(default_factory=dict)

    @property
    def wrong_rows(self) -> list[int]:
        """Rows that would be rejected, in order."""
        return sorted({row for row, _ in self.cells} | set(self.rows))


def cleaned(rows: Sequence[Sequence[str]], width: int) -> list[Row]:
    """Rows that hold something, each as wide as the contract. Raises TooManyRows."""
    found = []
    for row in rows:
        cells = tuple(_cell(row[at]) if at < len(row) else "" for at in range(width))
        if any(cells):
            found.append(cells)
    if len(found) > MAX_ROWS:
        raise TooManyRows(f"一共 {len(found):,} 行，网页填报最多 {MAX_ROWS:,} 行；请下载采集模板填写，再在“上传归集”上传。")
    return found


def pasted(text: str, contract: Contract) -> list[Row]:
    """The rows of a text copied from a spreadsheet. Raises TooManyRows, BadRequest."""
    plain = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    try:
        lines = [line for line in csv.reader(plain, delimiter="\t") if any(line)]
    except csv.Error as error:  # a cell without end: a quotation mark that nothing closes
        raise BadRequest(
            "粘贴的内容读不出来：有一个单元格太长，多半是某格以英文双引号开头而没有结束；请改好这一格再粘贴，或者分几次粘贴。"
        ) from error
    if not lines:
        return []
    places = _places(lines[0], contract)
    if places is None:
        return cleaned(lines, len(contract.items))
    return cleaned([[line[at] if at is not None and at < len(line) else "" for at in places] for line in lines[1:]], len(contract.items))


def source_of(contract: Contract, rows: Sequence[Row]) -> SourceTable:
    """The rows as a reader would deliver them, by field."""
    names = [item.field for item in contract.items]
    columns = [pa.array([row[at] or None for row in rows], pa.string()) for at in range(len(names))]
    data = pa.RecordBatch.from_arrays(columns, names)

    def batches() -> Iterator[SourceBatch]:
        yield SourceBatch(data, 1)

    return SourceTable(contract.title, tuple(names), batches, "ndjson", resource_code=contract.code)


def original_of(contract: Contract, rows: Sequence[Row], *, told: dict[str, object]) -> bytes:
    """The bytes that are archived."""
    names = [item.field for item in contract.items]
    lines = [orjson.dumps({"填报": told})]
    lines += [orjson.dumps({name: cell for name, cell in zip(names, row, strict=True) if cell}) for row in rows]
    return b"\n".join(lines) + b"\n"


def judged(contract: Contract, rows: Sequence[Row]) -> Judgement:
    """What quality says of the rows. Raises what it raises."""
    if not rows:
        return Judgement(0, 0)
    rejects: list[Reject] = []
    verdict = check_batch(contract, source_of(contract, rows), on_accepted=lambda _: None, on_rejected=rejects.extend, threads=1)
    places: dict[str, int] = {}
    for at, item in enumerate(contract.items):
        places.setdefault(item.name, at)
    cells: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    whole: defaultdict[int, list[str]] = defaultdict(list)
    for reject in rejects:
        for reason in reject.reasons:
            if reason.item in places:
                cells[reject.row - 1, places[reason.item]].append(reason.sentence)
            else:
                whole[reject.row - 1].append(reason.sentence)
    return Judgement(verdict.accepted, verdict.rejected, dict(cells), dict(whole))


def _places(head: Sequence[str], contract: Contract) -> list[int | None] | None:
    """Where each item stands in a line of headings; None when the line is data."""
    given = {"".join(text.split()).lower(): at for at, text in reversed(list(enumerate(head))) if text.strip()}
    found: list[int | None] = []
    for item in contract.items:
        names = (item.name, item.field, *item.source_names)
        found.append(next((given[key] for name in names if (key := "".join(name.split()).lower()) in given), None))
    known = sum(at is not None for at in found)
    return found if known and known * 2 >= len(given) else None


def _cell(text: str) -> str:
    """A cell on one line, no control characters, not endless."""
    return " ".join(text.replace("\x00", "").split("\n")).replace("\r", "").strip()[:MAX_CELL]
