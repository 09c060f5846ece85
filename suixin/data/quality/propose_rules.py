"""Which type a column is given when nobody has said it: cautious, because a wrong guess loses rows.

A type is chosen when at least 99.5 % of the non-blank values fit it; otherwise the column stays text, into which
everything fits. Digits that name rather than measure (leading zeros, one fixed width, a header that
says code) stay text. Thresholds are our choice.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from suixin.data.catalog.contract import ItemType
from suixin.data.quality.cells import FALSE_WORDS, TRUE_WORDS
from suixin.data.quality.profile import ColumnProfile
from suixin.data.quality.shapes import Shape
from suixin.data.quality.units import factors_into, is_unit, split_header, standard_unit

ENOUGH = 0.995
MAX_SCALE = 6
_DATE_HEADER = re.compile(r"日期|时间|date|day|年月日", re.IGNORECASE)
_CODE_HEADER = re.compile(
    r"代码|编码|代碼|編碼|編號|電話|区划码|证号|证件|号码|电话|手机|邮编|(^|[_.]|[a-z])(code|zipcode|phone|mobile|symbol)$",
    re.IGNORECASE,
)
_WHOLE_SHAPES = (Shape.INTEGER, Shape.YEAR, Shape.COMPACT_DATE, Shape.WHOLE)
_EXCEL_SHAPES = (Shape.INTEGER, Shape.WHOLE)  # days since 1900, beside dates that were typed in
_GEOMETRY = re.compile(r'\s*(\{\s*"(type|coordinates)"|(MULTI)?(POINT|LINESTRING|POLYGON)\s*Z?\s*\()')


@dataclass(frozen=True, slots=True)
class Guess:
    """A column's proposed type. `note` says in Chinese what a person should know about it."""

    type: ItemType
    length: int | None = None
    scale: int | None = None
    unit: str = ""
    note: str = ""


def guess_type(column: ColumnProfile) -> Guess:
    """The narrowest type that loses (almost) no row."""
    if not column.filled:
        return Guess(ItemType.TEXT, length=200, note="本批全为空,类型待确认")
    for guess in (_as_code(column), _as_moment(column), _as_boolean(column), _as_number(column)):
        if guess is not None:
            return guess
    return text_guess(column)


def text_guess(column: ColumnProfile, *, note: str = "") -> Guess:
    """Text of a comfortable length; exact for codes of one width, none for long texts and geometry."""
    if any(_GEOMETRY.match(sample) for sample in column.samples[:3]):
        return Guess(ItemType.GEOMETRY, note=note)
    if column.max_length > 1000:
        return Guess(ItemType.MEMO, note=note)
    is_one_width = column.min_length == column.max_length and all(s.isascii() for s in column.samples[:50])
    if is_one_width and column.filled >= 5 and column.distinct_estimate > 1:
        return Guess(ItemType.TEXT, length=column.max_length, note=note)
    length = next(size for size in (20, 50, 100, 200, 500, 1000, 2000) if size >= min(1000, column.max_length * 1.5))
    return Guess(ItemType.TEXT, length=length, note=note)


