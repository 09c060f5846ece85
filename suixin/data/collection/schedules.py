"""When a feed is due: five fields as cron has them, in China's time; one ready-made for each update cycle. Pure.

Fields   minute hour day-of-month month day-of-week (0 and 7 are Sunday), each `*`, `5`, `1-5`, `*/15`, `1,15`; as in
         cron, when both kinds of day are restricted either will do
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from suixin.data.collection.errors import WrongSource
from suixin.kit.clock import CHINA

_FIELDS = (("分", 0, 59), ("时", 0, 23), ("日", 1, 31), ("月", 1, 12), ("星期", 0, 7))
_LONGEST_SEARCH = timedelta(days=366 * 8)  # 29 February may be eight years away
# update cycle of the entry (standards/data.md 1.9) → when its feed runs unless somebody says otherwise (our choice)
OF_CYCLE = {
    "1": "*/5 * * * *", "2": "30 1 * * *", "3": "30 1 * * 1", "4": "30 1 1 * *", "5": "30 1 1 1,4,7,10 *", "6": "30 1 1 1 *",
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule read: the values that each field allows."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    has_days: bool
    has_weekdays: bool

    def next_after(self, moment: datetime) -> datetime | None:
        """The first minute after `moment` that fits; None for a day that never comes (30 February)."""
        found = moment.astimezone(CHINA).replace(second=0, microsecond=0) + timedelta(minutes=1)
        end = found + _LONGEST_SEARCH
        while found < end:
            if found.month not in self.months or not self._is_day(found):
                found = (found + timedelta(days=1)).replace(hour=0, minute=0)
            elif found.hour not in self.hours:
                found = (found + timedelta(hours=1)).replace(minute=0)
            elif found.minute not in self.minutes:
                found += timedelta(minutes=1)
            else:
                return found
        return None

    def _is_day(self, moment: datetime) -> bool:
        by_day, by_weekday = moment.day in self.days, moment.isoweekday() % 7 in self.weekdays
        if self.has_days and self.has_weekdays:
            return by_day or by_weekday
        return by_day and by_weekday


def schedule_of(text: str) -> Schedule:
    """The schedule of five fields. Raises WrongSource, naming the field."""
    words = text.split()
    if len(words) != len(_FIELDS):
        raise WrongSource("运行时间应有五段:分 时 日 月 星期,例如每天 1:30 写作 30 1 * * *。")
    values = [_values(word, *field) for word, field in zip(words, _FIELDS, strict=True)]
    weekdays = frozenset(day % 7 for day in values[4])
    found = Schedule(values[0], values[1], values[2], values[3], weekdays, words[2] != "*", words[4] != "*")
    if found.next_after(datetime(2026, 1, 1, tzinfo=CHINA)) is None:
        raise WrongSource(f"运行时间“{text}”写的日期永远不会到;请改正日和月。")
    return found


def _values(word: str, name: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        try:
            start, end = (least, most) if span == "*" else (int(first), int(last or (most if step else first)))
            stride = int(step) if "/" in part else 1
        except ValueError:
            start = end = stride = -1
        if not least <= start <= end <= most or stride < 1:
            raise WrongSource(
                f"运行时间的“{name}”写作“{word[:20]}”读不懂;应为 {least} 到 {most} 的数、范围 a-b、间隔 */n,或用逗号分隔的几个。"
            )
        found.update(range(start, end + 1, stride))
    return frozenset(found)
