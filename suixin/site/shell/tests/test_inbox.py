"""The inbox, a step, an instance, what is late and who is on time, as pages: what is there, what a button does, what is refused."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.ground.flow import advancing
from suixin.ground.flow.declaration import Declaration, Silent
from suixin.ground.flow.models import Delegation, Instance, SilentTrial, Step
from suixin.ground.flow.tests import factories as made
from suixin.ground.flow.workdays import WorkCalendar
from suixin.ground.people.models import Account, Organisation
from suixin.kit import clock
from suixin.site.shell.flow_words import due_words
from suixin.site.shell.queries.flow.duties import span_of

pytestmark = pytest.mark.django_db


def entered(username: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def cast():
    approved = {"suspend": "department_head"}
    nodes = made.straight().nodes
    return made.world(made.straight(), made.parallel(), Declaration("careful", "慎办", nodes, approvers=approved))


def step_page(instance: Instance, node: str = "accept") -> str:
    return f"/console/steps/{made.step_of(instance, node).uuid}/"


def body(answer) -> str:
    return str(answer.content.decode())


def test_it_works(cast):
    instance = made.started("straight", cast["alpha"], title="甲店开业")
    client = entered("alpha-clerk")
    page = body(client.get("/console/"))
    for text in ("待办", "甲店开业", "正常", "还剩", "未认领", "alpha-clerk", f'href="{step_page(instance)}"'):
        assert text in page


def test_inbox_with_many_steps_costs_no_more_queries_than_with_few(cast):
    client = entered("alpha-clerk")
    counts = []
    for number in (2, 30):
        for _ in range(number):
            made.started("straight", cast["alpha"])
        with CaptureQueriesContext(connection) as spent:
            client.get("/console/?sort=due_at")
        counts.append(len(spent))
    assert counts[0] == counts[1] <= 30


def test_chosen_steps_are_done_each_for_itself_and_the_refused_are_told(cast):
    mine, other = made.started("straight", cast["alpha"]), made.started("straight", cast["alpha"], title="已办的")
    steps = [str(made.step_of(one, "accept").uuid) for one in (mine, other)]
    advancing.advance(other.pk, "accept", "approve", actor=cast["alpha"])
    form = {"step": [*steps, str(uuid4()), "x"], "move": "approve", "reason": "齐全", "key": "k1"}
    client = entered("alpha-clerk")
    page = body(client.post("/console/", form))
    assert "完成 1 项，3 项没有办成" in page
    assert "已办的" in page
    assert made.step_of(mine, "accept").outcome == "approve"
    assert "完成 1 项，3 项没有办成" in body(client.post("/console/", form))


@pytest.mark.parametrize("form", [
    {"move": "claim"}, {"move": "burn", "step": "x"}, {"move": "hand_over", "step": "x", "to": ""},
    {"move": "approve", "step": "x", "reason": "身份证 11010119900307109X"},
    {"move": "claim", "step": [str(n) for n in range(201)]},
])  # fmt: skip
def test_button_without_what_it_needs_is_told_so(cast, form):
    client = entered("alpha-clerk")
    assert client.post("/console/", form).status_code == 400


def test_step_is_claimed_handed_over_and_decided_once(cast):
    instance = made.started("straight", cast["alpha"])
    colleague = made.account("alpha-two", Organisation.objects.get(slug="alpha"))
    page = step_page(instance)
    client = entered("alpha-clerk")
    client.post(page, {"move": "claim"})
    assert made.step_of(instance, "accept").assignee == Account.objects.get(username="alpha-clerk")
    assert client.post(page, {"move": "hand_over", "to": colleague.pk, "reason": ""}).status_code == 422
    assert client.post(page, {"move": "hand_over", "to": colleague.pk, "reason": "休假"}).status_code == 302
    client = entered("alpha-two")
    for _ in range(2):  # the same form, sent twice
        assert client.post(page, {"move": "decide:approve", "reason": "", "key": "k"}).status_code == 302
    assert (made.step_of(instance, "accept").decided_by, made.open_nodes(instance)) == ("alpha-two", ["decide"])
    assert "已由alpha-two于" in body(client.get(page))


def test_who_is_second_reads_who_was_first(cast):
    instance = made.started("straight", cast["alpha"])
    advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    client = entered("alpha-clerk")
    answer = client.post(step_page(instance), {"move": "decide:reject", "reason": "不全", "key": "k"})
    assert answer.status_code == 409
    assert "alpha-clerk" in body(answer)


def test_refusal_without_a_reason_keeps_what_was_typed(cast):
    instance = made.started("straight", cast["alpha"])
    form = {"move": "decide:reject", "reason": "", "document": "遂市数〔2026〕7号", "key": "k"}
    client = entered("alpha-clerk")
    answer = client.post(step_page(instance), form)
    assert answer.status_code == 422
    assert "遂市数〔2026〕7号" in body(answer)


def test_supplement_is_asked_for_and_answered(cast):
    instance = made.started("straight", cast["alpha"])
    client = entered("alpha-clerk")
    client.post(step_page(instance), {"move": "supplement", "missing": "营业执照\n\n 平面图 ", "key": "a"})
    asked = Step.objects.get(instance=instance, kind="supplement")
    assert asked.request["missing"] == ["营业执照", "平面图"]
    assert "请补正：营业执照、平面图。" in body(client.get("/console/"))
    client.post(f"/console/steps/{asked.uuid}/", {"move": "answer", "reason": "已补", "key": "b"})
    assert made.open_nodes(instance) == ["accept"]


def test_suspension_waits_for_its_approver_and_is_resumed(cast):
    instance = made.started("careful", cast["alpha"])
    page, why = step_page(instance), {"reason": "等鉴定", "document": "1号", "legal_basis": "条例第3条", "key": "a"}
    client = entered("alpha-clerk")
    client.post(page, {"move": "suspend", **why})
    approval = Step.objects.get(instance=instance, kind="approval")
    client = entered("alpha-head")
    client.post(f"/console/steps/{approval.uuid}/", {"move": "decide:approve", "key": "b"})
    assert instance.steps.get(kind="task").status == "stopped"
    client = entered("alpha-clerk")
    assert "停钟" in body(client.get(page))
    assert "停钟中的环节" in body(client.get("/console/"))
    told = body(client.get(f"/console/cases/{instance.uuid}/"))
    assert "批准申请" in told
    assert f"/console/steps/{instance.steps.get(kind='task').uuid}/" in told
    client.post(page, {"move": "resume", "reason": "鉴定出来了", "key": "c"})
    assert instance.steps.get(kind="task").status == "open"


def test_case_shows_everything_that_happened_and_its_starter_withdraws_it(cast):
    instance = made.started("straight", cast["alpha"], title="甲店开业", data={"面积": 300})
    page = f"/console/cases/{instance.uuid}/"
    client = entered("alpha-clerk")
    shown = body(client.get(page))
    for text in ("甲店开业", "办理中", "发起", "面积", "300", "10个工作日"):
        assert text in shown
    assert client.post(page, {"move": "withdraw", "reason": "", "key": "k"}).status_code == 422
    assert client.post(page, {"move": "withdraw", "reason": "不开了", "key": "k"}).status_code == 302
    instance.refresh_from_db()
    assert instance.status == "withdrawn"


@pytest.mark.parametrize("kind", ["steps", "cases"])
def test_outsider_learns_nothing(cast, kind):
    instance = made.started("straight", cast["alpha"], title="甲店开业")
    uuid = made.step_of(instance, "accept").uuid if kind == "steps" else instance.uuid
    client = entered("beta-clerk")
    assert client.get(f"/console/{kind}/{uuid4()}/").status_code == 404
    answer = client.get(f"/console/{kind}/{uuid}/")
    assert answer.status_code == 403
    assert "甲店" not in body(answer)
    assert "甲店" not in body(client.get("/console/cases/"))


def test_lists_of_cases_started_and_late_show_theirs(cast):
    made.started("straight", cast["alpha"], title="甲店开业")
    Step.objects.update(due_at=clock.now() - timedelta(days=9), colour="red")
    client = entered("alpha-clerk")
    for path in ("cases/", "cases/?status=running&colour=green&due=&sort=-started_at", "started/", "late/"):
        assert "甲店开业" in body(client.get(f"/console/{path}")), path
    assert "甲店开业" not in body(client.get("/console/cases/?status=done"))
    assert client.get("/console/cases/?after=x").status_code == 400


def test_league_and_its_file_tell_the_rate_and_no_cell_is_a_formula(cast):
    instance = made.started("straight", cast["alpha"])
    advancing.advance(instance.pk, "accept", "reject", actor=cast["alpha"], reason="不全")
    Organisation.objects.filter(slug="alpha").update(name="=cmd|x", short_name="")
    client = entered("alpha-clerk")
    assert "100.0%" in body(client.get("/console/league/?minimum=1&period=quarter"))
    assert "没有达到最少件数" in body(client.get("/console/league/"))
    assert ",'=cmd|x," in body(client.get("/console/league.csv?minimum=1"))


def test_delegation_is_given_seen_by_both_and_ended(cast):
    place = Organisation.objects.get(slug="alpha")
    other, today = made.account("alpha-two", place), clock.today()
    form = {"move": "new", "receiver": other.pk, "organisation": place.pk, "since": today, "until": today, "reason": "出差",
            "document": "市局〔2026〕8号"}  # fmt: skip
    made.account("alpha-keeper", place, "operator")
    client = entered("alpha-clerk")
    assert "alpha-keeper" not in body(client.get("/console/delegations/"))
    client.post("/console/delegations/", form)
    assert "不用再委托" in body(client.post("/console/delegations/", form))
    given = Delegation.objects.get()
    assert given.document == "市局〔2026〕8号"
    client = entered("alpha-two")
    assert "出差" in body(client.get("/console/delegations/"))
    assert client.post("/console/delegations/", {"move": "end", "delegation": given.pk}).status_code == 422
    client = entered("alpha-clerk")
    client.post("/console/delegations/", {"move": "end", "delegation": given.pk})
    given.refresh_from_db()
    assert given.revoked_at is not None


@pytest.mark.parametrize(("hours", "words"), [
    (None, "没有时限"), (48, "还剩2个工作日，3月4日 09:00前"), (5, "今天到期，3月2日 14:00前"),
    (-72, "已超期1个工作日，应在2月27日 09:00前办结"), (24 * 400, "2027年4月6日 09:00前（2027年工作日安排未公布）"),
])  # fmt: skip
def test_due_date_is_said_in_words(cast, hours, words):
    with clock.frozen(made.MONDAY):
        due = None if hours is None else made.MONDAY + timedelta(hours=hours)
        assert due_words(due, WorkCalendar(years=frozenset({2026}))).endswith(words)


@pytest.mark.parametrize(("period", "first", "last"), [
    ("month", "2026-03-01", "2026-03-03"), ("last-month", "2026-02-01", "2026-03-01"), ("quarter", "2025-12-03", "2026-03-03"),
    ("year", "2026-01-01", "2026-03-03"), ("last-year", "2025-01-01", "2026-01-01"),
])  # fmt: skip
def test_period_has_its_days(period, first, last):
    assert [str(day) for day in span_of(period, made.MONDAY.date())] == [first, last]


def test_administrator_hands_over_everything_of_a_person_who_leaves(cast):
    place = Organisation.objects.get(slug="alpha")
    bureau = made.organisation("bureau", parent=Organisation.objects.get(slug="root"), is_bureau=True)
    made.account("root-admin", bureau, "administrator")
    leaver, heir = Account.objects.get(username="alpha-clerk"), made.account("alpha-two", place)
    Step.objects.filter(instance=made.started("straight", cast["alpha"])).update(assignee=leaver)
    client = entered("root-admin")
    assert f"/console/people/{leaver.pk}/steps/" in body(client.get(f"/console/people/{leaver.pk}/"))
    page = f"/console/people/{leaver.pk}/steps/"
    assert client.post(page, {"to": heir.pk, "reason": ""}).status_code == 422
    assert client.post(page, {"to": heir.pk, "reason": "调离"}).status_code == 302
    assert Step.objects.get().assignee == heir


def test_step_tells_why_silence_could_not_decide_it(cast):
    nodes = (made.task("accept", silent=Silent.DEEMED_APPROVED), made.task("close", "accept"))
    made.publish(Declaration("silent", "默示", nodes))
    instance = made.started("silent", cast["alpha"], title="甲店开业")
    Step.objects.filter(instance=instance).update(due_at=clock.now() - timedelta(days=1))
    assert "默示办理" not in body(entered("alpha-clerk").get(step_page(instance)))
    SilentTrial.objects.create(step=made.step_of(instance, "accept"), tries=7, reason="证照库没有应答。", retry_at=clock.now())
    page = body(entered("alpha-clerk").get(step_page(instance)))
    assert "试了 7 次没有成功" in page
    assert "证照库没有应答。" in page
