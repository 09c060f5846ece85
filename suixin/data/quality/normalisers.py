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

import pyarrow as pa

from suixin.data.catalog.contract import ItemSpec, ItemType
from suixin.data.quality.cells import (
    BLANKS,
    FALSE_WORDS,
    TRUE_WORDS,
    Fault,
    Steps,
    applied_mask,
    blanked,
    decimal_of,
    folded,
    is_code,
    kind_of,
    slow_text,
    takes_na,
    trimmed,
    was_folded,
)
from suixin.data.quality.moments import moment_steps
from suixin.data.quality.sql import any_of, literal
from suixin.data.quality.units import factors_into

NUMBER_PATTERN = (
    r"^([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?|[+-]?\.[0-9]+)"
    r"\s*\(?\s*([^\s0-9()\.,+\-][^()]{0,19}?)?\s*\)?$"
)
_FAST = {
    ItemType.INTEGER: "-?[0-9]{1,18}",
    ItemType.DOUBLE: r"-?[0-9]{1,30}(\.[0-9]+)?([eE][-+]?[0-9]{1,2})?",
}


def steps_of(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    """The expressions that type item number `index` arriving as `source`."""
    build: dict[ItemType, Callable[[ItemSpec, int, pa.DataType], Steps]] = {
        ItemType.TEXT: _text_steps,
        ItemType.INTEGER: _number_steps,
        ItemType.NUMBER: _number_steps,
        ItemType.DOUBLE: _number_steps,
        ItemType.DATE: moment_steps,
        ItemType.DATETIME: moment_steps,
        ItemType.BOOLEAN: _boolean_steps,
    }
    return build[kind_of(item)](item, index, source)


def _text_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    r, t, q = f"r{index}", f"t{index}", f"q{index}"
    odd = [f"{r} <> {trimmed(r)}", f"{r} IN {any_of(BLANKS)}"]
    cleaned, rules = trimmed(r), {}
    if is_code(item):
        odd += [f"strlen({r}) <> length({r})", f"contains({r}, '.0')"]
        point = rf"regexp_full_match({trimmed(folded(r))}, '[0-9]{{4,}}\.0+')"
        cleaned = rf"regexp_replace({trimmed(folded(r))}, '^([0-9]{{4,}})\.0+$', '\1')"
        rules = {"full_width": was_folded(r, q), "code_point": point}
    return Steps(
        fast="NULL",
        cleaned=f"CASE WHEN {' OR '.join(odd)} THEN {cleaned} END",
        text=blanked(t, but_na=takes_na(item)),
        parts="NULL",
        value=f"CASE WHEN {q} IS NULL THEN {r} WHEN {q} = '' THEN NULL ELSE {q} END",
        applied=applied_mask(index, rules),
    )


def _number_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    q, p = f"q{index}", f"p{index}"
    factors = factors_into(item.unit)
    whens = " ".join(f"WHEN {literal(unit)} THEN {factor!r}::DOUBLE" for unit, factor in sorted(factors.items()))
    factor = f"(CASE {p}.u WHEN '' THEN 1.0::DOUBLE {whens} END)"
    number = f"replace(ltrim({p}.n, '+'), ',', '')"
    typed = f"CASE WHEN {factor} = 1 THEN {_plain(item, number)} ELSE {_converted(item, number, factor)} END"
    rules = {
        "full_width": was_folded(f"r{index}", q),
        "thousands": f"contains({p}.n, ',')",
        "unit": f"{p}.u <> '' AND {factor} = 1",
        "unit_converted": f"{p}.u <> '' AND {factor} <> 1",
    }
    if item.type is ItemType.INTEGER:
        rules["whole_number"] = f"contains({p}.n, '.') AND {factor} = 1"
    broken = f"{q} <> '' AND v{index} IS NULL AND {p}.n"
    return Steps(
        fast=_fast_number(item, index, source),
        cleaned=slow_text(index),
        text=blanked(f"t{index}"),
        parts=f"CASE WHEN {q} <> '' THEN regexp_extract({q}, '{NUMBER_PATTERN}', ['n', 'u']) END",
        value=f"CASE WHEN {q} IS NULL THEN f{index} WHEN {q} = '' OR {p}.n = '' THEN NULL ELSE {typed} END",
        applied=applied_mask(index, rules),
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


def _boolean_steps(item: ItemSpec, index: int, source: pa.DataType) -> Steps:
    r, q = f"r{index}", f"q{index}"
    fast = f"s{index}" if pa.types.is_boolean(source) else f"CASE {r} WHEN 'true' THEN true WHEN 'false' THEN false END"
    words = f"CASE WHEN {q} IN {any_of(TRUE_WORDS)} THEN true WHEN {q} IN {any_of(FALSE_WORDS)} THEN false END"
    rules = {
        "full_width": was_folded(r, q),
        "boolean_word": f"v{index} IS NOT NULL",
    }
    return Steps(
        fast=fast,
        cleaned=slow_text(index),
        text=blanked(f"t{index}"),
        parts="NULL",
        value=f"CASE WHEN {q} IS NULL THEN f{index} WHEN {q} = '' THEN NULL ELSE {words} END",
        applied=applied_mask(index, rules),
        faults=(Fault("type", f"{q} <> '' AND v{index} IS NULL"),),
    )
