"""Publishing: versions, their days, who may, what a module ships."""

from datetime import date, datetime, timedelta

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.flow import procedures
from suixin.ground.flow.errors import FaultyProcedure, UnknownProcedure, WrongMove
from suixin.ground.flow.models import Procedure, ProcedureVersion
from suixin.ground.people.models import Account, Post
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
