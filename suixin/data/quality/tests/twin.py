"""The normalisers once more, in plain Python and by other means: a second opinion for the property tests."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal

from suixin.data.quality.cells import BLANKS, FALSE_WORDS, TRUE_WORDS

SPACES = " \t\n\r\v\f\u3000\u00a0\ufeff\u200b"


def cleaned(text: str) -> str:
    """Full-width made half-width, blanks at the ends removed, marks for nothing emptied."""
    folded = "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else {"\u3000": " ", "−": "-"}.get(c, c) for c in text)
    trimmed = folded.strip(SPACES)
    return "" if trimmed in BLANKS else trimmed


def integer(text: str) -> int | None:
    """A whole number; None for blanks and for what is none."""
    plain = cleaned(text)
    if not re.fullmatch(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.0*)?", plain, flags=re.ASCII):
        return None
    number = int(plain.replace(",", "").split(".")[0])
    return number if -(2**63) <= number < 2**63 else None


def decimal(text: str, *, precision: int, scale: int) -> Decimal | None:
    """A decimal that fits without losing a digit."""
    plain = cleaned(text)
    if not re.fullmatch(r"[+-]?((\d{1,3}(,\d{3})+|\d+)(\.\d*)?|\.\d+)", plain, flags=re.ASCII):
        return None
    number = Decimal(plain.replace(",", ""))
    rounded = number.quantize(Decimal(1).scaleb(-scale)) if abs(number) < Decimal(10) ** (precision - scale) else None
    return rounded if rounded == number else None


def day(text: str) -> date | None:
    """A date in any of the declared spellings, without a time of day."""
    plain = cleaned(text)
    if re.fullmatch(r"\d{8}", plain, flags=re.ASCII):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    if re.fullmatch(r"[1-9]\d{4}", plain, flags=re.ASCII):
        return date(1899, 12, 30) + timedelta(days=int(plain))
    match = re.fullmatch(
        r"([1-9]\d{3})(?:年|[-/.])(\d{1,2})(?:(?:月|[-/.])(\d{1,2})[日号]?|月)?", plain, flags=re.ASCII
    )
    year = re.fullmatch(r"([1-9]\d{3})年", plain, flags=re.ASCII)
    parts = (year[1], "1", "1") if year else match.groups("1") if match else None
    try:
        return date(*(int(part) for part in parts)) if parts else None
    except ValueError:
        return None


def moment(text: str) -> datetime | None:
    """A moment on a Chinese clock written with dashes or in Chinese, without zone."""
    plain = cleaned(text)
    pattern = r"([1-9]\d{3})[-年](\d{1,2})[-月](\d{1,2})日?[T ]?(\d{1,2})[:时](\d{1,2})(?::(\d{1,2}))?分?"
    match = re.fullmatch(pattern, plain, flags=re.ASCII)
    try:
        parts = [int(part) for part in match.groups("0")] if match else []
        return datetime(*parts) if parts else None  # type: ignore[arg-type]  # noqa: DTZ001  # six integers
    except ValueError:
        return None


def truth(text: str) -> bool | None:
    """True for 是 and its kin, False for 否 and its kin."""
    plain = cleaned(text)
    return True if plain in TRUE_WORDS | {"true"} else False if plain in FALSE_WORDS | {"false"} else None
