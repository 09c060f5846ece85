"""What follows from an organisation's place and from days; pure.

Level    of a division code: province (10000), city (1000), county, township, village; standards/data.md 5.4
Bureau   governs what its government governs: the subtree below its parent (国务院令第809号 art. 8: 本区域)
Validity `valid_from` is the first day, `valid_to` the first day no more; an absent bound is open
"""

from collections.abc import Sequence
from datetime import date

PROVINCE, CITY, COUNTY, TOWNSHIP, VILLAGE = "province", "city", "county", "township", "village"
MAX_KEYS = 5  # usable keys of one application; our choice
OVERLAP_DAYS = 7  # how long the key before a rotation stays valid; our choice
BUREAU_WORDS = ("数据局", "数据资源管理局", "大数据局", "大数据管理局", "数据管理局")


def level_of(division_code: str) -> str:
    """The level of a division code of 6, 9 or 12 digits; "" for any other text."""
    if not division_code.isdecimal():
        return ""
    match len(division_code):
        case 6:
            return PROVINCE if division_code.endswith("0000") else CITY if division_code.endswith("00") else COUNTY
        case 9:
            return TOWNSHIP
        case 12:
            return TOWNSHIP if division_code.endswith("000") else VILLAGE
    return ""


def looks_like_bureau(name: str, kind: str) -> bool:
    """Whether a department's name says that it administers data; only for entries that do not say so themselves."""
    return kind == "department" and name.endswith(BUREAU_WORDS)


def jurisdiction_of(path: Sequence[str], *, is_bureau: bool) -> str:
    """Credit code of the head of the subtree that a member of the organisation at the end of `path` governs."""
    if not path:
        return ""
    return path[-2] if is_bureau and len(path) > 1 else path[-1]


def is_in_force(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Whether a span of days contains the day `on`."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on < valid_to)


MAY_STAND_IN_NAMES = "·•.-'’() （）"
LONGEST_NAME = 60


def fault_of_name(name: str) -> str:
    """What is wrong with a person's name, as half a sentence; "" when nothing is."""
    if not name:
        return "没有填写"
    if len(name) > LONGEST_NAME:
        return f"超过 {LONGEST_NAME} 个字"
    strange = [c for c in name if not (c.isalnum() or c in MAY_STAND_IN_NAMES)]
    if strange or not name[0].isalnum():
        return f"含有姓名里不会有的字符“{strange[0] if strange else name[0]}”"
    return ""


def fault_of_username(username: str) -> str:
    """What is wrong with a name to sign in with, as half a sentence; "" when nothing is."""
    if not username:
        return "没有填写"
    is_plain = username.isascii() and username[0].isalnum() and all(c.isalnum() or c in "._-@" for c in username)
    if not is_plain or not 2 <= len(username) <= LONGEST_NAME:
        return f"应为 2 至 {LONGEST_NAME} 个字母、数字或 . _ - @，以字母或数字开头"
    return ""


def fault_of_mobile(mobile: str) -> str:
    """What is wrong with a telephone number, as half a sentence; "" when nothing is or none is given."""
    digits = mobile.removeprefix("+86").replace("-", "").replace(" ", "")
    return "" if not mobile or (digits.isdecimal() and digits.isascii() and 5 <= len(digits) <= 13) else "不是电话号码"
