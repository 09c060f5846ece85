"""Drafts and versions: authorised, on record, one in force at any instant, never changed."""

from datetime import timedelta

import pytest

from suixin.data.catalog.tests import offices
from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing
from suixin.ground.people.tests.factories import tree
from suixin.ground.search import finding as search
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from suixin.services.items import actions, finding, publishing, queries
from suixin.services.items.actions import ItemDraft
from suixin.services.items.errors import IncompleteItem, InvalidItem, WrongStateOfItem
from suixin.services.items.models import Item, ItemState
from suixin.services.items.tests import factories
from suixin.services.items.tests.factories import BASIC, COMPLETE

pytestmark = pytest.mark.django_db


def fresh(item: Item) -> Item:
    return queries.item_by(item.code)


def test_lower_item_inherits_and_shows_what_it_says_otherwise():
    item = factories.implementation(tree().department, task_name="人力资源服务许可（市级）")
    assert queries.effective_of(item)["anticipate_day"] == 20
    first = queries.own_differences(item)[0]
    assert (first.title, first.before, first.after) == ("事项名称", "人力资源服务许可", "人力资源服务许可（市级）")
    assert (item.title, item.faults) == ("人力资源服务许可（市级）", 0)


def test_incomplete_item_is_not_published_and_every_element_is_named():
    item = factories.implementation(tree().department, transact_addr="", link_phone="123")
    with pytest.raises(IncompleteItem, match=r"缺少“办理地点”.*应带区号") as refused:
        actions.publish_item(item, actor=SYSTEM, reason="测试")
    assert refused.value.fields["elements"] == ["transact_addr", "link_phone"]
    assert fresh(item).version == 0


def test_published_version_is_never_changed_and_the_next_follows_without_gap():
    item = factories.published(tree().department)
    with clock.frozen(clock.now() + timedelta(days=2)):
        revised = actions.revise_item(item, {**item.content, "promise_day": 4}, actor=SYSTEM)
        assert revised.is_changed
        second = actions.publish_item(revised, actor=SYSTEM, reason="压缩时限")
    first = item.versions.get(number=1)
    assert (first.content["promise_day"], first.valid_until) == (5, second.valid_from)
    assert queries.version_at(item, second.valid_from - timedelta(seconds=1)) == first
    assert queries.version_at(item, second.valid_from) == second
    with pytest.raises(ValueError, match="never changed"):
        first.save()


def test_same_content_published_again_is_the_same_version():
    item = factories.published(tree().department)
    assert actions.publish_item(item, actor=SYSTEM, reason="再发").number == 1


def test_version_may_begin_later():
    item = factories.implementation(tree().department)
    start = clock.now() + timedelta(days=5)
    version = actions.publish_item(item, actor=SYSTEM, reason="计划", valid_from=start)
    assert queries.version_at(item, clock.now()) is None
    assert queries.version_at(item, start) == version
    changed = actions.revise_item(fresh(item), {**item.content, "promise_day": 4}, actor=SYSTEM)
    with pytest.raises(WrongStateOfItem, match="还没有到"):
        actions.publish_item(changed, actor=SYSTEM, reason="早了")


def test_paused_and_withdrawn_items_stay_with_their_state():
    item = factories.published(tree().department)
    actions.pause_item(item, actor=SYSTEM, reason="系统升级")
    assert (fresh(item).state, queries.guides().get(item=item).reason) == (ItemState.PAUSED, "系统升级")
    actions.resume_item(item, actor=SYSTEM, reason="升级完成")
    actions.withdraw_item(item, actor=SYSTEM, reason="依据废止")
    assert (fresh(item).state, fresh(item).version) == (ItemState.WITHDRAWN, 4)
    with pytest.raises(WrongStateOfItem, match="已取消"):
        actions.revise_item(fresh(item), {}, actor=SYSTEM)


def test_upper_item_with_published_ones_below_is_not_withdrawn():
    item = factories.published(tree().department)
    with pytest.raises(WrongStateOfItem, match="先取消它们"):
        actions.withdraw_item(item.parent, actor=SYSTEM, reason="测试")  # type: ignore[arg-type]  # it has one


@pytest.mark.parametrize(("code", "told"), [
    (BASIC, "已经登记"), ("110000000000000000" + "3" + BASIC, "统一社会信用代码"), ("00012011500", "11 位"),
])
def test_wrong_code_is_refused(code, told):
    factories.basic()
    with pytest.raises(InvalidItem, match=told):
        actions.draft_item(ItemDraft(code, {"task_name": "甲"}), actor=SYSTEM)


def test_department_drafts_and_the_centre_approves():
    office = offices.office()
    factories.basic()
    code = f"{office.clerk.organisation}3{BASIC}"
    item = actions.draft_item(ItemDraft(code, COMPLETE), actor=office.clerk)
    with pytest.raises(NotAllowed):
        actions.publish_item(item, actor=office.clerk, reason="自己发")
    instance = publishing.submit_item(item, actor=office.clerk)
    assert fresh(item).version == 0
    step = publishing.waiting_step(instance)
    assert step is not None
    advancing.decide(step, "approve", actor=office.reviewer, reason="同意")
    assert (fresh(item).version, fresh(item).state, fresh(item).is_changed) == (1, ItemState.IN_USE, False)
    assert list(Record.objects.filter(action__startswith="items.", actor_key="clerk").values_list("action", flat=True).order_by("pk")) == [
        "items.drafted", "items.submitted",
    ]


def test_draft_changed_after_it_was_handed_on_is_not_published():
    office = offices.office()
    item = factories.implementation(office.city.department)
    instance = publishing.submit_item(item, actor=office.clerk)
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        actions.revise_item(fresh(item), {**item.content, "promise_day": 1, "steps": factories.STEPS[:1]}, actor=office.clerk)
    step = publishing.waiting_step(instance)
    assert step is not None
    with pytest.raises((WrongStateOfItem, IncompleteItem)):
        advancing.decide(step, "approve", actor=office.reviewer, reason="同意")


def test_officer_of_the_bureau_publishes_alone_and_nobody_drafts_for_others():
    office = offices.office()
    item = factories.implementation(office.city.department)
    publishing.submit_item(item, actor=office.officer)
    assert fresh(item).version == 1
    stranger = offices.employ("clerk", office.city.district_department, "stranger")
    with pytest.raises(NotAllowed):
        actions.revise_item(item, {}, actor=stranger)


@pytest.mark.parametrize("asked", ["人力资源服务许可", "开中介", "renliziyuan", "人力资原服务", "办人力公司"])
def test_guide_is_found_as_people_ask(asked):
    item = factories.published(tree().department)
    assert [one.key for one in search.search(finding.PUBLIC, asked).documents] == [item.code]


def test_handling_items_take_the_place_of_their_list_in_the_index():
    item = factories.published(tree().department)
    below = actions.draft_item(ItemDraft(f"{item.code}01", {"task_name": "人力资源服务许可（设立）"}), actor=SYSTEM)
    actions.publish_item(below, actor=SYSTEM, reason="测试")
    assert [one.key for one in search.search(finding.PUBLIC, "人力资源").documents] == [below.code]
    assert [one.item for one in queries.guides()] == [below]
