"""Who gets which plan, and who is refused with which code."""

from datetime import datetime, timedelta

import pytest

from suixin.data.access import actions, plans, stamps
from suixin.data.access.errors import (
    BadGrant,
    ColumnOutsideGrant,
    GrantExpired,
    GrantSuspended,
    NoGrant,
    UnknownColumn,
)
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.tests.factories import CLERK, HOSPITAL, OUTSIDER, filled, grant
from suixin.ground.audit.models import Record
from suixin.kit import clock
from suixin.kit.actor import PUBLIC, SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db


def test_public_without_grant_is_refused():
    with pytest.raises(NoGrant):
        plans.open_plan(PUBLIC, filled(3), door=Door.ROWS)


def test_owner_reads_whole_resource_without_grant():
    plan = plans.open_plan(CLERK, filled(3), door=Door.PAGE)
    assert len(plan.columns) == 10
    assert plan.mask_names == ()


def test_column_keeps_the_mask_of_its_item_unless_grant_says_otherwise():
    resource = filled(3)
    grant(resource, columns=["编码", "name"])
    assert plans.open_plan(PUBLIC, resource, door=Door.ROWS).mask_names == ("name:name",)
    grant(resource, columns=["code", "name"], masks={"姓名": ""})
    assert plans.open_plan(PUBLIC, resource, door=Door.ROWS).mask_names == ()


def test_column_outside_grant_is_named():
    resource = filled(3)
    grant(resource, columns=["code"])
    with pytest.raises(ColumnOutsideGrant, match="phone") as refused:
        plans.open_plan(PUBLIC, resource, door=Door.ROWS, columns=["code", "电话"])
    assert refused.value.code == "api-4032"
    with pytest.raises(UnknownColumn):
        plans.open_plan(PUBLIC, resource, door=Door.ROWS, columns=["nothing"])


def test_expired_grant_says_so():
    resource = filled(3)
    grant(resource, valid_until=clock.now() + timedelta(days=1))
    with clock.frozen(clock.now() + timedelta(days=2)), pytest.raises(GrantExpired):
        plans.open_plan(PUBLIC, resource, door=Door.ROWS)


def test_suspended_grant_says_so_and_resumes():
    resource = filled(3)
    given = grant(resource, subject_kind=SubjectKind.ORGANISATION, subject_key=HOSPITAL)
    actions.suspend_grant(given, actor=SYSTEM, reason="整改")
    with pytest.raises(GrantSuspended):
        plans.open_plan(OUTSIDER, resource, door=Door.ROWS)
    actions.resume_grant(given, actor=SYSTEM, reason="已改")
    assert plans.open_plan(OUTSIDER, resource, door=Door.ROWS).grant == str(given.uuid)


def test_revoked_grant_never_returns():
    resource = filled(3)
    given = grant(resource)
    actions.revoke_grant(given, actor=SYSTEM, reason="收回")
    with pytest.raises(NoGrant):
        plans.open_plan(PUBLIC, resource, door=Door.ROWS)
    with pytest.raises(BadGrant):
        actions.resume_grant(given, actor=SYSTEM, reason="后悔")


def test_giving_is_audited_and_needs_the_right():
    resource = filled(3)
    given = grant(resource, basis="共享申请 1")
    assert Record.objects.get(action="access.grant_given", object_key=str(given.uuid)).basis == "共享申请 1"
    with pytest.raises(NotAllowed):
        actions.give_grant(resource, actor=OUTSIDER, subject_kind=SubjectKind.PUBLIC)


@pytest.mark.parametrize("values", [
    {"columns": ["nothing"]}, {"columns": []}, {"masks": {"name": "nothing"}}, {"subject_kind": "person"},
    {"valid_until": datetime(2000, 1, 1, tzinfo=clock.CHINA)},
])
def test_contradicting_grant_is_refused(values):
    with pytest.raises(BadGrant):
        grant(filled(3), **values)


def test_cached_plan_is_made_anew_after_a_grant_changed():
    resource = filled(3)
    given = grant(resource)
    calls = []

    def find():
        calls.append(1)
        return resource

    for _ in range(3):
        plans.cached_plan(PUBLIC, "x", door=Door.ROWS, columns=None, find=find)
    assert len(calls) == 1
    actions.suspend_grant(given, actor=SYSTEM, reason="整改")
    stamps.forget()
    with pytest.raises(GrantSuspended):
        plans.cached_plan(PUBLIC, "x", door=Door.ROWS, columns=None, find=find)
