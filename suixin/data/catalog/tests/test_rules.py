"""The law of catalogue entries."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.data.catalog import rules
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, WriteMode
from suixin.data.catalog.tests import factories


def contract(*items: ItemSpec) -> Contract:
    return Contract(code="", table="some_table", title="某表", items=items)


@given(st.from_regex(r"[1-3]\d{5}\d{0,6}", fullmatch=True), st.integers(1, 10**6))
def test_code_is_category_slash_sequence(category: str, sequence: int) -> None:
    assert rules.resource_code(category, sequence) == f"{category}/{sequence:05d}"


@pytest.mark.parametrize("category", ["", "407001", "30700", "3070a1", "307001/1"])
def test_wrong_category_is_refused(category: str) -> None:
    with pytest.raises(ValueError, match="is not a category"):
        rules.resource_code(category, 1)


def test_well_formed_contract_has_no_fault() -> None:
    entry = contract(ItemSpec("code", "代码", ItemType.TEXT, 6, is_key=True))
    assert rules.faults_of(rules.keyed(entry)) == []


@pytest.mark.parametrize(
    ("item", "word"),
    [
        (ItemSpec("Code", "代码", ItemType.TEXT), "字段名"),
        (ItemSpec("code", " ", ItemType.TEXT), "中文名称"),
        (ItemSpec("code", "代码", ItemType.TEXT, scale=2), "小数位"),
        (ItemSpec("code", "代码", ItemType.NUMBER, 3, 5), "大于长度"),
        (ItemSpec("code", "代码", ItemType.TEXT, is_key=True), "不能为空"),
        (ItemSpec("code", "代码", ItemType.MEMO, is_key=True, nullable=False), "不能作主键"),
        (ItemSpec("name", "姓名", ItemType.TEXT, mask="name"), "不应为 L1"),
    ],
)
def test_each_fault_is_named(item: ItemSpec, word: str) -> None:
    assert any(word in fault for fault in rules.faults_of(contract(item)))


def test_doubled_names_are_named() -> None:
    twice = (ItemSpec("a", "甲", ItemType.TEXT), ItemSpec("b", "甲", ItemType.TEXT))
    assert any("“甲”出现了 2 次" in fault for fault in rules.faults_of(contract(*twice)))


def test_sensitive_items_forbid_opening() -> None:
    person = ItemSpec("id_number", "身份证号", ItemType.TEXT, level=Level.L3, mask="resident_id", sensitive="resident_id")
    assert rules.may_be_opened(contract(person))
    assert rules.may_be_opened(contract(ItemSpec("code", "代码", ItemType.TEXT))) == []


def test_write_mode_that_does_not_follow_from_the_key_is_a_fault() -> None:
    contract = Contract("", "t", "表", factories.ITEMS, write_mode=WriteMode.APPEND)
    assert any("upsert" in fault for fault in rules.faults_of(contract))
    assert rules.faults_of(rules.keyed(contract)) == []


def test_a_million_persons_in_one_table_propose_important_data() -> None:
    persons = contract(replace(factories.ITEMS[1], sensitive="person_name", level=Level.L3))
    assert rules.regrading(persons, rows=999_999, threshold=1_000_000) is None
    assert rules.regrading(persons, rows=1_000_000, threshold=1_000_000) is Level.IMPORTANT
    assert rules.regrading(contract(), rows=10**9, threshold=1_000_000) is None
    assert rules.regrading(replace(persons, floor=Level.IMPORTANT), rows=10**9, threshold=1_000_000) is None


def test_important_items_are_never_opened_and_say_so() -> None:
    faults = rules.may_be_opened(contract(replace(factories.ITEMS[1], level=Level.IMPORTANT)))
    assert faults == ["信息项“名称”是重要数据,任何情况下都不开放"]
