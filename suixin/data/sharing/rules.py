"""The law of sharing: what forbids a grant, what a request must state, how rows are narrowed to divisions.

Source  国务院令第809号 art. 14, 15, 20, 21, 29 (standards/data.md 2.2, 2.3)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.kit.errors import SuixinError

CONDITIONAL, UNCONDITIONAL, WITHHELD = "conditional", "unconditional", "withheld"
RECORD_YEARS = 3  # art. 29
MOST_YEARS = 5  # our choice: what is needed for longer is renewed
LEAST_SCENARIO = 6  # characters; less than that says nothing
_DIVISION = re.compile(r"\d{2,12}")
_DIVISION_FIELDS = ("division_code", "district_code", "region_code", "area_code", "xzqhdm")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a part says, as the value that the rules judge."""

    columns: Sequence[str]
    law: str
    document: str
    article: str
    scenario: str
    row_filter: str
    divisions: Sequence[str]
    doors: Sequence[str]
    until: date | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what it is called, and what is wrong with it ("": nothing)."""

    title: str
    fault: str = ""


def faults_of(
    contract: Contract,
    *,
    share_type: str,
    columns: Sequence[str],
    purpose: str,
    basis: str,
    until: datetime,
    now: datetime,
    is_own_application: bool = True,
) -> list[str]:
    """Sentences on what forbids the grant; empty when it may be given."""
    faults = []
    if share_type == WITHHELD:
        faults.append("该资源属于不予共享")
    faults += _column_faults(contract, columns)
    if not purpose.strip():
        faults.append("应写明使用场景")
    if not basis.strip():
        faults.append("应写明使用依据")
    if not is_own_application:
        faults.append("调用应用不属于需求部门")
    if until <= now:
        faults.append(f"使用时限 {until:%Y-%m-%d} 已过")
    return faults


def shared_fields(contract: Contract) -> list[str]:
    """Fields of the items that may be shared at all."""
    return [one.field for one in contract.items if one.share_type != WITHHELD and not one.is_secret]


def checks_of(contract: Contract, said: Statement, *, share_type: str, today: date, filter_fault: str) -> list[Check]:
    """All that can be checked of a part without a person; it may be handed on when none has a fault.

    `filter_fault`: what the reader of expressions said of the row filter; "" when it reads.
    """
    columns = _column_faults(contract, said.columns)
    scenario = said.scenario.strip()
    return [
        Check("共享属性", "该资源属于不予共享" if share_type == WITHHELD else ""),
        Check("信息项", ";".join(columns)),
        Check("使用依据", "应写明法律法规、“三定”规定或文件的名称，以及文号或条款" if not said.law.strip() or not (
            said.document.strip() or said.article.strip()) else ""),
        Check("使用场景", f"应写明用在哪项工作、怎样用（至少 {LEAST_SCENARIO} 个字）" if len(scenario) < LEAST_SCENARIO else ""),
        Check("使用范围", filter_fault or division_fault(contract, said.divisions)),
        Check("共享方式", "应至少选一种共享方式" if not said.doors else ""),
        Check("使用时限", _until_fault(said.until, today)),
    ]


def division_item(contract: Contract) -> ItemSpec | None:
    """The item that says in which division a row lies; None when the contract has none."""
    named = (one for one in contract.items if one.field in _DIVISION_FIELDS or one.name.endswith("区划代码"))
    return next(named, None) or next((one for one in contract.items if one.code_set.endswith("-district")), None)


def division_fault(contract: Contract, divisions: Sequence[str]) -> str:
    """What is wrong with narrowing rows to these divisions; "" when nothing is."""
    wrong = [code for code in divisions if not _DIVISION.fullmatch(code)]
    if wrong:
        return f"区划代码“{wrong[0][:20]}”应为 2 到 12 位数字，例如 510903"
    if divisions and division_item(contract) is None:
        return "这个资源没有行政区划代码，不能按区划限定范围；请改用行条件"
    return ""


def narrowed(contract: Contract, row_filter: str, divisions: Sequence[str]) -> str:
    """The row filter that both say, in the language of expressions; codes end where their zeros begin (510900: the whole city)."""
    item = division_item(contract)
    if not divisions or item is None:
        return row_filter.strip()
    within = " OR ".join(f"{item.field} LIKE '{_stem(code)}%'" for code in divisions)
    return f"({row_filter.strip()}) AND ({within})" if row_filter.strip() else within


def why_differs(error: SuixinError) -> str:
    """An error of the expression reader as part of a sentence."""
    return error.sentence.rstrip("。")


def kept_until(day: date) -> date:
    """The day until which a use record of `day` is kept at least. Source: art. 29."""
    try:
        return day.replace(year=day.year + RECORD_YEARS)
    except ValueError:  # 29 February
        return day.replace(year=day.year + RECORD_YEARS, month=3, day=1)


def _stem(code: str) -> str:
    pairs = code[:6]
    while len(pairs) > 2 and pairs.endswith("00"):
        pairs = pairs[:-2]
    return pairs if len(code) <= 6 or not code[6:].strip("0") else code.rstrip("0")


def _column_faults(contract: Contract, columns: Sequence[str]) -> list[str]:
    faults = []
    unknown = [name for name in columns if contract.item(name) is None]
    if unknown:
        faults.append("没有这些信息项:" + "、".join(unknown))
    if not columns:
        faults.append("至少要申请一个信息项")
    items = [item for name in columns if (item := contract.item(name)) is not None]
    closed = [item.name for item in items if item.share_type == WITHHELD or item.is_secret]
    if closed:
        faults.append(f"信息项“{'、'.join(closed)}”不予共享,请不要选它")
    return faults


def _until_fault(until: date | None, today: date) -> str:
    if until is None:
        return "应写明使用到哪一天"
    if until <= today:
        return f"使用时限 {until} 已过或就在今天"
    if (until - today).days > MOST_YEARS * 366:
        return f"使用时限最长 {MOST_YEARS} 年，到期可以续期"
    return ""
