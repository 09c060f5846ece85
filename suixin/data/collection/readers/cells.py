"""Cells as text: what counts as blank, what looks like a value, how typed cells are written."""

import datetime as dt
import re
from collections.abc import Sequence

Cell = str | None
Row = Sequence[str | None]

MARK = "\U0010fffe"
"""Stands before the two hex digits of a byte that could not be decoded."""

_NOTHING = frozenset({"na", "n/a", "null", "none", "-", "--", "---", "----", "—", "——", "/", "…", "..."})
_NARROW = str.maketrans("０１２３４５６７８９．，％－＋／：", "0123456789.,%-+/:")
_NUMBER = re.compile(r"\(\d[\d,]*(?:\.\d+)?\)|[-+]?(?:\d[\d,，]*)?\.?\d+(?:[eE][-+]?\d+)?\s?%?")
_MOMENT = re.compile(
    r"\d{4}[-/.年]\d{1,2}(?:[-/.月](?:\d{1,2}日?)?)?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[-+]\d{2}:?\d{2})?)?"
    r"|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}:\d{2}(?::\d{2})?|\d{4}年(?:\d{1,2}月)?"
)
_ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w-]+\.[\w.]+")


def is_blank(cell: Cell) -> bool:
    """True for null, blanks, and nothing but white space."""
    return cell is None or not cell.strip(" \t\r\n\u3000\ufeff\u00a0")


def is_value(cell: Cell) -> bool:
    """True when the text is a number, a date, a time, an address, yes or no: data, not a heading."""
    text = (cell or "").strip()
    if len(text) > 200 or not text:
        return False
    text = text if text.isascii() else _narrow(text)
    if text.lower() in ("true", "false"):
        return True
    return any(pattern.fullmatch(text) for pattern in (_NUMBER, _MOMENT, _ADDRESS))


def _narrow(text: str) -> str:
    """Full-width digits, signs and stops as plain ones."""
    return text.translate(_NARROW)


def is_nothing(cell: Cell) -> bool:
    """True for blanks and for the usual signs of a missing value (NA, -, ----)."""
    return is_blank(cell) or (cell or "").strip().lower() in _NOTHING


def filled(row: Row) -> int:
    """How many cells hold something."""
    return sum(not is_blank(cell) for cell in row)


def as_text(value: object) -> Cell:
    """A typed cell as text: whole floats without ".0", ISO dates, true/false; empty text is null."""
    match value:
        case None:
            return None
        case str():
            return value or None
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case dt.timedelta():
            return _clock(value)
        case bytes():
            return _decoded(value)
        case _:
            return str(value)


def _clock(span: dt.timedelta) -> str:
    seconds = int(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02d}:{seconds % 3600 // 60:02d}:{seconds % 60:02d}"


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.hex()
