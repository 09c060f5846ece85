"""How a cell as written becomes a typed value: declared rules, as DuckDB expressions.

Every cell goes one of two ways. *Fast*: it is already in the one canonical spelling of its type, which a
single anchored pattern and TRY_CAST decide. *Slow*: everything else; CASE makes DuckDB evaluate the slow
branch only for the cells that need it. A slow cell is cleaned (t), emptied when it is a blank mark (q), taken
apart (p), and typed (v); `a` is a bit mask of the rules that were applied, in the order of `RULES`.

Layers of a query   r text, s as it came | f | t | q | p | v | a        (see `Steps`)
Promise             a value is never guessed: what no rule covers stays null and is a fault of the row
Times               a text without zone is China standard time (+08:00); `v` of a date-time is local, naive
"""

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.quality.sql import any_of, literal
from suixin.data.quality.units import factors_into

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
}
_BIT = {name: 1 << position for position, name in enumerate(RULES)}

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
_SPACES = " \t\n\r\v\f\u3000\u00a0\ufeff\u200b"
_FULL = "".join(chr(c) for c in range(0xFF01, 0xFF5F)) + "\u3000\u2212"
_HALF = "".join(chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F)) + " -"
TRUE_WORDS = frozenset(["是", "Y", "y", "YES", "Yes", "yes", "TRUE", "True", "T", "1", "有", "真", "√", "1.0"])
FALSE_WORDS = frozenset(["否", "N", "n", "NO", "No", "no", "FALSE", "False", "F", "0", "无", "假", "×", "0.0"])

NUMBER_PATTERN = (
    r"^([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?|[+-]?\.[0-9]+)"
    r"\s*\(?\s*([^\s0-9()\.,+\-][^()]{0,19}?)?\s*\)?$"
)
MOMENT_PATTERN = (
    r"^([1-9][0-9]{3})(?:年|[-/.])\s*([0-9]{1,2})(?:(?:月|[-/.])\s*([0-9]{1,2})[日号]?|月)?"
    r"(?:[T\s]*([0-9]{1,2})[:时点]([0-9]{1,2})分?(?::?([0-9]{1,2})秒?)?(\.[0-9]{1,9})?\s*(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$"
)
_FAST = {
    ItemType.INTEGER: "-?[0-9]{1,18}",
    ItemType.DOUBLE: r"-?[0-9]{1,30}(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?",
    ItemType.DATE: "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}",
    ItemType.DATETIME: "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
}
_CODE_KINDS = frozenset(["resident_id", "uscc", "mobile", "landline", "bank_card", "organisation_code", "plate"])
_CODE_WORDS = ("代码", "编码", "编号", "区划码", "证号", "证件号", "号码", "code", "zipcode", "邮编")


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
    names = (item.field.lower(), item.name.lower())
    return (
        bool(item.code_set) or item.sensitive in _CODE_KINDS or any(n.endswith(w) for n in names for w in _CODE_WORDS)
    )


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


