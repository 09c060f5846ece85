"""The folder of Suining is whole: numbers are well-formed, names refer to something."""

from collections import Counter
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from suixin.cities.credit_codes import EXAMPLE_MARK, example_code
from suixin.cities.errors import BadCityFile, UnknownCity
from suixin.cities.loader import load_city
from suixin.cities.specs import City, OrganisationSpec, ResourceSpec
from suixin.data.catalog.rules import faults_of, may_be_opened
from suixin.kit.checksums import is_organisation_code, is_uscc

SUINING = load_city("suining")


@pytest.mark.parametrize("organisation", SUINING.organisations, ids=lambda o: o.slug)
def test_every_credit_code_is_a_well_formed_example(organisation: OrganisationSpec) -> None:
    assert is_uscc(organisation.uscc)
    assert is_organisation_code(organisation.uscc[8:17])
    assert organisation.uscc[8:].startswith(EXAMPLE_MARK)


def test_there_is_a_bureau_departments_and_every_district_with_its_bureau() -> None:
    kinds = Counter((o.kind, o.division_code) for o in SUINING.organisations)
    assert SUINING.organisation(SUINING.bureau).name == "遂宁市数据局"
    assert kinds["department", "510900"] >= 30
    for district in SUINING.districts():
        assert kinds["government", district.code] == kinds["department", district.code] == 1


def test_the_city_has_five_districts_and_ninety_five_townships() -> None:
    counts = {d.name: len(SUINING.townships(d.code)) for d in SUINING.districts()}
    assert counts == {"船山区": 24, "安居区": 18, "蓬溪县": 20, "大英县": 10, "射洪市": 23}


def test_a_county_that_ended_keeps_its_code_and_its_last_day() -> None:
    (old,) = [d for d in SUINING.divisions if d.code == "510922"]
    assert old.valid_to is not None
    assert old not in SUINING.districts()


@pytest.mark.parametrize("resource", SUINING.resources, ids=lambda r: r.slug)
def test_every_entry_may_be_published_and_open_ones_opened(resource: ResourceSpec) -> None:
    assert faults_of(resource.contract) == []
    assert resource.draft.open_type == "withheld" or may_be_opened(resource.contract) == []
    assert resource.draft.share_type != "conditional" or resource.draft.share_condition


@pytest.mark.parametrize("resource", SUINING.resources, ids=lambda r: r.slug)
def test_every_rule_speaks_of_items_of_its_entry(resource: ResourceSpec) -> None:
    fields = {item.field for item in resource.contract.items}
    for rule in resource.contract.rules:
        named = {c.name for c in sqlglot.parse_one(rule.expression, dialect="duckdb").find_all(exp.Column)}
        assert named, rule.code
        assert named <= fields, rule.code


def test_every_indicator_reads_exactly_the_tables_it_names() -> None:
    for indicator in SUINING.indicators:
        tree = sqlglot.parse_one(indicator.sql, dialect="duckdb")
        assert {t.name for t in tree.find_all(exp.Table)} == set(indicator.tables)
        assert [line[3:].split()[0] for line in indicator.sql.splitlines()[:3]] == ["grain", "unit", "source"]


def test_an_unknown_key_is_a_sentence_with_file_and_key(tmp_path: Path) -> None:
    city = copied(SUINING, tmp_path)
    page = city / "resources" / "township.yaml"
    page.write_text(page.read_text("utf-8") + "colour: 红\n", encoding="utf-8")
    with pytest.raises(BadCityFile, match=r"resources/township.yaml有不认识的键“colour”"):
        load_city(city.name, root=tmp_path)


def test_a_number_without_quotes_is_refused(tmp_path: Path) -> None:
    city = copied(SUINING, tmp_path)
    page = city / "city.yaml"
    page.write_text(page.read_text("utf-8").replace('"510900"', "510900"), encoding="utf-8")
    with pytest.raises(BadCityFile, match=r"code.*加引号"):
        load_city(city.name, root=tmp_path)


def test_an_entry_of_an_unknown_provider_is_refused(tmp_path: Path) -> None:
    city = copied(SUINING, tmp_path)
    page = city / "resources" / "school.yaml"
    page.write_text(page.read_text("utf-8").replace("provider: education-sports", "provider: nobody"), encoding="utf-8")
    with pytest.raises(BadCityFile, match="nobody"):
        load_city(city.name, root=tmp_path)


def test_a_rule_over_an_item_that_is_not_there_is_refused(tmp_path: Path) -> None:
    city = copied(SUINING, tmp_path)
    page = city / "resources" / "school.yaml"
    page.write_text(page.read_text("utf-8").replace("teacher_count <= student_count", "cooks > 0"), encoding="utf-8")
    with pytest.raises(BadCityFile, match=r"teachers-within-students.*cooks"):
        load_city(city.name, root=tmp_path)


def test_a_city_without_a_folder_is_unknown() -> None:
    with pytest.raises(UnknownCity, match="atlantis"):
        load_city("atlantis")


def test_example_codes_differ_by_number() -> None:
    codes = {example_code("91", "510903", number) for number in range(1000)}
    assert len(codes) == 1000
    assert all(map(is_uscc, codes))


def copied(city: City, root: Path) -> Path:
    """A copy of the city's folder below `root`."""
    for source in city.folder.rglob("*"):
        if source.is_file():
            target = root / city.slug / source.relative_to(city.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    return root / city.slug
