"""The annotated sheet: rejected rows as they came, faulty cells coloured with the sentence as a comment, a column of reasons.

Form     a workbook like the template of its entry, so that the same reader takes it; three columns of ours in front
Bounded  MOST_ROWS rows, MOST_COMMENTS comments (a spreadsheet with more opens slowly); the column of reasons has them all, a
         second sheet counts the whole batch by reason
Promise  every cell is text, marked as such where a spreadsheet might take it for a formula; numbers stay as they came
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import orjson
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook

from suixin.data.access.rejected import plain
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.template_marks import DATA_SHEET, FIELD_ROW, HEAD_ROW, MARK, MARK_SHEET
from suixin.data.lake.rejects import KeptReject
from suixin.data.quality.checks import DUPLICATE, rule_checks
from suixin.data.quality.loop.marks import BATCH, CORRECT, GIVE_UP, HEADS, MASKED, MOST_ROWS, REASONS
from suixin.data.quality.loop.text_rows import Cell, TextSheet
from suixin.kit.inert import FORMULA_STARTS

MOST_COMMENTS = 5_000
LONGEST = 32_000  # characters that a cell takes
_OURS = len(HEADS)


@dataclass(frozen=True, slots=True)
class Told:
    """What the sheet says of itself: the batch, how many rows are open, whether values are masked; `reasons` of the whole batch."""

    batch: int
    total: int
    is_masked: bool
    most: int = MOST_ROWS
    reasons: Sequence["Counted"] = ()


class Counted(Protocol):
    """One reason of the batch: how many rows, and what is wrong with them."""

    @property
    def item(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def sentence(self) -> str: ...


def write_sheet(path: Path, contract: Contract, rows: Iterable[KeptReject], *, told: Told) -> int:
    """How many rows were written to the workbook at `path`; rows beyond `told.most` are left for the next one."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": tempfile.gettempdir()}
    with xlsxwriter.Workbook(str(path), options) as book:
        looks = _Looks(book)
        sheet = book.add_worksheet(DATA_SHEET, TextSheet)
        _mark(book, contract, told)
        sheet.activate()
        written = _Rows(sheet, contract, looks).write(rows, told)
        _count(book, looks, told)
        return written


def _count(book: Workbook, looks: "_Looks", told: Told) -> None:
    """A sheet of its own: every reason of the batch with its rows, whether or not they stand in this workbook."""
    sheet = book.add_worksheet(REASONS)
    for at, (head, width) in enumerate((("信息项", 24), ("行数", 12), ("原因和怎么办", 100))):
        sheet.write_string(0, at, head, looks.head)
        sheet.set_column(at, at, width)
    for line, one in enumerate(told.reasons, 1):
        sheet.write_string(line, 0, one.item or "整行", looks.cell[False, False])
        sheet.write_number(line, 1, one.rows)
        sheet.write_string(line, 2, one.sentence[:LONGEST], looks.cell[False, False])


