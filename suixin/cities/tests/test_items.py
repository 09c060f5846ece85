"""The city's government services: codes right, at least sixty kinds of twelve departments, most of them complete."""

import pytest

from suixin.cities.errors import BadCityFile
from suixin.cities.items import city_items
from suixin.cities.loader import load_city
from suixin.services.items import checking, rules

CITY = load_city("suining")


def test_city_has_sixty_kinds_of_twelve_departments_and_forty_are_complete():
    drafts = {draft.code: draft.content for draft in city_items(CITY)}
    assert [sentence for code in drafts if (sentence := rules.fault_of_code(code))] == []
    lists = [code for code in drafts if len(code) == 31]
    complete = [code for code in lists if not checking.faults_of({**drafts[code[19:]], **drafts[code]})]
    assert len([code for code in drafts if len(code) == 33]) >= 6
    assert len(lists) >= 60
    assert len({code[:18] for code in lists}) >= 12
    assert len(complete) >= 60


@pytest.mark.parametrize(("item", "told"), [
    ("- {basic: 131, department: health}", "基本编码"), ("- {basic: '000131127009', department: nobody}", "department"),
    ("- {basic: '000131127009', department: health, colour: red}", "colour"),
    ("- {basic: '000131127009', department: health, steps: odd}", "steps"),
    ("- {basic: '000131127009', department: health, steps: plain, materials: [gold]}", "gold"),
    ("- {basic: '000131127009', department: health, steps: plain, promise_day: five}", "整数"),
])
def test_wrong_declaration_is_told_by_its_key(tmp_path, item, told):
    from dataclasses import replace

    (tmp_path / "items").mkdir()
    for name in ("common.yaml", "items.yaml"):
        text = (CITY.folder / "items" / name).read_text("utf-8") if name == "common.yaml" else item
        (tmp_path / "items" / name).write_text(text, "utf-8")
    with pytest.raises(BadCityFile, match=told):
        city_items(replace(CITY, folder=tmp_path))
