"""The city's six themes: items of several departments with every element, every rule green, every branch as its table says."""

import csv

import pytest

from suixin.cities.errors import BadCityFile
from suixin.cities.items import city_items
from suixin.cities.loader import load_city
from suixin.cities.one_thing import BRANCHES, city_bank, city_themes
from suixin.ground.forms.parsing import parse_form
from suixin.kit import clock
from suixin.services.cases import asking
from suixin.services.items import checking
from suixin.services.items.elements import ELEMENTS
from suixin.services.items.models import Item, ItemVersion
from suixin.services.items.stated import is_empty, rows_of, text_of
from suixin.services.items.tables import MATERIALS
from suixin.services.themes import branches, offering, rules
from suixin.services.themes.declaration import Whole
from suixin.services.themes.parsing import read_bank, read_theme
from suixin.services.themes.rules import Result, Standing

pytestmark = pytest.mark.any_database
CITY = load_city("suining")
CODES = {one.slug: one.uscc for one in CITY.organisations}
DRAFTS = {draft.code: draft.content for draft in city_items(CITY)}
BANK = read_bank(city_bank(CITY))
THEMES = {slug: read_theme(text) for slug, text in city_themes(CITY).items()}
# what 1.4 has and these items rightly leave empty: no delegation, no local code or feature, no village, in force at once, no extension;
# themes of persons or firms by whom it serves (rule 7), life events and stages (ours) by what it is, an area only where it may be elsewhere
EMPTY = {
    "entrust_name", "local_catalog_code", "local_task_code", "town_code", "town_name", "village_code", "village_name",
    "plan_effective_date", "plan_cancel_date", "extend_field", "user_character_topic_type", "corp_character_topic_type", "user_topic_type",
    "corp_topic_type", "life_event", "firm_stage", "handle_area",
}
OF_MATERIAL = {
    "page_num", "source_explain", "form_guid", "example_guid", "form_file", "example_file", "form_fields", "cert_type_code", "is_exempt",
    "exempt_way", "is_tolerable", "tolerate_days", "situation",
}


def content_of(part) -> dict[str, object]:
    return {**DRAFTS[part.item], **DRAFTS[f"{CODES[part.by]}3{part.item}"]}


def whole_of(slug: str) -> Whole:
    theme = THEMES[slug]
    offers = {}
    for part in theme.parts:
        item = Item(code=f"{CODES[part.by]}3{part.item}")
        version = ItemVersion(item=item, number=1, content=content_of(part), department=part.by, published_at=clock.now())
        offers[part.id] = offering.offer_of(part, version, BANK)
    return Whole(theme, offers, BANK)


def test_there_are_six_themes_of_at_least_four_items_of_three_departments():
    assert set(THEMES) == {"newborn", "firm-start", "restaurant", "recruitment", "second-hand-house", "flexible-work"}
    for theme in THEMES.values():
        assert len(theme.parts) >= 4
        assert len({part.by for part in theme.parts}) >= 3


def test_no_two_steps_of_the_joint_form_are_called_the_same():
    assert asking.people()["title"] not in BANK.sections.values()
    assert asking.ending()["title"] not in BANK.sections.values()


def test_themes_come_filled_in_from_what_the_register_of_firms_knows_by_its_one_key():
    contracts = {one.draft.contract.table: one.draft.contract for one in CITY.resources}
    sourced = {slug: {one.name: one.source for one in whole_of(slug).bank.questions.values() if one.source} for slug in THEMES}
    assert {slug for slug, found in sourced.items() if found} >= {"recruitment", "restaurant"}
    for source in (one for found in sourced.values() for one in found.values()):
        contract = contracts[source.resource]
        assert (contract.item(source.item) is not None, contract.key, source.by) == (True, ("uscc",), "firm")


@pytest.mark.parametrize("slug", THEMES)
def test_every_item_of_a_theme_states_every_element_and_may_be_published(slug):
    for part in THEMES[slug].parts:
        content = content_of(part)
        assert [one.sentence for one in checking.faults_of(content)] == [], part.id
        assert [key for key in ELEMENTS if is_empty(content.get(key)) and key not in EMPTY] == [], part.id
        assert not (content["is_handle"] and is_empty(content.get("handle_area")))
        assert rows_of(content, "questions"), part.id
        assert rows_of(content, "steps"), part.id
        assert bool(rows_of(content, "specials")) <= (content["special_procedure"] != "无")
        for row in rows_of(content, "materials"):
            left = [one.key for one in MATERIALS.columns if is_empty(row.get(one.key)) and one.key not in OF_MATERIAL]
            assert left == [], (part.id, text_of(row, "material_name"))


@pytest.mark.parametrize("slug", THEMES)
def test_every_rule_is_green_and_each_question_is_asked_once(slug):
    whole = whole_of(slug)
    assert [one.sentence for one in rules.faults_of(whole)] == []
    for answers in rules.branches(whole.theme):
        merged = rules.merge(whole, rules.chosen(whole.theme, answers), answers)
        form = parse_form(merged.form(slug, whole.theme.title))
        names = [field.name for _, field in form.fields()]
        assert len(names) == len(set(names)) == merged.asked < merged.questions_alone
        assert len({rules.merging.key_of(one.row) for one in merged.materials}) == len(merged.materials) < merged.materials_alone


@pytest.mark.parametrize("slug", THEMES)
def test_every_branch_ends_as_its_table_says(slug):
    with (CITY.folder / BRANCHES / f"{slug}.csv").open(encoding="utf-8", newline="") as file:
        told = list(csv.reader(file))
    assert told == [list(branches.COLUMNS), *branches.table_of(whole_of(slug))]


@pytest.mark.parametrize(("slug", "refused", "standing", "delivered"), [
    ("newborn", "birth-certificate", Standing.REFUSED, ""),
    ("newborn", "insurance", Standing.PARTLY, "birth-certificate vaccination household card maternity subsidy"),
    ("firm-start", "licence", Standing.REFUSED, ""), ("firm-start", "tax", Standing.PARTLY, "licence seal social medical fund"),
    ("restaurant", "food", Standing.REFUSED, ""), ("restaurant", "sign", Standing.PARTLY, "individual company health food fire drain"),
    ("recruitment", "employment", Standing.REFUSED, ""),
    ("recruitment", "social", Standing.PARTLY, "employment medical fund archive household"),
    ("second-hand-house", "loan", Standing.REFUSED, ""),
    ("second-hand-house", "mortgage", Standing.PARTLY, "contract loan tax transfer power"),
    ("flexible-work", "medical", Standing.PARTLY, "employment pension fund card"), ("flexible-work", "employment", Standing.REFUSED, ""),
])
def test_refusal_of_one_item_has_the_outcome_that_the_law_leaves(slug, refused, standing, delivered):
    theme = THEMES[slug]
    parts = [one.id for one in theme.parts]
    found = branches.walk(theme, parts, refused).outcome
    assert (found.standing, found.delivered) == (standing, tuple(delivered.split()))
    assert rules.outcome(theme, parts, {refused: Result.REFUSED}).because == (refused,)


def test_wrong_theme_is_told_by_its_file(tmp_path):
    from dataclasses import replace

    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "newborn.yaml").write_text("slug: newborn\ncolour: red\n", "utf-8")
    with pytest.raises(BadCityFile, match=r"newborn\.yaml.*colour"):
        city_themes(replace(CITY, folder=tmp_path))
