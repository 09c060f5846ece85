"""The words of the State Council's notice on a year's holidays, read clause by clause; pure.

Form     “一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。”
Promise  weekdays and numbers of days that the notice states must agree with its dates; any other sentence in a clause is a
         fault, but for appeals (鼓励…), which change no day and are told
"""

import re
from datetime import date

from suixin.ground.flow.calendar_reading import Announced, Row, checked, weekday_word

_HEAD = r"[一二三四五六七八九十]+、{name}[:：]"
_CLAUSE = re.compile(
    _HEAD.format(name="(?P<name>[^:：。，]{2,20})") + r"(?P<body>.*?)(?=" + _HEAD.format(name="[^:：。，]{2,20}") + r"|\Z)", re.S,
)
_YEAR = re.compile(r"(20\d\d)年(?:部分)?(?:节假日|元旦)")
_DOCUMENT = re.compile(r"国办发明电[〔\[(（](\d{4})[〕\])）](\d+)号")
_DAY = re.compile(r"(?:(?P<y>\d{4})年)?(?:(?P<m>\d{1,2})月)?(?P<d>\d{1,2})日(?:[(（](?P<note>[^()（）]*)[)）])?")
_HOLIDAY = re.compile(
    r"(?P<days>.+?)放假(?:调休)?(?:(?P<n>\d{1,2})天)?(?:[,，](?:共(?P<total>\d{1,2})天|与周末连休|不调休))*"
)
_WEEKDAY = re.compile(r"(?:周|星期)([一二三四五六日天])")
_END = re.compile(r"节假日期间|各地区|国务院办公厅\s*\d{4}年")


def read(text: str, *, year: int | None = None, document: str = "") -> Announced:
    """What the notice announces. Raises WrongCalendar with all faults at once."""
    if year is None and (found := _YEAR.search(text)):
        year = int(found[1])
    if not document and (number := _DOCUMENT.search(text)):
        document = f"国办发明电〔{number[1]}〕{number[2]}号"
    faults: list[str] = []
    notes: list[str] = []
    rows: list[Row] = []
    clauses = list(_CLAUSE.finditer(text))
    if not clauses:
        faults.append("看不出放假安排；通知的每一条应写成“一、元旦：1月1日至3日放假，共3天。”。")
    for clause in clauses:
        body = _END.split(re.sub(r"\s+", "", clause["body"]))[0]
        rows += _clause(clause["name"].strip(), body, year, faults, notes)
    source = f"国务院办公厅关于{year}年部分节假日安排的通知" if year else ""
    return checked(year, rows, faults, document=document, source=source, notes=notes)


def _clause(name: str, body: str, year: int | None, faults: list[str], notes: list[str]) -> list[Row]:
    place, rows = f"“{name}”一条", list[Row]()
    for sentence in filter(None, re.split(r"[。;；]", body)):
        if sentence.startswith("鼓励"):
            notes.append(f"“{name}”：“{sentence}。”是倡导，不改变上班日。")
        elif sentence.endswith("上班"):
            found = _days(sentence.removesuffix("上班"), "、", place, year, faults)
            rows += [Row(place, day, day, True, name) for day in found]
        elif holiday := _HOLIDAY.fullmatch(sentence):
            rows += _holiday(name, holiday, place, year, faults)
        else:
            faults.append(f"{place}：看不懂“{sentence[:60]}”。")
    return rows


def _holiday(name: str, found: re.Match[str], place: str, year: int | None, faults: list[str]) -> list[Row]:
    days = _days(found["days"], "至", place, year, faults)
    if not 1 <= len(days) <= 2:
        return []
    first, last = days[0], days[-1]
    stated = found["total"] or found["n"]
    if stated and int(stated) != (last - first).days + 1:
        faults.append(f"{place}：写着共 {stated} 天，但 {first} 至 {last} 是 {(last - first).days + 1} 天。")
    return [Row(place, first, last, False, name)]


def _days(text: str, between: str, place: str, year: int | None, faults: list[str]) -> list[date]:
    """The dates in a row, each in the month of the one before unless it names its own."""
    days: list[date] = []
    month, current = 0, year or 0
    for part in _parts(text, between):
        found = _DAY.fullmatch(part)
        if found is None:
            faults.append(f"{place}：看不懂日期“{part[:30]}”。")
            return []
        current, month = int(found["y"] or current), int(found["m"] or month)
        try:
            day = date(current, month, int(found["d"]))
        except ValueError:
            faults.append(f"{place}：没有“{part[:30]}”这一天。")
            return []
        stated = _WEEKDAY.search(found["note"] or "")
        if stated and stated[1].replace("天", "日") != weekday_word(day)[-1]:
            faults.append(f"{place}：写着{part}，但 {day} 是{weekday_word(day)}。")
        days.append(day)
    return days


def _parts(text: str, between: str) -> list[str]:
    """The text split at the word, but not within brackets (农历除夕、周二)."""
    return [part for part in re.split(rf"{between}(?![^(（]*[)）])", text) if part]
