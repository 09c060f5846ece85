"""One step as a page: everything to decide on, and what this reader may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.flow import answering, calendars, rights, silence, subjects, workdays
from suixin.ground.flow.clocking import stops_of
from suixin.ground.flow.declaration import ACTION_WORDS, Action, Declaration, Node
from suixin.ground.flow.models import ClockSegment, Instance, Step, StepKind, StepStatus
from suixin.ground.flow.subjects import Subject
from suixin.ground.forms import queries as forms
from suixin.ground.forms.declaration import Field
from suixin.ground.forms.errors import FaultyForm, UnknownForm
from suixin.ground.forms.models import Submission
from suixin.ground.forms.shown import text_of
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Table, Tone
from suixin.site.shell.flow_words import colour_cell, due_words, hint_words, step_cell
from suixin.site.shell.queries.flow import colleagues
from suixin.site.shell.queries.flow.about import Part, about
from suixin.site.shell.queries.flow.history import declaration_of, opinions_table, outcome_words, stops_table
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import role_name, word

TONES: Mapping[str, Tone] = {Action.APPROVE: "good", Action.REJECT: "bad"}
ANSWERS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Button:
    """One decision: the value it posts, its label, whether it is a refusal."""

    value: str
    label: str
    is_refusal: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The form of a step: what it is called, where it is filled in ("": not by this reader now), whether it was."""

    title: str
    href: str
    is_filled: bool


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step. `decisions` and `moves` are empty for who may not act; `told` says why or how it ended."""

    step: Step
    instance: Instance
    hint: str
    colour: Cell | None
    state: Cell
    subject_href: str
    about: Sequence[Part]
    facts: Sequence[tuple[str, str]]
    clock: Sequence[tuple[str, str]]
    answers: Sequence[tuple[str, str]]
    asked: Asked | None
    filled: Sequence[Submission]
    request: Sequence[tuple[str, str]]
    opinions: Table
    stops: Table
    decisions: Sequence[Button]
    moves: frozenset[str]
    nodes: Sequence[tuple[str, str]]
    people: Sequence[int]
    told: str
    tone: Tone
    holder: str
    is_mine: bool


def step_page(step: Step, *, actor: Actor) -> StepPage:
    """The step for a reader who may see it."""
    instance, declaration = step.instance, declaration_of(step.instance)
    subject = Subject(instance.subject_kind, instance.subject_key)
    node, may_act = declaration.node(step.node), rights.may_act(actor, step)
    is_mine = step.assignee is not None and step.assignee.username == actor.key
    is_open, nodes = step.status == StepStatus.OPEN, _earlier(step, declaration)
    moves = _moves(step, node, actor, may_act=may_act, has_earlier=bool(nodes), is_mine=is_mine)
    segments = list(instance.segments.filter(Q(step=step) | Q(step=None)).select_related("step").order_by("started_at", "pk"))
    told, tone = _told(step, declaration, may_act=may_act)
    return StepPage(
        step=step, instance=instance, hint=hint_words(step, node), colour=colour_cell(step.colour) if is_open and step.due_at else None,
        state=step_cell(step), subject_href=subjects.href_of(subject), about=about(subject, actor),
        facts=_facts(step), clock=_clock(step, node, segments), answers=answers_of(instance, declaration),
        asked=_asked(step, node, may_fill=may_act and is_open), filled=answering.submissions_of(instance), request=_request(step),
        opinions=opinions_table(instance, besides=step), stops=stops_table(segments),
        decisions=decisions_of(step, node) if may_act and is_open else [], moves=moves, nodes=nodes,
        people=_people(step, actor) if "hand_over" in moves else [], told=told, tone=tone,
        holder=str(step.assignee) if step.assignee else "", is_mine=is_mine,
    )


def decisions_of(step: Step, node: Node | None) -> list[Button]:
    """What may be decided by one button; a supplement, a return and an answer have forms of their own."""
    if step.kind == StepKind.SUPPLEMENT:
        return []
    labels = ACTION_WORDS if step.kind == StepKind.APPROVAL or node is None else node.actions
    return [
        Button(action, word(label), action == Action.REJECT) for action, label in labels.items()
        if action in (Action.APPROVE, Action.REJECT)
    ]


def answers_of(instance: Instance, declaration: Declaration) -> list[tuple[str, str]]:
    """The data of the instance: label and value of each field."""
    known = _fields(declaration)
    return [
        (known[name].label, text_of(known[name], value)) if name in known else (word(str(name)), _value(value))
        for name, value in list(instance.data.items())[:ANSWERS_SHOWN]
    ]


def _fields(declaration: Declaration) -> dict[str, Field]:
    """Fields of the forms that the procedure asks for, by name."""
    found: dict[str, Field] = {}
    for slug in {node.form: None for node in declaration.nodes if node.form}:
        try:
            found = {field.name: field for _, field in forms.form_of(slug).fields()} | found
        except (UnknownForm, FaultyForm):
            continue
    return found


def _asked(step: Step, node: Node | None, *, may_fill: bool) -> Asked | None:
    if node is None or not node.form or step.kind not in (StepKind.TASK, StepKind.JOINT):
        return None
    href = reverse("console-step-form", args=[step.uuid]) if may_fill else ""
    return Asked(answering.title_of(node.form), href, answering.submission_of(step) is not None)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, list):
        return gettext("、").join(_value(one) for one in value)
    if isinstance(value, dict):
        return gettext("；").join(f"{name}：{_value(one)}" for name, one in value.items())
    return "" if value is None else str(value)


def _facts(step: Step) -> list[tuple[str, str]]:
    instance = step.instance
    post = role_name(step.role) if step.role else gettext("指定到人")
    return [
        (gettext("流程"), f"{word(instance.procedure.title)} v{instance.version.number}"),
        (gettext("牵头单位"), str(instance.organisation)),
        (gettext("发起"), f"{instance.starter_name} {instance.starter_organisation or ''}".strip()),
        (gettext("发起时间"), moment(instance.started_at)),
        (gettext("办理单位"), f"{step.organisation or ''} {post}".strip()),
        (gettext("办理人"), str(step.assignee) if step.assignee else gettext("未认领")),
    ]


def _clock(step: Step, node: Node | None, segments: Sequence[ClockSegment]) -> list[tuple[str, str]]:
    limit = node.limit if node and step.kind in (StepKind.TASK, StepKind.JOINT) else None
    calendar, own = calendars.current(), [one for one in segments if one.started_at >= step.opened_at or one.step_id == step.pk]
    facts = [(gettext("到达"), moment(step.opened_at)), (gettext("期限"), due_words(step.due_at, calendar))]
    if node and node.silent and (trial := silence.trial_of(step)):
        told = gettext("试了 %(times)d 次没有成功，下次 %(at)s：%(reason)s")
        facts.append((gettext("默示办理"), told % {"times": trial.tries, "at": moment(trial.retry_at), "reason": trial.reason}))
    if limit is None:
        return facts
    stops, added, at = stops_of(own), sum(one.days for one in own), step.done_at or clock.now()
    unit = limit.words.lstrip("0123456789")
    spent = workdays.spent(step.opened_at, limit, calendar, at=at, stops=stops, added=added)
    left = workdays.left(step.opened_at, limit, calendar, at=at, stops=stops, added=added)
    return [
        *facts, (gettext("时限"), limit.words + (gettext("，已延长%(n)d个工作日") % {"n": added} if added else "")),
        (gettext("已用"), f"{spent}{unit}"), (gettext("剩余"), f"{left}{unit}"),
    ]


def _request(step: Step) -> list[tuple[str, str]]:
    """What an approval or a supplement asks for."""
    labels = {
        "reason": gettext("理由"), "document": gettext("文号"), "legal_basis": gettext("依据"), "days": gettext("延长几个工作日"),
        "missing": gettext("缺少的材料或内容"), "by": gettext("申请人"),
    }
    facts = [(labels[name], _value(value)) for name, value in step.request.items() if name in labels and value]
    return [(gettext("所审批的环节"), word(step.target.title)), *facts] if step.target and step.kind == StepKind.APPROVAL else facts


def _told(step: Step, declaration: Declaration, *, may_act: bool) -> tuple[str, Tone]:
    if step.status == StepStatus.DONE:
        return gettext("已由%(who)s于%(when)s办理，结果是“%(what)s”。") % {
            "who": step.decided_by or gettext("系统"), "when": moment(step.done_at), "what": outcome_words(step, declaration),
        }, "info"
    if step.status == StepStatus.STOPPED:
        return gettext("停钟中：这个环节现在不计时，恢复后接着办。"), "warn"
    if step.status != StepStatus.OPEN:
        return gettext("这个环节不用再办：%(state)s。") % {"state": word(str(step.get_status_display()))}, "info"
    if not may_act:
        who = str(step.assignee) if step.assignee else f"{step.organisation or ''} {role_name(step.role) if step.role else ''}".strip()
        return gettext("这个环节等%(who)s办理，您只能查看。") % {"who": who or gettext("发起人")}, "info"
    return "", ""


def _earlier(step: Step, declaration: Declaration) -> list[tuple[str, str]]:
    """Nodes done before this one, to which it may be returned."""
    node = declaration.node(step.node)
    if node is None or step.kind in (StepKind.SUPPLEMENT, StepKind.APPROVAL):
        return []
    done = set(step.instance.steps.filter(status=StepStatus.DONE).values_list("node", flat=True)) - {step.node}
    behind, waiting = set[str](), list(node.after)
    while waiting:
        name = waiting.pop()
        if name not in behind and (before := declaration.node(name)) is not None:
            behind.add(name)
            waiting += before.after
    allowed = behind & done if not node.returns_to else behind & done & {node.returns_to}
    return [(one.id, word(one.title)) for one in declaration.nodes if one.id in allowed]


def _moves(step: Step, node: Node | None, actor: Actor, *, may_act: bool, has_earlier: bool, is_mine: bool) -> frozenset[str]:
    """Names of the further moves that this reader may try."""
    found: set[str] = set()
    is_task = step.kind in (StepKind.TASK, StepKind.JOINT)
    if step.status == StepStatus.OPEN and may_act:
        found |= {"claim"} if step.assignee is None else {"release"} if is_mine and step.role else set()
        found |= {"hand_over"} if step.kind != StepKind.SUPPLEMENT else {"answer"}
        if is_task:
            found.add("suspend")
            if node and Action.SUPPLEMENT in node.actions:
                found.add("supplement")
            if node and node.extension:
                found.add("extend")
            if node and has_earlier and Action.RETURN in node.actions:
                found.add("return")
    elif step.status == StepStatus.OPEN and policy.may(actor, "flow.hand_over", step):
        found.add("hand_over")
    if step.status == StepStatus.STOPPED and may_act and is_task:
        found.add("resume")
    return frozenset(found)


def _people(step: Step, actor: Actor) -> list[int]:
    places = colleagues.places_of(actor) if step.organisation_id is None else [step.organisation_id]
    besides = step.assignee.username if step.assignee else actor.key
    return colleagues.colleagues(places, besides=besides, role=step.role)


def case_href(instance: Instance) -> str:
    """Address of the instance's page."""
    return reverse("console-case", args=[instance.uuid])
