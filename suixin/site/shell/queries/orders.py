"""What the pages of work orders show: the list, one order with before and after, where a publication stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog import publication
from suixin.data.catalog.models import Resource
from suixin.ground.files.models import Attachment
from suixin.ground.files.queries import named
from suixin.ground.flow import subjects
from suixin.ground.flow.models import ACTIVE, Colour, Instance, Step, StepStatus, Transition
from suixin.ground.flow.orders import kinds, queries
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.subjects import Subject
from suixin.ground.forms.models import Submission
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.components import Step as Mark
from suixin.site.shell.queries.corrections import CorrectionPanel, panel_of_order
from suixin.site.shell.queries.doubts import doubted_table, proof_table
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 30
TONES: Mapping[str, Tone] = {Colour.GREEN: "good", Colour.AMBER: "warn", Colour.RED: "bad"}
STATES = (("open", gettext_noop("未办结")), ("closed", gettext_noop("已办结")))
KINDS = (gettext_noop("一般问题"), gettext_noop("数据质量整改"), gettext_noop("数据校核"))
MOVES = {
    "start": gettext_noop("发起"), "approve": gettext_noop("同意"), "reject": gettext_noop("不同意"), "return": gettext_noop("退回"),
    "supplement": gettext_noop("要求补正"), "answer": gettext_noop("已补正"), "withdraw": gettext_noop("撤回"),
    "stop": gettext_noop("终止"),
    "suspend": gettext_noop("挂起"), "resume": gettext_noop("恢复"), "extend": gettext_noop("延长"), "claim": gettext_noop("认领"),
    "release": gettext_noop("放回"), "hand_over": gettext_noop("移交"), "escalated": gettext_noop("督办"),
    "recomputed": gettext_noop("重算时限"), "silent": gettext_noop("逾期默认"), "ask": gettext_noop("申请"),
}


@dataclass(frozen=True, slots=True)
class OrderList:
    """One page of orders; choices are value, label, whether chosen."""

    words: str
    table: Table
    pages: Pages
    kinds: Sequence[tuple[str, str, bool]]
    states: Sequence[tuple[str, str, bool]]
    colours: Sequence[tuple[str, str, bool]]
    organisations: Sequence[tuple[str, str, bool]]
    may_open: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order. `others`: orders into which it may be merged; `places`: organisations to which it may be passed on."""

    order: WorkOrder
    state: Cell
    facts: Sequence[tuple[str, str]]
    subject_href: str
    case_href: str
    step_href: str
    measured: Table
    reports: Table
    files: Sequence[Attachment]
    filled: Sequence[Submission]
    history: Table
    merged: Sequence[WorkOrder]
    may_merge: bool
    may_reopen: bool
    others: Sequence[WorkOrder]
    places: Sequence[Organisation]
    correction: CorrectionPanel | None = None
    doubted: Table | None = None
    proof: Table | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the publication of an entry stands: its steps in order, and a sentence of what comes next."""

    sentence: str
    steps: Sequence[Mark]
    case_href: str


def order_list(parameters: QueryDict, *, actor: Actor) -> OrderList:
    """Orders that the actor may see, under the request's filters."""
    chosen = {name: parameters.get(name, "").strip()[:60] for name in ("q", "kind", "state", "colour", "organisation")}
    found, pages = page_of(queries.orders(actor, chosen), parameters, size=PAGE_SIZE)
    places = Organisation.objects.filter(pk__in=queries.visible(actor).values("organisation")).order_by("lineage")
    return OrderList(
        chosen["q"], orders_table(found), pages,
        [(kind.name, word(kind.title), kind.name == chosen["kind"]) for kind in kinds.every_kind()],
        [(value, word(label), value == chosen["state"]) for value, label in STATES],
        [(value, word(str(label)), value == chosen["colour"]) for value, label in Colour.choices],
        [(one.slug, str(one), one.slug == chosen["organisation"]) for one in places],
        policy.may_anywhere(actor, "flow.open_order"),
    )


