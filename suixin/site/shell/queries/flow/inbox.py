"""The inbox as a page: numbers by colour, choices, and a row for each step with what is to be done by when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.ground.flow import calendars, procedures
from suixin.ground.flow.declaration import Action, Node
from suixin.ground.flow.models import Colour, ProcedureVersion, Step, StepKind
from suixin.ground.flow.queries import Inbox, InboxFilters, inbox, stopped
from suixin.ground.flow.workdays import WorkCalendar
from suixin.ground.people.models import Account, Organisation, Role
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell
from suixin.site.shell.flow_words import colour_cell, due_words, hint_words
from suixin.site.shell.queries.flow import colleagues
from suixin.site.shell.queries.links import with_parameter
from suixin.site.shell.words import role_name, word

SIZE = 50
STOPPED = 20
ORDERS = (
    ("due_at", gettext_noop("最急的在前")), ("-due_at", gettext_noop("期限最远的在前")), ("-opened_at", gettext_noop("最新到达")),
    ("opened_at", gettext_noop("最早到达")),
)
HOLDERS = (
    ("", gettext_noop("全部")), ("free", gettext_noop("还没有人认领")), ("mine", gettext_noop("我已认领或指定给我")),
    ("delegated", gettext_noop("别人委托给我")),
)
NARROWED = ("colour", "procedure", "post", "holder", "q", "after", "sort")


@dataclass(frozen=True, slots=True)
class Tally:
    """A number that is also a filter."""

    label: str
    number: int
    href: str
    tone: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select."""

    value: str
    label: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as it stands in a list."""

    step: Step
    href: str
    colour: Cell
    hint: str
    due: str
    starter: str
    holder: str
    is_mine: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of the inbox."""

    tallies: Sequence[Tally]
    rows: Sequence[StepRow]
    following: str
    is_first: bool
    is_narrowed: bool
    words: str
    procedures: Sequence[Choice]
    posts: Sequence[Choice]
    holders: Sequence[Choice]
    orders: Sequence[Choice]
    people: Sequence[Account]
    total: int
    stopped: Sequence[StepRow] = ()


def filters_of(parameters: QueryDict) -> InboxFilters:
    """The request's parameters: `colour`, `procedure`, `post`, `holder`, `q`, `sort`, `after`."""
    return InboxFilters(
        colour=parameters.get("colour", ""), procedure=parameters.get("procedure", "")[:80], post=parameters.get("post", "")[:100],
        holder=parameters.get("holder", ""), words=parameters.get("q", "").strip()[:100], order=parameters.get("sort", "due_at"),
        after=parameters.get("after", "")[:80], size=SIZE,
    )


def inbox_page(parameters: QueryDict, *, actor: Actor) -> InboxPage:
    """What waits for the actor, under the request's parameters."""
    filters = filters_of(parameters)
    found = inbox(actor, filters)
    places = colleagues.places_of(actor) if found.steps.rows else []
    return InboxPage(
        tallies=_tallies(found, filters, parameters), rows=step_rows(found.steps.rows, actor=actor), following=found.steps.following,
        is_first=not filters.after, is_narrowed=any(parameters.get(name) for name in NARROWED), words=filters.words,
        procedures=[Choice("", gettext("全部"), not filters.procedure), *(
            Choice(one.slug, f"{word(one.title)}（{n}）", one.slug == filters.procedure) for one, n in found.procedures)],
        posts=[Choice("", gettext("全部"), not filters.post), *(
            _post(place, role, number, filters.post) for place, role, number in found.posts)],
        holders=[Choice(value, word(label), value == filters.holder) for value, label in HOLDERS],
        orders=[Choice(value, word(label), value == filters.order) for value, label in ORDERS],
        people=list(colleagues.named(colleagues.colleagues(places, besides=actor.key))) if places else [], total=found.total,
        stopped=step_rows(stopped(actor, size=STOPPED), actor=actor) if not filters.after else (),
    )


def step_rows(steps: Sequence[Step], *, actor: Actor) -> list[StepRow]:
    """Rows of steps; one query for the versions that their words come from."""
    versions = ProcedureVersion.objects.select_related("procedure").in_bulk({step.instance.version_id for step in steps})
    calendar = calendars.current()
    return [_row(step, node_of(step, versions), calendar, actor) for step in steps]


def node_of(step: Step, versions: Mapping[int, ProcedureVersion]) -> Node | None:
    """The node that the step does."""
    version = versions.get(step.instance.version_id)
    return procedures.declaration_of(version).node(step.node) if version else None


def approves(step: Step, node: Node | None) -> bool:
    """Whether one yes among many is enough for this step: it asks no more than that."""
    if step.kind == StepKind.APPROVAL:
        return True
    return step.kind in (StepKind.TASK, StepKind.JOINT) and node is not None and Action.APPROVE in node.actions and not node.form


def _row(step: Step, node: Node | None, calendar: WorkCalendar, actor: Actor) -> StepRow:
    is_mine = step.assignee is not None and step.assignee.username == actor.key
    holder = gettext("未认领") if step.assignee is None else gettext("我") if is_mine else str(step.assignee)
    return StepRow(
        step, reverse("console-step", args=[step.uuid]), colour_cell(step.colour), hint_words(step, node),
        due_words(step.due_at, calendar), step.instance.starter_name, holder, is_mine,
    )


def _tallies(found: Inbox, filters: InboxFilters, parameters: QueryDict) -> list[Tally]:
    kinds = [(colour, colour_cell(colour)) for colour in (Colour.RED, Colour.AMBER, Colour.GREEN)]
    every = Tally(gettext("全部"), found.total, with_parameter(parameters, "colour", ""), "", filters.colour not in Colour.values)
    return [
        *(Tally(cell.text, found.tally.get(colour, 0), with_parameter(parameters, "colour", colour), cell.tone, filters.colour == colour)
          for colour, cell in kinds), every,
    ]


def _post(place: Organisation, role: str, number: int, chosen: str) -> Choice:
    value = f"{place.slug}:{role}"
    named = role_name(role) if role in Role.values else gettext("指定到人")
    return Choice(value, f"{place} {named}（{number}）", value == chosen)
