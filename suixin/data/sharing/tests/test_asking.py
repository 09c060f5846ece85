"""A request goes its way: stated, consented to, answered in time, supplemented once, extended, refused, granted, provided."""

from datetime import timedelta

import pytest

from suixin.data.access.models import Door, Grant
from suixin.data.access.plans import open_plan
from suixin.data.access.tests.factories import land, record
from suixin.data.sharing import answering, asking, drafting, queries
from suixin.data.sharing.errors import IncompleteRequest, MayNotShare, WrongStanding
from suixin.data.sharing.models import AmendKind, Part, PartState, Share, ShareState
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import Office, agreed, asked, decide, draft, entry
from suixin.ground.audit.models import Record
from suixin.ground.flow import stopping
from suixin.ground.flow.errors import MissingReason
from suixin.ground.flow.models import Step, StepKind
from suixin.ground.notify.models import Notice
from suixin.ground.people.models import Post
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city() -> Office:
    return offices.office()


def stage(part: Part) -> str:
    return queries.stage_of(queries.staged(Part.objects.filter(pk=part.pk)).get())


def test_each_part_of_a_basket_goes_to_its_provider_and_is_granted_alone(city: Office) -> None:
    one, other = entry(city), entry(city, table="other_list")
    request = asking.submit_request(draft(city, one, other), actor=city.clerk)
    assert request.number.startswith("GX")
    first, second = request.parts.all()
    decide(first.instance, city.head)
    assert (stage(first), stage(second)) == ("提供部门审核", "待本部门负责人同意")
    decide(first.instance, city.provider_clerk)
    decide(first.instance, city.provider_head, reason="符合条件")
    share = Share.objects.get()
    assert (share.part, share.state, share.grant.columns) == (first, ShareState.IN_USE, ["code", "name"])
    assert share.grant.valid_until == first.valid_until
    assert Record.objects.filter(action="sharing.granted").count() == 1
    assert Notice.objects.filter(account__username="clerk", title__contains="数据已可使用").count() == 1


def test_what_is_missing_is_told_for_every_part_at_once(city: Office) -> None:
    request = drafting.open_request("核对", city.asker, actor=city.clerk)
    drafting.add_parts(request, [entry(city), entry(city, table="other_list")], actor=city.clerk)
    with pytest.raises(IncompleteRequest, match=r"使用依据.*使用场景.*使用时限") as told:
        asking.submit_request(request, actor=city.clerk)
    assert told.value.fields["parts"] == 2
    assert Step.objects.count() == 0


def test_withheld_own_and_unreadable_are_refused_where_they_are_picked(city: Office) -> None:
    request = drafting.open_request("核对", city.asker, actor=city.clerk)
    with pytest.raises(MayNotShare, match="不予共享"):
        drafting.add_parts(request, [entry(city, table="closed", share_type="withheld")], actor=city.clerk)
    part = drafting.add_parts(request, [entry(city)], actor=city.clerk)[0]
    with pytest.raises(IncompleteRequest, match="行条件"):
        offices.state(city, part, row_filter="工资 > 3")
    with pytest.raises(NotAllowed):
        drafting.add_parts(request, [], actor=city.provider_clerk)


def test_an_unconditional_entry_is_answered_within_a_working_day(city: Office) -> None:
    part = asked(city, entry(city, share_type="unconditional"))
    step = Step.objects.get(node="answered")
    assert step.organisation == city.city.department
    assert step.due_at is not None
    assert (step.due_at.astimezone(clock.CHINA).date() - clock.today()).days <= 10  # one working day, whatever the calendar
    decide(part.instance, city.provider_head)
    assert Share.objects.get().state == ShareState.IN_USE


def test_an_entry_set_automatic_is_granted_by_the_machine_and_says_so(city: Office) -> None:
    resource = entry(city, share_type="unconditional")
    answering.set_automatic(resource, True, actor=city.provider_head, reason="字典类数据")
    part = asked(city, resource)
    assert (part.state, part.is_automatic, part.answered_by) == (PartState.AGREED, True, SYSTEM.name)
    assert "自动同意" in part.answer
    with pytest.raises(WrongStanding, match="无条件共享"):
        answering.set_automatic(entry(city, table="other_list", share_type="conditional"), True, actor=city.provider_head, reason="试")


