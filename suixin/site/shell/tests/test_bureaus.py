"""Sub-bureaus: a district's staff read, decide and list within the district, the city's within the city."""

from pathlib import Path

import pytest
from django.test import Client

from suixin.data.access.errors import NoGrant
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.plans import open_plan
from suixin.data.access.tests import factories as access_factories
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.contract import Contract, WriteMode
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests.factories import ITEMS
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import Tree, tree
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Tree:
    return tree()


def proposed(table: str, provider: Organisation) -> Resource:
    contract = Contract("", table, f"资源{table}", ITEMS, write_mode=WriteMode.UPSERT)
    draft = ResourceDraft(
        contract=contract, provider=provider.uscc, category="307001",
        secrecy_assessment="保密评〔模拟〕1号", privacy_assessment="个保评〔模拟〕1号",
    )
    return catalog.propose_resource(draft, actor=SYSTEM)


def holder(role: str, place: Organisation) -> Account:
    account = Account.objects.create(username=f"{role}{place.pk}", display_name=role)
    Post.objects.create(account=account, organisation=place, role=role)
    return account


def actor(role: str, place: Organisation) -> Actor:
    return actor_of(holder(role, place))


def test_district_officer_publishes_within_the_district_only(city: Tree) -> None:
    ours, theirs = proposed("ours", city.district_department), proposed("theirs", city.department)
    local = actor("data_officer", city.district_bureau)
    catalog.publish_resource(ours, actor=local, reason="审核")
    with pytest.raises(NotAllowed):
        catalog.publish_resource(theirs, actor=local, reason="审核")
    catalog.publish_resource(theirs, actor=actor("data_officer", city.bureau), reason="审核")


def test_district_desk_and_lists_show_the_district(city: Tree) -> None:
    proposed("ours", city.district_department)
    proposed("theirs", city.department)
    client = Client()
    client.force_login(holder("data_officer", city.district_bureau))
    home, listed = client.get("/console/"), client.get("/console/resources/")
    assert [row[0].text for row in home.context["desk"].proposals.rows] == ["资源ours"]
    assert [row[0].text for row in listed.context["page"].table.rows] == ["资源ours"]
    assert len(client.get("/console/resources/?of=all").context["page"].table.rows) == 2


def test_data_officer_reads_masked_within_reach_and_nothing_beyond(city: Tree) -> None:
    ours, theirs = proposed("ours", city.district_department), proposed("theirs", city.department)
    ours, theirs = (catalog.publish_resource(one, actor=SYSTEM, reason="试") for one in (ours, theirs))
    local = actor("data_officer", city.district_bureau)
    assert open_plan(local, ours, door=Door.PAGE).basis == "standing:data_officer"
    with pytest.raises(NoGrant):
        open_plan(local, theirs, door=Door.PAGE)
    assert open_plan(actor("data_officer", city.bureau), ours, door=Door.PAGE).basis == "standing:data_officer"


@pytest.mark.parametrize("role", ["operator", "administrator", "security_officer", "auditor", "leader", "reception"])
def test_who_keeps_the_machine_or_the_log_reads_nothing_even_of_the_own_body(city: Tree, role: str) -> None:
    own = catalog.publish_resource(proposed("own", city.bureau), actor=SYSTEM, reason="试")
    with pytest.raises(NoGrant):
        open_plan(actor(role, city.bureau), own, door=Door.PAGE)


@pytest.mark.parametrize(("role", "reads"), [("clerk", True), ("operator", False), ("administrator", False)])
def test_grant_to_a_body_is_used_by_who_works_with_data_there(
    city: Tree, role: str, reads: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lent = catalog.publish_resource(proposed("lent", city.department), actor=SYSTEM, reason="试")
    with access_factories.node_at(tmp_path, monkeypatch):
        access_factories.grant(lent, subject_kind=SubjectKind.ORGANISATION, subject_key=city.district_department.uscc,
                               columns=["code"], doors=[Door.PAGE], basis="试")  # fmt: skip
        reader = actor(role, city.district_department)
        if reads:
            assert open_plan(reader, lent, door=Door.PAGE).grant
        else:
            with pytest.raises(NoGrant):
                open_plan(reader, lent, door=Door.PAGE)
