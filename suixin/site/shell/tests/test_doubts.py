"""Doubts: a department asks that a row be checked, its provider corrects it or says why not, the asker is answered."""

from pathlib import Path

import pytest
from django.test import Client

from suixin.data.access import actions as access
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.rejected import HIDDEN
from suixin.data.access.tests.factories import node_at
from suixin.data.access.traces import Period, traces_about
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.data.quality.errors import DoubtRefused
from suixin.data.quality.loop import doubts
from suixin.data.quality.loop.doubts import Wrong
from suixin.data.quality.loop.forgetting import forget_doubts
from suixin.data.quality.models import Doubt, DoubtState
from suixin.ground.flow import advancing
from suixin.ground.flow.models import Step, StepStatus
from suixin.ground.flow.orders import closing
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.actions import create_account
from suixin.ground.people.applications import create_application
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import actor_of
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.errors import SuixinError

pytestmark = pytest.mark.django_db
ROWS = "代码,名称,数量,日期\nK1,甲,1,2024-01-01\nK2,乙,2,2024-01-02\n"
SAID = Wrong({"code": "K1"}, "amount", "7", "年报第 3 页")


@pytest.fixture
def resource(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two rows of the bureau's."""
    with node_at(tmp_path, monkeypatch):
        found = factories.published()
        _bring(found, tmp_path, ROWS, "一.csv")
        yield found


def _bring(resource: Resource, folder: Path, text: str, name: str) -> None:
    (folder / name).write_text(text, "utf-8")
    assert actions.run_feed(folder / name, actor=SYSTEM, resource=resource)[0].status == "landed"


def _clerk(of: Organisation, name: str = "c") -> Actor:
    return actor_of(create_account(name, "A-long-password", organisation=of, roles=("clerk",)))


def _reader(resource: Resource, name: str = "reader", number: int = 1, columns: tuple[str, ...] = ("code", "amount")) -> Actor:
    place = organisation(f"使用局{number}", number=number)
    access.give_grant(
        resource, subject_kind=SubjectKind.ORGANISATION, subject_key=place.uscc, columns=columns, doors=(Door.PAGE,),
        basis="测试", actor=SYSTEM,
    )
    return _clerk(place, name)


def test_department_with_a_grant_opens_an_order_that_names_no_value(resource: Resource) -> None:
    doubt = doubts.raise_doubt(resource, SAID, actor=_reader(resource))
    order = WorkOrder.objects.get(number=doubt.order_number)
    assert (order.organisation, order.kind) == (resource.provider, "data-doubt")
    assert "K1" not in f"{order.title}{order.detail}{order.subject_key}{order.fingerprint}{order.arguments}"
    assert order.instance is not None
    assert order.instance.version.procedure.slug == "data-doubt"
    assert doubts.told_by(doubt).shown == "1.00"


def test_doubts_of_one_row_and_item_share_an_order_others_do_not(resource: Resource) -> None:
    one, other = _reader(resource), _reader(resource, "other", 2)
    first, second = (doubts.raise_doubt(resource, SAID, actor=actor) for actor in (one, other))
    assert first.order_number == second.order_number
    third = doubts.raise_doubt(resource, Wrong({"代码": "K2"}, "amount", "9", "年报"), actor=one)
    assert third.order_number != first.order_number


def test_department_whose_program_has_the_grant_doubts_what_the_program_reads_and_others_do_not(resource: Resource) -> None:
    place = organisation("使用局", number=1)
    create_application(place, "核对系统", app_id="checking", actor=SYSTEM)
    grant = access.give_grant(
        resource, subject_kind=SubjectKind.APPLICATION, subject_key="checking", columns=("code", "amount"), doors=(Door.PAGE,),
        basis="测试", actor=SYSTEM,
    )
    asker, unseen = _clerk(place), Wrong({"code": "K1"}, "name", "丁", "年报")
    for actor, wrong in ((asker, unseen), (_clerk(organisation("别的局", number=9), "x"), SAID)):
        with pytest.raises(SuixinError, match="授权"):
            doubts.raise_doubt(resource, wrong, actor=actor)
    assert doubts.told_by(doubts.raise_doubt(resource, SAID, actor=asker)).shown == "1.00"
    access.revoke_grant(grant, actor=SYSTEM, reason="测试")
    with pytest.raises(SuixinError, match="授权"):
        doubts.raise_doubt(resource, Wrong({"code": "K2"}, "amount", "9", "年报"), actor=asker)


def test_resident_sees_who_asked_for_a_row_of_his_to_be_checked(resource: Resource) -> None:
    resource.items.filter(field="code").update(sensitive="resident_id")
    asker = _reader(resource)
    doubts.raise_doubt(resource, SAID, actor=asker)
    [trace] = traces_about("K1", Period())
    assert (trace.organisation, trace.fields, trace.rows, trace.basis) == (asker.organisation, ("code", "amount"), 1, "测试")
    assert traces_about("K2", Period()) == []


@pytest.mark.parametrize(("wrong", "told"), [
    (Wrong({"code": "K9"}, "amount", "7", "年报"), "没有找到这一行"), (Wrong({}, "amount", "7", "年报"), "没有说明是哪一行"),
    (Wrong({"code": "K1"}, "amount", "1.00", "年报"), "显示的就是"), (Wrong({"code": "K1"}, "amount", "7", " "), "请填写“依据”"),
    (Wrong({"code": "K1"}, "name", "丁", "年报"), "授权不包含列"), (Wrong({"amount": "1"}, "code", "7", "x" * 501), "最多 500"),
])
def test_doubt_about_what_one_does_not_see_or_says_nothing_is_refused(resource: Resource, wrong: Wrong, told: str) -> None:
    with pytest.raises(SuixinError, match=told):
        doubts.raise_doubt(resource, wrong, actor=_reader(resource))
    assert not WorkOrder.objects.exists()


def test_who_has_no_grant_may_not_ask_and_who_asked_asks_once(resource: Resource) -> None:
    with pytest.raises(SuixinError):
        doubts.raise_doubt(resource, SAID, actor=_clerk(organisation("别的局", number=9), "x"))
    reader = _reader(resource)
    doubts.raise_doubt(resource, SAID, actor=reader)
    with pytest.raises(DoubtRefused, match="已申请校核"):
        doubts.raise_doubt(resource, SAID, actor=reader)


def test_what_a_doubt_says_is_masked_for_who_reads_the_resource_only_masked(resource: Resource) -> None:
    doubt = doubts.raise_doubt(resource, SAID, actor=_reader(resource))
    resource.items.update(mask="name")
    readers = (_clerk(resource.provider, "d"), _clerk(organisation("旁局", number=8), "e"))
    whole, masked = (doubts.told_to(doubt, actor=actor) for actor in readers)
    assert (whole.shown, whole.expected, whole.evidence) == ("1.00", "7", "年报第 3 页")
    assert (masked.expected, masked.evidence) == (HIDDEN, HIDDEN)
    assert "K1" not in str(masked.row)
    assert masked.shown != "1.00"


def test_evidence_about_an_open_item_is_hidden_where_it_may_quote_a_masked_one(resource: Resource) -> None:
    said = Wrong({"code": "K1"}, "amount", "7", "甲的年报第 3 页")
    doubt = doubts.raise_doubt(resource, said, actor=_reader(resource))
    resource.items.filter(field="name").update(mask="name")
    readers = (_clerk(resource.provider, "d"), _clerk(organisation("旁局", number=8), "e"))
    whole, masked = (doubts.told_to(doubt, actor=actor) for actor in readers)
    assert (whole.evidence, masked.expected, masked.evidence) == ("甲的年报第 3 页", "7", HIDDEN)


def test_order_is_well_only_when_the_row_has_changed(resource: Resource, tmp_path: Path) -> None:
    doubt = doubts.raise_doubt(resource, SAID, actor=_reader(resource))
    subject = Subject("flow.order", doubt.order_number)
    assert not closing.measure(subject, {}).is_well
    _bring(resource, tmp_path, ROWS.replace("K2,乙,2", "K2,乙,3"), "二.csv")
    assert not closing.measure(subject, {}).is_well
    _bring(resource, tmp_path, ROWS.replace("K1,甲,1", "K1,甲,7"), "三.csv")
    assert closing.measure(subject, {}).is_well


def test_rows_that_must_end_are_named_by_no_doubt_any_more(resource: Resource) -> None:
    doubt = doubts.raise_doubt(resource, SAID, actor=_reader(resource))
    assert forget_doubts(resource, lambda cells: "K9" in cells.values()) == 0
    assert forget_doubts(resource, lambda cells: "K1" in cells.values()) == 1
    doubt.refresh_from_db()
    assert "K1" not in doubt.sealed
    assert closing.measure(Subject("flow.order", doubt.order_number), {}).is_well  # there is no such row to complain of


def test_refusal_with_its_reason_goes_back_to_every_asker(resource: Resource, django_capture_on_commit_callbacks) -> None:
    first = doubts.raise_doubt(resource, SAID, actor=_reader(resource))
    doubts.raise_doubt(resource, SAID, actor=_reader(resource, "other", 2))
    clerk = _clerk(resource.provider)
    with django_capture_on_commit_callbacks(execute=True):
        for action, reason in (("approve", ""), ("reject", "年报有更正公告")):
            step = Step.objects.get(instance__subject_key=first.order_number, status=StepStatus.OPEN)
            advancing.advance(step.instance_id, step.node, action, actor=clerk, reason=reason)
    assert set(Doubt.objects.values_list("state", "answer")) == {(DoubtState.REFUTED, "年报有更正公告")}
    assert not WorkOrder.objects.get().is_open


def test_clerk_asks_on_the_page_and_the_provider_sees_what_is_wrong(client: Client, resource: Resource) -> None:
    reader = _reader(resource)
    client.force_login(_account(reader))
    page = client.get("/console/resources/some_table/doubt/?code=K1").content.decode()
    assert 'value="K1"' in page
    told = {"row-code": "K1", "field": "amount", "expected": "7", "evidence": "年报第 3 页"}
    assert "10 个工作日" in client.post("/console/resources/some_table/doubt/", told, follow=True).content.decode()
    assert client.post("/console/resources/some_table/doubt/", told).status_code == 422
    provider = Client()
    provider.force_login(_account(_clerk(resource.provider)))
    shown = provider.get(f"/console/orders/{Doubt.objects.get().order_number}/").content.decode()
    assert "代码=K1" in shown
    assert "年报第 3 页" in shown


def _account(actor: Actor):
    from suixin.ground.people.models import Account

    return Account.objects.get(username=actor.key)
