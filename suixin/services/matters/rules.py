"""Law and arithmetic of matters: how a case's end counts for its part, procedures of joint visits and delivery, lights; pure.

Result    granted, and what was handed over, counts as approved; refused, denied, withdrawn and stopped do not
Delivery  行政许可法 art. 44: ten days after the decision; here after the last of them
"""

from collections.abc import Mapping
from datetime import date

from suixin.ground.flow.durations import Duration
from suixin.ground.flow.workdays import WorkCalendar
from suixin.services.themes.declaration import Ask
from suixin.services.themes.rules import Result

DELIVERY = "matter-delivery"
NEAR = 2  # working days before the promise
_APPROVED = frozenset({"granted", "closed"})
_REFUSED = frozenset({"refused", "denied", "withdrawn", "stopped"})


def result_of(state: str, decision: str) -> Result | None:
    """What a case in that state means for its part; None while it is not decided."""
    if state in _APPROVED or (state == "archived" and decision == "granted"):
        return Result.APPROVED
    return Result.REFUSED if state in _REFUSED or state == "archived" else None


def light_of(due_on: date, today: date, calendar: WorkCalendar) -> str:
    """Green, amber from two working days before the promise on, red beyond it."""
    if today > due_on:
        return "red"
    return "amber" if calendar.workdays_between(today, due_on) <= NEAR else "green"


def visit_slug(days: int) -> str:
    """The name of the procedure of joint visits of so many working days."""
    return f"matter-visit-{days}"


def visit_procedure(days: int) -> dict[str, object]:
    """The procedure of a joint visit: the lead department arranges it, goes there with the others and says what was found."""
    limit = str(Duration(days))
    nodes = {"visit": {
        "title": "现场联合勘验", "organisation": "$lead", "role": "clerk", "limit": limit, "actions": {"approve": "已勘验"},
        "hint": "先在一件事办件页约定时间，几个部门一起上门、只去一次；结论写在意见里，各部门据此作出决定。",
    }}
    head = {"id": visit_slug(days), "title": "现场联合勘验", "subject": "matters.visit", "lead": "$lead"}
    return {**head, "basis": "国办发〔2022〕32号", "promised": limit, "statutory": limit, "nodes": nodes}


def delivery_procedure() -> dict[str, object]:
    """The procedure of the one delivery by the lead department."""
    limit = str(Duration(10))
    nodes = {"deliver": {
        "title": "统一送达", "organisation": "$lead", "role": "clerk", "limit": limit, "actions": {"approve": "已送达"},
        "hint": "各项都办完后一次送达（行政许可法第四十四条：十个工作日内）；请在一件事办件页登记领取人。",
    }}
    head = {"id": DELIVERY, "title": "一件事统一送达", "subject": "matters.matter", "lead": "$lead"}
    return {**head, "basis": "行政许可法第四十四条", "promised": limit, "statutory": limit, "nodes": nodes}


def situation_code(asks: tuple[Ask, ...], answers: Mapping[str, object]) -> str:
    """The answers as digits, one number for each question in its order; "" unless each has one of its answers."""
    found = []
    for ask in asks:
        value = answers.get(ask.name)
        if value not in ask.values or isinstance(value, bool) != ask.is_flag:
            return ""
        found.append(str(ask.values.index(value) + 1))
    return "-".join(found) or "0"


def situation_of(asks: tuple[Ask, ...], code: str) -> dict[str, object] | None:
    """The answers that the digits stand for; None for digits of no situation."""
    told = code.split("-") if asks else []
    if (not asks and code != "0") or len(told) != len(asks):
        return None
    found: dict[str, object] = {}
    for ask, number in zip(asks, told, strict=True):
        if not number.isascii() or not number.isdecimal() or not 0 < int(number) <= len(ask.values):
            return None
        found[ask.name] = ask.values[int(number) - 1]
    return found
