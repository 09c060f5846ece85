"""Grants on a whole dataset: one for every table, later ones too, one quota, one end."""

from dataclasses import replace

import pytest

from suixin.data.access import datasets, log, quotas
from suixin.data.access.actions import suspend_grant
from suixin.data.access.errors import BadGrant, GrantSuspended, NoGrant, OverQuota
from suixin.data.access.models import DatasetGrant, Door, Grant, GrantState
from suixin.data.access.plans import open_plan
from suixin.data.access.tests.factories import BUREAU, SPECS, make_resource
from suixin.data.catalog.models import Item, Resource, ResourceGroup
from suixin.ground.audit.models import Record
from suixin.ground.people.models import Organisation
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
PROGRAM = Actor(ActorKind.APPLICATION, "app", "程序", "12510900MB1X000022")


@pytest.fixture
def group(db):
    """A dataset of two tables; the second has fewer columns."""
    made = ResourceGroup.objects.create(slug="years", title="历年名单")
    table_in(made, "y2024", SPECS)
    table_in(made, "y2025", SPECS[:4])
    return made


def table_in(group, name, specs=SPECS, **columns):
    return make_resource(name, specs=specs, group=group, **columns)


def foreign(group, name, provider, specs=SPECS):
    made = table_in(group, name, specs)
    Resource.objects.filter(pk=made.pk).update(provider=provider)
    return Resource.objects.select_related("provider").get(pk=made.pk)


def given(group, **terms):
    return datasets.give_dataset_grant(
        group, actor=SYSTEM, **{"subject_kind": "application", "subject_key": "app", "basis": "测试", **terms})


def shown(name, door=Door.ROWS):
    return open_plan(PROGRAM, Resource.objects.get(table=name), door=door).fields


def test_every_table_is_read_by_a_plan_of_its_own(group):
    given(group, columns=["编码", "name", "note"], masks={"note": "suppress"}, row_filter="code <> 'k1'", doors=[Door.ROWS])
    assert (shown("y2024"), shown("y2025")) == (("code", "name", "note"), ("code", "name"))
    plan = open_plan(PROGRAM, Resource.objects.get(table="y2024"), door=Door.ROWS)
    assert (plan.mask_names, plan.row_filter) == (("name:name", "note:suppress"), "code <> 'k1'")
    with pytest.raises(NoGrant):
        shown("y2024", Door.DOWNLOAD)
    assert Record.objects.get(action="access.dataset_granted").detail["group"] == "years"


def test_what_fits_no_table_or_not_every_one_is_refused_with_its_name(group):
    with pytest.raises(BadGrant, match="没有列 工资"):
        given(group, columns=["工资"])
    with pytest.raises(BadGrant, match="行条件不适用于“试验名单”"):
        given(group, row_filter="number > 3")
    with pytest.raises(BadGrant, match="开放"):
        given(group, subject_kind="public", subject_key="")
    with pytest.raises(NotAllowed):
        datasets.give_dataset_grant(group, actor=PROGRAM, subject_kind="application", subject_key="app")
    assert not DatasetGrant.objects.exists()


def test_a_later_table_opens_when_its_provider_is_the_same_and_it_may_be_shared(group):
    whole = given(group, columns=["code", "name"])
    other = Organisation.objects.create(uscc="12510900MB1X000099", name="别的部门", slug="other")
    late, abroad = table_in(group, "y2026"), foreign(group, "foreign", other)
    withheld, without = table_in(group, "closed", share_type="withheld"), table_in(group, "without", SPECS[3:5])
    assert [datasets.open_later(Resource.objects.get(pk=one.pk)) for one in (late, abroad, withheld, without, late)] == [1, 0, 0, 0, 0]
    assert shown("y2026") == ("code", "name")
    assert Record.objects.filter(action="access.table_stays_shut").count() == 3
    assert whole.providers == [BUREAU]


