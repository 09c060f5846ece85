"""Grants in the console: given with rate, quota and purposes, shown with what was used, withdrawn when nobody uses them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from suixin.data.access.models import Grant, GrantState, SubjectKind
from suixin.data.access.tests import factories as access
from suixin.data.catalog.models import ResourceGroup
from suixin.data.doors.tests.client import make_caller
from suixin.data.sharing.models import Part
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit import clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the node, its lake empty."""
    with access.node_at(tmp_path, monkeypatch) as folder:
        yield folder


def enter(client: Client) -> Organisation:
    """The bureau's data officer signs in."""
    bureau = Organisation.objects.get(uscc=access.BUREAU)
    account = Account.objects.create(username="officer", display_name="专员")
    Post.objects.create(account=account, organisation=bureau, role="data_officer")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return bureau


def terms(organisation: Organisation, **changes: object) -> dict[str, object]:
    """A form that is right."""
    return {
        "organisation": organisation.pk, "columns": ["code", "phone"], "purpose": "核对", "basis": "某办法第三条", "until": "2099-12-31",
        "per_second": "5", "per_day": "1000", "purposes": "疫情防控: 电话=不脱敏\n统计：phone=suppress",
    } | changes


def test_grant_is_given_with_rate_quota_and_purposes(client: Client) -> None:
    access.filled(5, has_lookup=True, share_type="conditional")
    bureau = enter(client)
    answer = client.post("/console/grants/new/?resource=people_list", terms(bureau))
    assert answer.status_code == 302, answer.content.decode()
    given = Grant.objects.get()
    assert (given.per_second, given.per_day) == (5, 1000)
    assert given.purposes == {"疫情防控": {"phone": ""}, "统计": {"phone": "suppress"}}
    page = client.get(f"/console/grants/{given.uuid}/").content.decode()
    assert all(text in page for text in ("每秒 5 次", "0 次，共 1,000 次", "疫情防控", "还没有使用"))


@pytest.mark.parametrize(("changes", "told"), [
    ({"per_day": "0"}, "每日次数"), ({"per_second": "-1"}, "每秒次数"), ({"purposes": "统计"}, "写法不对"),
    ({"purposes": "统计: 电话"}, "写法不对"), ({"purposes": "统计: 电话=没有"}, "没有名为 没有 的脱敏规则"),
    ({"row_filter": "电话 = 读者区划"}, "字段 IN 读者区划"),
])
def test_wrong_terms_give_no_grant_and_say_why(client: Client, changes: dict[str, object], told: str) -> None:
    access.filled(5, has_lookup=True, share_type="conditional")
    answer = client.post("/console/grants/new/?resource=people_list", terms(enter(client), **changes))
    assert (answer.status_code, Grant.objects.count()) == (200, 0)
    assert told in answer.content.decode()


def test_use_of_today_stands_against_the_quota(client: Client) -> None:
    caller = make_caller()
    access.grant(access.filled(5), subject_kind=SubjectKind.APPLICATION, subject_key=caller.app_id, per_day=9)
    enter(client)
    for _ in range(2):
        assert caller.get("/gateway/people_list/lookup?code=k000003").status == 200
    assert "2 次，共 9 次" in client.get(f"/console/grants/{Grant.objects.get().uuid}/").content.decode()


def test_unused_grant_is_listed_and_withdrawn_with_a_reason(client: Client) -> None:
    resource, long_ago = access.filled(3), clock.now() - timedelta(days=100)
    given = access.grant(
        resource, subject_kind=SubjectKind.ORGANISATION, subject_key=access.HOSPITAL, valid_from=long_ago, basis="老依据一号"
    )
    access.grant(resource, subject_kind=SubjectKind.ORGANISATION, subject_key=access.HOSPITAL, basis="新依据二号")
    enter(client)
    listed = client.get("/console/grants/?kind=unused").content.decode()
    assert ("老依据一号" in listed, "新依据二号" in listed) == (True, False)
    client.post(f"/console/grants/{given.uuid}/", {"move": "revoke", "reason": "九十天没有使用"})
    given.refresh_from_db()
    assert given.state == GrantState.REVOKED
    assert "老依据一号" not in client.get("/console/grants/?kind=unused").content.decode()


def dataset() -> ResourceGroup:
    """Two tables of the bureau in one dataset."""
    group = ResourceGroup.objects.create(slug="years", title="历年名单")
    for name in ("y2024", "y2025"):
        access.filled(2, table=name, group=group, share_type="conditional")
    return group


def test_whole_dataset_is_granted_with_receipts_and_stands_still_as_one(client: Client) -> None:
    dataset()
    bureau = enter(client)
    assert "授权整个数据集" in client.get("/console/grants/new/?resource=y2024").content.decode()
    answer = client.post("/console/grants/new/?resource=y2024", terms(bureau, columns=[], is_whole="on", is_receipted="on", purposes=""))
    assert answer.status_code == 302, answer.content.decode()
    one, other = Grant.objects.order_by("pk")
    assert (one.is_receipted, len(one.columns), one.dataset) == (True, len(access.SPECS), other.dataset)
    page = client.get(f"/console/grants/{one.uuid}/").content.decode()
    assert all(text in page for text in ("历年名单（2 张表一起授权", "每次交换都留"))
    client.post(f"/console/grants/{one.uuid}/", {"move": "suspend", "reason": "核查"})
    assert set(Grant.objects.values_list("state", flat=True)) == {"suspended"}


def test_whole_dataset_is_picked_into_a_request(client: Client) -> None:
    dataset()
    place = Organisation.objects.create(uscc=access.HOSPITAL, name="市医院", slug="hospital", parent=Organisation.objects.get())
    account = Account.objects.create(username="asker", display_name="经办")
    Post.objects.create(account=account, organisation=place, role="clerk")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    assert "2 张表" in client.get("/console/sharing/pick/").content.decode()
    answer = client.post("/console/sharing/pick/", {"dataset": "years"})
    assert answer.status_code == 302, answer.content.decode()
    part = Part.objects.get()
    assert (part.title, len(part.columns)) == ("历年名单", len(access.SPECS))
    assert "历年名单" in client.get(answer["Location"]).content.decode()
    assert "历年名单" in client.get(f"/console/sharing/parts/{part.uuid}/").content.decode()
