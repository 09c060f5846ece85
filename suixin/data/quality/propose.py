"""A contract for a table that has none: every item named, typed, and marked for what a person must confirm.

Names     from the data elements of `ground.standards`, else the header itself, else pinyin initials (marked 待定)
Types     `propose_rules`; key: the set that `profile` proved; code set and sensitive kind from ground
Promise   what is proposed takes the profiled file with at most a few per mille of its rows rejected
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level
from suixin.data.quality.candidates import tells_about
from suixin.data.quality.checks import CHECKSUMS, UNCHECKED, code_members
from suixin.data.quality.profile import ColumnProfile, TableProfile
from suixin.data.quality.propose_rules import ENOUGH, MAX_SCALE, Guess, guess_type, text_guess, update_cycle
from suixin.data.quality.units import split_header
from suixin.ground import standards
from suixin.ground.security import scanner, texts
from suixin.ground.standards import DataElement
from suixin.kit import checksums, names

MAX_FIELD = 64
FEW = 5  # different values; fewer show nothing
_RESERVED = frozenset(  # a list of words reads better as words
    [
        "all",
        "and",
        "as",
        "asc",
        "between",
        "by",
        "case",
        "create",
        "cross",
        "delete",
        "desc",
        "distinct",
        "drop",
        "else",
        "end",
        "except",
        "exists",
        "false",
        "from",
        "full",
        "group",
        "having",
        "in",
        "inner",
        "insert",
        "intersect",
        "into",
        "is",
        "join",
        "left",
        "like",
        "limit",
        "not",
        "null",
        "offset",
        "on",
        "or",
        "order",
        "outer",
        "primary",
        "references",
        "right",
        "select",
        "set",
        "table",
        "then",
        "to",
        "true",
        "union",
        "unique",
        "update",
        "using",
        "values",
        "when",
        "where",
        "with",
    ]
)
_TEXTS = ("C", "M", "G")
_ORDINALS = frozenset(("month", "quarter", "week", "weekday"))  # texts by the standard, numbers where they are counted
_UNITS_ANYWHERE = frozenset(("μg/m³", "mg/m³", "℃", "°", "hPa", "mm", "m/s", "人", "人次", "个", "件", "家", "所", "%"))
_MOST = {"mg/m³": 150.0, "°": 360.0}  # a larger value shows another unit than the standard's
_EXCEL_EPOCH = date(1899, 12, 30)
_NESTED = re.compile(r"^(attributes|properties)\.")
_OFFICIAL_CONTACT = re.compile(
    r"^(agency|feed|publisher|organi[sz]ation|office|department|support)[_ .]", re.IGNORECASE
)
_CONTACTS = ("email", "landline", "mobile")
_TESTS = {"resident_id": checksums.is_resident_id, "uscc": checksums.is_uscc, "mobile": checksums.is_mobile}


def propose_contract(profile: TableProfile, *, table: str, title: str, code: str) -> Contract:
    """A contract under which the profiled table lands. Nothing of it is published by this."""
    key = set(profile.keys[0]) if profile.keys else set()
    if key:
        key |= {column.header for column in profile.columns if column.is_constant and column.filled}
    items: list[ItemSpec] = []
    for column in profile.columns:
        others = {_bare(other.header) for other in profile.columns if other is not column}
        item = _propose_item(column, {item.field for item in items}, others | {item.name for item in items})
        items.append(replace(item, is_key=True, nullable=False) if column.header in key else item)
    return Contract(code=code, table=table, title=title, items=tuple(items))


def guess_update_cycle(profile: TableProfile) -> str:
    """Code of the update cycle that the table's dates suggest; "9" (irregular) when they suggest none."""
    key = set(profile.keys[0]) if profile.keys else set()
    for column in profile.columns:
        is_day = guess_type(column).type is ItemType.DATE and (column.header in key or not tells_about(column.header))
        if is_day and not column.values and column.filled:
            return "2"  # more than 5,000 days are not weeks
        days = days_of(column.values) if is_day else {}
        if len(days) >= 3:
            return update_cycle(days)
    years = [c for c in profile.columns if c.filled and guess_type(c).type is ItemType.INTEGER and _is_year(c)]
    return "6" if years else "9"


