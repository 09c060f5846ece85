"""Changes of entries in force: prepared, confirmed, reviewed, applied as the next version; withdrawal; every other way out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from suixin.data.catalog import actions, canon, changing, versions
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.errors import IncompleteEntry, InvalidEntry, WrongState
from suixin.data.catalog.models import Change, ChangeKind, Resource
from suixin.data.catalog.tests import factories, offices
from suixin.data.catalog.tests.offices import Office, decide
from suixin.ground.audit.models import Record
from suixin.ground.flow.models import Step
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Office:
    return offices.office()


@pytest.fixture
def resource(office: Office) -> Resource:
    return actions.publish_resource(offices.entry(office), actor=SYSTEM, reason="首次发布")


def begun(resource: Resource, office: Office, **told: object) -> Change:
    change = changing.begin_change(resource, actor=office.clerk, reason="职责调整")
    return changing.revise_change(change, actor=office.clerk, metadata=told) if told else change


def test_change_goes_through_head_and_bureau_and_becomes_the_next_version(office: Office, resource: Resource) -> None:
    change = begun(resource, office, abstract="城区路灯", title="城区路灯名录")
    instance = changing.submit_change(change, actor=office.clerk)
    decide(instance, office.head)
    resource.refresh_from_db()
    assert (resource.version, resource.abstract) == (1, "路灯")
    decide(instance, office.reviewer, reason="有据")
    resource.refresh_from_db()
    change.refresh_from_db()
    assert (resource.version, resource.title, resource.approver, change.state) == (2, "城区路灯名录", "department_head", "applied")
    assert [one.number for one in resource.versions.all()] == [2, 1]
    assert Record.objects.filter(action="catalog.changed").get().basis == "有据"


def test_versions_are_told_apart_field_by_field_in_words(office: Office, resource: Resource) -> None:
    first, *rest = resource.contract.items
    items = [first, replace(rest[0], length=20, level=Level.L2, name="灯名"), *rest[1:], ItemSpec("power", "功率", ItemType.INTEGER)]
    change = begun(resource, office, update_cycle="4", extension={"sichuan": {"secrecy": "非涉密"}})
    change = changing.revise_change(change, actor=office.clerk, items=items)
    told = [one.sentence for one in versions.differences(canon.content_of(resource), change.content)]
    assert told == [
        "更新周期：不定期 → 每月", "四川扩展元数据：信息资源涉密性：（空） → 非涉密", "信息项“名称”的信息项名称：名称 → 灯名",
        "信息项“名称”的长度：50 → 20", "信息项“名称”的分级：L1 → L2", "增加信息项“功率”",
    ]


def test_applied_content_reads_back_the_same_and_items_keep_their_rows(office: Office, resource: Resource) -> None:
    held = dict(resource.items.values_list("field", "pk"))
    items = [*reversed(resource.contract.items), ItemSpec("power", "功率", ItemType.INTEGER)]
    change = changing.revise_change(begun(resource, office), actor=office.clerk, items=items)
    applied = changing.apply_change(change, actor=office.officer)
    assert canon.content_of(applied) == change.content
    assert {field: pk for field, pk in applied.items.values_list("field", "pk") if field in held} == held
    newest = applied.versions.first()
    assert newest is not None
    assert (newest.number, newest.digest) == (2, canon.digest_of(change.content))


def test_table_with_rows_keeps_its_columns(office: Office, resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changing, "holders", [lambda table: table == "lamps"])
    change = changing.revise_change(begun(resource, office), actor=office.clerk, items=resource.contract.items[:2])
    with pytest.raises(IncompleteEntry, match="登记新的信息资源"):
        changing.submit_change(change, actor=office.clerk)


def test_nothing_changed_and_nothing_stated_are_refused(office: Office, resource: Resource) -> None:
    change = begun(resource, office)
    with pytest.raises(IncompleteEntry, match="完全一样"):
        changing.submit_change(change, actor=office.clerk)
    with pytest.raises(InvalidEntry, match="部门规章"):
        changing.revise_change(change, actor=office.clerk, metadata={"share_type": "withheld", "basis_document": "某部办法"})


def test_one_change_at_a_time_and_only_of_what_is_in_force(office: Office, resource: Resource) -> None:
    begun(resource, office)
    with pytest.raises(WrongState, match="已有clerk编制的变更"):
        begun(resource, office)
    with pytest.raises(WrongState, match="待确认"):
        changing.begin_change(actions.propose_resource(factories.draft("other"), actor=SYSTEM), actor=SYSTEM, reason="x")


def test_sent_back_change_is_revised_and_submitted_again(office: Office, resource: Resource) -> None:
    change = begun(resource, office, abstract="一")
    instance = changing.submit_change(change, actor=office.clerk)
    with pytest.raises(WrongState, match="不能再修改"):
        changing.revise_change(change, actor=office.clerk, metadata={"abstract": "二"})
    decide(instance, office.head, "return", "写清楚")
    changing.revise_change(change, actor=office.clerk, metadata={"abstract": "二"})
    decide(changing.submit_change(change, actor=office.clerk), office.head)
    decide(instance, office.reviewer)
    assert Resource.objects.get(pk=resource.pk).abstract == "二"


def test_refused_and_dropped_changes_leave_the_entry_as_it_was(
    office: Office, resource: Resource, django_capture_on_commit_callbacks
) -> None:
    change = begun(resource, office, abstract="一")
    with django_capture_on_commit_callbacks(execute=True):
        instance = changing.submit_change(change, actor=office.clerk)
        decide(instance, office.head)
        decide(instance, office.reviewer, "reject", "无据")
    change.refresh_from_db()
    assert change.state == "refused"
    dropped = changing.drop_change(begun(resource, office), actor=office.clerk, reason="不办了")
    assert (dropped.state, changing.running(dropped), changing.live_change(resource)) == ("dropped", None, None)
    assert Resource.objects.get(pk=resource.pk).version == 1


def test_change_from_an_outdated_version_is_not_applied(office: Office, resource: Resource) -> None:
    change = begun(resource, office, abstract="一")
    actions.regrade_resource(resource, Level.L2, actor=office.officer, basis="评估1号")
    with pytest.raises(WrongState, match="第2版"):
        changing.apply_change(change, actor=office.officer)


def test_withdrawal_names_what_supersedes_the_entry(office: Office, resource: Resource) -> None:
    successor = factories.published("lamps_two")
    change = changing.begin_change(
        resource, actor=office.clerk, reason="合并", kind=ChangeKind.WITHDRAWAL, successor=successor
    )
    instance = changing.submit_change(change, actor=office.clerk)
    decide(instance, office.head)
    decide(instance, office.reviewer)
    resource.refresh_from_db()
    assert (resource.state, resource.superseded_by, list(successor.supersedes.all())) == ("withdrawn", successor, [resource])


def test_word_of_the_bureau_is_enough_at_once(office: Office, resource: Resource) -> None:
    change = changing.begin_change(resource, actor=office.officer, reason="更正")
    changing.revise_change(change, actor=office.officer, metadata={"abstract": "更正"})
    changing.submit_change(change, actor=office.officer)
    assert Resource.objects.get(pk=resource.pk).version == 2


def test_ten_working_days_count_from_the_day_it_happened(office: Office, resource: Resource) -> None:
    day = clock.today() - timedelta(days=30)
    change = changing.begin_change(resource, actor=office.clerk, reason="条例修订", happened_on=day)
    assert timedelta(days=12) <= change.due_on - day <= timedelta(days=24)
    assert Step.objects.get(node="prepared").role == "clerk"


def test_clerk_of_another_department_changes_nothing(office: Office, resource: Resource) -> None:
    other = offices.employ("clerk", office.city.district_department, "other")
    with pytest.raises(NotAllowed):
        changing.begin_change(resource, actor=other, reason="x")
    change = begun(resource, office, abstract="一")
    with pytest.raises(NotAllowed):
        changing.apply_change(change, actor=office.clerk)


def test_inbox_hands_on_no_more_than_the_page_does(office: Office, resource: Resource, monkeypatch: pytest.MonkeyPatch) -> None:
    change = begun(resource, office)
    with pytest.raises(IncompleteEntry, match="完全一样"):
        decide(changing.running(change), office.clerk)
    monkeypatch.setattr(changing, "holders", [lambda table: True])
    changing.revise_change(change, actor=office.clerk, items=resource.contract.items[:2])
    with pytest.raises(IncompleteEntry, match="登记新的信息资源"):
        decide(changing.running(change), office.clerk)
    changing.revise_change(change, actor=office.clerk, items=resource.contract.items, metadata={"abstract": "一"})
    decide(changing.running(change), office.clerk)
    change.refresh_from_db()
    assert (change.state, change.submitted_at is not None) == ("submitted", True)


def test_rows_that_came_during_the_review_keep_their_columns(
    office: Office, resource: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = changing.revise_change(begun(resource, office), actor=office.clerk, items=resource.contract.items[:2])
    decide(changing.submit_change(change, actor=office.clerk), office.head)
    monkeypatch.setattr(changing, "holders", [lambda table: True])
    with pytest.raises(WrongState, match="不能生效"):
        decide(changing.running(change), office.reviewer)
    assert Resource.objects.get(pk=resource.pk).version == 1


def test_outdated_change_is_saved_again_on_what_is_in_force_now(office: Office, resource: Resource) -> None:
    change = begun(resource, office, abstract="一")
    actions.regrade_resource(resource, Level.L3, actor=office.officer, basis="评估1号")
    change.refresh_from_db()
    assert any("第2版" in fault for fault in changing.faults_of(change))
    changing.revise_change(change, actor=office.clerk, metadata={"title": "新名"})
    decide(changing.submit_change(change, actor=office.clerk), office.head)
    decide(changing.running(change), office.reviewer)
    now = Resource.objects.get(pk=resource.pk)
    assert (now.title, now.abstract, now.floor, now.version) == ("新名", "一", 3, 3)


def test_order_types_and_ways_of_sharing_are_told_in_words(office: Office, resource: Resource) -> None:
    before = canon.content_of(resource)
    items = [dict(one) for one in reversed(before["items"])]
    items[0] |= {"type": "T", "mask": "mobile"}
    told = [one.sentence for one in versions.differences(before, before | {"items": items, "share_method": "database"})]
    assert told == [
        "共享方式：服务接口 → 库表", "信息项“日期”的数据类型：日期型 → 日期时间型", "信息项“日期”的脱敏规则：（空） → 手机号:前 3 后 4",
        "信息项的顺序：代码、名称、数量、日期 → 日期、数量、名称、代码",
    ]


def test_withdrawal_waits_for_a_successor_in_force(office: Office, resource: Resource) -> None:
    proposed = actions.propose_resource(factories.draft("lamps_two"), actor=SYSTEM)
    change = changing.begin_change(resource, actor=office.clerk, reason="合并", kind=ChangeKind.WITHDRAWAL, successor=proposed)
    with pytest.raises(IncompleteEntry, match="请先让它发布"):
        changing.submit_change(change, actor=office.clerk)
    actions.publish_resource(proposed, actor=SYSTEM)
    change.refresh_from_db()
    changing.submit_change(Change.objects.get(pk=change.pk), actor=office.clerk)


def test_a_title_that_was_taken_during_the_review_is_not_given_twice(office: Office, resource: Resource) -> None:
    change = begun(resource, office, title="城区路灯名录")
    instance = changing.submit_change(change, actor=office.clerk)
    decide(instance, office.head)
    offices.entry(office, table="other", title="城区路灯名录")
    with pytest.raises(InvalidEntry, match="已有同名目录"):
        decide(instance, office.reviewer)
    resource.refresh_from_db()
    assert resource.version == 1
