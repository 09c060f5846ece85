"""Synthetic rows as files: CSV and XLSX under the items' names, JSON under their fields; each says 模拟数据."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import orjson
import xlsxwriter

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.generators.sample_rows import MARK, Value, rows, text_of
from suixin.kit.inert import inert

Rows = Sequence[Mapping[str, Value]]


def headings(contract: Contract) -> list[str]:
    """Names where each is one item's alone and no formula, else fields: what comes back is read either way."""
    names = [item.name for item in contract.items]
    fields = [item.field for item in contract.items]
    is_clear = len(set(names)) == len(names) and not set(names) & set(fields) and all(text == inert(text) for text in names)
    return names if is_clear else fields


def csv_of(contract: Contract, count: int, *, seed: int = 1) -> bytes:
    """CSV with a byte order mark, so that spreadsheets read the Chinese; its file name says 模拟数据."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(headings(contract))
    for row in rows(contract, count, seed=seed):
        writer.writerow([inert(text_of(row[item.field])) if isinstance(row[item.field], str) else text_of(row[item.field])
                         for item in contract.items])
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def json_of(contract: Contract, count: int, *, seed: int = 1) -> bytes:
    """JSON: what it is, then the rows."""
    made = [{field: _json(value) for field, value in row.items()} for row in rows(contract, count, seed=seed)]
    told = {"note": MARK, "resource": contract.code, "title": contract.title, "version": contract.version, "seed": seed, "data": made}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def xlsx_of(contract: Contract, count: int, *, seed: int = 1) -> bytes:
    """A workbook with one sheet, 模拟数据."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet, bold = book.add_worksheet(MARK), book.add_format({"bold": True})
        for at, text in enumerate(headings(contract)):
            sheet.write_string(0, at, text, bold)
        for number, row in enumerate(rows(contract, count, seed=seed), 1):
            for at, item in enumerate(contract.items):
                if row[item.field] is not None:
                    sheet.write_string(number, at, text_of(row[item.field]))
        sheet.freeze_panes(1, 0)
    return stream.getvalue()


def _json(value: Value) -> object:
    """Numbers as numbers where a double holds them, dates as text."""
    if isinstance(value, Decimal):
        return float(value) if Decimal(str(float(value))) == value else text_of(value)
    return text_of(value) if isinstance(value, date) else value