def steps_of(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    """The expressions that type item number `index` arriving as `source`."""
    build: dict[ItemType, Callable[[ItemSpec, int, pa.DataType], Steps]] = {
        ItemType.TEXT: _text_steps,
        ItemType.INTEGER: _number_steps,
        ItemType.NUMBER: _number_steps,
        ItemType.DOUBLE: _number_steps,
        ItemType.DATE: _moment_steps,
        ItemType.DATETIME: _moment_steps,
        ItemType.BOOLEAN: _boolean_steps,
    }
    return build[kind_of(item)](item, index, source)


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


def _is_text(source: pa.DataType) -> bool:
    return pa.types.is_string(source) or pa.types.is_large_string(source) or pa.types.is_dictionary(source)


def folded(column: str) -> str:
    """A text with full-width letters, digits and signs made half-width."""
    return f"translate({column}, {literal(_FULL)}, {literal(_HALF)})"


def trimmed(column: str) -> str:
    """A text without blanks at either end, full-width and invisible ones included."""
    return f"trim({column}, {literal(_SPACES)})"


def is_odd(column: str) -> str:
    """Whether a text may need trimming or be a blank mark; cheap, true for a few too many."""
    short = f"(strlen({column}) < 8 AND {column} < 'o' AND {column} IN {any_of(BLANKS)})"
    tests = [f"{column} < '!'", short, f"{column} IN ('—', '——')"]
    tests += [f"starts_with({column}, {literal(c)})" for c in _SPACES if c > "\x7f"]
    tests += [f"ends_with({column}, {literal(c)})" for c in _SPACES]
    return " OR ".join(tests)


def blanked(cleaned: str, *, but_na: bool = False) -> str:
    """A cleaned text, "" when it is a mark for nothing."""
    marks = BLANKS - {"NA"} if but_na else BLANKS
    return f"CASE WHEN {cleaned} IN {any_of(marks)} THEN '' ELSE {cleaned} END"


def _mask(index: int, rules: dict[str, str]) -> str:
    """A bit for each rule that was applied; 0 for cells that went the fast way."""
    r, q = f"r{index}", f"q{index}"
    tests = {"blank": f"{q} = ''", "trim": f"({is_odd(r)}) AND {r} <> {trimmed(r)} AND {q} <> ''", **rules}
    bits = " + ".join(f"if({test}, {_BIT[name]}, 0)" for name, test in tests.items())
    return f"CASE WHEN {q} IS NULL THEN 0 ELSE {bits} END::USMALLINT"


def _text_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    r, t, q = f"r{index}", f"t{index}", f"q{index}"
    odd = [is_odd(r)]
    cleaned, rules = trimmed(r), {}
    if is_code(item):
        odd += [f"strlen({r}) <> length({r})", f"contains({r}, '.0')"]
        point = rf"regexp_full_match({trimmed(folded(r))}, '[0-9]{{4,}}\.0+')"
        cleaned = rf"regexp_replace({trimmed(folded(r))}, '^([0-9]{{4,}})\.0+$', '\1')"
        rules = {"full_width": _was_folded(r, q), "code_point": point}
    return Steps(
        fast="NULL",
        cleaned=f"CASE WHEN {' OR '.join(odd)} THEN {cleaned} END",
        text=blanked(t, but_na=takes_na(item)),
        parts="NULL",
        value=f"CASE WHEN {q} IS NULL THEN {r} WHEN {q} = '' THEN NULL ELSE {q} END",
        applied=_mask(index, rules),
    )


def _was_folded(r: str, q: str) -> str:
    return f"strlen({r}) <> length({r}) AND {folded(r)} <> {r} AND {q} <> ''"


def _slow_text(index: int) -> str:
    r = f"r{index}"
    plain = f"CASE WHEN {is_odd(r)} THEN {trimmed(r)} ELSE {r} END"
    text = f"CASE WHEN strlen({r}) <> length({r}) THEN {trimmed(folded(r))} ELSE {plain} END"
    return f"CASE WHEN f{index} IS NULL AND {r} IS NOT NULL THEN {text} END"


def _number_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    q, p = f"q{index}", f"p{index}"
    factors = factors_into(item.unit)
    whens = " ".join(f"WHEN {literal(unit)} THEN {factor!r}::DOUBLE" for unit, factor in sorted(factors.items()))
    factor = f"(CASE {p}.u WHEN '' THEN 1.0::DOUBLE {whens} END)"
    number = f"replace(ltrim({p}.n, '+'), ',', '')"
    typed = f"CASE WHEN {factor} = 1 THEN {_plain(item, number)} ELSE {_converted(item, number, factor)} END"
    rules = {
        "full_width": _was_folded(f"r{index}", q),
        "thousands": f"contains({p}.n, ',')",
        "unit": f"{p}.u <> '' AND {factor} = 1",
        "unit_converted": f"{p}.u <> '' AND {factor} <> 1",
    }
    if item.type is ItemType.INTEGER:
        rules["whole_number"] = f"contains({p}.n, '.') AND {factor} = 1"
    broken = f"{q} <> '' AND v{index} IS NULL AND {p}.n"
    return Steps(
        fast=_fast_number(item, index, source),
        cleaned=_slow_text(index),
        text=blanked(f"t{index}"),
        parts=f"CASE WHEN {q} <> '' THEN regexp_extract({q}, '{NUMBER_PATTERN}', ['n', 'u']) END",
        value=f"CASE WHEN {q} IS NULL THEN f{index} WHEN {q} = '' OR {p}.n = '' THEN NULL ELSE {typed} END",
        applied=_mask(index, rules),
        faults=(
            Fault("type", f"{broken} = ''"),
            Fault("unit", f"{broken} <> '' AND {factor} IS NULL"),
            Fault("precision", f"{broken} <> '' AND {factor} IS NOT NULL"),
        ),
    )


def _fast_number(item: ItemSpec, index: int, source: pa.DataType) -> str:
    """A canonical number; the pattern also keeps TRY_CAST from rounding 1.5 to 2 or reading 1_000."""
    r, s, kind = f"r{index}", f"s{index}", kind_of(item)
    is_plain_int = pa.types.is_integer(source)
    if kind is ItemType.NUMBER:
        precision, scale = decimal_of(item)
        target = f"DECIMAL({precision}, {scale})"
        if is_plain_int:
            return f"TRY_CAST({s} AS {target})"
        fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
        pattern = f"-?[0-9]{{1,{precision - scale}}}{fraction}"
        return f"CASE WHEN regexp_full_match({r}, '{pattern}') THEN TRY_CAST({r} AS {target}) END"
    target = "BIGINT" if kind is ItemType.INTEGER else "DOUBLE"
    if is_plain_int:
        return f"TRY_CAST({s} AS {target})"
    if pa.types.is_floating(source):
        whole = f" AND {s} = trunc({s})" if kind is ItemType.INTEGER else ""
        return f"CASE WHEN isfinite({s}){whole} THEN TRY_CAST({s} AS {target}) END"
    return f"CASE WHEN regexp_full_match({r}, '{_FAST[kind]}') THEN TRY_CAST({r} AS {target}) END"


def _plain(item: ItemSpec, number: str) -> str:
    """A number text into its column, null when that would lose a digit."""
    match kind_of(item):
        case ItemType.INTEGER:
            whole = rf"regexp_full_match({number}, '-?[0-9]+(\.0*)?')"
            return f"CASE WHEN {whole} THEN TRY_CAST(split_part({number}, '.', 1) AS BIGINT) END"
        case ItemType.NUMBER:
            precision, scale = decimal_of(item)
            target = f"DECIMAL({precision}, {scale})"
            fits = f"strlen(rtrim(split_part({number}, '.', 2), '0')) <= {scale}"
            double = f"TRY_CAST({number} AS DOUBLE)"
            loose = (
                f"CASE WHEN TRY_CAST({double} AS {target})::DOUBLE = {double} THEN TRY_CAST({double} AS {target}) END"
            )
            return f"CASE WHEN regexp_matches({number}, '[eE]') THEN {loose} WHEN {fits} THEN TRY_CAST({number} AS {target}) END"
        case _:
            double = f"TRY_CAST({number} AS DOUBLE)"
            return f"CASE WHEN isfinite({double}) THEN {double} END"


def _converted(item: ItemSpec, number: str, factor: str) -> str:
    """A number in another unit of the family, rounded to the item's scale; null when the unit is unknown."""
    double = f"(TRY_CAST({number} AS DOUBLE) * {factor})"
    match kind_of(item):
        case ItemType.INTEGER:
            is_whole = f"abs({double} - round({double})) < 1e-6 AND abs({double}) < 9e15"
            return f"CASE WHEN {is_whole} THEN TRY_CAST(round({double}) AS BIGINT) END"
        case ItemType.NUMBER:
            precision, scale = decimal_of(item)
            return f"TRY_CAST(round({double}, {scale}) AS DECIMAL({precision}, {scale}))"
        case _:
            return f"CASE WHEN isfinite({double}) THEN {double} END"


def _moment_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    q, p, t = f"q{index}", f"p{index}", f"t{index}"
    is_date = item.type is ItemType.DATE
    local = _local_time(p)
    if is_date:
        whole_day = f"CAST({local} AS DATE)"
        typed = f"CASE WHEN {p}.h = '' THEN {_day(p)} WHEN {local} = {whole_day} THEN {whole_day} END"
    else:
        typed = f"CASE WHEN {p}.h = '' THEN CAST({_day(p)} AS TIMESTAMP) ELSE {local} END"
    rules = {
        "full_width": _was_folded(f"r{index}", q),
        "date_form": f"{q} = {t} AND regexp_matches({q}, '[年/.]|^[0-9]{{4}}-([0-9]-|[0-9]{{2}}-[0-9]([^0-9]|$))')",
        "date_compact": f"{q} <> {t} AND regexp_full_match({t}, '[0-9]{{8,14}}')",
        "date_serial": f"regexp_full_match({t}, '{_SERIAL}')",
        "date_partial": f"{p}.y <> '' AND {p}.d = ''",
        "zone": f"{p}.z <> ''",
    }
    if is_date:
        rules["date_midnight"] = f"{p}.h <> '' AND NOT regexp_full_match({t}, '{_SERIAL}')"
    parts = "['y', 'm', 'd', 'h', 'i', 's', 'f', 'z']"
    return Steps(
        fast=_fast_moment(item, index, source),
        cleaned=_slow_text(index),
        text=_canonical_moment(t),
        parts=f"CASE WHEN {q} <> '' THEN regexp_extract({q}, '{MOMENT_PATTERN}', {parts}) END",
        value=f"CASE WHEN {q} IS NULL THEN f{index} WHEN {q} = '' OR {p}.y = '' THEN NULL ELSE {typed} END",
        applied=_mask(index, rules),
        faults=(Fault("type", f"{q} <> '' AND v{index} IS NULL"),),
    )


_SERIAL = r"[1-9][0-9]{4}(\.[0-9]+)?"


def _canonical_moment(t: str) -> str:
    """Compact, serial and year-only spellings rewritten so that one pattern reads them all."""
    digits = f"{t}[1:4] || '-' || {t}[5:6] || '-' || {t}[7:8]"
    serial = f"to_microseconds(CAST(round(TRY_CAST({t} AS DOUBLE) * 86400) AS BIGINT) * 1000000)"
    return (
        f"CASE WHEN {t} IN {any_of(BLANKS)} THEN ''"
        f" WHEN regexp_full_match({t}, '[0-9]{{8}}') THEN {digits}"
        f" WHEN regexp_full_match({t}, '[0-9]{{12}}') THEN {digits} || ' ' || {t}[9:10] || ':' || {t}[11:12]"
        f" WHEN regexp_full_match({t}, '[0-9]{{14}}') THEN"
        f" {digits} || ' ' || {t}[9:10] || ':' || {t}[11:12] || ':' || {t}[13:14]"
        f" WHEN regexp_full_match({t}, '{_SERIAL}') THEN CAST(TIMESTAMP '1899-12-30' + {serial} AS VARCHAR)"
        f" WHEN regexp_full_match({t}, '[0-9]{{4}}年') THEN {t}[1:4] || '年1月' ELSE {t} END"
    )


def _day_text(p: str) -> str:
    return f"{p}.y || '-' || {p}.m || '-' || if({p}.d = '', '1', {p}.d)"


def _day(p: str) -> str:
    return f"TRY_CAST({_day_text(p)} AS DATE)"


def _local_time(p: str) -> str:
    """The moment on a Chinese clock; a zone in the text is honoured."""
    clock = f"{p}.h || ':' || {p}.i || ':' || if({p}.s = '', '0', {p}.s) || {p}.f"
    stamp = f"TRY_CAST({_day_text(p)} || ' ' || {clock} AS TIMESTAMP)"
    minutes = (
        f"(TRY_CAST({p}.z[2:3] AS INTEGER) * 60 + coalesce(TRY_CAST(substr(replace({p}.z, ':', ''), 4) AS INTEGER), 0))"
    )
    offset = f"(CASE WHEN {p}.z = 'Z' THEN 0 WHEN {p}.z[1] = '-' THEN -{minutes} ELSE {minutes} END)"
    return f"(CASE WHEN {p}.z = '' THEN {stamp} ELSE {stamp} + to_minutes(480 - {offset}) END)"


def _fast_moment(item: ItemSpec, index: int, source: pa.DataType) -> str:
    r, s = f"r{index}", f"s{index}"
    target = "DATE" if item.type is ItemType.DATE else "TIMESTAMP"
    if pa.types.is_date(source):
        return f"CAST({s} AS {target})"
    if pa.types.is_timestamp(source) and source.tz is None:
        if target == "TIMESTAMP":
            return f"CAST({s} AS TIMESTAMP)"
        return f"CASE WHEN {s} = CAST({s} AS DATE) THEN CAST({s} AS DATE) END"
    return f"CASE WHEN regexp_full_match({r}, '{_FAST[item.type]}') THEN TRY_CAST({r} AS {target}) END"


def _boolean_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    r, q = f"r{index}", f"q{index}"
    fast = f"s{index}" if pa.types.is_boolean(source) else f"CASE {r} WHEN 'true' THEN true WHEN 'false' THEN false END"
    words = f"CASE WHEN {q} IN {any_of(TRUE_WORDS)} THEN true WHEN {q} IN {any_of(FALSE_WORDS)} THEN false END"
    rules = {
        "full_width": _was_folded(r, q),
        "boolean_word": f"v{index} IS NOT NULL",
    }
    return Steps(
        fast=fast,
        cleaned=_slow_text(index),
        text=blanked(f"t{index}"),
        parts="NULL",
        value=f"CASE WHEN {q} IS NULL THEN f{index} WHEN {q} = '' THEN NULL ELSE {words} END",
        applied=_mask(index, rules),
        faults=(Fault("type", f"{q} <> '' AND v{index} IS NULL"),),
    )
