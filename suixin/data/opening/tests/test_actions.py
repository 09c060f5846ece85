"""Opening: the whole effect, each refusal, and what leaves the portal."""

from dataclasses import replace

import pytest
from django.conf import settings

from suixin.data.access import actions as access
from suixin.data.access.models import Grant, GrantState
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.catalog.tests import factories
from suixin.data.lake.models import Batch
from suixin.data.opening import actions, queries
from suixin.data.opening.errors import MayNotOpen, UnknownDataset
from suixin.data.opening.models import Dataset
from suixin.data.opening.tests.opened import group_of, more_rows, table_with_rows
from suixin.ground.audit.models import Record
from suixin.kit.actor import PUBLIC, SYSTEM, Actor, ActorKind
from suixin.kit.checksums import resident_id_check_char
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)
RESIDENT = "51090318990307001" + resident_id_check_char("51090318990307001")
CLERK = Actor(ActorKind.STAFF, "clerk", "经办", factories.BUREAU_USCC, (), frozenset({"clerk"}))


def test_publishing_makes_dataset_distribution_grant_and_record() -> None:
    resource = table_with_rows()
    dataset = actions.publish_dataset(resource, actor=SYSTEM, reason="清单第 3 项")
    assert (dataset.slug, dataset.rows, dataset.state) == ("some-table", 3, "published")
    assert [one.resource for one in dataset.distributions.all()] == [resource]
    grant = Grant.objects.get(resource=resource)
    assert (grant.subject_kind, grant.state, grant.basis) == ("public", "active", "清单第 3 项")
    assert Record.objects.get(action="opening.published").basis == "清单第 3 项"


def test_publishing_again_is_the_same_dataset_with_one_grant() -> None:
    resource = table_with_rows()
    first = actions.publish_dataset(resource, actor=SYSTEM, reason="一")
    assert actions.publish_dataset(resource, actor=SYSTEM, reason="二") == first
    assert Grant.objects.count() == 1


def test_sensitive_item_is_refused() -> None:
    items = (*factories.ITEMS, ItemSpec("who", "身份证号", ItemType.TEXT, 18, sensitive="resident_id", level=Level.L3))
    with pytest.raises(MayNotOpen, match="身份证号"):
        actions.publish_dataset(factories.published("people", items), actor=SYSTEM, reason="试")
    assert (Dataset.objects.count(), Grant.objects.count()) == (0, 0)


def test_empty_table_is_refused() -> None:
    with pytest.raises(MayNotOpen, match="还没有入库"):
        actions.publish_dataset(table_with_rows(rows=0), actor=SYSTEM, reason="试")


def test_resident_id_within_text_is_refused_and_named() -> None:
    resource = table_with_rows()
    more_rows(resource, 2, sm3="text", name=f"申请人{RESIDENT}来访")
    with pytest.raises(MayNotOpen, match="信息项“名称”的文字里有 2 处像身份证号的内容"):
        actions.publish_dataset(resource, actor=SYSTEM, reason="试")


def test_batch_with_resident_ids_takes_an_open_resource_off_the_portal() -> None:
    resource = table_with_rows()
    dataset = actions.publish_dataset(resource, actor=SYSTEM, reason="试")
    more_rows(resource, 1, sm3="text", name=f"身份证{RESIDENT}")
    batch = Batch.objects.latest("pk")
    actions.refresh_dataset(resource, actor=SYSTEM, batch=batch.pk)
    dataset.refresh_from_db()
    assert (dataset.state, Grant.objects.get().state) == ("withdrawn", GrantState.REVOKED)
    assert "像身份证号" in Record.objects.get(action="opening.withdrawn").basis


def test_group_opens_without_the_table_that_has_resident_ids_in_its_text() -> None:
    group = group_of("甲", "乙")
    more_rows(Resource.objects.get(table="part_1"), 1, sm3="text", name=f"身份证{RESIDENT}")
    dataset = actions.publish_group(group, actor=SYSTEM, reason="试")
    assert [one.resource.table for one in dataset.distributions.all()] == ["part_0"]


@pytest.mark.parametrize("actor", [PUBLIC, CLERK])
def test_public_and_clerk_open_nothing(actor: Actor) -> None:
    with pytest.raises(NotAllowed):
        actions.publish_dataset(table_with_rows(), actor=actor, reason="试")


def test_slug_of_another_dataset_is_not_taken_over() -> None:
    alone = actions.publish_dataset(table_with_rows("tables"), actor=SYSTEM, reason="试")
    together = actions.publish_group(group_of("甲", "乙"), actor=SYSTEM, reason="试")
    assert (alone.slug, together.slug) == ("tables", "tables-2")
    assert actions.publish_group(ResourceGroup.objects.get(), actor=SYSTEM, reason="又").slug == "tables-2"


def test_group_takes_a_table_that_sorts_into_the_middle() -> None:
    group = group_of("a", "c")
    actions.publish_group(group, actor=SYSTEM, reason="试")
    table_with_rows("late", title="b", group="tables")
    dataset = actions.publish_group(group, actor=SYSTEM, reason="试")
    assert [one.resource.title for one in dataset.distributions.all()] == ["a", "b", "c"]
    assert dataset.rows == 9


