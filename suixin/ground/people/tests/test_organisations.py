"""Organisations kept by administrators: made, renamed, moved with all below, within their subtree only, on record."""

from dataclasses import replace
from typing import Any

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.people import organisations
from suixin.ground.people.errors import BadOrganisation
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.organisations import NewOrganisation
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import Tree, organisation, tree
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
CODE = "91510900MA0000015B"


@pytest.fixture
def city() -> Tree:
    return tree()


def administrator(place: Organisation) -> Actor:
    account = Account.objects.create(username=f"admin-{place.slug}")
    Post.objects.create(account=account, organisation=place, role="administrator")
    return actor_of(account)


def move(moved: Organisation, parent: Organisation, actor: Actor) -> Organisation:
    return organisations.move_organisation(moved, parent, actor=actor, reason="三定方案")


def paths() -> dict[str, str]:
    return dict(Organisation.objects.values_list("slug", "lineage"))


def require_sound() -> None:
    for row in Organisation.objects.select_related("parent"):
        assert row.lineage == f"{row.parent.lineage if row.parent else ''}{row.uscc}/"


def test_new_one_stands_under_its_parent_from_today_on_record(city: Tree) -> None:
    new = NewOrganisation(CODE.lower(), "区大数据中心", "数据中心", kind="institution", division_code="510903")
    made = organisations.create_organisation(new, parent=city.district, actor=administrator(city.district_bureau), reason="批复 1 号")
    assert made.path == (*city.district.path, CODE)
    assert (made.level, made.slug, made.valid_from is not None) == ("county", "shu-ju-zhong-xin", True)
    assert Record.objects.get(action="people.organisation_created").basis == "批复 1 号"


@pytest.mark.parametrize("wrong", [
    {"uscc": "91510900MA0000015A"}, {"uscc": ""}, {"name": " "}, {"name": "<b>"}, {"name": "长" * 121}, {"kind": "king"},
    {"division_code": "51"}, {"public_name": "a\nb"},
])  # fmt: skip
def test_wrong_details_are_refused_with_a_sentence(city: Tree, wrong: dict[str, Any]) -> None:
    new = replace(NewOrganisation(CODE, "某中心"), **wrong)
    with pytest.raises(BadOrganisation, match="请"):
        organisations.create_organisation(new, parent=city.district, actor=administrator(city.bureau), reason="x")
    assert Organisation.objects.count() == 6


def test_known_code_is_refused_and_equal_names_get_addresses_of_their_own(city: Tree) -> None:
    actor = administrator(city.bureau)
    with pytest.raises(BadOrganisation, match="已登记为“市民政局”"):
        organisations.create_organisation(NewOrganisation(city.department.uscc, "甲"), parent=city.district, actor=actor, reason="x")
    Organisation.objects.filter(pk=city.department.pk).update(slug="jia")
    made = organisations.create_organisation(NewOrganisation(CODE, "甲"), parent=city.district, actor=actor, reason="x")
    assert made.slug == f"jia-{CODE.lower()}"


def test_whole_subtree_moves_with_its_head(city: Tree) -> None:
    town = organisation("乡政府", number=7, parent=city.district)
    other = organisation("新区", number=8, parent=city.government)
    before = paths()
    move(city.district, other, administrator(city.bureau))
    require_sound()
    assert {slug for slug, lineage in paths().items() if lineage != before[slug]} == {"o4", "o5", "o6", "o7"}
    town.refresh_from_db()
    assert town.path == (city.government.uscc, other.uscc, city.district.uscc, town.uscc)
    assert Record.objects.get(action="people.organisation_moved").detail["organisations"] == 4


def test_rings_roots_ended_parents_and_ones_own_are_refused(city: Tree) -> None:
    actor = administrator(city.bureau)
    ended = organisation("旧局", number=9, parent=city.government)
    Organisation.objects.filter(pk=ended.pk).update(valid_to="2020-01-01")
    for moved, parent in (
        (city.district, city.district), (city.district, city.district_department), (city.government, city.district),
        (city.bureau, city.district), (city.department, ended),
    ):
        with pytest.raises(BadOrganisation):
            move(moved, parent, actor)
    require_sound()


def test_district_administrator_moves_nothing_in_or_out(city: Tree) -> None:
    actor = administrator(city.district_bureau)
    for moved, parent in ((city.district_department, city.government), (city.department, city.district), (city.department, city.bureau)):
        with pytest.raises(NotAllowed):
            move(moved, parent, actor)
    with pytest.raises(NotAllowed):
        organisations.create_organisation(NewOrganisation(CODE, "甲"), parent=city.government, actor=actor, reason="x")
    with pytest.raises(NotAllowed):
        organisations.rename_organisation(city.department, "乙", "", actor=actor, reason="x")
    town = organisation("乡政府", number=7, parent=city.district)
    assert move(city.district_department, town, actor).path[-2] == town.uscc


def test_renaming_keeps_code_and_address(city: Tree) -> None:
    actor = administrator(city.bureau)
    renamed = organisations.rename_organisation(city.department, "市民政和社会局", "市民社局", actor=actor, reason="更名")
    assert (renamed.slug, renamed.uscc) == (city.department.slug, city.department.uscc)
    assert Record.objects.get(action="people.organisation_renamed").detail == {"from": "市民政局", "to": "市民政和社会局"}


def test_tree_has_a_floor(city: Tree) -> None:
    actor, parent = administrator(city.bureau), city.government
    for number in range(20, 40):
        parent = organisation("级", number=number, parent=parent)
    with pytest.raises(BadOrganisation, match="层级过深"):
        organisations.create_organisation(NewOrganisation(CODE, "甲"), parent=parent, actor=actor, reason="x")
