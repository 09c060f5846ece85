"""Publishing: versions, their days, who may, what a module ships."""

import contextlib
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction

from suixin.ground.audit.models import Record
from suixin.ground.flow import advancing, clocking, procedures, starting
from suixin.ground.flow.errors import FaultyProcedure, UnknownProcedure, WrongMove
from suixin.ground.flow.models import Instance, Procedure, ProcedureVersion
from suixin.ground.flow.subjects import Subject
from suixin.ground.people.models import Account, Organisation, Post
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM
from suixin.kit.clock import CHINA, frozen
from suixin.kit.errors import NotAllowed
from tests import cast

SHORT = "{id: answer, title: 答复, nodes: {reply: {organisation: 某局, role: 经办人, limit: %s}}}"
DAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def somebody():
    """One clerk of one organisation, on a day."""
    with frozen(DAY):
        place = organisation("某局")
        Post.objects.create(account=Account.objects.create(username="clerk"), organisation=place, role="clerk")
        yield


def test_published_once_however_often_the_text_comes_and_on_record():
    first = procedures.publish_procedure(SHORT % "5wd", actor=cast.data_officer, note="首次")
    assert procedures.publish_procedure("\n" + SHORT % "5wd", actor=cast.data_officer) == first
    assert (first.number, first.effective_from, ProcedureVersion.objects.count()) == (1, date(2026, 3, 2), 1)
    assert procedures.declaration_of(first).nodes[0].organisations == ("o1",)
    assert Record.objects.filter(action="flow.procedure_published", basis="首次").count() == 1


def test_a_changed_text_is_a_new_version_from_its_day_on():
    first = procedures.publish_procedure(SHORT % "5wd", actor=SYSTEM)
    second = procedures.publish_procedure(SHORT % "6wd", actor=SYSTEM, effective_from=date(2026, 3, 9))
    assert second.number == 2
    assert procedures.in_force("answer") == procedures.in_force("answer", date(2026, 3, 8)) == first
    assert procedures.in_force("answer", date(2026, 3, 9)) == second
    first.refresh_from_db()
    assert procedures.declaration_of(first).nodes[0].limit != procedures.declaration_of(second).nodes[0].limit


def test_going_back_to_an_old_text_is_a_third_version():
    for limit in ("5wd", "6wd", "5wd"):
        procedures.publish_procedure(SHORT % limit, actor=SYSTEM)
    assert [one.number for one in Procedure.objects.get().versions.all()] == [3, 2, 1]
    assert procedures.in_force("answer").number == 3


def test_the_same_text_from_an_earlier_day_is_in_force_from_that_day():
    procedures.publish_procedure(SHORT % "5wd", actor=SYSTEM, effective_from=date(2026, 4, 1))
    with pytest.raises(UnknownProcedure):
        procedures.in_force("answer")
    assert procedures.publish_procedure(SHORT % "5wd", actor=SYSTEM).number == 2
    assert procedures.in_force("answer").number == 2


def test_nobody_publishes_from_a_day_that_is_over():
    with pytest.raises(WrongMove, match="已经过去"):
        procedures.publish_procedure(SHORT % "5wd", actor=SYSTEM, effective_from=DAY.date() - timedelta(1))


@pytest.mark.parametrize("actor", [cast.clerk, cast.district_officer, cast.administrator, cast.public])
def test_only_who_governs_all_publishes(actor):
    with pytest.raises(NotAllowed):
        procedures.publish_procedure(SHORT % "5wd", actor=actor)
    assert not ProcedureVersion.objects.exists()


def test_unknown_places_and_roles_that_nobody_holds_are_told_at_once():
    text = "{id: a, nodes: {x: {organisation: 无此局, limit: 1wd}, y: {organisation: 某局, role: 审核, after: x, limit: 1wd}}}"
    with pytest.raises(FaultyProcedure) as caught:
        procedures.publish_procedure(text, actor=SYSTEM)
    told = "\n".join(caught.value.faults)
    assert "没有机构“无此局”" in told
    assert "“某局”没有人担任“审核”，y 就没有人办" in told
    assert not Procedure.objects.exists()


def test_shipped_files_are_published_when_new_or_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(procedures, "_shipped", {})
    file = tmp_path / "answer.yaml"
    procedures.register_shipped(file)
    file.write_text(SHORT.replace("某局", "$provider") % "5wd", "utf-8")
    assert [one.number for one in procedures.load_shipped(actor=SYSTEM)] == [1]
    assert procedures.load_shipped(actor=SYSTEM) == []
    file.write_text(SHORT.replace("某局", "$provider") % "7wd", "utf-8")
    assert [one.number for one in procedures.load_shipped(actor=SYSTEM)] == [2]


