"""Law and arithmetic of applications and cases: numbers, limits, who may apply, what a handling consists of; pure.

Number   division of 12 digits, the department's body code of 9, the day, five digits (services.md 1.7: recommended layout)
Limits   行政许可法 art. 32 (five days to tell what is missing, once; silence is acceptance from the day of receipt), art. 42
         (decision), art. 44 (ten days to deliver, not part of the promise), art. 45 (special procedures do not count)
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from suixin.ground.flow.durations import Duration, Unit
from suixin.services.items.elements import AT_ONCE, Content
from suixin.services.items.stated import number_of, text_of

ADULT = 18  # 民法典 art. 17
RECEPTION, DELIVERY = Duration(5), Duration(10)
SPECIALS = ("听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审", "现场核查")  # art. 45, and inspection on site
_ORDER = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:-[1-9][0-9]{0,3})?")
_UNITS = {"1": (Unit.WORKING_DAYS, 1), "2": (Unit.DAYS, 1), "3": (Unit.HOURS, 1), "4": (Unit.DAYS, 30), "5": (Unit.DAYS, 365)}


def prefix_of(division: str, uscc: str, day: date) -> str:
    """What the number of a case begins with; five digits follow."""
    return f"{division[:12]:0<12}{uscc[8:17]}{day:%y%m%d}"


def number_of_case(prefix: str, count: int) -> str:
    """The number of a case: the count has at least five digits."""
    return f"{prefix}{count:05}"


def number_of_document(short_name: str, word: str, *, year: int, count: int) -> str:
    """A paper's number: 市人社局受〔2026〕12号."""
    return f"{short_name}{word}〔{year}〕{count}号"


def limit_of(content: Content, which: str) -> Duration:
    """The limit `promise` or `anticipate` of an item; what is done at once has one working day, the shortest there is."""
    amount = number_of(content, f"{which}_day") or 0
    unit, factor = _UNITS.get(text_of(content, f"{which}_type"), _UNITS["1"])
    return Duration(amount * factor, unit) if amount else Duration(1)


def is_at_once(content: Content) -> bool:
    """Whether the item is decided while the applicant waits (即办件)."""
    return text_of(content, "project_type") == AT_ONCE


@dataclass(frozen=True, slots=True)
class Stage:
    """One node of a handling before delivery."""

    id: str
    title: str
    role: str
    limit: Duration


def stages_of(content: Content) -> list[Stage]:
    """Who examines and who decides, within the promise: the head decides, the last part of it (at least one) is his.

    What is decided at once, or promised within one unit, is one person's.
    """
    promised = limit_of(content, "promise")
    if is_at_once(content) or promised.amount < 2:
        return [Stage("decide", "决定", "clerk", promised)]
    last = max(promised.amount // 3, 1)
    return [
        Stage("examine", "审查", "clerk", Duration(promised.amount - last, promised.unit)),
        Stage("decide", "决定", "department_head", Duration(last, promised.unit)),
    ]


def procedure_of(slug: str, title: str, content: Content) -> dict[str, object]:
    """The procedure that an item's version is handled by, as a declaration of `ground.flow`."""
    promised, statutory = limit_of(content, "promise"), limit_of(content, "anticipate")
    nodes: dict[str, dict[str, object]] = {}
    before = ""
    for stage in stages_of(content):
        is_decision = stage.id == "decide"
        actions = {"approve": "准予", "reject": "不予许可"} if is_decision else {"approve": "审查通过", "reject": "不予许可"}
        if is_decision and before:
            actions["return"] = "退回审查"
        nodes[stage.id] = {
            "title": stage.title, "organisation": "$department", "role": stage.role, "limit": str(stage.limit), "actions": actions,
            "extension": str(Duration(10)), **({"after": before} if before else {}),
        }
        before = stage.id
    nodes["deliver"] = {
        "title": "送达", "organisation": "$department", "role": "clerk", "limit": str(DELIVERY), "special": True, "after": before,
        "actions": {"approve": "已送达"}, "hint": "决定后十个工作日内颁发、送达（行政许可法第四十四条）；请在办件页登记领取人。",
    }
    basis = "行政许可法第四十二条、第四十四条、第四十五条"
    head = {"id": slug, "title": title[:190], "subject": "cases.case", "lead": "$department", "basis": basis}
    limits = {"promised": str(promised), "statutory": str(statutory), "supplement_limit": "15wd"}
    return {**head, **limits, "approvers": {"extend": "department_head"}, "nodes": nodes}


def age_on(id_number: str, day: date) -> int | None:
    """Years lived on that day by the number of an identity card; None when it tells no date."""
    try:
        born = date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_minor(id_number: str, day: date) -> bool:
    """Whether whom the number names is under age on that day."""
    age = age_on(id_number, day)
    return age is not None and age < ADULT


def fault_of_applicant(id_number: str, *, guardian: str, day: date) -> str:
    """Why this person may not apply alone; "" when it may."""
    if is_minor(id_number, day) and not guardian:
        return f"申请人未满 {ADULT} 周岁，须由监护人办理；请填写监护人的姓名和身份证号。"
    return ""


def fault_of_authority(
    *, is_revoked: bool, valid_from: date, valid_to: date, items: Sequence[str], item: str, day: date,
) -> str:
    """Why an authority does not cover this application; "" when it does."""
    if is_revoked:
        return "这份授权已被撤销；请委托人重新授权。"
    if not valid_from <= day <= valid_to:
        return f"这份授权的有效期是 {valid_from} 至 {valid_to}，今天不在其中；请委托人重新授权。"
    if items and item not in items:
        return "这份授权不包括这个事项；请委托人扩大授权范围，或改由本人办理。"
    return ""


def cards_due(*, is_amber: bool, is_red: bool, is_beyond_law: bool) -> Mapping[str, str]:
    """Which card is to be shown for which line: near or beyond the promise, beyond the law."""
    found = {"promised": "red"} if is_red else {"promised": "yellow"} if is_amber else {}
    return {**found, **({"statutory": "red"} if is_beyond_law else {})}


@dataclass(frozen=True, slots=True)
class Balance:
    """Where the money of fees stands, in cents: always assessed = reduced + open + paid + refunded; surplus is what came beside."""

    assessed: int = 0
    reduced: int = 0
    open: int = 0
    paid: int = 0
    refunded: int = 0
    surplus: int = 0


def order_of(fee: UUID, attempt: int) -> str:
    """What a provider is asked for that fee under at the attempt, the first 0."""
    return f"{fee}-{attempt}" if attempt else str(fee)


def fee_of_order(order: str) -> UUID | None:
    """The fee that an order is for; None when it is none of ours."""
    found = _ORDER.fullmatch(order)
    return UUID(found[1]) if found is not None else None


def balance_of(fees: Iterable[tuple[str, int, int]], surplus: int = 0) -> Balance:
    """The balance of fees as (state, cents assessed, cents reduced); `surplus`: payments that settle nothing and were not given back."""
    rows = list(fees)

    def left(*states: str) -> int:
        return sum(cents - reduced for state, cents, reduced in rows if state in states)

    return Balance(
        sum(cents for _, cents, _ in rows), sum(reduced for _, _, reduced in rows), left("due", "pending"), left("paid"),
        left("refunded"), surplus,
    )