def test_a_supplement_stops_the_clock_and_is_answered_with_a_better_statement(city: Office) -> None:
    part = asked(city, entry(city))
    stopping.ask_supplement(Step.objects.get(node="reviewed"), ["缺授权书"], actor=city.provider_clerk)
    assert stage(part) == "待补正"
    assert Step.objects.get(node="reviewed", kind=StepKind.TASK).status == "stopped"
    offices.state(city, part, scenario="按授权书核对低保申请人的参保情况")
    asking.submit_part(part, actor=city.clerk)
    assert stage(part) == "提供部门审核"
    with pytest.raises(WrongStanding, match="现在不能改"):
        offices.state(city, part, scenario="再改一次使用场景")


def test_more_time_needs_the_bureaus_consent_and_is_told(city: Office) -> None:
    asked(city, entry(city))
    step = Step.objects.get(node="reviewed")
    before = step.due_at
    stopping.extend(step, 10, actor=city.provider_clerk, reason="需会商", document="延期〔2026〕1号")
    step.refresh_from_db()
    assert step.due_at == before
    decide(step.instance, city.supervisor)
    step.refresh_from_db()
    assert step.due_at is not None
    assert before is not None
    assert step.due_at > before
    assert Notice.objects.filter(account__username="clerk", title__contains="延长").exists()


def test_a_refusal_needs_a_reason_and_leaves_no_grant(city: Office) -> None:
    part = asked(city, entry(city))
    decide(part.instance, city.provider_clerk)
    with pytest.raises(MissingReason):
        decide(part.instance, city.provider_head, "reject")
    decide(part.instance, city.provider_head, "reject", "使用依据与本数据无关")
    part = asking.settle(part)
    assert (part.state, part.answer, part.answered_by) == (PartState.REFUSED, "使用依据与本数据无关", "supplier-head")
    assert Grant.objects.count() == 0


def test_terms_of_the_provider_are_in_the_grant(city: Office) -> None:
    part = asked(city, entry(city), row_filter="active = true")
    answering.set_terms(part, actor=city.provider_clerk, masks={"name": "", "code": ""}, condition="不得转给第三方", per_second=5,
        per_day=100)
    decide(part.instance, city.provider_clerk)
    decide(part.instance, city.provider_head)
    grant = Grant.objects.get()
    assert (grant.masks, grant.per_second, grant.per_day, grant.row_filter) == ({"name": ""}, 5, 100, "active = true")


def test_provided_only_when_there_are_rows(city: Office) -> None:
    resource = entry(city, 0)
    part = agreed(city, resource)
    share = Share.objects.get()
    assert (share.state, stage(part)) == (ShareState.PROVIDING, "待供数")
    with pytest.raises(WrongStanding, match="还没有数据"):
        decide(part.instance, city.provider_clerk)
    land(resource, [record(1)])
    decide(part.instance, city.provider_clerk)
    share.refresh_from_db()
    assert share.state == ShareState.IN_USE
    assert open_plan(city.clerk, resource, door=Door.ROWS).fields == ("code", "name")


def test_a_part_is_withdrawn_by_its_asker_before_the_answer_only(city: Office) -> None:
    part = asked(city, entry(city))
    assert asking.withdraw_part(part, actor=city.clerk, reason="不再需要").state == PartState.WITHDRAWN
    with pytest.raises(WrongStanding, match="不能撤回"):
        asking.withdraw_part(part, actor=city.clerk, reason="不再需要")


def test_without_a_head_of_sharing_nothing_is_handed_on(city: Office) -> None:
    request = draft(city, entry(city))
    Post.objects.filter(role="head_of_sharing", organisation=city.city.department).delete()
    with pytest.raises(WrongStanding, match="市民政局没有在任的共享工作机构负责人"):
        asking.submit_request(request, actor=city.clerk)


def test_a_renewal_takes_the_place_of_the_share(city: Office) -> None:
    agreed(city, entry(city), days=20)
    share = Share.objects.get()
    part = drafting.open_amendment(share, AmendKind.RENEWAL, actor=city.clerk)
    offices.state(city, part, days=200)
    asking.submit_request(part.request, actor=city.clerk)
    part.refresh_from_db()
    for actor in (city.head, city.provider_clerk, city.provider_head):
        decide(part.instance, actor)
    share.refresh_from_db()
    assert (share.state, share.end_kind, share.grant.state) == (ShareState.ARCHIVED, "replaced", "revoked")
    until = Share.objects.get(part=part).grant.valid_until
    assert until is not None
    assert until > clock.now() + timedelta(days=190)