def test_table_that_became_unfit_leaves_the_group_with_its_grant() -> None:
    group = group_of("a", "b")
    dataset = actions.publish_group(group, actor=SYSTEM, reason="试")
    unfit = Resource.objects.get(table="part_1")
    unfit.items.filter(field="name").update(sensitive="person_name", level=3)
    actions.publish_group(group, actor=SYSTEM, reason="试")
    assert [one.resource.table for one in dataset.distributions.all()] == ["part_0"]
    assert unfit.grants.get().state == GrantState.REVOKED


def test_group_without_fit_tables_is_refused() -> None:
    with pytest.raises(MayNotOpen, match="没有可以开放"):
        actions.publish_group(ResourceGroup.objects.create(slug="none", title="空"), actor=SYSTEM, reason="试")


def test_withdrawn_dataset_is_gone_with_its_grant() -> None:
    dataset = actions.publish_dataset(table_with_rows(), actor=SYSTEM, reason="试")
    with pytest.raises(NotAllowed):
        actions.withdraw_dataset(dataset, actor=PUBLIC, reason="试")
    actions.withdraw_dataset(dataset, actor=SYSTEM, reason="发现个人信息")
    assert (Grant.objects.get().state, queries.find_datasets().count()) == ("revoked", 0)
    assert Record.objects.get(action="opening.withdrawn").basis == "发现个人信息"


def test_dataset_leaves_list_and_page_when_its_public_grant_does() -> None:
    dataset = actions.publish_dataset(table_with_rows(), actor=SYSTEM, reason="试")
    grant = Grant.objects.get()
    access.suspend_grant(grant, actor=SYSTEM, reason="核查")
    assert not queries.find_datasets("some").exists()
    with pytest.raises(UnknownDataset):
        queries.dataset_by(dataset.slug)
    access.resume_grant(grant, actor=SYSTEM, reason="核查完毕")
    assert queries.find_datasets("some").get() == dataset
    access.revoke_grant(grant, actor=SYSTEM, reason="整改")
    assert not Dataset.objects.published().exists()


def test_withdrawn_entry_takes_its_dataset_and_grants_along() -> None:
    resource = table_with_rows()
    dataset = actions.publish_dataset(resource, actor=SYSTEM, reason="试")
    access.give_grant(resource, actor=SYSTEM, subject_kind="organisation", subject_key=factories.BUREAU_USCC)
    catalog.withdraw_resource(resource, actor=SYSTEM, reason="职责调整")
    dataset.refresh_from_db()
    assert (dataset.state, set(Grant.objects.values_list("state", flat=True))) == ("withdrawn", {"revoked"})


def test_withdrawn_entry_of_a_group_leaves_the_others_open() -> None:
    dataset = actions.publish_group(group_of("a", "b"), actor=SYSTEM, reason="试")
    actions.close_resource(Resource.objects.get(table="part_0"), actor=SYSTEM, reason="试")
    dataset.refresh_from_db()
    assert (dataset.state, dataset.rows, dataset.distributions.get().resource.table) == ("published", 3, "part_1")


def test_table_graded_since_leaves_the_portal_and_departments_keep_it() -> None:
    dataset = actions.publish_group(group_of("a", "b"), actor=SYSTEM, reason="试")
    resource = Resource.objects.get(table="part_0")
    access.give_grant(resource, actor=SYSTEM, subject_kind="organisation", subject_key=factories.BUREAU_USCC)
    catalog.regrade_resource(resource, Level.IMPORTANT, actor=SYSTEM, basis="评估报告")
    assert dataset.distributions.get().resource.table == "part_1"
    states = dict(Grant.objects.filter(resource=resource).values_list("subject_kind", "state"))
    assert states == {"public": "revoked", "organisation": "active"}
    catalog.regrade_resource(Resource.objects.get(table="part_1"), Level.L2, actor=SYSTEM, basis="评估报告")
    assert not Dataset.objects.published().exists()


def test_new_rows_are_counted() -> None:
    resource = table_with_rows()
    dataset = actions.publish_dataset(resource, actor=SYSTEM, reason="试")
    more_rows(resource, 2, sm3="later")
    actions.refresh_dataset(resource, actor=SYSTEM)
    dataset.refresh_from_db()
    assert dataset.rows == 5


def test_news_lost_in_a_crash_is_made_up_for_whatever_the_clock_says() -> None:
    dataset = actions.publish_group(group_of("a", "b"), actor=SYSTEM, reason="试")
    more_rows(Resource.objects.get(table="part_0"), 2, sm3="lost")
    Dataset.objects.update(updated_at="2099-01-01T00:00:00+08:00")
    assert actions.refresh_stale(actor=SYSTEM) == [dataset.slug]
    dataset.refresh_from_db()
    assert dataset.rows == 8
    assert actions.refresh_stale(actor=SYSTEM) == []


def test_a_table_whose_newest_batch_is_below_the_gate_is_refused(monkeypatch) -> None:
    resource = table_with_rows()
    Batch.objects.filter(resource=resource).update(scores={"total": 49.9})
    with pytest.raises(MayNotOpen, match="低于发布门槛 50"):
        actions.publish_dataset(resource, actor=SYSTEM, reason="试")
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, quality_gate=0))
    assert actions.publish_dataset(resource, actor=SYSTEM, reason="试").state == "published"
