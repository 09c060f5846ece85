"""The main job end to end, on the city's own files: what a new user gets from bin/demo."""

import json
from collections import Counter
from uuid import uuid4

import pytest
from django.conf import settings

from suixin.data.catalog.models import Demand, InformationSystem, Resource
from suixin.data.collection.models import Drift, Feed, FeedRun, Source
from suixin.data.insight.models import Value
from suixin.data.lake.models import Batch
from suixin.data.opening.models import Dataset
from suixin.data.sharing.models import Part, Share, Violation
from suixin.ground.flow.models import ACTIVE, Instance, Step
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.people.models import Account, Post
from suixin.ground.people.queries import actor_of
from suixin.ground.people.residents import simulated
from suixin.ground.people.residents.models import Resident, ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.kit import clock
from suixin.services.cases import prefilling, queries
from suixin.services.cases.attached import Card, Fee
from suixin.services.cases.models import Application, Case
from suixin.services.items.models import Item
from suixin.services.items.queries import version_at
from suixin.services.matters.models import Matter
from suixin.site import cli
from suixin.site.compliance import catalogue
from suixin.site.compliance.values import Outcome
from suixin.site.demo import people, staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def _run_demo():
    assert cli.main(["demo", "--no-serve"]) == 0
    return json.loads((settings.SUIXIN.home / "demo.json").read_text("utf-8"))


def _counts():
    kept = (
        Resource, Batch, Dataset, Share, Part, Violation, Value, Account, Instance, WorkOrder, InformationSystem, Demand, Source, Feed,
        FeedRun,
        Drift, Application, Case, Fee, Card, Matter, Resident,
    )
    return [model.objects.count() for model in kept]


def _require_personal_data_inside():
    opened = set(Dataset.objects.values_list("distributions__resource__table", flat=True))
    assert "resident_insurance" not in opened
    assert "air_quality_daily" in opened


def test_demo_lands_every_file_once_keeps_personal_data_inside_and_second_run_doubles_nothing(capsys):
    first = _run_demo()
    _require_told(capsys.readouterr().out)
    assert {file["status"] for file in first["files"]} == {"landed"}
    assert all(file["rows_in"] == file["accepted"] + file["rejected"] > 0 for file in first["files"])
    assert Feed.objects.exclude(source=None).count() == 2
    assert Drift.objects.get(state="open").feed.resource.title == "公共招聘岗位"
    assert "培训人数" in WorkOrder.objects.get(title__startswith="职业技能培训班次").title
    _require_personal_data_inside()
    before = _counts()
    second = _run_demo()
    assert {file["status"] for file in second["files"]} == {"known"}
    assert _counts() == before
    _require_personal_data_inside()
    assert cli.main(["check"]) == 0
    _require_services()


def _require_services():
    """Cases in every state that a newcomer wants to see, somebody for every step, and a question that data fill in."""
    assert catalogue.completeness().outcome == Outcome.PASSES
    assert set(Case.objects.values_list("state", flat=True)) >= {"received", "supplement", "refused", "accepted", "granted", "closed"}
    assert (Fee.objects.get().state, Card.objects.get(case__title="食品经营许可").colour) == ("due", "yellow")
    assert Counter(Matter.objects.values_list("state", flat=True)) == {"open": 1, "done": 1}
    assert not Application.objects.filter(doubted__isnull=False).exists()  # told nothing but what the sign-in knows
    window = actor_of(Account.objects.get(username="reception"))
    assert set(queries.worklist(window)) == set(Case.objects.all())
    today = clock.today()
    for place in staff.departments():
        held = Post.objects.not_ended(today).filter(organisation=place).values_list("role", flat=True)
        assert {"clerk", "department_head"} <= set(held), place
    for step in Step.objects.filter(status__in=ACTIVE, instance__subject_kind="cases.case", kind="task"):
        assert Post.objects.not_ended(today).filter(organisation=step.organisation, role=step.role).exists(), step
    agent = next(one for one in simulated.declared() if one.account == "ouyang")
    resident = simulated.resident_of(agent)
    acting = actor_of_session(ResidentSession(resident=resident, acting_for=resident.agencies.get()))
    version = version_at(Item.objects.get(parent__code="000131127002"), clock.now())
    token = uuid4()
    assert version is not None
    assert prefilling.prefill(version, token, actor=acting) == {"q1": "四川省遂宁市船山区德水路181号"}
    assert "《市场主体登记信息》" in prefilling.told_of(token, prefilling.numbers_of(acting).values())["q1"]


def _require_told(told):
    """How everybody signs in, and no address before something answers there."""
    for words in ("reception", "政务大厅窗口收件", "head", "审批办件", "supervision", "督查办件", "zhou", "ouyang", "经办人", "模拟登录"):
        assert words in told
    assert told.count(people.password()) == 1
    assert "clerk-" in told
    assert "http://127.0.0.1:8000/console/" not in told
