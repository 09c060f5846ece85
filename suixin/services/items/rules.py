"""Codes of items, limits in one unit, validity of versions, what a lower tier takes from the upper one; pure.

Basic code        12: source (2) + type (2) + central department (2) + main item (3) + sub-item (3); 00Y: has sub-items, 000: has none
Implementation    31: credit code of the body (18) + level (1) + basic code (12)
Handling item     33: implementation code + number (2); in the licence list 14: basic code + number
Source            standards/services.md 1.3 (GB/T 39554.1-2020); parts marked there as remembered are our reading
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from suixin.kit.checksums import is_uscc
from suixin.services.items.elements import LEVELS, ON_APPLICATION, TYPES, Content

HAS_SUBS, NO_SUBS = "00Y", "000"
_BASIC = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{3})([0-9]{3}|00Y)")
_NUMBER = re.compile(r"[0-9]{2}")
# working days that a unit stands for, to compare limits of different units; our choice: 5 of 7 days, 8 hours a day
WORKING_DAYS = {"1": 1.0, "2": 5 / 7, "3": 1 / 8, "4": 250 / 12, "5": 250.0}


class Tier(StrEnum):
    """The three storeys of items, from general to particular."""

    BASIC = "basic"
    IMPLEMENTATION = "implementation"
    HANDLING = "handling"


ABOVE = {Tier.BASIC: None, Tier.IMPLEMENTATION: Tier.BASIC, Tier.HANDLING: Tier.IMPLEMENTATION}
TIER_WORDS = {Tier.BASIC: "基本目录", Tier.IMPLEMENTATION: "实施清单", Tier.HANDLING: "业务办理项"}
_LENGTHS = {12: Tier.BASIC, 31: Tier.IMPLEMENTATION, 33: Tier.HANDLING}


@dataclass(frozen=True, slots=True)
class Codes:
    """A code taken apart; what its tier has not is empty."""

    tier: Tier
    basic: str
    body: str = ""
    level: str = ""
    number: str = ""

    @property
    def text(self) -> str:
        """The code as it is written."""
        return f"{self.body}{self.level}{self.basic}{self.number}"

    @property
    def above(self) -> str:
        """The code of the item above; empty for the basic catalogue."""
        match self.tier:
            case Tier.BASIC:
                return ""
            case Tier.IMPLEMENTATION:
                return self.basic
            case Tier.HANDLING:
                return self.text[:-2]

    @property
    def type(self) -> str:
        """The type of item that the basic code says."""
        return self.basic[2:4]


def tier_of(code: str) -> Tier | None:
    """The tier that a code of this length belongs to; None for any other length."""
    return _LENGTHS.get(len(code))


def taken_apart(code: str) -> Codes | None:
    """The parts of a code of 12, 31 or 33 characters, whether they are right or not; None for any other length."""
    match tier_of(code):
        case None:
            return None
        case Tier.BASIC:
            return Codes(Tier.BASIC, code)
        case Tier.IMPLEMENTATION:
            return Codes(Tier.IMPLEMENTATION, code[19:], code[:18], code[18])
        case Tier.HANDLING:
            return Codes(Tier.HANDLING, code[19:31], code[:18], code[18], code[31:])


def fault_of_code(code: str) -> str:
    """A sentence on what is wrong with a code; empty when it is right."""
    found = taken_apart(code)
    if found is None:
        return f"编码“{code[:40]}”有 {len(code)} 位；基本编码 12 位，实施编码 31 位，业务办理项的实施编码 33 位"
    if sentence := fault_of_basic(found.basic):
        return sentence
    if found.tier is Tier.BASIC:
        return ""
    if not is_uscc(found.body):
        return f"编码“{code}”的前 18 位“{found.body}”不是有效的统一社会信用代码（字符或校验位不对）；请核对实施主体编码"
    if found.level not in LEVELS:
        return f"编码“{code}”的第 19 位行使层级“{found.level}”不对；可用 {'、'.join(f'{key} {word}' for key, word in LEVELS.items())}"
    if found.basic.endswith(HAS_SUBS):
        return f"编码“{code}”的基本编码是有子项的主项（末三位 {HAS_SUBS}）；实施清单应当建在子项上"
    if found.tier is Tier.HANDLING and (not _NUMBER.fullmatch(found.number) or found.number == "00"):
        return f"编码“{code}”的末两位“{found.number}”不是业务办理项序号；应为 01 至 99"
    return ""


def fault_of_basic(code: str) -> str:
    """A sentence on what is wrong with a basic code; empty when it is right."""
    match = _BASIC.fullmatch(code)
    if match is None:
        shape = f"来源、类型、中央业务指导部门各 2 位，主项、子项各 3 位（数字，有子项的主项末三位写 {HAS_SUBS}）"
        return f"基本编码“{code[:40]}”不合规则：{shape}"
    if match[2] not in TYPES:
        return f"基本编码“{code}”的第 3、4 位“{match[2]}”不是事项类型；可用 {'、'.join(f'{key} {word}' for key, word in TYPES.items())}"
    if match[4] == "000":
        return f"基本编码“{code}”的主项“000”不对；主项从 001 起"
    return ""


def is_service(type_: str) -> bool:
    """Whether items of the type are government services: powers exercised on application, and public services."""
    return type_ in ON_APPLICATION


def effective(chain: Iterable[Mapping[str, object]]) -> Content:
    """What an item says: its own words and, where it says nothing, those of the tier above; `chain` from the top down."""
    found: Content = {}
    for stated in chain:
        found |= stated
    return found


def working_days(amount: int, unit: str) -> float:
    """A limit in working days, to compare limits of different units."""
    return amount * WORKING_DAYS.get(unit, 1.0)


def is_longer(one: tuple[int, str], other: tuple[int, str]) -> bool:
    """Whether the first limit (amount, unit) is longer than the other; of one unit compared exactly."""
    if one[1] == other[1]:
        return one[0] > other[0]
    return working_days(*one) > working_days(*other) + 1e-9


@dataclass(frozen=True, slots=True)
class Span:
    """When a version is in force: from an instant (inclusive) until another (exclusive; None: still)."""

    number: int
    start: datetime
    end: datetime | None


def fault_of_start(spans: Iterable[Span], start: datetime, now: datetime) -> str:
    """Why a version may not be in force from `start`; empty when it may. Spans follow one another without gap or overlap."""
    newest = max(spans, key=lambda one: one.number, default=None)
    if start < now:
        return "生效时间不能早于现在；已经过去的时间里生效的是当时的版本"
    if newest is not None and newest.start > now:
        return f"第 {newest.number} 版定于 {newest.start:%Y-%m-%d} 生效，还没有到；请等它生效后再发布新的一版"
    return ""
