"""A year's calendar as it is announced, read from a file or from the notice's own words; pure.

Forms    YAML (`year`, `document`, `source`, `days`: date, until, day, name); CSV or XLSX with the columns 日期, 安排 (上班 or
         放假), 名称 and, when wanted, 截止; or the plain text of the notice (“一、元旦:1月1日(周四)至3日(周六)放假调休,共3天。”)
Promise  everything that is wrong is told at once, by its line; what the notice says twice (weekday, number of days) must agree;
         a sentence that is not understood is a fault, never skipped
Source   国务院办公厅关于某年部分节假日安排的通知
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import yaml
from python_calamine import CalamineError, CalamineWorkbook

from suixin.ground.flow import reading
from suixin.ground.flow.errors import FaultyProcedure, WrongCalendar
from suixin.kit import workbooks

HOLIDAYS = ("元旦", "春节", "清明", "劳动节", "端午", "中秋", "国庆")
WORDS = {"放假": False, "上班": True}
MAX_BYTES, MAX_RANGE, MAX_DAYS = 1 << 20, 30, 120
MAX_UNPACKED, MAX_ROWS, MAX_COLUMNS = 20 << 20, 5_000, 702  # to column ZZ
_MARGIN = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Day:
    """One day that is stated: `is_workday` false is a holiday, true a makeup workday."""

    date: date
    is_workday: bool
    name: str


@dataclass(frozen=True, slots=True)
class Announced:
    """What was announced for a year; `notes` are what a person should look at before it counts."""

    year: int
    document: str
    source: str
    days: tuple[Day, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line as written: where it stands, and its days."""

    place: str
    first: date
    last: date
    is_workday: bool
    name: str


def read(content: str | bytes, *, year: int | None = None, document: str = "") -> Announced:
    """What the file or text announces. Raises WrongCalendar; `fields["faults"]` names all faults at once."""
    if len(content) > MAX_BYTES:
        raise WrongCalendar(f"文件超过 {MAX_BYTES >> 20} MB，不像是放假安排；请检查是否选错了文件。")
    if isinstance(content, bytes) and content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _table(_workbook(content), year, document)
    text = _decoded(content) if isinstance(content, bytes) else content
    if not text.strip():
        raise WrongCalendar("文件是空的；请上传放假安排的 YAML、CSV、XLSX 文件，或粘贴通知原文。")
    heading = text.lstrip("\ufeff").lstrip().splitlines()[0]
    if "日期" in heading and ("," in heading or "\t" in heading):
        delimiter = "\t" if "\t" in heading else ","
        return _table(_lines(text.lstrip("\ufeff"), delimiter), year, document)
    if "year:" in text and "days:" in text:
        return _yaml(text)
    from suixin.ground.flow import calendar_notice  # it stands on this module

    return calendar_notice.read(text, year=year, document=document)


def checked(
    year: int | None, rows: Sequence[Row], faults: Iterable[str], *, document: str = "", source: str = "", notes: Iterable[str] = (),
) -> Announced:
    """The year's calendar that the rows make. Raises WrongCalendar with the faults given and those found here."""
    found, days = list(faults), dict[date, Day]()
    if year is None:
        found.insert(0, "没有写明是哪一年；请写上年份，例如“2027年”。")
    elif not 2000 <= year <= 2100:
        found.insert(0, f"年份 {year} 不在 2000 至 2100 之间。")
    for row in rows:
        found += _faults_of(row, year)
        span = min((row.last - row.first).days, MAX_RANGE)
        for day in (row.first + timedelta(days=n) for n in range(span + 1)):
            if day in days and days[day].is_workday != row.is_workday:
                found.append(f"{row.place}：{day} 前面已经写成“{_word(days[day].is_workday)}”，这里又写“{_word(row.is_workday)}”。")
            elif day in days:
                found.append(f"{row.place}：{day} 写了两次。")
            else:
                days[day] = Day(day, row.is_workday, row.name)
    if not rows and not found:
        found.append("一天也没有写；放假安排至少要有一天。")
    if found or year is None:
        shown = found[:50]
        raise WrongCalendar("放假安排没有载入，请更正后再试：" + "".join(shown), faults=shown)
    known = "".join(day.name for day in days.values())
    missing = [name for name in HOLIDAYS if name not in known]
    more = [f"没有提到：{'、'.join(missing)}。请核对是否完整。"] if missing else []
    return Announced(year, document.strip()[:200], source.strip()[:300], tuple(days[key] for key in sorted(days)), (*notes, *more))


def _faults_of(row: Row, year: int | None) -> list[str]:
    faults = []
    if row.last < row.first:
        faults.append(f"{row.place}：截止日期 {row.last} 早于开始日期 {row.first}。")
    elif (row.last - row.first).days >= MAX_RANGE:
        faults.append(f"{row.place}：{row.first} 至 {row.last} 超过 {MAX_RANGE} 天；请检查日期。")
    elif row.is_workday and (busy := _weekday_in(row)):
        faults.append(f"{row.place}：{busy} 是{weekday_word(busy)}，本来就上班；调休上班只会在周末。")
    if year is not None and not (date(year, 1, 1) - _MARGIN <= row.first and row.last <= date(year, 12, 31) + _MARGIN):
        faults.append(f"{row.place}：{row.first} 不在 {year} 年。")
    if not row.name:
        faults.append(f"{row.place}：没有写名称（例如“春节”）。")
    elif len(row.name) > 40:
        faults.append(f"{row.place}：名称超过 40 个字。")
    return faults


def weekday_word(day: date) -> str:
    """The weekday as people write it."""
    return f"周{'一二三四五六日'[day.weekday()]}"