EVERYTHING_WRONG = """
id: wrong
title: 全错
promised: 30wd
statutory: 20wd
fields: {area: 数值}
nodes:
  a: {organisation: 某局, limit: 9wd, after: b}
  b: {organisation: 某局, limit: 9wd, after: a}
  lost: {organisation: 某局, limit: 1wd, after: b}
  first: {item: 消防检查, organisation: 某局, limit: 9wd}
  second: {item: 排水许可, organisation: 另局, limit: 9wd, after: first}
  third: {item: 消防检查, organisation: 某局, limit: 9wd, after: second, when: floor > 3}
  fourth: {organisation: 某局, role: 审核, limit: 9wd, after: third}
  fifth: {organisation: 某局, limit: 9wd, after: first, actions: [同意], on_reject: continue-others}
"""


def test_faults_of_every_kind_are_told_at_once_and_nothing_is_published():
    organisation("另局", number=2)
    with pytest.raises(FaultyProcedure) as caught:
        procedures.publish_procedure(EVERYTHING_WRONG, actor=SYSTEM)
    told = "\n".join(caught.value.faults)
    for words in (
        "a → b → a 互相等待", "lost 排在循环之后", "“排水许可”和“消防检查”互为前置条件", "nodes.third.when：没有字段“floor”",
        "承诺时限 30个工作日超过法定时限 20个工作日",
        "最长路径 first → second → third → fourth 共 36个工作日，超过法定时限 20个工作日",
        "没有人担任“审核”，fourth 就没有人办", "nodes.fifth.on_reject：这个环节不会不同意",
    ):
        assert words in told, words
    assert not Procedure.objects.exists()


def test_a_new_version_changes_no_running_instance():
    text = "{id: answer, title: 答复, nodes: {reply: {organisation: 某局, limit: %s}%s}}"
    first = procedures.publish_procedure(text % ("5wd", ""), actor=SYSTEM)
    begun = starting.start("answer", Subject("test.thing", "1"), actor=SYSTEM, title="一件事", parties={})
    before = (Instance.objects.filter(pk=begun.pk).values().get(), list(begun.steps.values()))
    procedures.publish_procedure(text % ("9wd", ", check: {organisation: 某局, after: reply, limit: 1wd}"), actor=SYSTEM)
    clocking.reckon(Instance.objects.get(pk=begun.pk))
    assert (Instance.objects.filter(pk=begun.pk).values().get(), list(begun.steps.values())) == before
    done = advancing.advance(begun.pk, "reply", "approve", actor=SYSTEM)
    assert (done.version, done.status, done.steps.count()) == (first, "done", 1)
    other = starting.start("answer", Subject("test.thing", "2"), actor=SYSTEM, title="又一件", parties={})
    assert advancing.advance(other.pk, "reply", "approve", actor=SYSTEM).status == "running"


def test_approver_of_another_house_is_kept_by_its_slug_and_must_exist():
    text = "{id: a, approvers: {extend: {role: 监督, organisation: %s}}, nodes: {x: {organisation: 某局, limit: 9wd, extension: 5wd}}}"
    with pytest.raises(FaultyProcedure, match="“某局”没有人担任“监督”"):
        procedures.publish_procedure(text % "某局", actor=SYSTEM)
    Post.objects.create(account=Account.objects.create(username="watch"), organisation=Organisation.objects.get(), role="supervision")
    version = procedures.publish_procedure(text % "某局", actor=SYSTEM)
    assert procedures.declaration_of(version).approving == {"extend": "o1"}
    with pytest.raises(FaultyProcedure, match="没有机构“无此局”"):
        procedures.publish_procedure(text % "无此局", actor=SYSTEM)


def test_procedure_in_force_is_remembered_when_that_is_committed(django_capture_on_commit_callbacks, django_assert_num_queries) -> None:
    procedures.publish_procedure(SHORT % "5wd", actor=SYSTEM)
    with django_capture_on_commit_callbacks(execute=True):
        assert procedures.are_in_force("answer")
    with django_assert_num_queries(0):
        assert procedures.are_in_force("answer")


def test_procedure_whose_publication_was_taken_back_is_not_remembered(django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True), contextlib.suppress(KeyError), transaction.atomic():
        procedures.publish_procedure(SHORT % "5wd", actor=SYSTEM)
        assert procedures.are_in_force("answer")
        raise KeyError
    assert not procedures.are_in_force("answer")
