"""The code sets and the element dictionary: written as agreed, and their names refer to one another."""

from collections import Counter
from pathlib import Path

import pytest

from suixin.cities.loader import load_city
from suixin.data.catalog.contract import ItemType
from suixin.kit import yaml_text

SUIXIN = Path(__file__).parents[2]
STANDARDS = SUIXIN / "ground" / "standards"
CODE_FILES = [*sorted((STANDARDS / "codes").glob("*.yaml")), *sorted((SUIXIN / "cities/suining/codes").glob("*.yaml"))]
CODE_SETS = {content["code"]: content for content in (yaml_text.load(f.read_text("utf-8")) for f in CODE_FILES)}
ELEMENTS = [e for f in sorted((STANDARDS / "elements").glob("*.yaml")) for e in yaml_text.load(f.read_text("utf-8"))]
MASKS = {
    "name", "resident_id", "resident_id_strict", "mobile", "landline", "bank_card", "address", "email", "passport",
    "plate", "uscc_person", "birthday", "coordinate", "suppress",
}
HEADERS = (
    "code", "name", "provinceCode", "cityCode", "confirmed", "cured", "dead", "latitude", "longitude", "open", "close",
    "high", "low", "volume", "AQI", "date", "PM2.5", "成交量", "收盘", "省份", "统一社会信用代码",
)


@pytest.mark.parametrize("content", CODE_SETS.values(), ids=CODE_SETS.keys())
def test_codes_and_names_of_a_code_set_are_text(content: dict[str, object]) -> None:
    assert {"code", "name", "version", "source", "entries"} == set(content) - {"aliases"}
    entries = content["entries"]
    assert isinstance(entries, dict)
    assert entries
    assert all(isinstance(k, str) and isinstance(v, str) and v for k, v in entries.items())


def test_national_sets_have_all_their_codes() -> None:
    sizes = {
        "GB/T 3304-alpha": 56, "GB/T 4754-2017-section": 20, "GB/T 4754-2017-division": 97, "GB/T 2261.1": 4,
        "GB/T 4762": 13, "GB/T 2260-province": 34, "510900-township": 95,
    }
    assert {code: len(CODE_SETS[code]["entries"]) for code in sizes} == sizes


def test_the_dictionary_has_at_least_350_elements_with_known_keys() -> None:
    keys = {"field", "name", "aliases", "type", "length", "scale", "unit", "code_set", "level", "mask"}
    assert len(ELEMENTS) >= 350
    assert all(set(e) <= keys for e in ELEMENTS)
    assert all(e["type"] in set(ItemType) for e in ELEMENTS)


def test_no_two_elements_answer_to_the_same_header() -> None:
    headers = Counter(
        "".join(h.split()).casefold() for e in ELEMENTS for h in {e["field"], e["name"], *e.get("aliases", [])}
    )
    assert [h for h, times in headers.items() if times > 1] == []


def test_every_code_set_and_mask_that_is_named_exists() -> None:
    items = [i for r in load_city("suining").resources for i in r.contract.items]
    named = {e.get("code_set", "") for e in ELEMENTS} | {i.code_set for i in items}
    masks = {e.get("mask", "") for e in ELEMENTS} | {i.mask for i in items}
    assert named - {""} <= set(CODE_SETS)
    assert masks - {""} <= MASKS


def test_a_masked_element_is_never_public() -> None:
    assert [e["field"] for e in ELEMENTS if e.get("mask") and e.get("level", 1) == 1] == []


@pytest.mark.parametrize("header", HEADERS)
def test_common_english_headers_are_known(header: str) -> None:
    known = {h.casefold() for e in ELEMENTS for h in (e["field"], e["name"], *e.get("aliases", []))}
    assert header.casefold() in known
