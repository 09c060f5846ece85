"""Instances as pages: the list, one of them with everything that happened, what one started."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.ground.flow import answering, calendars, rights, subjects
from suixin.ground.flow.models import LIVE, Colour, Instance, InstanceStatus, Procedure, StepStatus
from suixin.ground.flow.queries import CAP, CaseFilters, CasePage, instances, started_by
from suixin.ground.flow.queries.casebook import organisations_of
from suixin.ground.flow.subjects import Subject
from suixin.ground.flow.workdays import WorkCalendar
from suixin.ground.forms.models import Submission
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.flow_words import colour_cell, due_words, status_cell
from suixin.site.shell.queries.flow.history import declaration_of, history_table, steps_table, stops_table
from suixin.site.shell.queries.flow.inbox import Choice
from suixin.site.shell.queries.flow.step import answers_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

SIZE = 50
DUES = (
    ("", gettext_noop("不限")), ("past", gettext_noop("已过期限")), ("today", gettext_noop("今天到期或更早")),
    ("three", gettext_noop("3 日内到期")), ("week", gettext_noop("7 日内到期")),
)
ORDERS = (("due_at", gettext_noop("最急的在前")), ("-started_at", gettext_noop("最新发起")), ("started_at", gettext_noop("最早发起")))


@dataclass(frozen=True, slots=True)
class CaseList:
    """One page of instances under the filters of the request."""

    table: Table
    total: str
    following: str
    is_first: bool
    procedures: Sequence[Choice]
    organisations: Sequence[Choice]
    statuses: Sequence[Choice]
    colours: Sequence[Choice]
    dues: Sequence[Choice]
    orders: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class StartedList:
    """One page of what the reader started."""

    table: Table
    following: str
    is_first: bool
    statuses: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class OneCase:
    """One instance. `moves`: what this reader may try; `audit_href` is empty for who may not read the log."""

    instance: Instance
    state: Cell
    colour: Cell | None
    facts: Sequence[tuple[str, str]]
    answers: Sequence[tuple[str, str]]
    filled: Sequence[Submission]
    subject_href: str
    steps: Table
    stops: Table
    history: Table
    moves: frozenset[str]
    audit_href: str


def case_list(parameters: QueryDict, *, actor: Actor) -> CaseList:
    """Instances under `procedure`, `organisation`, `status`, `colour`, `due`, `sort`, `after`."""
    filters = CaseFilters(
        procedure=parameters.get("procedure", "")[:80], organisation=parameters.get("organisation", "")[:60],
        status=parameters.get("status", "live"), colour=parameters.get("colour", ""), due=parameters.get("due", ""),
        order=parameters.get("sort", "due_at"), after=parameters.get("after", "")[:80], size=SIZE,
    )
    found, places = instances(actor, filters), organisations_of(actor).order_by("lineage")
    is_over = bool(filters.due) and filters.status in InstanceStatus.values and filters.status not in LIVE
    empty = gettext("已经结束的办件不再有期限；请把“期限”改为“不限”。") if is_over else ""
    return CaseList(
        table=cases_table(found.cases.rows, empty=empty), total=total_words(found), following=found.cases.following,
        is_first=not filters.after,
        procedures=[Choice("", gettext("全部"), not filters.procedure), *(
            Choice(one.slug, word(one.title), one.slug == filters.procedure) for one in Procedure.objects.order_by("title"))],
        organisations=[Choice("", gettext("全部"), not filters.organisation), *(
            Choice(one.slug, f"{'　' * (len(one.path) - 1)}{one}", one.slug == filters.organisation) for one in places)],
        statuses=_statuses(filters.status), colours=[Choice("", gettext("全部"), not filters.colour), *(
            Choice(value, word(str(label)), value == filters.colour) for value, label in Colour.choices)],
        dues=[Choice(value, word(label), value == filters.due) for value, label in DUES],
        orders=[Choice(value, word(label), value == filters.order) for value, label in ORDERS],
    )


def started_list(parameters: QueryDict, *, actor: Actor) -> StartedList:
    """What the reader started, under `status`, `after`."""
    status, after = parameters.get("status", ""), parameters.get("after", "")[:80]
    found = started_by(actor, status=status, after=after, size=SIZE)
    empty = gettext("您还没有发起过办件，或没有符合条件的。")
    return StartedList(cases_table(found.rows, empty=empty), found.following, not after, _statuses(status))


def total_words(page: CasePage) -> str:
    """How many there are; more than CAP are not counted."""
    return gettext("%(n)s 件以上") % {"n": f"{CAP:,}"} if page.is_capped else gettext("%(n)s 件") % {"n": number(page.total)}


def cases_table(found: Sequence[Instance], *, empty: str = "") -> Table:
    """Instances as rows."""
    calendar = calendars.current()
    columns = (
        Column(gettext("办件")), Column(gettext("状态")), Column(gettext("灯色")), Column(gettext("期限")), Column(gettext("牵头单位")),
        Column(gettext("发起")),
    )
    rows = [
        (Cell(one.title, reverse("console-case", args=[one.uuid]), note=word(one.procedure.title)), status_cell(one.status),
         _colour(one) or Cell(""), Cell(due_in_words(one, calendar)), Cell(str(one.organisation)),
         Cell(one.starter_name, note=moment(one.started_at)))
        for one in found
    ]
    return Table(gettext("办件"), columns, rows, empty or gettext("没有符合条件的办件。"))


def due_in_words(instance: Instance, calendar: WorkCalendar) -> str:
    """By when, while it is not over; then when it ended."""
    if instance.finished_at is not None:
        return gettext("%(at)s结束") % {"at": moment(instance.finished_at)}
    return due_words(instance.due_at, calendar)


def one_case(instance: Instance, *, actor: Actor) -> OneCase:
    """The instance for a reader who may see it."""
    declaration, calendar = declaration_of(instance), calendars.current()
    segments = list(instance.segments.select_related("step").order_by("started_at", "pk"))
    starter = f"{instance.starter_name} {instance.starter_organisation or ''}".strip()
    facts = [
        (gettext("流程"), f"{word(instance.procedure.title)} v{instance.version.number}"),
        (gettext("牵头单位"), str(instance.organisation)), (gettext("发起"), f"{starter} {moment(instance.started_at)}"),
        (gettext("承诺时限"), declaration.promised.words if declaration.promised else ""),
        (gettext("期限"), due_in_words(instance, calendar)),
        (gettext("法定时限"), declaration.statutory.words if declaration.statutory else ""),
        (gettext("法定到期"), moment(instance.statutory_due_at)), (gettext("依据"), declaration.basis),
        (gettext("结果"), instance.outcome),
    ]
    return OneCase(
        instance=instance, state=status_cell(instance.status), colour=_colour(instance),
        facts=[one for one in facts if one[1] not in ("", "—")],
        answers=answers_of(instance, declaration), filled=answering.submissions_of(instance),
        subject_href=subjects.href_of(Subject(instance.subject_kind, instance.subject_key)),
        steps=steps_table(instance), stops=stops_table(segments), history=history_table(instance), moves=_moves(instance, actor),
        audit_href=_audit_href(instance, actor),
    )


def _colour(instance: Instance) -> Cell | None:
    return colour_cell(instance.colour) if instance.is_live and instance.due_at else None


def _moves(instance: Instance, actor: Actor) -> frozenset[str]:
    if not instance.is_live:
        return frozenset()
    found = {"withdraw"} if rights.is_starter(actor, instance) else set[str]()
    if policy.may(actor, "flow.act", instance):
        is_held = instance.status == InstanceStatus.SUSPENDED
        found |= {"resume"} if is_held else {"suspend"} if instance.steps.filter(status=StepStatus.OPEN).exists() else set()
    return frozenset(found)


def _audit_href(instance: Instance, actor: Actor) -> str:
    return f"{reverse('console-audit')}?object_key={instance.uuid}" if policy.may(actor, "audit.view", None) else ""


def _statuses(chosen: str) -> list[Choice]:
    return [
        Choice("live", gettext("没有办完的"), chosen == "live"), Choice("", gettext("全部"), chosen == ""),
        *(Choice(value, word(str(label)), value == chosen) for value, label in InstanceStatus.choices),
    ]
