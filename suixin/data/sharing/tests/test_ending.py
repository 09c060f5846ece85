"""Shares stand still and end: at every door at once, with reasons, filing and a receipt of disposal."""

from datetime import timedelta

import pytest

from suixin.data.access.errors import GrantSuspended, NoGrant
from suixin.data.access.models import Door
from suixin.data.access.plans import open_plan
from suixin.data.sharing import disposing, ending, recording
from suixin.data.sharing.disposing import Receipt
from suixin.data.sharing.errors import IncompleteRequest, WrongStanding
from suixin.data.sharing.models import DisposalMethod, Share, ShareState, Termination, Violation
from suixin.data.sharing.recording import Used
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import Office, agreed, decide, entry
from suixin.data.sharing.violations import close_violation, detect
from suixin.ground.flow.models import Step
from suixin.ground.notify.models import Notice
from suixin.kit import clock
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city() -> Office:
    return offices.office()


@pytest.fixture
def share(city: Office) -> Share:
    agreed(city, entry(city))
    return Share.objects.select_related("resource", "organisation").get()


def used(**told: object) -> Used:
    values = {"since": clock.today() - timedelta(days=9), "until": clock.today(), "scenario": "核对", "process": "核对 30 人",
              "effect": "少跑 30 次", "storage": "不留存", "destruction": "无", **told}
    return Used(**values)  # type: ignore[arg-type]  # test data


def tomorrow() -> object:
    return clock.today() + timedelta(days=1)


def test_suspension_stops_every_door_until_it_is_put_right(city: Office, share: Share) -> None:
    ending.suspend_share(share, actor=city.supervisor, reason="超范围查询", remedy_by=clock.today() + timedelta(days=5))
    with pytest.raises(GrantSuspended):
        open_plan(city.clerk, share.resource, door=Door.ROWS)
    ending.report_remedy(share, actor=city.clerk, text="已收回多余账号")
    with pytest.raises(WrongStanding, match="须由它恢复"):
        ending.resume_share(share, actor=city.provider_head, reason="已核实")
    ending.resume_share(share, actor=city.supervisor, reason="已核实")
    assert open_plan(city.clerk, share.resource, door=Door.ROWS).fields == ("code", "name")


def test_termination_is_consulted_filed_and_ends_the_grant(city: Office, share: Share) -> None:
    with pytest.raises(WrongStanding, match="协商"):
        ending.terminate_share(share, actor=city.provider_head, reason="系统下线")
    ending.terminate_share(share, actor=city.provider_head, reason="系统下线", consultation="三日已与救助局商定")
    with pytest.raises(NoGrant):
        open_plan(city.clerk, share.resource, door=Door.ROWS)
    found = Termination.objects.get()
    decide(found.instance, city.officer)
    found.refresh_from_db()
    assert found.filed_by == "data_officer"


def test_a_receipt_of_disposal_is_due_sent_back_and_accepted(city: Office, share: Share) -> None:
    ending.finish_use(share, actor=city.clerk, reason="核对已完成")
    share.refresh_from_db()
    assert share.state == ShareState.DISPOSING
    with pytest.raises(WrongStanding, match="处置回执"):
        decide(share.disposal.instance, city.clerk)
    receipt = Receipt(DisposalMethod.DESTROYED, "前置库中的表已删除", clock.today())
    disposing.file_disposal(share, receipt, actor=city.clerk)
    decide(share.disposal.instance, city.provider_clerk, "return", "备份未说明")
    disposing.file_disposal(share, Receipt(DisposalMethod.DESTROYED, "表和备份都已删除", clock.today()), actor=city.clerk)
    decide(share.disposal.instance, city.provider_clerk)
    share.refresh_from_db()
    assert (share.state, share.disposal.accepted_by) == (ShareState.ARCHIVED, "supplier")


def test_expired_and_withdrawn_shares_end_with_their_grants(city: Office, share: Share) -> None:
    assert ending.end_expired() == 0
    with clock.frozen(clock.now() + timedelta(days=120)):
        assert ending.end_expired() == 1
    share.refresh_from_db()
    assert (share.end_kind, share.grant.state) == ("expired", "revoked")
    assert ending.end_withdrawn(share.resource) == 0


def test_use_is_recorded_whole_and_reminded_of_once_a_quarter(city: Office, share: Share) -> None:
    with pytest.raises(IncompleteRequest, match="应用成效"):
        recording.record_use(share, used(effect=" "), actor=city.clerk)
    record = recording.record_use(share, used(), actor=city.clerk)
    assert record.keep_until.year == clock.today().year + 3
    Share.objects.update(granted_at=clock.now() - timedelta(days=200))
    with clock.frozen(clock.now() + timedelta(days=95)):
        recording.remind()
        recording.remind()
    assert Notice.objects.filter(account__username="clerk", title__contains="请记录使用情况").count() == 1


def test_what_a_machine_sees_is_a_register_closed_with_a_reason(city: Office, share: Share) -> None:
    from suixin.data.access import actions as access

    ending_alone = share.grant
    access.revoke_grant(ending_alone, actor=city.provider_head, reason="不想给了")
    Step.objects.filter(node="reviewed").update(is_late=True)
    assert detect() == 2
    assert detect() == 0
    found = Violation.objects.get(kind="ended_alone")
    assert (found.organisation, found.subject_key) == (city.city.department, str(share.uuid))
    with pytest.raises(NotAllowed):
        close_violation(found, actor=city.provider_head, reason="没事")
    close_violation(found, actor=city.supervisor, reason="已责令改正")
    assert detect() == 0
    assert set(Violation.objects.filter(closed_at=None).values_list("kind", flat=True)) == {"answer_late"}
