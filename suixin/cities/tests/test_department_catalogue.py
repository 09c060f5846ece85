"""The catalogue of the city's departments: a sheet without a fault, that covers every department."""

from pathlib import Path

import pytest

from suixin.cities.catalogue import department_catalogue
from suixin.cities.errors import BadCityFile
from suixin.cities.loader import load_city
from suixin.data.catalog import rules
from suixin.data.catalog.exchange import judging, reading
from suixin.data.catalog.exchange.judging import Known
from suixin.ground.search import lexicons
from suixin.ground.standards import queries as standards

CITY = load_city("suining")


def test_every_department_has_entries_and_no_cell_is_wrong() -> None:
    found = department_catalogue(CITY.folder)
    assert found is not None
    known = Known({one.uscc: one.name for one in CITY.organisations}, {one.code: one for one in standards.code_sets()}, {}, bool)
    judged = judging.judge(reading.read_workbook(found.workbook), known)
    assert [one.sentence for one in judged.faults] == []
    drafts = [one.draft for one in judged.candidates]
    assert len(drafts) == len(found.entries) >= 150
    departments = {one.uscc for one in CITY.organisations if one.parent == "city-government" and one.kind != "government"}
    assert departments - {one.provider for one in drafts} == set()
    for draft in drafts:
        assert rules.gaps_of(draft.stated, draft.contract.items) == [], draft.contract.title
        assert "模拟" in draft.source_note
        if draft.open_type == "unconditional":
            assert rules.may_be_opened(draft.contract) == [], draft.contract.title
    assert sum(one.share_type == "withheld" for one in drafts) >= 3


def test_a_column_or_a_title_that_is_not_there_is_told(tmp_path: Path) -> None:
    for name in ("catalogue.resources.csv", "catalogue.items.csv"):
        (tmp_path / name).write_text((CITY.folder / name).read_text("utf-8"), "utf-8")
    (tmp_path / "catalogue.yaml").write_text("drafts: [没有这条]\n", "utf-8")
    with pytest.raises(BadCityFile, match="没有这条"):
        department_catalogue(tmp_path)
    (tmp_path / "catalogue.items.csv").write_text("奇怪的列\n1\n", "utf-8")
    with pytest.raises(BadCityFile, match="奇怪的列"):
        department_catalogue(tmp_path)
    (tmp_path / "catalogue.resources.csv").unlink()
    assert department_catalogue(tmp_path) is None


def test_words_of_the_city_are_groups_of_words() -> None:
    groups = list(lexicons.groups_of(CITY.folder / "synonyms.yaml"))
    assert len(groups) >= 15
    assert all(len(set(group)) == len(group) >= 2 for group in groups)
