"""Sensitive values inside free text: where they stand, and the text with them hidden.

By       check digit (resident ID, bank card, credit code), shape (mobile, plate, email), and the words before:
         after "身份证" a wrong check digit still counts, after "编号" an eleven-digit number does not
Promise  offsets are those of the text as given; full-width characters, dashes and blanks of every kind (those that
         show nothing, too) read like plain ones
Limits   names and villages are not found: no rule tells them from other words. Words and shapes are our choice
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from suixin.ground.security.evidence import PLATE
from suixin.ground.security.masks import MASKS
from suixin.kit.checksums import has_resident_check_char, is_luhn, is_mobile, is_uscc

BEFORE = 14  # characters in front of a number whose words speak for or against it
PERSONAL = frozenset({"resident_id", "mobile", "bank_card", "plate", "address", "email"})
FORBIDDEN = frozenset({"resident_id", "bank_card"})  # never in anything that is open to all
_DASHES = "\uff0d\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_BLANKS = "\u3000\xa0\u2002\u2003\u2007\u2009\u202f\xad\u200b\u200c\u200d\ufeff"
_PLAIN = (
    {code: code - 0xFEE0 for code in range(0xFF10, 0xFF5B)} | {0xFF0B: "+", 0xFF0E: "."}
    | {ord(dash): "-" for dash in _DASHES} | {ord(blank): " " for blank in _BLANKS}
)
_EDGE, _END = r"(?<![0-9A-Za-z])(?<![0-9]\.)", r"(?![0-9A-Za-z]|\.[0-9])"
_GAP = r"[ -]?"


@dataclass(frozen=True, slots=True)
class Hit:
    """A sensitive value at characters [start, end) of a text."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one kind looks; `is_meant(value, words before it)` decides."""

    name: str
    pattern: re.Pattern[str]
    is_meant: Callable[[str, str], bool]
    mask: str


def find_in_text(text: str) -> list[Hit]:
    """Every sensitive value of the text, in order, none overlapping another. Kind "uscc" is an identifier, not a secret."""
    plain = text.translate(_PLAIN)
    taken: list[Hit] = []
    for kind in _KINDS:
        for match in kind.pattern.finditer(plain):
            start, end = match.span("value")
            is_free = all(end <= hit.start or start >= hit.end for hit in taken)
            if is_free and kind.is_meant(match["value"], _words_before(plain, start)):
                taken.append(Hit(kind.name, start, end))
    return sorted(taken, key=lambda hit: hit.start)


def kinds_in(text: str) -> frozenset[str]:
    """The kinds of personal values that the text holds."""
    return frozenset(hit.kind for hit in find_in_text(text)) & PERSONAL


def hide_in_text(text: str) -> str:
    """The text with every personal value masked in its place; everything else as it was."""
    return "".join(_pieces(text))


def candidates() -> str:
    """A regular expression (RE2) that no text with a personal value escapes: what an engine may look for first."""
    return _CANDIDATES


def _pieces(text: str) -> Iterator[str]:
    plain, at = text.translate(_PLAIN), 0
    for hit in find_in_text(text):
        if hit.kind not in PERSONAL:
            continue
        yield text[at : hit.start]
        value = plain[hit.start : hit.end]
        yield MASKS[_MASKS[hit.kind]].apply(value if hit.kind in ("address", "plate") else _bare(value)) or ""
        at = hit.end
    yield text[at:]


def _bare(value: str) -> str:
    return re.sub(r"[ -](?=[0-9])", "", value)


def _words_before(text: str, start: int) -> str:
    """The words before a place, back to the last end of a sentence or the number before."""
    words = text[max(0, start - BEFORE) : start]
    return re.split(r"[。;;！!？?\n]|[0-9]{4,}", words)[-1]


def _is_resident(value: str, before: str) -> bool:
    bare = _bare(value).upper()
    is_dated = re.fullmatch(r"[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]", bare)
    return bool(is_dated) and (has_resident_check_char(bare) or bool(_SAYS_RESIDENT.search(before)))


