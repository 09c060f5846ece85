"""A cell as text: its blanks, widths and marks for nothing, and the layers that every item is read through.

What `normalisers` and `moments` share: the declared rules, the expressions over one column, the bit mask.
"""

from dataclasses import dataclass

import pyarrow as pa

from suixin.data.catalog.coding import is_named_code
from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.quality.sql import any_of, literal

RULES = {
    "blank": "空值记号置空",
    "trim": "去除首尾空白",
    "full_width": "全角转半角",
    "thousands": "去除千分位逗号",
    "unit": "去除单位",
    "unit_converted": "单位换算",
    "whole_number": "整数去除小数零",
    "code_point": "代码去除小数零",
    "date_form": "日期写法归一",
    "date_compact": "八位日期归一",
    "date_serial": "Excel 序列日期归一",
    "date_partial": "年月补日",
    "date_midnight": "日期去除零点时刻",
    "zone": "时区归一",
    "boolean_word": "是否词归一",
    "code_name": "代码集写法归一",
}
RULE_BIT = {name: 1 << position for position, name in enumerate(RULES)}

BLANKS = frozenset(
    [
        "",
        "NA",
        "N/A",
        "n/a",
        "na",
        "NaN",
        "nan",
        "null",
        "NULL",
        "Null",
        "None",
        "none",
        "NONE",
        "nil",
        "(null)",
        "-",
        "--",
        "---",
        "----",
        "-----",
        "—",
        "——",
        "-;",
        "\\N",
        "#N/A",
        "<NA>",
        "NaT",
        "<null>",
        "/",
    ]
)
SPACES = " \t\n\r\v\f\u3000\u00a0\ufeff\u200b"
_FULL = "".join(chr(c) for c in range(0xFF01, 0xFF5F)) + "\u3000\u2212"
_HALF = "".join(chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)) + " -"
TRUE_WORDS = frozenset(["是", "Y", "y", "YES", "Yes", "yes", "TRUE", "True", "T", "1", "有", "真", "√", "1.0"])
FALSE_WORDS = frozenset(["否", "N", "n", "NO", "No", "no", "FALSE", "False", "F", "0", "无", "假", "×", "0.0"])


_CODE_KINDS = frozenset(["resident_id", "uscc", "mobile", "landline", "bank_card", "organisation_code", "plate"])


@dataclass(frozen=True, slots=True)
class Fault:
    """A way in which a value could not be typed: `when` is a condition over the layers."""

    code: str
    when: str


@dataclass(frozen=True, slots=True)
class Steps:
    """The expressions of one item, layer by layer; columns are called r7, f7, t7, ... for item 7."""

    fast: str
    cleaned: str
    text: str
    parts: str
    value: str
    applied: str
    faults: tuple[Fault, ...] = ()


def is_code(item: ItemSpec) -> bool:
    """Whether a text item holds codes: full-width is folded and a trailing ".0" is an artefact."""
    if item.type is not ItemType.TEXT:
        return False
    return bool(item.code_set) or item.sensitive in _CODE_KINDS or is_named_code(item)


def takes_na(item: ItemSpec) -> bool:
    """Whether "NA" is a value of a text item, as Namibia's is among two-letter codes."""
    return item.type is ItemType.TEXT and item.length == 2


def kind_of(item: ItemSpec) -> ItemType:
    """The type whose rules apply: money is a number, a float is a double, memo and geometry are texts."""
    return {
        ItemType.MONEY: ItemType.NUMBER,
        ItemType.FLOAT: ItemType.DOUBLE,
        ItemType.MEMO: ItemType.TEXT,
        ItemType.GEOMETRY: ItemType.TEXT,
    }.get(item.type, item.type)


def raw_sql(column: str, source: pa.DataType) -> str:
    """A source column as text, whatever it arrived as."""
    if pa.types.is_string(source) or pa.types.is_large_string(source):
        return column
    if pa.types.is_nested(source):
        return f"CAST(to_json({column}) AS VARCHAR)"
    return f"CAST({column} AS VARCHAR)"


def decimal_of(item: ItemSpec) -> tuple[int, int]:
    """Precision and scale of a number's column, as `ItemSpec.arrow_type` has them."""
    kind = item.arrow_type
    return (kind.precision, kind.scale) if isinstance(kind, pa.Decimal128Type) else (18, 0)


def folded(column: str) -> str:
    """A text with full-width letters, digits and signs made half-width."""
    return f"translate({column}, {literal(_FULL)}, {literal(_HALF)})"


def trimmed(column: str) -> str:
    """A text without blanks at either end, full-width and invisible ones included."""
    return f"trim({column}, {literal(SPACES)})"


def is_odd(column: str) -> str:
    """Whether a text may need trimming or be a blank mark; cheap, true for a few too many."""
    short = f"(strlen({column}) < 8 AND {column} < 'o' AND {column} IN {any_of(BLANKS)})"
    tests = [f"{column} < '!'", short, f"{column} IN ('—', '——')"]
    tests += [f"starts_with({column}, {literal(c)})" for c in SPACES if c > "\x7f"]
    tests += [f"ends_with({column}, {literal(c)})" for c in SPACES]
    return " OR ".join(tests)


def blanked(cleaned: str, *, but_na: bool = False) -> str:
    """A cleaned text, "" when it is a mark for nothing."""
    marks = BLANKS - {"NA"} if but_na else BLANKS
    return f"CASE WHEN {cleaned} IN {any_of(marks)} THEN '' ELSE {cleaned} END"


def applied_mask(index: int, rules: dict[str, str]) -> str:
    """A bit for each rule that was applied; 0 for cells that went the fast way."""
    r, q = f"r{index}", f"q{index}"
    tests = {"blank": f"{q} = ''", "trim": f"{r} <> {trimmed(r)} AND {q} <> ''", **rules}
    bits = " + ".join(f"if({test}, {RULE_BIT[name]}, 0)" for name, test in tests.items())
    return f"CASE WHEN {q} IS NULL THEN 0 ELSE {bits} END::USMALLINT"


def was_folded(r: str, q: str) -> str:
    """Whether folding changed a cell that holds something."""
    return f"strlen({r}) <> length({r}) AND {folded(r)} <> {r} AND {q} <> ''"


def slow_text(index: int) -> str:
    """The cleaned text of a cell that did not go the fast way; null for those that did."""
    r = f"r{index}"
    text = trimmed(f"CASE WHEN strlen({r}) <> length({r}) THEN {folded(r)} ELSE {r} END")
    return f"CASE WHEN f{index} IS NULL AND {r} IS NOT NULL THEN {text} END"