def _weekday_in(row: Row) -> date | None:
    days = (row.first + timedelta(days=n) for n in range((row.last - row.first).days + 1))
    return next((day for day in days if day.weekday() < 5), None)


def _word(is_workday: bool) -> str:
    return "上班" if is_workday else "放假"


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise WrongCalendar("文件的文字编码看不懂；请另存为 UTF-8 后再上传。")


def _lines(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise WrongCalendar("表格读不懂，可能有一个引号没有成对；请另存为 CSV 或 XLSX 后再上传。") from error


def _yaml(text: str) -> Announced:
    doubled: list[str] = []
    try:
        told = reading.read(text, doubled)
    except FaultyProcedure as error:
        raise WrongCalendar(f"放假安排没有载入：{''.join(error.faults)}", faults=error.faults) from error
    if not isinstance(told, dict) or not isinstance(told.get("days"), list):
        raise WrongCalendar("文件里没有 days 清单；请按 year、document、source、days 填写。")
    faults = doubled + [f"不认识的栏目“{str(key)[:40]}”。" for key in told if key not in ("year", "document", "source", "days")]
    year = told.get("year")
    if not isinstance(year, int) or isinstance(year, bool):
        year = None
    rows = []
    for number, one in enumerate(told["days"], 1):
        place = f"第 {number} 条"
        if not isinstance(one, dict):
            faults.append(f"{place}：应写成 date、day、name。")
            continue
        faults += [f"{place}：不认识的栏目“{str(key)[:40]}”。" for key in one if key not in ("date", "until", "day", "name")]
        texts = [one.get("date"), one.get("day"), one.get("name"), one.get("until")]
        rows += _row(place, texts, faults)
    if len(rows) > MAX_DAYS:
        faults.append(f"一年写了 {len(rows)} 条，超过 {MAX_DAYS} 条；请检查。")
    return checked(
        year, rows[:MAX_DAYS], faults, document=str(told.get("document") or ""), source=str(told.get("source") or ""),
    )


def _workbook(content: bytes) -> Sequence[Sequence[object]]:
    try:
        _require_small(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, ValueError, IndexError) as error:
        raise WrongCalendar("表格打不开；请用 Excel 或 WPS 另存为 XLSX 后再上传。") from error
    return rows


def _require_small(content: bytes) -> None:
    """Nothing, when the book is XLSX and small."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MAX_UNPACKED:
            raise WrongCalendar("表格解压后过大，不像是放假安排；请只留安排的那几列，另存为 XLSX 后再上传。")
    extent = workbooks.extent_of(io.BytesIO(content))
    if extent.rows > MAX_ROWS or extent.columns > MAX_COLUMNS:
        raise WrongCalendar(f"表格的内容超出第 {MAX_ROWS:,} 行或 ZZ 列，不像是放假安排；请删去多余的行列后再上传。")


def _table(table: Sequence[Sequence[object]], year: int | None, document: str) -> Announced:
    heading = [str(cell).strip() for cell in table[0]] if table else []
    columns = {"日期": None, "安排": None, "名称": None, "截止": None} | {name: n for n, name in enumerate(heading)}
    missing = [name for name in ("日期", "安排", "名称") if columns[name] is None]
    if missing:
        raise WrongCalendar(f"标题行缺少“{'、'.join(missing)}”；第一行要写：日期、安排、名称（可再加“截止”）。")
    if len(table) > MAX_DAYS + 1:
        raise WrongCalendar(f"一年最多 {MAX_DAYS} 行，这个表有 {len(table) - 1:,} 行；请检查是否选错了文件。")
    faults: list[str] = []
    rows: list[Row] = []
    for number, cells in enumerate(table[1:], 2):
        if not any(str(cell).strip() for cell in cells):
            continue
        places = (columns[name] for name in ("日期", "安排", "名称", "截止"))
        rows += _row(f"第 {number} 行", [cells[n] if n is not None and n < len(cells) else "" for n in places], faults)
    years = [row.first.year for row in rows]
    return checked(year or (max(set(years), key=years.count) if years else None), rows, faults, document=document)


def _row(place: str, cells: Sequence[object], faults: list[str]) -> list[Row]:
    """The row of these cells (date, word, name, until); none, and a fault noted, when one of them is wrong."""
    first, word, last = _date(cells[0]), str(cells[1] or "").strip(), _date(cells[3]) if cells[3] else _date(cells[0])
    wrong = []
    if first is None:
        wrong.append(f"{place}：日期“{str(cells[0] or '')[:20]}”不对，应写成 2027-01-01。")
    elif last is None:
        wrong.append(f"{place}：截止日期“{str(cells[3])[:20]}”不对，应写成 2027-01-03。")
    if word not in WORDS:
        wrong.append(f"{place}：安排“{word[:20]}”不对，应写“上班”或“放假”。")
    faults += wrong
    if wrong or first is None or last is None:
        return []
    return [Row(place, first, last, WORDS[word], str(cells[2] or "").strip())]


def _date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y.%m.%d"):
        try:
            return datetime.strptime(str(value).strip(), form).date()  # noqa: DTZ007  a date has no zone
        except ValueError:
            continue
    return None


def as_text(announced: Announced) -> str:
    """The same as YAML that `read` understands, for a preview that is sent back."""
    days = [
        {"date": day.date, "day": _word(day.is_workday), "name": day.name} for day in announced.days
    ]
    told = {"year": announced.year, "document": announced.document, "source": announced.source, "days": days}
    return yaml.safe_dump(told, allow_unicode=True, sort_keys=False)
