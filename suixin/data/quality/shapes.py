"""What a cell looks like, as one number per cell: the expressions behind a profile.

A cell is tried against its column's usual shape first, so a column of numbers costs one pattern per cell.
A column that is clearly text stops being tried. All reductions happen on the numbers, in numpy.
"""

from enum import IntEnum

import pyarrow as pa

from suixin.data.quality.cells import BLANKS, FALSE_WORDS, TRUE_WORDS, blanked, folded, is_odd, raw_sql, trimmed
from suixin.data.quality.normalisers import NUMBER_PATTERN
from suixin.data.quality.sql import any_of


class Shape(IntEnum):
    """Shape of one cell. LEADING_ZERO, COMPACT_DATE and YEAR are integers that may be more than that."""

    BLANK = 0
    INTEGER = 1
    DECIMAL = 2
    ISO_DATE = 3
    ISO_DATETIME = 4
    LOOSE_NUMBER = 5
    WITH_UNIT = 6
    DATE = 7
    DATETIME = 8
    MONTH = 9
    WORD = 10
    LEADING_ZERO = 11
    COMPACT_DATE = 12
    YEAR = 13
    TEXT = 14
    WHOLE = 15


NUMBERS = (
    Shape.INTEGER,
    Shape.WHOLE,
    Shape.YEAR,
    Shape.COMPACT_DATE,
    Shape.DECIMAL,
    Shape.LOOSE_NUMBER,
    Shape.WITH_UNIT,
)
_FAST = {
    Shape.INTEGER: "-?[0-9]{1,18}",
    Shape.DECIMAL: r"-?[0-9]{1,30}\.[0-9]+",
    Shape.ISO_DATE: "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}",
    Shape.ISO_DATETIME: "[1-9][0-9]{3}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
}
# A text that begins with a Chinese character is no number, so it need not be folded.
_MAY_FOLD = "strlen(x0) <> length(x0) AND (x0 < '\u3400' OR x0 >= '\uff01')"
_STARTS = "{0} >= '+' AND {0} < ':'"  # a sign, a point or a digit comes first
_DATE = r"[12][0-9]{3}[-/.年]\s*(0?[1-9]|1[0-2])[-/.月]\s*(0?[1-9]|[12][0-9]|3[01])[日号]?"
_MONTH = r"[12][0-9]{3}(年(0?[1-9]|1[0-2])月|[-/](0?[1-9]|1[0-2]))"
_CLOCK = (
    r"[T\s]*([01]?[0-9]|2[0-4])[:时点][0-5]?[0-9]分?(:?[0-5]?[0-9]秒?)?(\.[0-9]{1,9})?\s*(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)


def shape_query(kind: pa.DataType, usual: Shape | None) -> str:
    """Per cell k shape, l length, h hash of the text, n number, g decimals, u unit; over a relation `batch` of c0.

    `usual` is the commonest shape so far, None before the first batch.
    """
    relation = f"(SELECT {raw_sql('c0', kind)} AS r0 FROM batch)"
    for added in (
        f"{_fast_shape('r0', usual)} AS k0",
        f"{_slow_text(0)} AS x0",
        f"CASE WHEN k0 IS NULL AND {_MAY_FOLD} THEN {folded('x0')} ELSE x0 END AS y0",
        f"{_number(0, usual)} AS p0",
        f"{_slow_shape(0, usual)} AS z0",
    ):
        relation = f"(SELECT *, {added} FROM {relation})"
    text = "(CASE WHEN k0 IS NOT NULL THEN r0 ELSE x0 END)"
    return (
        f"SELECT coalesce(k0, z0)::UTINYINT AS k, coalesce(length({text}), 0)::INTEGER AS l, hash({text}) AS h,"
        f" {_value(0, usual)} AS n, {_decimals(0, usual)} AS g,"
        f" if(z0 = {Shape.WITH_UNIT}, p0.u, NULL)::VARCHAR AS u FROM {relation}"
    )


def _fast_shape(r: str, usual: Shape | None) -> str:
    """The shape of cells that are canonical as they stand, null for the rest; the usual shape is tried first."""
    if usual is Shape.TEXT:
        return f"CASE WHEN {is_odd(r)} THEN NULL ELSE {Shape.TEXT} END"
    first = {Shape.WHOLE: Shape.DECIMAL}.get(usual or Shape.INTEGER, usual or Shape.INTEGER)
    order = sorted(_FAST, key=lambda shape: shape is not first)
    whens = " ".join(f"WHEN regexp_full_match({r}, '{_FAST[shape]}') THEN {_refined(r, shape)}" for shape in order)
    return f"CASE {whens} END"


def _refined(r: str, shape: Shape) -> str:
    match shape:
        case Shape.INTEGER:
            day = f"{r}[1:4] || '-' || {r}[5:6] || '-' || {r}[7:8]"
            is_day = (
                f"strlen({r}) = 8 AND {r} BETWEEN '19000101' AND '21001231' AND TRY_CAST({day} AS DATE) IS NOT NULL"
            )
            return (
                f"CASE WHEN starts_with({r}, '0') AND strlen({r}) > 1 THEN {Shape.LEADING_ZERO}"
                f" WHEN strlen({r}) = 4 AND {r} BETWEEN '1900' AND '2100' THEN {Shape.YEAR}"
                f" WHEN {is_day} THEN {Shape.COMPACT_DATE} ELSE {Shape.INTEGER} END"
            )
        case Shape.DECIMAL:
            return f"CASE WHEN ends_with({r}, '.0') THEN {Shape.WHOLE} ELSE {Shape.DECIMAL} END"
        case Shape.ISO_DATE:
            return f"if(TRY_CAST({r} AS DATE) IS NULL, {Shape.TEXT}, {shape})"
        case _:
            return f"if(TRY_CAST({r} AS TIMESTAMP) IS NULL, {Shape.TEXT}, {shape})"


def _slow_text(i: int) -> str:
    """The cleaned text of cells without a fast shape; null for blanks."""
    return f"CASE WHEN k{i} IS NULL THEN nullif({blanked(trimmed(f'r{i}'), but_na=True)}, '') END"


def _number(i: int, usual: Shape | None) -> str:
    """Number and unit of cells that begin like a number."""
    if usual is Shape.TEXT:
        return "NULL::STRUCT(n VARCHAR, u VARCHAR)"
    return f"CASE WHEN {_STARTS.format(f'y{i}')} THEN regexp_extract(y{i}, '{NUMBER_PATTERN}', ['n', 'u']) END"


def _slow_shape(i: int, usual: Shape | None) -> str:
    x, y, p = f"x{i}", f"y{i}", f"p{i}"
    blank = f"WHEN {x} IS NULL OR {x} = 'NA' THEN {Shape.BLANK}"
    if usual is Shape.TEXT:
        return f"CASE WHEN k{i} IS NOT NULL THEN NULL {blank} ELSE {Shape.TEXT} END"
    words = any_of((TRUE_WORDS | FALSE_WORDS | {"true", "false"}) - BLANKS)
    return (
        f"CASE WHEN k{i} IS NOT NULL THEN NULL {blank}"
        f" WHEN strlen({y}) < 6 AND {y} IN {words} THEN {Shape.WORD}"
        f" WHEN NOT ({_STARTS.format(y)}) THEN {Shape.TEXT}"
        f" WHEN regexp_full_match({y}, '{_DATE}') THEN {Shape.DATE}"
        f" WHEN regexp_full_match({y}, '{_DATE}{_CLOCK}') THEN {Shape.DATETIME}"
        f" WHEN regexp_full_match({y}, '{_MONTH}') THEN {Shape.MONTH}"
        f" WHEN {p}.n <> '' AND {p}.u = '' THEN {Shape.LOOSE_NUMBER}"
        f" WHEN {p}.n <> '' THEN {Shape.WITH_UNIT}"
        f" ELSE {Shape.TEXT} END"
    )


def _decimals(i: int, usual: Shape | None) -> str:
    """How many decimals a number is written with, trailing zeros left out."""
    if usual is Shape.TEXT:
        return "0::INTEGER"
    loose = f"strlen(rtrim(split_part(p{i}.n, '.', 2), '0'))"
    plain = f"strlen(rtrim(r{i}, '0')) - strpos(r{i}, '.')"
    return f"(CASE WHEN k{i} = {Shape.DECIMAL} THEN {plain} WHEN p{i}.n <> '' THEN {loose} ELSE 0 END)::INTEGER"


def _value(i: int, usual: Shape | None) -> str:
    """The number in a cell, to find its range; not the value that is kept."""
    if usual is Shape.TEXT:
        return "NULL::DOUBLE"
    if usual in (Shape.ISO_DATE, Shape.ISO_DATETIME):
        return f"CASE WHEN k{i} NOT IN ({Shape.ISO_DATE}, {Shape.ISO_DATETIME}) THEN TRY_CAST(r{i} AS DOUBLE) END"
    loose = f"TRY_CAST(replace(ltrim(p{i}.n, '+'), ',', '') AS DOUBLE)"
    plain = f"k{i} NOT IN ({Shape.ISO_DATE}, {Shape.ISO_DATETIME}, {Shape.TEXT})"
    return f"CASE WHEN {plain} THEN TRY_CAST(r{i} AS DOUBLE) WHEN p{i}.n <> '' THEN {loose} END"