class _Looks:
    """Formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        text, bad = {"num_format": "@"}, {"num_format": "@", "bg_color": "#FFC7CE", "font_color": "#9C0006"}
        self.title: Format = book.add_format({"bold": True, "font_size": 13})
        self.grey: Format = book.add_format({"font_color": "#6B7280", "bg_color": "#F3F4F6", **text})
        self.head: Format = book.add_format({"bold": True, "border": 1, "bg_color": "#DCE6F1", "valign": "top"})
        self.why: Format = book.add_format({"font_color": "#9C0006", **text})
        self.cell: dict[tuple[bool, bool], Format] = {
            (is_bad, is_quoted): book.add_format({**(bad if is_bad else text), **({"quote_prefix": True} if is_quoted else {})})
            for is_bad in (False, True) for is_quoted in (False, True)
        }


class _Rows:
    """Writes the lines of one sheet, from top to bottom."""

    def __init__(self, sheet: TextSheet, contract: Contract, looks: _Looks) -> None:
        self._sheet, self._contract, self._looks = sheet, contract, looks
        self._names = [[plain(name) for name in (i.name, i.field, *i.source_names)] for i in contract.items]
        self._places = {item.name: at for at, item in enumerate(contract.items)}
        self._reads = {check.rule: check.reads for check in rule_checks(contract)}
        self._comments = 0
        self._plain: dict[str, str] = {}

    def write(self, rows: Iterable[KeptReject], told: Told) -> int:
        """The number of rows written."""
        self._head(told)
        line = HEAD_ROW + 1
        for kept in _first(rows, told.most):
            self._row(line, kept)
            line += 1
        written = line - HEAD_ROW - 1
        if written:
            self._sheet.data_validation(HEAD_ROW + 1, 1, line - 1, 1, {"validate": "list", "source": [CORRECT, GIVE_UP]})
        return written

    def _head(self, told: Told) -> None:
        sheet, looks = self._sheet, self._looks
        more = ""
        if told.total > told.most:
            more = f"本表为前 {told.most:,} 行，另有 {told.total - told.most:,} 行，更正入库后再下载；"
            more += f"各原因的行数见“{REASONS}”页，全部行在“被拒绝的行”页下载 CSV。"
        masked = "本表的敏感值已脱敏，只供查看，不能上传。" if told.is_masked else ""
        title = f"{self._contract.title}：批次 {told.batch} 被拒绝的 {told.total:,} 行。请改红色格，存盘后在工单或批次页面上传。"
        title += more + masked
        sheet.write_string(0, 0, title, looks.title)
        heads = [*HEADS.items(), *((item.field, item.name) for item in self._contract.items)]
        for row, texts in ((FIELD_ROW, [field for field, _ in heads]), (HEAD_ROW, [name for _, name in heads])):
            if row == HEAD_ROW:
                sheet.write_string(HEAD_ROW - 1, 0, "不要改动第一列和灰色行；不再提供的行，“处理”选“不再提供”。", looks.grey)
            for at, text in enumerate(texts):
                sheet.write_string(row, at, text, looks.grey if row == FIELD_ROW else looks.head)
        sheet.set_column(0, 1, 12)
        sheet.set_column(2, 2, 60)
        sheet.set_column(_OURS, _OURS + len(self._contract.items), 16)
        sheet.freeze_panes(HEAD_ROW + 1, _OURS)

    def _row(self, line: int, kept: KeptReject) -> None:
        cells = self._cells(kept.text)
        faults = self._faults(kept.reasons)
        why = "".join(str(reason.get("sentence", "")) for reason in kept.reasons)
        if cells is None:
            why += f"原文：{kept.text}"
        looks = self._looks
        row: list[Cell] = [(0, str(kept.row), looks.grey), (1, CORRECT, looks.cell[False, False]), (2, why[:LONGEST], looks.why)]
        for at, names in enumerate(self._names):
            value, told = next((cells[name] for name in names if name in cells), "") if cells else "", faults.get(at)
            if value or told:
                row.append((_OURS + at, value[:LONGEST], looks.cell[told is not None, value.startswith(FORMULA_STARTS)]))
            if told:
                self._comment(line, _OURS + at, told)
        self._sheet.write_texts(line, row)

    def _comment(self, line: int, at: int, told: str) -> None:
        if self._comments < MOST_COMMENTS:
            self._comments += 1
            self._sheet.write_comment(line, at, told[:1_000], {"author": "遂心", "x_scale": 2})

    def _cells(self, text: str) -> dict[str, str] | None:
        """The cells as they came by heading; None for a line that could not be parted."""
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            return None
        if not isinstance(found, dict):
            return None
        for name in found.keys() - self._plain.keys():
            self._plain[name] = plain(name)
        return {self._plain[name]: "" if value is None else str(value) for name, value in found.items()}

    def _faults(self, reasons: Sequence[Mapping[str, object]]) -> dict[int, str]:
        """What is wrong with which item, by its place; a rule of the whole row marks every item that it reads."""
        found: dict[int, str] = {}
        for reason in reasons:
            item, rule = str(reason.get("item", "")), str(reason.get("rule", ""))
            places = [self._places[name] for name in (item.split("、") if rule == DUPLICATE else [item]) if name in self._places]
            for at in places or self._reads.get(rule, ()):
                found[at] = found.get(at, "") + str(reason.get("sentence", ""))
        return found


def _first(rows: Iterable[KeptReject], most: int) -> Iterator[KeptReject]:
    """The first rows, and no look at the one behind them."""
    left = most
    for row in rows:
        yield row
        left -= 1
        if not left:
            return


def _mark(book: Workbook, contract: Contract, told: Told) -> None:
    sheet = book.add_worksheet(MARK_SHEET)
    sheet.very_hidden()
    lines = (MARK, contract.code, str(contract.version), f"{BATCH}{told.batch}", MASKED if told.is_masked else "")
    for row, text in enumerate(lines):
        sheet.write_string(row, 0, text)