def propose_field(header: str, taken: set[str]) -> tuple[str, bool]:
    """A field name for a header, free and safe in SQL, and whether it is only pinyin and so provisional."""
    bare = split_header(header)[0]
    is_provisional = not bare.isascii()
    text = names.pinyin_initials(bare) if is_provisional else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", bare)
    slug = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[: MAX_FIELD - 4].strip("_")
    if not slug or not slug[0].isalpha():
        slug = f"f_{slug}".strip("_")
    if slug in _RESERVED:
        slug += "_"
    return _free(slug, taken), is_provisional


def _bare(header: str) -> str:
    """The header without its unit and without the level that merely wraps every property."""
    return split_header(_NESTED.sub("", header))[0]


def _propose_item(column: ColumnProfile, fields: set[str], taken_names: set[str]) -> ItemSpec:
    """The item of a column; `taken_names` are those of items before it and the headers of all other columns."""
    header, guess = _NESTED.sub("", column.header), guess_type(column)
    bare = _bare(column.header)
    element = _fitting_element(header, guess)
    is_code = element is not None and element.type == "C" and element.field not in _ORDINALS
    if is_code and guess.type in (ItemType.INTEGER, ItemType.NUMBER):
        guess = text_guess(column, note="按数据元标准为文本")
    guess = _roomy(guess, element, column)
    field, is_provisional = propose_field(header, fields)
    if element is not None and element.field not in fields:
        field, is_provisional = element.field, False
    known = element.name if element and bare.isascii() else bare
    name = _free(next((one for one in (known, bare) if one not in taken_names), column.header), taken_names)
    item = ItemSpec(
        field=field,
        name=name,
        type=guess.type,
        length=guess.length,
        scale=guess.scale,
        unit=guess.unit or (_standard_unit(element, column) if guess.type is not ItemType.TEXT else ""),
        level=Level(element.level) if element else Level.L1,
        mask=element.mask if element else "",
        description=guess.note,
        is_provisional=is_provisional,
        source_names=(column.header,) if column.header not in (field, name) else (),
    )
    proposed = _with_code_set(_with_sensitive(item, column, guess), column)
    return replace(proposed, is_sealed=proposed.level >= Level.L4)


def _fitting_element(header: str, guess: Guess) -> DataElement | None:
    """The data element of the header; None when the values are of another kind ("area" over names of places)."""
    element = standards.element_for(header) or _coordinate(header)
    if element is not None and element.type not in _TEXTS and guess.type in (ItemType.TEXT, ItemType.MEMO):
        return None
    return element


def _coordinate(header: str) -> DataElement | None:
    """The element of a coordinate inside a record, such as location.lng."""
    element = standards.element_for(header.rsplit(".", 1)[-1]) if "." in header else None
    return element if element is not None and element.field in ("longitude", "latitude") else None


def _roomy(guess: Guess, element: DataElement | None, column: ColumnProfile) -> Guess:
    """The guess with the standard's room: the next file has a longer address, and coordinates with more decimals."""
    if element is None or element.code_set:
        return guess
    if guess.type is ItemType.TEXT and element.type == "C" and column.max_length < (guess.length or 0):  # not of one width
        return replace(guess, length=max(guess.length or 0, element.length or 0))
    if guess.type is ItemType.NUMBER and element.unit == "°":
        return replace(guess, scale=max(guess.scale or 0, MAX_SCALE))
    return guess


def _standard_unit(element: DataElement | None, column: ColumnProfile) -> str:
    """The element's unit where values can hardly be in another; money and masses are said by the header or not at all."""
    if element is None or not element.unit:
        return ""
    is_usual = element.unit in _UNITS_ANYWHERE or (element.unit == "元" and not column.header.isascii())
    return element.unit if is_usual and (column.max or 0.0) <= _MOST.get(element.unit, float("inf")) else ""