def _is_old_resident(value: str, before: str) -> bool:
    return bool(_SAYS_RESIDENT.search(before))


def _is_mobile(value: str, before: str) -> bool:
    bare = re.sub(r"^(\+?86|0086)", "", _bare(value))
    return is_mobile(bare) and (bool(_SAYS_PHONE.search(before)) or not _SAYS_NUMBERING.search(before))


def _is_card(value: str, before: str) -> bool:
    bare = _bare(value)
    if not is_luhn(bare) or _SAYS_NUMBERING.search(before):
        return False
    return bool(_SAYS_CARD.search(before)) or (bare.startswith("62") and len(bare) in (16, 19))


def _is_plate(value: str, before: str) -> bool:
    """In small letters a plate needs digits, or it is a word."""
    return value.isupper() or sum(char.isdecimal() for char in value) >= _PLATE_DIGITS


_PLATE_DIGITS = 3
_SAYS_RESIDENT = re.compile(r"身份证|身份号码|公民身份|证件号|证号|ID", re.IGNORECASE)
_SAYS_PHONE = re.compile(r"电话|手机|联系|致电|拨打|短信|微信|tel|phone|mobile", re.IGNORECASE)
_SAYS_CARD = re.compile(r"银行卡|卡号|账号|帐号|账户|开户|收款|card", re.IGNORECASE)
_SAYS_NUMBERING = re.compile(r"编号|编码|代码|单号|订单|流水|序号|批次|文号|学号|工号|设备号|iccid|imei|no\.?[:： ]?$", re.IGNORECASE)
_KINDS = (
    _Kind("uscc", re.compile(rf"{_EDGE}(?P<value>[0-9A-HJ-NPQRTUWXY]{{18}}){_END}"), lambda v, b: is_uscc(v), ""),
    _Kind("resident_id", re.compile(rf"{_EDGE}(?P<value>[1-9][0-9]{{5}}{_GAP}[0-9]{{8}}{_GAP}[0-9]{{3}}[0-9Xx]){_END}"), _is_resident,
          "resident_id"),
    _Kind("resident_id", re.compile(rf"{_EDGE}(?P<value>[1-9][0-9]{{7}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{{3}}){_END}"),
          _is_old_resident, "resident_id"),
    _Kind("bank_card", re.compile(rf"{_EDGE}(?P<value>[3-6][0-9]{{3}}(?:{_GAP}[0-9]{{4}}){{3}}(?:{_GAP}[0-9]{{1,3}})?){_END}"), _is_card,
          "bank_card"),
    _Kind("mobile", re.compile(rf"{_EDGE}(?P<value>(?:\+?86[ -]?|0086[ -]?)?1[3-9][0-9]{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}){_END}"),
          _is_mobile, "mobile"),
    _Kind("email", re.compile(r"(?<![A-Za-z0-9._%+-])(?P<value>[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"),
          lambda v, b: True, "email"),
    _Kind("plate", re.compile(rf"(?P<value>{PLATE}){_END}", re.IGNORECASE), _is_plate, "plate"),
    _Kind("address", re.compile(r"(?P<value>[\u4e00-\u9fff]{2,24}?[路街巷道村][0-9]{1,5}号[\u4e00-\u9fff0-9A-Za-z]{0,12}?"
                                r"[0-9A-Za-z一二三四五六七八九十]{1,4}(?:栋|幢|单元|楼)[0-9A-Za-z]{0,6}(?:单元)?[0-9]{0,5}[室号]?)"),
          lambda v, b: True, "address"),
)
_MASKS = {kind.name: kind.mask for kind in _KINDS}
_GAPS, _DIGIT = f"[ {_BLANKS}{_DASHES}-]", "[0-9\uff10-\uff19]"
_CANDIDATES = (
    f"{_DIGIT}{{11}}|{_DIGIT}{{3,8}}{_GAPS}{_DIGIT}{{4}}|{_DIGIT}{{6}}{_GAPS}{_DIGIT}{{8}}|[@\uff20]|"
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-Za-zＡ-Ｚａ-ｚ]|号.*[栋幢单楼]"
)