def test_nothing_is_opened_for_a_provider_of_whom_no_table_was(group):
    other = Organisation.objects.create(uscc="12510900MB1X000099", name="别的部门", slug="other")
    foreign(group, "amounts", other, SPECS[3:5])
    whole = given(group, columns=["code"])
    assert (whole.providers, whole.grants.count()) == ([BUREAU], 2)
    assert datasets.open_later(foreign(group, "late", other)) == 0
    assert given(group, provider=other).providers == [other.uscc]
    Resource.objects.filter(table="late").update(share_type="withheld")
    with pytest.raises(BadGrant, match="没有列 phone"):
        given(group, provider=other, columns=["phone"])
    Item.objects.update(is_secret=True)
    with pytest.raises(BadGrant, match="没有可以共享的信息项"):
        given(group)


def test_what_a_later_table_closes_stays_closed_whatever_was_said_of_the_first_ones(group):
    given(group, columns=["code", "name", "phone", "amount"], masks={"name": "", "name@page": "", "phone": "mobile"},
          purposes={"核对": {"name": ""}}, row_filter="code <> 'k1'")
    specs = (*SPECS[:3], replace(SPECS[3], share_type="withheld"), replace(SPECS[4], is_secret=True))
    assert datasets.open_later(table_in(group, "y2026", specs)) == 1
    grants = {one.resource.table: one for one in Grant.objects.select_related("resource")}
    assert (grants["y2024"].masks["name"], grants["y2024"].purposes) == ("", {"核对": {"name": ""}})
    later = grants["y2026"]
    assert (later.columns, later.masks, later.purposes) == (["code", "name", "phone"], {"name": "name", "phone": "mobile"}, {"核对": {}})


def test_a_later_table_that_is_shared_more_strictly_than_those_opened_stays_shut(group):
    Resource.objects.update(share_type="unconditional")
    given(group)
    assert datasets.open_later(table_in(group, "y2026")) == 0
    assert "须另行审核" in Record.objects.get(action="access.table_stays_shut").basis
    assert datasets.open_later(table_in(group, "y2027", share_type="unconditional")) == 1


def test_it_stands_still_and_ends_as_a_whole_and_a_later_table_with_it(group):
    whole = given(group)
    part = whole.grants.first()
    with pytest.raises(BadGrant, match="整个数据集"):
        suspend_grant(part, actor=SYSTEM, reason="试")
    datasets.move_dataset_grant(whole, GrantState.SUSPENDED, actor=SYSTEM, reason="核查")
    datasets.open_later(table_in(group, "y2026"))
    for name in ("y2024", "y2025", "y2026"):
        with pytest.raises(GrantSuspended):
            shown(name)
    datasets.move_dataset_grant(whole, GrantState.ACTIVE, actor=SYSTEM, reason="核实")
    assert shown("y2026")
    datasets.move_dataset_grant(whole, GrantState.REVOKED, actor=SYSTEM, reason="终止")
    assert set(Grant.objects.values_list("state", flat=True)) == {"revoked"}
    assert datasets.open_later(table_in(group, "y2027")) == 0
    with pytest.raises(BadGrant, match="重新授权"):
        datasets.move_dataset_grant(whole, GrantState.ACTIVE, actor=SYSTEM, reason="再开")


def test_one_quota_counts_the_calls_of_all_tables(group):
    given(group, per_day=2)
    quotas.forget()
    plans = [open_plan(PROGRAM, Resource.objects.get(table=name), door=Door.ROWS) for name in ("y2024", "y2025", "y2024")]
    for plan in plans[:2]:
        log.note_reading(PROGRAM, plan.contract.code, action="rows", rows=1, plan=plan)
    with pytest.raises(OverQuota):
        log.note_reading(PROGRAM, plans[2].contract.code, action="rows", rows=1, plan=plans[2])
    assert quotas.used(Grant.objects.all()[0], spent=log.spent_path()).today == 2
    quotas.forget()
