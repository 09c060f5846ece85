"""Limits as the law writes them: an amount and a unit, `10wd` (working days), `15d` (calendar days), `4h` (hours)."""

import re
from dataclasses import dataclass
from enum import StrEnum

_PATTERN = re.compile(r"([1-9][0-9]{0,3})\s*(wd|d|h)")


class Unit(StrEnum):
    """What is counted; only working days stop at weekends and holidays."""

    WORKING_DAYS = "wd"
    DAYS = "d"
    HOURS = "h"


_WORDS = {Unit.WORKING_DAYS: "个工作日", Unit.DAYS: "日", Unit.HOURS: "小时"}


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount of at least 1 and at most 9999 in a unit."""

    amount: int
    unit: Unit = Unit.WORKING_DAYS

    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def words(self) -> str:
        """As people read it: 10个工作日."""
        return f"{self.amount}{_WORDS[self.unit]}"


def parse_duration(text: str) -> Duration:
    """The duration that `text` states. Raises ValueError."""
    found = _PATTERN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"时限“{text[:40]}”不对;应写成数量加单位,例如 10wd(工作日)、15d(日)、4h(小时)。")
    return Duration(int(found[1]), Unit(found[2]))
