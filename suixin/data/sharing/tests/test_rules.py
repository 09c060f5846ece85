"""What a request must state, how rows are narrowed, how long records are kept."""

from datetime import date, timedelta
from typing import Any  # test data

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.data.access.plans import parse_filter
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.sharing import rules
from suixin.data.sharing.rules import Statement

TODAY = date(2026, 3, 2)
CONTRACT = Contract("c", "t", "名单", (
    ItemSpec("code", "编码", ItemType.TEXT, 20, is_key=True, nullable=False), ItemSpec("district_code", "参保地区划代码", ItemType.TEXT,
        12),
    ItemSpec("secret", "涉密项", ItemType.TEXT, 20, is_secret=True), ItemSpec("closed", "不予共享项", ItemType.TEXT, 20,
        share_type="withheld"),
))
BARE = Contract("c", "t", "名单", CONTRACT.items[:1])
SAID: dict[str, Any] = {
    "columns": ["code"], "law": "某办法", "document": "某文", "article": "", "scenario": "核对低保资格", "row_filter": "", "divisions": [],
    "doors": ["rows"], "until": TODAY + timedelta(days=30),
}


def faults(contract: Contract = CONTRACT, **said: Any) -> list[str]:
    checks = rules.checks_of(contract, Statement(**SAID | said), share_type="conditional", today=TODAY, filter_fault="")
    return [one.title for one in checks if one.fault]


def test_a_whole_statement_passes() -> None:
    assert faults() == []


@pytest.mark.parametrize(("said", "title"), [
    ({"law": ""}, "使用依据"), ({"document": ""}, "使用依据"), ({"scenario": "核对"}, "使用场景"), ({"doors": []}, "共享方式"),
    ({"until": None}, "使用时限"), ({"until": TODAY}, "使用时限"), ({"until": TODAY.replace(year=2040)}, "使用时限"),
    ({"columns": []}, "信息项"), ({"columns": ["secret"]}, "信息项"), ({"columns": ["closed"]}, "信息项"), ({"columns": ["no"]}, "信息项"),
    ({"divisions": ["5109区"]}, "使用范围"),
])
def test_what_is_missing_or_may_not_be_has_its_check(said: dict[str, Any], title: str) -> None:
    assert faults(**said) == [title]


def test_divisions_need_an_item_that_tells_them() -> None:
    assert faults(BARE, divisions=["510903"]) == ["使用范围"]
    assert rules.narrowed(BARE, "code = 'a'", ["510903"]) == "code = 'a'"


@pytest.mark.parametrize(("codes", "kept"), [
    (["510900"], {"510903", "510921"}), (["510903"], {"510903"}), (["510903", "510921000000"], {"510903", "510921"}), (["510000"],
        {"510903", "510921"}),
])
def test_a_division_holds_what_lies_in_it(codes: list[str], kept: set[str]) -> None:
    condition = parse_filter(rules.narrowed(CONTRACT, "", codes), CONTRACT)
    rows = ("510903", "510921", "520100")
    assert {one for one in rows if condition.evaluate({"district_code": one}) is True} == kept


@given(st.lists(st.from_regex(r"\A\d{6}\Z"), min_size=1, max_size=3), st.sampled_from(["", "code = 'a' OR code = 'b'"]))
def test_both_conditions_hold_together(codes: list[str], row_filter: str) -> None:
    condition = parse_filter(rules.narrowed(CONTRACT, row_filter, codes), CONTRACT)
    for code in ("a", "x"):
        row = {"code": code, "district_code": codes[0]}
        assert (condition.evaluate(row) is True) == (not row_filter or code == "a")


def test_records_are_kept_three_years() -> None:
    assert rules.kept_until(date(2024, 2, 29)) == date(2027, 3, 1)
    assert rules.kept_until(TODAY) == date(2029, 3, 2)