def order_page(key: str, *, actor: Actor) -> OrderPage:
    """One order. Raises UnknownOrder, NotAllowed."""
    order = queries.order_by(key, actor=actor)
    may_merge = policy.may(actor, "flow.merge_orders", order) and order.is_open
    step = _waiting(order.instance)
    others = WorkOrder.objects.filter(organisation=order.organisation, open_key__isnull=False).exclude(pk=order.pk)[:50]
    places = Organisation.objects.in_force(clock.today()).filter(within(actor, "flow.merge_orders")).exclude(pk=order.organisation_id)
    return OrderPage(
        files=list(named([str(one) for report in order.reports.all()[:50] for one in report.files]).values()),
        filled=list(Submission.objects.filter(subject_kind="flow.order", subject_key=order.number).order_by("pk")[:50]),
        order=order, state=_state(order), facts=_facts(order, step),
        subject_href=subjects.href_of(Subject(order.subject_kind, order.subject_key)), case_href=_case_href(order.instance),
        step_href=f"/console/steps/{step.uuid}/" if step else "", measured=_measured(order), reports=_reports(order),
        history=_history(order), merged=list(order.merged.all()), may_merge=may_merge,
        may_reopen=not order.is_open and order.merged_into_id is None and policy.may(actor, "flow.open_order", order),
        others=list(others) if may_merge else [], places=list(places.order_by("lineage")) if may_merge else [],
        correction=panel_of_order(order, actor=actor), doubted=doubted_table(order, actor=actor),
        proof=proof_table(order, actor=actor),
    )


def sent_back(instance: Instance | None) -> str:
    """Who sent the thing back to its preparer, and why; "" when it was not, or when it was handed on since."""
    last = instance.transitions.filter(action__in=("return", "approve")).order_by("-pk").first() if instance else None
    if last is None or last.action != "return":
        return ""
    return gettext("%(who)s退回：%(why)s") % {"who": last.actor_name, "why": last.reason}


def standing_of(resource: Resource) -> Standing | None:
    """Where the newest publication of an entry stands; None when none was begun."""
    instance = publication.newest(resource)
    if instance is None:
        return None
    steps = list(instance.steps.exclude(status=StepStatus.CANCELLED).select_related("organisation", "assignee"))
    step = next((one for one in reversed(steps) if one.status in ACTIVE), None)
    sentence = gettext("上一次提交的结果：%(state)s。%(why)s") % {"state": word(instance.get_status_display()), "why": instance.outcome}
    if step is not None:
        due = gettext("，应在 %(due)s 前办理") % {"due": moment(step.due_at)} if step.due_at else ""
        due = gettext("（停钟中）") if step.status == StepStatus.STOPPED else due
        sentence = gettext("现在等待%(who)s“%(step)s”%(due)s。") % {"who": _who(step), "step": step.title, "due": due}
    return Standing(sentence, [_mark(one) for one in steps], _case_href(instance))


def _mark(step: Step) -> Mark:
    lines = [(gettext("办理"), step.decided_by or _who(step))]
    lines += [(gettext("时间"), moment(step.done_at))] if step.done_at else []
    if step.status == StepStatus.SKIPPED:
        return Mark(gettext("%(title)s（按规定略过）") % {"title": step.title}, [], state="done")
    state = "done" if step.status == StepStatus.DONE else "now"
    return Mark(step.title, lines, state="failed" if step.outcome == "reject" else "done" if state == "done" else "now")


def _who(step: Step) -> str:
    return str(step.assignee or step.organisation or gettext("发起人"))


def _waiting(instance: Instance | None) -> Step | None:
    if instance is None:
        return None
    return instance.steps.filter(status__in=ACTIVE).select_related("organisation", "assignee").order_by("-pk").first()


def _case_href(instance: Instance | None) -> str:
    return f"/console/cases/{instance.uuid}/" if instance else ""


