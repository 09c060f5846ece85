"""Where sensitive values hide: the kind of a column, told from its values and its header together.

Values weigh by check digit or shape, the header by words of the trade; a number that merely has the right
length (stock code, division code, serial number) is no evidence. Shares and words are our choice.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from suixin.ground.security.evidence import (
    ADDRESS_PARTS,
    HEADERS,
    NOT_PERSONAL,
    NUMBERING,
    OFFICIAL,
    PLATE,
    PUBLIC_PERSONS,
    SURNAMES,
)
from suixin.kit.checksums import has_resident_check_char, is_luhn, is_mobile, is_uscc

ENOUGH = 0.6
NEARLY_ALL = 0.95
SAMPLE = 5_000
MIN_CARDS = 10  # different numbers: one number in ten passes Luhn by chance
_RESIDENT_DATE = re.compile(r"[0-9]{10}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]")
_OLD_RESIDENT = re.compile(r"[0-9]{8}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}")
_LANDLINE = re.compile(r"(\(0[0-9]{2,3}\)|0[0-9]{2,3}[- ])[0-9]{7,8}([- ][0-9]{1,6})?")
_BARE_LANDLINE = re.compile(r"(0[0-9]{2,3})?[2-8][0-9]{6,7}(-[0-9]{1,6})?")
_CARD = re.compile(r"[0-9]{16,19}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PLATE = re.compile(PLATE, re.IGNORECASE)
_PERSON = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,10}[·•][\u3400-\u9fff·•]{1,12}")
_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{7,8}")
_COUNTRY = re.compile(r"^(\+?86|0086)[- ]?(?=1)")


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of sensitive value, the share of non-blank values that show it, and what to do by default."""

    kind: str
    share: float
    default_level: int
    default_mask: str


def find_kind(values: Sequence[str | None], header: str) -> Finding | None:
    """What kind of sensitive (or identifying) value a column holds; None when nothing speaks for any.

    `values` is a sample of cells, repeated ones included; the first 5,000 non-blank ones count. Kind "uscc" is
    an identifier without sensitivity (level 1, no mask).
    """
    cells = [text for value in values if value is not None and (text := unicodedata.normalize("NFKC", str(value)).strip())][:SAMPLE]
    if not cells:
        return None
    column = _Column(unicodedata.normalize("NFKC", header).casefold(), cells)
    for rule in _RULES:
        if finding := rule(column):
            return finding
    return None


class _Column:
    """A sample of cells with its header."""

    def __init__(self, header: str, cells: list[str]) -> None:
        self.header, self.cells = header, cells

    def says(self, kind: str) -> bool:
        return bool(HEADERS[kind].search(self.header))

    def has(self, words: re.Pattern[str]) -> bool:
        return bool(words.search(self.header))

    def share(self, test: Callable[[str], object]) -> float:
        return sum(bool(test(cell)) for cell in self.cells) / len(self.cells)


_Rule = Callable[[_Column], Finding | None]


def _resident_id(column: _Column) -> Finding | None:
    is_said = column.says("resident_id")
    share = column.share(lambda v: _RESIDENT_DATE.fullmatch(v) and has_resident_check_char(v))
    if is_said:
        share = max(share, column.share(lambda v: _RESIDENT_DATE.fullmatch(v) or _OLD_RESIDENT.fullmatch(v)))
    return Finding("resident_id", share, 4, "resident_id") if share >= (0.3 if is_said else ENOUGH) else None


def _uscc(column: _Column) -> Finding | None:
    share = column.share(is_uscc)
    return Finding("uscc", share, 1, "") if share >= ENOUGH else None


def _telephone(column: _Column) -> Finding | None:
    """Mobile and fixed numbers; a column of contact numbers may hold both."""
    is_said = column.says("mobile") or column.says("landline")
    mobile = column.share(lambda v: is_mobile(_bare(v)))
    fixed = column.share(_LANDLINE.fullmatch)
    if is_said:
        fixed = max(fixed, column.share(_BARE_LANDLINE.fullmatch))
        is_found = mobile + fixed >= ENOUGH
    else:
        is_found = not column.has(NUMBERING) and (
            (mobile >= NEARLY_ALL and _are_prefixes_varied(column)) or fixed >= NEARLY_ALL
        )
    if not is_found:
        return None
    if column.has(OFFICIAL):
        return Finding("landline", mobile + fixed, 1, "")
    if mobile >= 0.2:
        return Finding("mobile", mobile, 3, "mobile" if not fixed else "landline")
    return Finding("landline", fixed, 2, "landline")


def _bank_card(column: _Column) -> Finding | None:
    share = column.share(lambda v: _CARD.fullmatch(v.replace(" ", "")) and is_luhn(v.replace(" ", "")))
    if column.says("bank_card"):
        return Finding("bank_card", share, 4, "bank_card") if share >= ENOUGH else None
    is_certain = share >= NEARLY_ALL and len(set(column.cells)) >= MIN_CARDS and not column.has(NUMBERING)
    return Finding("bank_card", share, 4, "bank_card") if is_certain else None


def _by_shape(kind: str, pattern: re.Pattern[str], *, level: int, needs_header: bool) -> _Rule:
    def rule(column: _Column) -> Finding | None:
        if needs_header and not column.says(kind):
            return None
        share = column.share(pattern.fullmatch)
        if share < ENOUGH:
            return None
        return Finding(kind, share, 1, "") if column.has(OFFICIAL) else Finding(kind, share, level, kind)

    return rule


def _address(column: _Column) -> Finding | None:
    if not column.says("address"):
        return None
    share = column.share(ADDRESS_PARTS.search)
    return Finding("address", share, 3, "address") if share >= ENOUGH else None


def _person_name(column: _Column) -> Finding | None:
    if not column.says("person_name") or column.has(NOT_PERSONAL):
        return None
    share = column.share(lambda v: _PERSON.fullmatch(v) and (v[0] in SURNAMES or "·" in v or "•" in v))
    if share < ENOUGH:
        return None
    return Finding("person_name", share, 2 if column.has(PUBLIC_PERSONS) else 3, "name")


def _bare(value: str) -> str:
    return _COUNTRY.sub("", value).replace("-", "").replace(" ", "")


def _are_prefixes_varied(column: _Column) -> bool:
    """Whether numbers begin in different ways, which running numbers do not."""
    different = {_bare(cell) for cell in column.cells}
    return len({number[:3] for number in different}) >= min(3, len(different))


_RULES: tuple[_Rule, ...] = (
    _resident_id, _uscc, _telephone, _bank_card,
    _by_shape("plate", _PLATE, level=3, needs_header=False),
    _by_shape("email", _EMAIL, level=3, needs_header=False),
    _by_shape("passport", _PASSPORT, level=4, needs_header=True),
    _address, _person_name,
)
