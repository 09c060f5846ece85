"""Standards: the files hold together, and columns are recognised."""

from pathlib import Path

import pytest

from suixin.ground.security.masks import MASKS
from suixin.ground.standards import BadStandard, code_set, code_sets, element_for, elements, match_code_set
from suixin.ground.standards.loading import read_code_sets, read_elements
from suixin.kit.errors import NotFound


def test_every_element_names_code_sets_and_masks_that_exist() -> None:
    codes = {one.code for one in code_sets()}
    assert {e.code_set for e in elements() if e.code_set} <= codes
    assert {e.mask for e in elements() if e.mask} <= set(MASKS)


def test_codes_names_and_unknown_values_are_told_apart() -> None:
    sex = code_set("GB/T 2261.1")
    assert (sex.code_of("1"), sex.code_of("男"), sex.code_of("x")) == ("1", "1", None)
    assert "女" in sex
    with pytest.raises(NotFound):
        code_set("none such")


@pytest.mark.parametrize("header", ["公民身份号码", "身份证号", " 身份证 号码", "ID_CARD"])
def test_header_finds_its_element(header: str) -> None:
    element = element_for(header)
    assert element is not None
    assert element.field == "resident_id"


def test_unit_in_brackets_does_not_hide_the_element() -> None:
    assert element_for("身高(cm)") == element_for("身高")
    assert element_for("毫无关系的列") is None


def test_numbers_without_a_telling_header_match_no_code_set() -> None:
    assert match_code_set("次数", ["1", "2", "1"]) is None
    assert match_code_set("性别", [1, 2, 1, None]) == (code_set("GB/T 2261.1"), 1.0)
    assert match_code_set("性别", ["甲", "乙"]) is None


def test_names_match_by_values_alone() -> None:
    found = match_code_set("在哪里", ["船山区", "安居区", "大英县", "射洪市"])
    assert found is not None
    assert found[0].code == "510900-district"


@pytest.mark.parametrize(
    "text", ["{code: a, name: b}", "{code: a, name: b, entries: {1: x}}", "[", "{code: a, nom: b}"]
)
def test_bad_code_set_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    with pytest.raises(BadStandard, match=r"bad\.yaml"):
        read_code_sets((tmp_path,))


@pytest.mark.parametrize(
    "text",
    ["[{field: a, name: b, type: Z}]", "[{field: a, name: b}]", "{}", "[{field: a, name: b, type: C, level: 9}]"],
)
def test_bad_element_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    with pytest.raises(BadStandard, match=r"bad\.yaml"):
        read_elements((tmp_path,))
