"""Steps that ask for a form: not decided without it, decided with its answers, proved when the procedure is published."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from suixin.ground.flow import advancing, answering
from suixin.ground.flow.declaration import Decision, Declaration, NodeKind, Rule
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.models import Instance, Step
from suixin.ground.flow.tests import factories as made
from suixin.ground.forms import registry
from suixin.ground.forms.actions import Saving, save_draft, submit
from suixin.ground.forms.models import Submission
from suixin.ground.forms.queries import form_of
from suixin.kit.actor import SYSTEM, Actor

FORM = """
id: site-check
title: 现场核查
pages:
  - title: 现场
    fields:
      - {name: area, label: 面积, type: decimal, required: true}
      - {name: checker, label: 核查人身份证号, type: resident-id}
      - {name: level, label: 等级, type: choice, options: {a: 好, b: 差}}
"""


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declaration:
    """accept, with the form → fire when area > 300 → close."""
    path = tmp_path / "site-check.yaml"
    path.write_text(FORM, "utf-8")
    monkeypatch.setitem(registry._paths, "site-check", path)
    return Declaration("asking", "要填表", (
        made.task("accept", form="site-check"), made.task("fire", "accept", when="area > 300"), made.task("close", "fire"),
    ), fields={"area": "N"})


def filled(step: Step, actor: Actor, area: str = "300.5") -> Submission:
    """What was handed in for the step."""
    form = form_of("site-check")
    draft = save_draft(form, Saving(uuid4(), 0, {"area": area, "level": "a"}, subject=(answering.SUBJECT, str(step.uuid))), actor=actor)
    return submit(form, draft.uuid, 1, actor=actor)


def begun(asking: Declaration) -> tuple[Instance, dict[str, Actor]]:
    cast = made.world(asking)
    return made.started("asking", cast["alpha"]), cast


@pytest.mark.django_db
def test_a_step_is_not_decided_without_its_form(asking: Declaration) -> None:
    instance, cast = begun(asking)
    for action in ("approve", "reject"):
        with pytest.raises(WrongMove, match="现场核查"):
            advancing.advance(instance.pk, "accept", action, actor=cast["alpha"], reason="不行")
    assert made.open_nodes(instance) == ["accept"]


@pytest.mark.django_db
@pytest.mark.parametrize(("area", "follows"), [("300.5", ["fire"]), ("300", ["close"])])
def test_answers_become_data_that_guards_read(asking: Declaration, area: str, follows: list[str]) -> None:
    instance, cast = begun(asking)
    filled(made.step_of(instance, "accept"), cast["alpha"], area)
    decided = advancing.advance(instance.pk, "accept", "approve", actor=cast["alpha"])
    assert set(decided.data) == {"area", "level"}
    assert made.open_nodes(instance) == follows


@pytest.mark.django_db
def test_silence_fills_in_nothing(asking: Declaration) -> None:
    instance, _ = begun(asking)
    assert advancing.advance(instance.pk, "accept", "reject", actor=SYSTEM, reason="到期未办").status == "rejected"


@pytest.mark.django_db
def test_who_may_see_the_step_reads_what_was_handed_in_and_nobody_else(asking: Declaration) -> None:
    instance, cast = begun(asking)
    key = filled(made.step_of(instance, "accept"), cast["alpha"]).subject_key
    assert [answering.may_read(cast[name], key) for name in ("alpha", "alpha-head", "beta")] == [True, True, False]


@pytest.mark.parametrize(("change", "told"), [
    ({"form": "no-such"}, "没有表单“no-such”"), ({"kind": NodeKind.AUTO}, "由系统办理"),
    ({"fields": {"area": "C"}}, "请改成 N"), ({"fields": {"checker": "C"}}, "不会成为办件数据"),
    ({"decisions": (Decision("area", "first", (Rule("TRUE", 1),)),)}, "由决策表得出"),
])
def test_publishing_tells_a_form_that_is_missing_or_answers_otherwise(asking: Declaration, change: dict[str, object], told: str) -> None:
    fields = {name: change.pop(name) for name in ("fields", "decisions") if name in change}
    first = replace(asking.nodes[0], **change)  # type: ignore[arg-type]  # one column of a node
    assert told in " ".join(answering.faults_of(replace(asking, nodes=(first, *asking.nodes[1:]), **fields)))  # type: ignore[arg-type]
    assert answering.faults_of(asking) == []
