"""What happened in an instance, and what stopped its clock, as tables in words."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.flow import procedures
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.models import ClockSegment, Instance, Step, StepKind, StepStatus, Transition
from suixin.ground.people.models import Organisation
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.flow_words import ACTIONS, BESIDE, RULED, action_words, step_cell
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

SHOWN = 300
DECIDED = (StepStatus.DONE,)


def declaration_of(instance: Instance) -> Declaration:
    """By what the instance runs."""
    return procedures.declaration_of(instance.version)


def history_table(instance: Instance) -> Table:
    """Everything that happened, newest first, at most SHOWN entries."""
    found = list(instance.transitions.select_related("step").order_by("-sequence")[:SHOWN])
    declaration = declaration_of(instance)
    names = dict(Organisation.objects.filter(uscc__in={one.organisation for one in found}).values_list("uscc", "short_name"))
    columns = (
        Column(gettext("时间")), Column(gettext("发生了什么")), Column(gettext("环节")), Column(gettext("谁")),
        Column(gettext("理由和文号"), is_long=True),
    )
    rows = [
        (Cell(moment(one.at)), Cell(action_words(one, declaration)), Cell(word(one.step.title) if one.step else ""),
         Cell(_who(one), note=names.get(one.organisation, "")), Cell(one.reason, note=_notes(one)))
        for one in found
    ]
    return Table(gettext("办理记录"), columns, rows, gettext("还没有办理记录。"))


def opinions_table(instance: Instance, *, besides: Step | None = None) -> Table:
    """Steps that are decided with what was said, in order."""
    declaration = declaration_of(instance)
    steps = list(instance.steps.filter(status__in=DECIDED).select_related("organisation").order_by("done_at", "pk"))
    said = {one.step_id: one for one in instance.transitions.filter(step__in=steps).order_by("sequence")}
    columns = (
        Column(gettext("环节")), Column(gettext("结果")), Column(gettext("意见"), is_long=True), Column(gettext("办理人")),
        Column(gettext("时间")),
    )
    rows = []
    for step in steps:
        if besides is not None and step.pk == besides.pk:
            continue
        told = said.get(step.pk)
        rows.append((
            Cell(word(step.title), note=str(step.organisation or "")), Cell(outcome_words(step, declaration)),
            Cell(told.reason if told else "", note=_notes(told) if told else ""), Cell(step.decided_by),
            Cell(moment(step.done_at), note=gettext("超期办理") if step.is_late else ""),
        ))
    return Table(gettext("前面环节的意见"), columns, rows, gettext("前面还没有办过的环节。"))


def steps_table(instance: Instance) -> Table:
    """Every step of the instance, as it stands."""
    columns = (
        Column(gettext("环节")), Column(gettext("办理单位")), Column(gettext("办理人")), Column(gettext("状态")),
        Column(gettext("开始")), Column(gettext("到期")), Column(gettext("办完")),
    )
    found = instance.steps.select_related("organisation", "assignee").order_by("pk")[:SHOWN]
    rows = [
        (Cell(word(step.title), reverse("console-step", args=[step.uuid])), Cell(str(step.organisation or "")),
         Cell(step.decided_by or str(step.assignee or "")), step_cell(step),
         Cell(moment(step.opened_at)), Cell(moment(step.due_at)), Cell(moment(step.done_at)))
        for step in found
    ]
    return Table(gettext("环节"), columns, rows, gettext("还没有环节。"))


def stops_table(segments: Sequence[ClockSegment]) -> Table:
    """Stops and extensions with reason, basis, document and approver."""
    columns = (
        Column(gettext("类型")), Column(gettext("范围")), Column(gettext("开始")), Column(gettext("结束")),
        Column(gettext("理由"), is_long=True), Column(gettext("依据和文号")), Column(gettext("批准人")),
    )
    rows = [
        (Cell(word(str(one.get_kind_display())), note=_days(one)), Cell(word(one.step.title) if one.step else gettext("整个办件")),
         Cell(moment(one.started_at)), Cell(moment(one.stopped_at) if one.stopped_at or one.days else gettext("停钟中")), Cell(one.reason),
         Cell(one.legal_basis, note=one.document), Cell(one.approver))
        for one in segments
    ]
    return Table(gettext("停钟与延长"), columns, rows, gettext("没有停过钟，也没有延长。"))


def outcome_words(step: Step, declaration: Declaration) -> str:
    """The label of what was decided."""
    node = declaration.node(step.node)
    if step.kind in BESIDE and step.outcome in RULED:
        return word(RULED[step.outcome])
    if step.kind == StepKind.SUPPLEMENT:
        return word(ACTIONS["answer"])
    known = node.actions.get(step.outcome, "") if node and step.kind != StepKind.APPROVAL else ""
    return word(known or ACTIONS.get(step.outcome, step.outcome) or str(step.get_status_display()))


def _who(one: Transition) -> str:
    return gettext("%(name)s（代%(giver)s）") % {"name": one.actor_name, "giver": one.on_behalf} if one.on_behalf else one.actor_name


def _notes(one: Transition) -> str:
    parts = [one.document, gettext("批准人：%(name)s") % {"name": one.approver} if one.approver else ""]
    return gettext("；").join(part for part in parts if part)


def _days(one: ClockSegment) -> str:
    if one.days:
        return gettext("加%(n)d个工作日") % {"n": one.days}
    return gettext("结束后重新起算") if one.is_restart else ""