def update_cycle(values: Mapping[date, int]) -> str:
    """Code of the update cycle that the days of a table suggest (standards/data.md 1.9); "9" when none does."""
    days = sorted(values)
    if len(days) < 3:
        return "9"
    gaps = sorted((b - a).days for a, b in pairwise(days))
    usual = gaps[len(gaps) // 2]
    for code, limit in (("2", 4), ("3", 8), ("4", 31), ("5", 92), ("6", 366)):
        if usual <= limit:
            return code
    return "9"


def _fits(column: ColumnProfile, *shapes: Shape) -> bool:
    return column.count(*shapes) >= ENOUGH * column.filled


def _as_code(column: ColumnProfile) -> Guess | None:
    """Digits that name something, a letter at their end included."""
    is_named = bool(_CODE_HEADER.search(split_header(column.header)[0]))
    if (
        is_named
        and column.count(Shape.WITH_UNIT)
        and _fits(column, *_WHOLE_SHAPES, Shape.LEADING_ZERO, Shape.WITH_UNIT)
    ):
        return text_guess(column, note="按代码(文本)处理")
    if not _fits(column, *_WHOLE_SHAPES, Shape.LEADING_ZERO):
        return None
    is_text = column.source_type in ("string", "large_string", "string_view")
    is_dated = column.count(Shape.COMPACT_DATE) == column.filled
    is_fixed = (
        is_text and not is_dated and column.min_length == column.max_length >= 5 and column.distinct_estimate >= 10
    )
    if column.count(Shape.LEADING_ZERO):
        return text_guess(column, note="含前导零,按代码(文本)处理")
    if is_named:
        return text_guess(column, note="按代码(文本)处理")
    if is_fixed and not column.count(Shape.WHOLE):
        return text_guess(column, note="等长数字,按代码(文本)处理")
    return None


def _as_moment(column: ColumnProfile) -> Guess | None:
    days: tuple[Shape, ...] = (Shape.ISO_DATE, Shape.DATE)
    is_said = bool(_DATE_HEADER.search(column.header))
    if is_said or column.count(Shape.COMPACT_DATE) == column.filled >= 5:
        days = (*days, Shape.COMPACT_DATE)
    if _fits(column, *days):
        return Guess(ItemType.DATE)
    if _fits(column, *days, Shape.MONTH) and column.distinct_estimate > 1:
        return Guess(ItemType.DATE, note="原文只到年月的,日一律记为 1 日")
    if _fits(column, *days, Shape.ISO_DATETIME, Shape.DATETIME):
        if column.values and all(re.fullmatch(r".*[T ]0?0:00(:00)?(\.0+)?", value) for value in column.values):
            return Guess(ItemType.DATE, note="时刻均为零点,按日期处理")
        return Guess(ItemType.DATETIME)
    if is_said and _are_serials(column) and _fits(column, *days, *_EXCEL_SHAPES):
        return Guess(ItemType.DATE, note="按 Excel 序列日期换算")
    return None


def _are_serials(column: ColumnProfile) -> bool:
    """Whether every bare number is a day as Excel counts them (20,000 is in 1954, 80,000 in 2119); typed dates may stand beside."""
    values = column.values or column.samples
    numbers = [float(value) for value in values if re.fullmatch(r"[0-9]{1,7}(\.0+)?", value)]
    return bool(numbers) and all(20_000 <= number <= 80_000 for number in numbers)


def _as_boolean(column: ColumnProfile) -> Guess | None:
    words = TRUE_WORDS | FALSE_WORDS | {"true", "false"}
    if not _fits(column, Shape.WORD) or not column.values or not set(column.values) <= words:
        return None
    return Guess(ItemType.BOOLEAN) if column.distinct_estimate == 2 else None


def _as_number(column: ColumnProfile) -> Guess | None:
    unit, misfits = _unit_of(column)
    plain = column.count(*_WHOLE_SHAPES, Shape.DECIMAL, Shape.LOOSE_NUMBER)
    if plain + column.count(Shape.WITH_UNIT) - misfits < ENOUGH * column.filled or column.count(Shape.LEADING_ZERO):
        return None
    largest = max(abs(column.min or 0.0), abs(column.max or 0.0))
    scale = max(column.scale_counts, default=0)
    note = f"值中带单位,统一为“{unit}”" if column.count(Shape.WITH_UNIT) else ""
    if unit == "年" and column.count(Shape.WITH_UNIT):
        note = "“1978年”写法去除“年”字,按整数年份处理"
    is_float = column.source_type in ("float", "double", "halffloat") and scale
    has_exponent = any(re.search(r"[0-9][eE][+-]?[0-9]", sample) for sample in column.samples)
    has_conversions = any(standard_unit(u) != unit for u in column.units)
    if is_float or has_exponent or scale > MAX_SCALE or largest >= 1e17:
        return None if largest >= 1e17 and not scale else Guess(ItemType.DOUBLE, unit=unit, note=note)
    if scale == 0 and not has_conversions:
        return Guess(ItemType.INTEGER, unit=unit, note=note)
    rounded = next(s for s in (2, 4, MAX_SCALE) if s >= scale)
    return Guess(
        ItemType.NUMBER, length=max(18, len(str(int(largest))) + rounded + 3), scale=rounded, unit=unit, note=note
    )


def _unit_of(column: ColumnProfile) -> tuple[str, int]:
    """The unit that a column's values are put to, and how many values it cannot take."""
    _, declared = split_header(column.header)
    common = Counter({unit: n for unit, n in column.units.items() if is_unit(unit)})
    if not common:
        return declared, sum(column.units.values())
    unit = declared or standard_unit(common.most_common(1)[0][0])
    accepted = factors_into(unit)
    return unit, sum(n for spelled, n in column.units.items() if spelled not in accepted)
