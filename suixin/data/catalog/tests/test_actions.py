"""Entries are proposed, revised, published; each leaves its record."""

import pytest

from suixin.data.catalog import actions, queries, rules
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.errors import InvalidEntry, UnknownResource, WrongState
from suixin.data.catalog.tests import factories
from suixin.ground.audit.models import Record
from suixin.kit.actor import PUBLIC, SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


def test_proposal_gets_a_code_and_waits() -> None:
    first = actions.propose_resource(factories.draft("a"), actor=SYSTEM)
    second = actions.propose_resource(factories.draft("b"), actor=SYSTEM)
    assert (first.code, second.code) == ("307001/00001", "307001/00002")
    assert first.state == "proposed"
    assert Record.objects.filter(action="catalog.proposed").count() == 2


def test_code_is_not_given_again_after_withdrawal() -> None:
    first = factories.published("a")
    actions.withdraw_resource(first, actor=SYSTEM, reason="职责调整")
    assert factories.published("b").code == "307001/00002"


def test_published_entry_is_not_revised() -> None:
    resource = factories.published()
    with pytest.raises(WrongState):
        actions.revise_proposal(resource, factories.ITEMS, actor=SYSTEM)


def test_revision_replaces_items_and_level() -> None:
    resource = actions.propose_resource(factories.draft(), actor=SYSTEM)
    actions.revise_proposal(resource, [ItemSpec("only", "唯一", ItemType.TEXT)], actor=SYSTEM, title="新名称")
    resource.refresh_from_db()
    assert [item.field for item in resource.contract.items] == ["only"]
    assert resource.title == "新名称"


def test_faulty_draft_writes_nothing() -> None:
    with pytest.raises(InvalidEntry, match="字段名"):
        actions.propose_resource(factories.draft(items=(ItemSpec("Bad", "坏", ItemType.TEXT),)), actor=SYSTEM)
    assert not Record.objects.exists()


def test_public_may_not_propose() -> None:
    with pytest.raises(NotAllowed):
        actions.propose_resource(factories.draft(), actor=PUBLIC)


def test_clerk_of_another_department_may_not_publish() -> None:
    resource = actions.propose_resource(factories.draft(), actor=SYSTEM)
    clerk = Actor(ActorKind.STAFF, "li", "李经办", "91350100M000100Y43", (), frozenset({"clerk"}))
    with pytest.raises(NotAllowed):
        actions.publish_resource(resource, actor=clerk)


def test_contract_survives_the_database() -> None:
    resource = factories.published()
    assert resource.contract.items == factories.ITEMS
    assert resource.contract.key == ("code",)


def test_free_table_name_counts_on() -> None:
    factories.published("tea")
    assert queries.free_table_name("tea") == "tea_2"
    assert queries.free_table_name("coffee") == "coffee"


def test_unknown_code_is_a_sentence() -> None:
    with pytest.raises(UnknownResource, match="没有代码"):
        queries.resource_by("307001/99999")


def test_table_is_graded_as_a_whole_and_takes_the_highest() -> None:
    resource = factories.published()
    with pytest.raises(InvalidEntry, match="依据"):
        actions.regrade_resource(resource, Level.IMPORTANT, actor=SYSTEM, basis=" ")
    graded = actions.regrade_resource(resource, Level.IMPORTANT, actor=SYSTEM, basis="评估报告 2026-3")
    assert (graded.level, graded.floor, graded.contract.level) == (5, 5, Level.IMPORTANT)
    assert rules.may_be_opened(graded.contract) == ["整张表定级为重要数据,不能开放"]


def test_sealing_is_promised_by_name_and_never_of_public_items() -> None:
    resource = factories.published()
    with pytest.raises(InvalidEntry, match="分级不应为 L1"):
        actions.seal_items(resource, ["名称"], actor=SYSTEM, basis="某号")
    resource.items.filter(field="name").update(level=4)
    with pytest.raises(InvalidEntry, match="没有信息项“姓名”"):
        actions.seal_items(resource, ["名称", "姓名"], actor=SYSTEM, basis="某号")
    sealed = actions.seal_items(resource, ["名称"], actor=SYSTEM, basis="某号")
    assert [item.field for item in sealed.contract.sealed] == ["name"]
