"""A dataset asked for as a whole: one part, one answer, every table; it goes on when one table is withdrawn, and ends as one."""

from datetime import timedelta

import pytest

from suixin.data.access import stamps
from suixin.data.access.actions import revoke_grant
from suixin.data.access.errors import GrantSuspended, NoGrant
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan, open_plan
from suixin.data.catalog.models import Item, Resource, ResourceGroup
from suixin.data.catalog.publication import waiting_step
from suixin.data.sharing import answering, asking, drafting, ending
from suixin.data.sharing.errors import IncompleteRequest, MayNotShare, WrongStanding
from suixin.data.sharing.models import Part, Share, ShareState
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import Office, decide, entry
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Office:
    return offices.office()


def dataset(city: Office) -> ResourceGroup:
    group = ResourceGroup.objects.create(slug="years", title="历年名单")
    for name in ("y2024", "y2025"):
        entry(city, 2, table=name, group=group)
    return group


def test_one_answer_opens_every_table_and_one_end_shuts_them(city: Office) -> None:
    group = dataset(city)
    request = drafting.open_request("核对", city.asker, actor=city.clerk)
    part = drafting.add_dataset(request, group, actor=city.clerk)
    assert drafting.add_dataset(request, group, actor=city.clerk) == part
    with pytest.raises(IncompleteRequest, match="工资"):
        offices.state(city, part, row_filter="工资 > 3")
    offices.state(city, part, row_filter="code <> 'k000001'")
    part = asking.submit_request(request, actor=city.clerk).parts.get()
    decide(part.instance, city.head)
    answering.set_terms(Part.objects.get(), actor=city.provider_clerk, masks={"phone": "mobile"}, is_receipted=True, per_day=9)
    decide(part.instance, city.provider_clerk)
    decide(part.instance, city.provider_head, reason="符合条件")
    share = Share.objects.get()
    assert (share.title, share.state, len(share.grants)) == ("历年名单", ShareState.IN_USE, 2)
    plans = [plan_of(city, name) for name in ("y2024", "y2025")]
    assert all(plan.is_receipted and "phone:mobile" in plan.mask_names and len(plan.fields) == 10 for plan in plans)
    ending.suspend_share(share, actor=city.provider_head, reason="越权使用", remedy_by=clock.today() + timedelta(days=9))
    with pytest.raises(GrantSuspended):
        plan_of(city, "y2025")
    ending.resume_share(share, actor=city.provider_head, reason="已整改")
    withdrawn = share.resource
    ending.end_withdrawn(withdrawn)
    revoke_grant(withdrawn.grants.get(), actor=SYSTEM, reason="目录已撤销")
    share.refresh_from_db()
    assert (share.state, share.resource.table) == (ShareState.IN_USE, "y2025")
    ending.end_withdrawn(share.resource)
    share.refresh_from_db()
    assert share.state == ShareState.DISPOSING
    with pytest.raises(NoGrant):
        plan_of(city, "y2025")


def test_mask_of_the_provider_holds_for_items_that_the_representing_table_has_not(city: Office) -> None:
    group = dataset(city)
    Item.objects.filter(resource__table="y2025", field="phone").update(mask="mobile")
    Item.objects.filter(resource__table="y2024", field="note").delete()
    stamps.forget()
    request = drafting.open_request("核对", city.asker, actor=city.clerk)
    part = drafting.add_dataset(request, group, actor=city.clerk)
    offices.state(city, part)
    part = asking.submit_request(request, actor=city.clerk).parts.get()
    decide(part.instance, city.head)
    assert part.resource.table == "y2024"
    with pytest.raises(IncompleteRequest, match="wage"):
        answering.set_terms(part, actor=city.provider_clerk, masks={"wage": "mobile"})
    answering.set_terms(part, actor=city.provider_clerk, masks={"note": "name", "phone": "mobile"})
    decide(part.instance, city.provider_clerk)
    decide(part.instance, city.provider_head, reason="符合条件")
    assert {"note:name", "phone:mobile"} <= set(plan_of(city, "y2025").mask_names)
    assert "phone:mobile" in plan_of(city, "y2024").mask_names  # its own item has none: what equals the other's must not be dropped


def test_tables_of_several_providers_are_asked_for_one_by_one(city: Office) -> None:
    group = dataset(city)
    Resource.objects.filter(table="y2025").update(provider=city.city.bureau)
    request = drafting.open_request("核对", city.asker, actor=city.clerk)
    with pytest.raises(MayNotShare, match="几个部门"):
        drafting.add_dataset(request, group, actor=city.clerk)
    with pytest.raises(MayNotShare, match="没有已发布"):
        drafting.add_dataset(request, ResourceGroup.objects.create(slug="empty", title="空"), actor=city.clerk)


def test_one_conditional_table_makes_the_whole_be_answered_by_people(city: Office) -> None:
    group = dataset(city)
    first, second = Resource.objects.order_by("pk")
    Resource.objects.filter(pk=first.pk).update(share_type="unconditional")
    answering.set_automatic(Resource.objects.get(pk=first.pk), True, actor=city.provider_head, reason="字典")
    part = whole(city, group)
    decide(part.instance, city.head)
    assert (part.is_automatic, waits_at(part), Share.objects.count()) == (False, "reviewed", 0)
    Resource.objects.filter(pk=second.pk).update(share_type="unconditional")
    other = whole(city, group)
    decide(other.instance, city.head)
    assert (other.is_automatic, waits_at(other)) == (False, "answered")  # the second is not set automatic
    Resource.objects.filter(pk=second.pk).update(share_type="conditional")
    with pytest.raises(WrongStanding, match="须由提供部门审核"):
        decide(other.instance, city.provider_head)
    assert not Share.objects.exists()


def test_the_machine_grants_no_table_that_came_conditional_meanwhile(city: Office) -> None:
    group = dataset(city)
    Resource.objects.update(share_type="unconditional")
    for one in Resource.objects.all():
        answering.set_automatic(one, True, actor=city.provider_head, reason="字典")
    part, other = whole(city, group), whole(city, group)
    decide(part.instance, city.head)
    assert len(Share.objects.get().grants) == 2
    late = entry(city, 2, table="y2026", group=group)
    with pytest.raises(WrongStanding, match="须由提供部门审核"):
        decide(other.instance, city.head)
    assert (other.is_automatic, late.grants.count()) == (True, 0)


def whole(city: Office, group: ResourceGroup) -> Part:
    """The dataset asked for, before the asker's head."""
    request = drafting.open_request("核对", city.asker, actor=city.clerk)
    offices.state(city, drafting.add_dataset(request, group, actor=city.clerk))
    return asking.submit_request(request, actor=city.clerk).parts.get()


def waits_at(part: Part) -> str:
    """The node of the step that waits."""
    assert part.instance is not None
    step = waiting_step(part.instance)
    assert step is not None
    return step.node


def plan_of(city: Office, table: str) -> Plan:
    return open_plan(city.clerk, Resource.objects.get(table=table), door=Door.ROWS)