def _with_sensitive(item: ItemSpec, column: ColumnProfile, guess: Guess) -> ItemSpec:
    """Level and mask of what the scanner finds; the checksum binds only when the column obeys it."""
    finding = _finding(column)
    if finding is None:
        return _with_text(item, column)
    if finding.kind in _CONTACTS and _OFFICIAL_CONTACT.match(column.header):
        return item
    level = Level(max(item.level, finding.default_level))
    item = replace(item, sensitive=finding.kind, level=level, mask=finding.default_mask or item.mask)
    if finding.kind not in CHECKSUMS:
        return item
    if item.type is not ItemType.TEXT:
        text = text_guess(column)
        item = replace(
            item, type=ItemType.TEXT, length=text.length, scale=None, unit="", description="按代码(文本)处理"
        )
    own_length = CHECKSUMS[finding.kind][0]
    if _share_valid(column, finding.kind) >= ENOUGH:
        return replace(item, length=own_length)
    length = max(own_length + 2, item.length or 0)
    return replace(item, length=length, description=f"部分值不符合校验规则,{UNCHECKED},请确认")


def _finding(column: ColumnProfile) -> scanner.Finding | None:
    """What the scanner finds; a header that it does not know is taken for what the values show: phones, names of some 人."""
    found = scanner.find_kind(column.samples, column.header)
    if found is not None or column.distinct_estimate < FEW:
        return found
    if column.min_length == column.max_length == 11 and _share_valid(column, "mobile") >= ENOUGH:
        return scanner.find_kind(column.samples, "手机")
    return scanner.find_kind(column.samples, "姓名") if column.header.endswith("人") else None


def _with_text(item: ItemSpec, column: ColumnProfile) -> ItemSpec:
    """Level and mask of free text in which resident IDs or bank cards stand: nobody sees it who was not let."""
    if item.type not in (ItemType.TEXT, ItemType.MEMO):
        return item
    if not any(texts.kinds_in(sample) & texts.FORBIDDEN for sample in column.samples):
        return item
    note = "文字里有像身份证号或银行卡号的内容,默认不显示,请确认"
    return replace(item, sensitive="free_text", level=max(item.level, Level.L3), mask="suppress", description=note)


def _share_valid(column: ColumnProfile, kind: str) -> float:
    """Share of values that pass the kind's test: of all when all are known, else 0 unless every sample passes."""
    test = _TESTS[kind]
    if column.values:
        return sum(n for value, n in column.values.items() if test(value)) / max(1, sum(column.values.values()))
    return 1.0 if len(column.samples) >= 300 and all(test(sample) for sample in column.samples) else 0.0


def _with_code_set(item: ItemSpec, column: ColumnProfile) -> ItemSpec:
    """The code set that (almost) every value is in; only where all values are known."""
    if item.type is not ItemType.TEXT or not column.values:
        return item
    found = standards.match_code_set(column.header, list(column.values))
    if found is None:
        return item
    members = code_members(found[0].code)
    plain = {re.sub(r"^([0-9]{4,})\.0+$", r"\1", value): n for value, n in column.values.items()}
    if sum(n for value, n in plain.items() if value in members) < ENOUGH * column.filled:
        return item
    return replace(item, code_set=found[0].code, length=_room_for(item, found[0], plain))


def _room_for(item: ItemSpec, known: standards.CodeSet, values: Mapping[str, int]) -> int | None:
    """The length, with room for every name where the column is in words: it is kept in words then (catalog.coding)."""
    in_words = sum(n for value, n in values.items() if value not in known.entries)
    if item.length is None or in_words * 2 <= sum(values.values()):
        return item.length
    return max(item.length, *map(len, known.entries.values()))


def _free(name: str, taken: set[str]) -> str:
    number, found = 2, name
    while found in taken:
        found = f"{name}_{number}"
        number += 1
    return found


def _is_year(column: ColumnProfile) -> bool:
    return column.min is not None and column.max is not None and 1500 <= column.min <= column.max <= 2100


def days_of(values: Mapping[str, int]) -> dict[date, int]:
    """The days among a column's values, by digits alone: 2022年3月1日, 2022-03-01, 20220301 and Excel's 44621 are one day."""
    found: dict[date, int] = {}
    for value, times in values.items():
        if re.fullmatch(r"[2-7]\d{4}", value):
            found[_EXCEL_EPOCH + timedelta(days=int(value))] = times
            continue
        match = re.match(r"(\d{4})\D(\d{1,2})(?:\D(\d{1,2}))?(?!\d)", value) or re.match(r"(\d{4})(\d{2})(\d{2})?$", value)
        if match:
            try:
                found[date(int(match[1]), int(match[2]), int(match[3] or 1))] = times
            except ValueError:
                continue
    return found
