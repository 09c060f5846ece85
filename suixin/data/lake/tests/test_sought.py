"""A short value is found by its column, whatever way it is written there, and in no other."""

import pytest

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.lake.purging.selecting import Selection
from suixin.data.lake.purging.sought import sought_in

AGREED = Contract("c", "people", "人员", (
    ItemSpec("code", "编码", ItemType.INTEGER, 6, is_key=True, source_names=("人员编号",)), ItemSpec("grade", "级别", ItemType.TEXT, 6),
))
TWELVE = sought_in(AGREED, Selection("code", ("12",)), {"PERSON_NO": "code"})


@pytest.mark.parametrize("cells", [
    {"编码": "12"}, {"code": 12}, {" 人员 编号": "012"}, {"person_no": 12.0, "级别": "3"}, {"旧编码": "１２", "级别": "3"},
    {"编码": ["12"]},
])  # fmt: skip
def test_it_is_found_under_every_name_of_its_item(cells):
    assert TWELVE.in_cells(cells)


@pytest.mark.parametrize("cells", [
    {"编码": "3", "级别": "12"}, {"编码": "3", "旧编码": "12"}, {"编码": "120"}, {"级别": "12"}, {"编码": None},
])  # fmt: skip
def test_it_is_not_found_in_cells_of_others(cells):
    assert not TWELVE.in_cells(cells)


def test_texts_are_not_numbers_and_lines_are_parted():
    text = sought_in(AGREED, Selection("grade", ("012",)))
    assert not text.in_cells({"级别": "12"})
    assert text.in_cells({"级别": " 012 "})
    assert TWELVE.in_line("3,12;x")
    assert not TWELVE.in_line("3,120;x12")


def test_a_long_value_is_found_in_any_cell():
    assert sought_in(AGREED, Selection("grade", ("SN99001",))).in_cells({"编码": "3", "备注": "见 sn99001。"})