def orders_table(found: Sequence[WorkOrder]) -> Table:
    """Orders as rows; one query for the steps that wait."""
    columns = (
        Column(gettext("工单")), Column(gettext("类别")), Column(gettext("责任单位")), Column(gettext("状态")), Column(gettext("到期")),
        Column(gettext("发现次数"), is_numeric=True), Column(gettext("最近发现")),
    )
    waiting = {
        step.instance_id: step for step in Step.objects.filter(
            instance__in=[order.instance_id for order in found if order.is_open and order.instance_id], status__in=ACTIVE,
        )
    }
    rows = []
    for order in found:
        step = waiting.get(order.instance_id or 0)
        rows.append((
            Cell(order.title, reverse("console-order", args=[order.number]), note=order.number), Cell(word(kinds.title_of(order.kind))),
            Cell(str(order.organisation)), _state(order, step), Cell(moment(step.due_at) if step and step.due_at else ""),
            Cell(number(order.times_seen)), Cell(moment(order.last_seen_at)),
        ))
    return Table(gettext("工单"), columns, rows, gettext("没有符合条件的工单。"))


def _state(order: WorkOrder, step: Step | None = None) -> Cell:
    if order.merged_into_id is not None:
        return Cell(gettext("已并入"), tone="quiet")
    if not order.is_open:
        is_done = order.instance is not None and order.instance.status == "done"
        return Cell(gettext("已办结") if is_done else gettext("不再办理"), tone="good" if is_done else "quiet")
    step = step or _waiting(order.instance)
    if step is None or order.instance is None:
        return Cell(gettext("办理中"), tone="info")
    colour = "" if step.colour == Colour.GREEN else f" · {word(step.get_colour_display())}"
    return Cell(f"{step.title}{colour}", tone=TONES.get(step.colour, "info"))


def _facts(order: WorkOrder, step: Step | None) -> list[tuple[str, str]]:
    waits = f"{_who(step)} · {step.title}" if step else "—"
    times = gettext("%(n)d 次") % {"n": order.times_seen}
    facts = [
        (gettext("工单编号"), order.number), (gettext("类别"), word(kinds.title_of(order.kind))),
        (gettext("责任单位"), str(order.organisation)),
        (gettext("发现人"), order.finder), (gettext("发现次数"), times), (gettext("建立时间"), moment(order.created_at)),
        (gettext("现在等待"), waits), (gettext("到期"), moment(step.due_at) if step and step.due_at else "—"),
    ]
    if order.times_reopened:
        facts.append((gettext("重开次数"), str(order.times_reopened)))
    if order.closed_at:
        facts.append((gettext("办结时间"), moment(order.closed_at)))
    return facts


def _measured(order: WorkOrder) -> Table:
    """What was measured when it was found and lately."""
    columns = (Column(gettext("阶段")), Column(gettext("测得"), is_long=True), Column(gettext("时间")))
    rows = []
    for label, found in ((gettext("处置前"), order.before), (gettext("处置后"), order.after)):
        if found:
            at = parse_datetime(str(found.get("at", "")))
            rows.append((Cell(label), Cell(str(found.get("sentence", ""))), Cell(moment(at) if at else "")))
    return Table(gettext("处置前后"), columns, rows, gettext("还没有测量结果；处置后由主管部门复核。"), is_cards=True)


def _reports(order: WorkOrder) -> Table:
    columns = (Column(gettext("时间")), Column(gettext("发现人")), Column(gettext("说明"), is_long=True))
    rows = [(Cell(moment(one.at)), Cell(one.reporter), Cell(one.detail)) for one in order.reports.order_by("-pk")[:50]]
    return Table(gettext("每次发现"), columns, rows, gettext("没有发现记录。"), is_cards=True)


def _history(order: WorkOrder) -> Table:
    """What happened in every round of the order, newest first."""
    columns = (
        Column(gettext("时间")), Column(gettext("环节")), Column(gettext("动作")), Column(gettext("经办")),
        Column(gettext("理由"), is_long=True),
    )
    found = Transition.objects.filter(instance__subject_kind="flow.order", instance__subject_key=order.number)
    rows = []
    for one in found.select_related("step").order_by("-at", "-pk")[:100]:
        moved = word(MOVES.get(one.action, one.action))
        rows.append((Cell(moment(one.at)), Cell(one.step.title if one.step else ""), Cell(moved), Cell(one.actor_name), Cell(one.reason)))
    return Table(gettext("办理记录"), columns, rows, gettext("还没有办理记录。"), is_cards=True)
