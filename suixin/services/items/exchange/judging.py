"""Judging what was brought, cell by cell (XLSX) or value by value (JSON): good items become candidates, all else faults."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from suixin.data.catalog.exchange.judging import MAX_SHOWN, Marker, fault_of_cell
from suixin.data.catalog.exchange.reading import Fault, Line, Sheet, Workbook
from suixin.services.items import checking, rules
from suixin.services.items.elements import ELEMENTS, Content, Element, Kind, Row, Table
from suixin.services.items.errors import BadItemFile
from suixin.services.items.exchange.layout import ITEMS, MAX_ITEMS, OWNER, shape
from suixin.services.items.stated import text_of
from suixin.services.items.tables import TABLES

JSON = "JSON"
MAX_JSON = 40 << 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """One good item: its row of the sheet (place in the list, for JSON), its code, what it states."""

    row: int
    code: str
    content: Content


@dataclass
class Judged:
    """What a file comes to."""

    faults: list[Fault]
    candidates: list[Candidate] = field(default_factory=list)
    total: int = 0


def judge_workbook(book: Workbook) -> Judged:
    """The candidates and every fault. An item with a fault in any of its rows is no candidate."""
    judged = Judged(list(book.faults))
    sheet = book.sheets.get(ITEMS)
    if sheet is None:
        judged.faults.append(Fault(ITEMS, 1, 0, f"缺少“{ITEMS}”工作表；请下载模板，保留工作表的名称"))
        return judged
    at = Marker(judged.faults)
    judged.total = len(sheet.lines)
    read = [(line, _item(sheet, line, at)) for line in sheet.lines]
    _refuse_doubles(sheet, read, at)
    names = _names(read)
    lists, bad = _lists(book, names, at)
    faulty = {fault.row for fault in judged.faults if fault.sheet == ITEMS}
    for line, found in read:
        if found is None or line.number in faulty:
            continue
        code, content = found
        if code in bad:
            at(sheet, line, "code", "它的材料、流程等表里有误，见标红的行；改正后再导入")
            continue
        judged.candidates.append(Candidate(line.number, code, content | lists.get(code, {})))
    return judged


def judge_json(content: bytes) -> Judged:
    """The candidates of a JSON document {"items": [...]}; faults tell the path. Raises BadItemFile when it is none."""
    if len(content) > MAX_JSON:
        raise BadItemFile(f"文件超过 {MAX_JSON >> 20} MB；请按单位分成几个文件导入。")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise BadItemFile(f"文件不是合格的 JSON：第 {error.lineno} 行第 {error.colno} 列读不下去；请改正后再上传。") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise BadItemFile('文件里没有 "items" 列表；请按导出的 JSON 的样子填写。')
    if len(items) > MAX_ITEMS:
        raise BadItemFile(f"一次最多 {MAX_ITEMS:,} 个事项，这个文件有 {len(items):,} 个；请分成几个文件。")
    judged = Judged([], total=len(items))
    seen: set[str] = set()
    for number, told in enumerate(items, 1):
        found = list(_json_item(told, number, seen))
        sentences = [one for one in found if isinstance(one, str)]
        judged.faults += [Fault(JSON, number, 0, f"items[{number - 1}]{sentence}") for sentence in sentences]
        judged.candidates += [one for one in found if isinstance(one, Candidate) and not sentences]
    return judged


def _item(sheet: Sheet, line: Line, at: Marker) -> tuple[str, Content] | None:
    """Code and own elements of a row; None when a cell is wrong."""
    before = len(at.faults)
    if line["__merged"]:
        at(sheet, line, "code", "这一行在合并单元格里，没有读入；请取消合并，每一行都写完整")
        return None
    content: Content = {}
    for place in shape().columns[ITEMS]:
        text = line[place.key]
        sentence = fault_of_cell(place, text)
        if not sentence and text and place.key in ELEMENTS:
            content[place.key], sentence = typed(ELEMENTS[place.key], text)
        if sentence:
            at(sheet, line, place.key, sentence)
    code = _code(sheet, line, at)
    return (code, content) if len(at.faults) == before else None


def _code(sheet: Sheet, line: Line, at: Marker) -> str:
    """The code as it stands, or built from its parts."""
    level = next((key for place in shape().columns[ITEMS] if place.key == "level" and (key := place.key_of(line["level"]))), "")
    body, basic, number = (line[key] for key in ("body", "basic", "number"))
    built = f"{body}{level or ''}{basic}{number}" if basic else ""
    code = line["code"] or built
    if not code:
        at(sheet, line, "code", "“编码”必须填写，或者填写实施主体编码、行使层级、基本编码，由平台编制")
    elif sentence := rules.fault_of_code(code):
        at(sheet, line, "code" if line["code"] else "basic", sentence)
    elif line["code"] and built and built != code:
        at(sheet, line, "code", f"“编码”与右边各列编制的“{built}”不一致；请改正其中之一")
    return code


def _refuse_doubles(sheet: Sheet, read: Sequence[tuple[Line, tuple[str, Content] | None]], at: Marker) -> None:
    first: dict[str, int] = {}
    for line, found in read:
        if found is None:
            continue
        if found[0] in first:
            at(sheet, line, "code", f"编码“{found[0]}”在第 {first[found[0]]} 行已经有了；每个事项一行")
        first.setdefault(found[0], line.number)


def _names(read: Sequence[tuple[Line, tuple[str, Content] | None]]) -> dict[str, str]:
    """What the other sheets may call an item → its code: the code, and its name when no other has it."""
    found = [(line["task_name"], made[0]) for line, made in read if made is not None]
    told = [name for name, _ in found]
    return {code: code for _, code in found} | {name: code for name, code in found if name and told.count(name) == 1}


def _lists(book: Workbook, names: Mapping[str, str], at: Marker) -> tuple[dict[str, dict[str, list[Row]]], set[str]]:
    """Rows of each list by code of their item, and the codes with a faulty row."""
    found: dict[str, dict[str, list[Row]]] = {}
    bad: set[str] = set()
    for table in TABLES.values():
        sheet = book.sheets.get(table.title)
        for line in sheet.lines if sheet else ():
            if sheet is None:
                continue
            owner, before = names.get(line[OWNER]), len(at.faults)
            if line[OWNER] and owner is None:
                at(sheet, line, OWNER, f"“{ITEMS}”表里没有“{line[OWNER][:MAX_SHOWN]}”，或者它有误；请核对编码或名称")
            row = _row(sheet, line, table, at)
            if owner is not None:
                found.setdefault(owner, {}).setdefault(table.key, []).append(row)
                if len(at.faults) > before:
                    bad.add(owner)
    return found, bad


def _row(sheet: Sheet, line: Line, table: Table, at: Marker) -> Row:
    if line["__merged"]:
        at(sheet, line, OWNER, "这一行在合并单元格里，没有读入；请取消合并，每一行都写完整")
        return {}
    row: Row = {}
    for place in shape().columns[table.title]:
        text = line[place.key]
        sentence = fault_of_cell(place, text)
        if not sentence and text and place.key != OWNER:
            row[place.key], sentence = typed(table.column(place.key), text)
        if sentence:
            at(sheet, line, place.key, sentence)
    return row


def typed(element: Element, text: str) -> tuple[object, str]:
    """The value that a text stands for, and a sentence on what is wrong with it."""
    value: object = text
    match element.kind:
        case Kind.FLAG:
            value = {"是": True, "1": True, "否": False, "0": False}.get(text, text)
        case Kind.NUMBER:
            value = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text
        case Kind.CHOICE:
            value = _key(element, text)
        case Kind.CHOICES:
            parts = [part.strip() for part in text.replace("、", ";").replace("；", ";").split(";")]
            value = list(dict.fromkeys(_key(element, part) for part in parts if part))
    return value, checking.fault_of_value(element, value)


def _key(element: Element, word: str) -> str:
    return word if word in element.choices else next((key for key, one in element.choices.items() if one == word), word)


def _json_item(told: object, number: int, seen: set[str]) -> Iterator[str | Candidate]:
    """A candidate, or sentences on what is wrong, beginning with the path inside the item."""
    if not isinstance(told, Mapping):
        yield "：应为一个对象"
        return
    known = {one.wire: one for one in ELEMENTS.values()}
    lists = {one.wire: one for one in TABLES.values()}
    content: Content = {}
    for name, value in told.items():
        if name in known:
            content[known[name].key] = value
        elif name in lists:
            content[lists[name].key] = _json_rows(lists[name], value)
        elif name not in FACTS:
            yield f".{str(name)[:60]}：没有这个要素；请对照要素表改正"
    code = text_of(told, "taskCode") or text_of(told, "catalogCode")
    if sentence := rules.fault_of_code(code):
        yield f".taskCode：{sentence}"
    if code in seen:
        yield f".taskCode：编码“{code}”出现两次；每个事项一条"
    seen.add(code)
    for fault in checking.faults_of_values(content):
        yield f".{_path(fault)}：{fault.sentence}"
    yield Candidate(number, code, content)


# what is told of an item beside its elements; derived, so not read in again
FACTS = frozenset({
    "rowGuid", "taskCode", "catalogCode", "taskHandleItem", "taskState", "taskVersion", "useLevel", "deptName", "deptCode", "centralDept",
    "tier", "cdOperation", "cdTime",
})


def _json_rows(table: Table, value: object) -> object:
    """Rows with their columns by our keys; what is no list of objects is left to be refused."""
    names = {one.wire: one.key for one in table.columns}
    if not isinstance(value, list) or any(not isinstance(row, Mapping) for row in value):
        return value
    return [{names.get(name, name): part for name, part in row.items() if name != "orderNum"} for row in value]


def _path(fault: checking.Fault) -> str:
    if fault.element in TABLES:
        table = TABLES[fault.element]
        column = next((one.wire for one in table.columns if one.key == fault.column), fault.column)
        return f"{table.wire}[{fault.row - 1}].{column}" if fault.row else table.wire
    return ELEMENTS[fault.element].wire if fault.element in ELEMENTS else fault.element
