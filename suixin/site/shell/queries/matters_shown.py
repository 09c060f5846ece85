"""Matters as pages show them: cards in one's list, one matter with its parts over days, the lead department's list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.flow import calendars
from suixin.ground.forms.models import joined
from suixin.ground.forms.queries import form_then
from suixin.ground.forms.shown import lines
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases.models import Application, Case, Channel
from suixin.services.matters import asking, parties, queries
from suixin.services.matters.models import Matter, MatterState, Part, PartState, Visit, VisitState
from suixin.services.matters.queries import Next, Standing
from suixin.site.shell.components import Cell, Column, Gantt, GanttBar, GanttMark, GanttRow, Pages, Table, Tone
from suixin.site.shell.flow_words import colour_cell
from suixin.site.shell.queries import case_texts
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.queries.workdays import with_calendar
from suixin.site.shell.tongues import English, said
from suixin.site.shell.words import word

SIZE, MOST = 30, 20
TONES: dict[str, Tone] = {
    MatterState.OPEN: "info", MatterState.DELIVERING: "good", MatterState.DONE: "good", MatterState.PARTLY: "warn",
    MatterState.REFUSED: "bad", MatterState.WITHDRAWN: "quiet",
}
PART_TONES: dict[str, Tone] = {
    PartState.HANDLED: "info", PartState.APPROVED: "good", PartState.REFUSED: "bad", PartState.WAITING: "quiet",
    PartState.WITHDRAWN: "quiet",
    PartState.NOT_HANDLED: "quiet", PartState.STOPPED: "quiet",
}


@dataclass(frozen=True, slots=True)
class Card:
    """A matter in its applicant's list."""

    title: str
    number: str
    href: str
    state: Cell
    progress: str
    next: Next
    parts: Table


@dataclass(frozen=True, slots=True)
class MatterPage:
    """One matter; `light` of what is still handled; visits with what is known of them."""

    matter: Matter
    state: Cell
    light: Cell | None
    next: Next
    facts: Sequence[tuple[str, str]]
    parts: Table
    gantt: Gantt
    visits: Sequence[tuple[Visit, str, str]]
    title: str


@dataclass(frozen=True, slots=True)
class MatterList:
    """One page of matters for staff."""

    words: str
    states: Sequence[tuple[str, str, bool]]
    table: Table
    pages: Pages


def own_cards(actor: Actor) -> list[Card]:
    """An applicant's matters, the newest first."""
    found = []
    for one in queries.own_matters(actor)[:MOST]:
        told, english = queries.standings(one), case_texts.of_matter(one)
        found.append(Card(
            said(one.title, english), one.number, reverse("my-matter", args=[one.number]), state_cell(one),
            _progress([row.part for row in told]),
            _next(one, told, english), _parts(told, "my-case", english),
        ))
    return found


def matter_page(matter: Matter, *, is_staff: bool = False) -> MatterPage:
    """The matter for a reader who may see it."""
    told, english = queries.standings(matter), case_texts.of_matter(matter)
    light = queries.light_of(matter)
    facts = [
        (gettext("编号"), matter.number), (gettext("牵头单位"), str(matter.organisation)),
        (gettext("申请人"), matter.application.shown_name), (gettext("渠道"), _channel(matter.application)),
        (gettext("收件凭证"), matter.receipt), (gettext("提交"), f"{matter.opened_at.astimezone(clock.CHINA):%F}"),
        (gettext("承诺办完"), str(matter.due_on)), (gettext("进展"), _progress([row.part for row in told])),
        (gettext("情形"), gettext("；").join(
            f"{said(name, english)}：{said(_answer(value), english)}" for name, value in matter.answers.items())),
        (gettext("送达"), matter.delivery_note if matter.ended_at and matter.delivered_to else ""),
        (gettext("理由"), matter.reason),
    ]
    visits = [(one, said(one.title, english), word(one.get_state_display())) for one in matter.visits.all()]
    return MatterPage(
        matter, state_cell(matter), colour_cell(light) if light in ("amber", "red") else None, _next(matter, told, english),
        [(label, text) for label, text in facts if text], _parts(told, "console-service-case" if is_staff else "my-case", english),
        _gantt(matter, told, english), visits, said(matter.title, english),
    )


def answers_of_part(case: Case, *, actor: Actor) -> list[tuple[str, str]] | None:
    """What the applicant told for the part that the case is; None for other cases, and for who may read the whole form."""
    part = Part.objects.select_related("matter__application__submission__version").filter(case=case).first()
    if part is None or parties.may_read_form(actor, part.matter.number):
        return None
    submission = part.matter.application.submission
    asked = asking.asked_of(submission.form) if submission else None
    form = form_then(submission) if submission else None
    if submission is None or asked is None or form is None or part.name not in asked.parts:
        return [(name, _answer(value)) for name, value in part.answers.items()]
    by_theme = asked.whole.theme.part(part.name).told(asked.answers)
    told = [(name, _answer(value)) for name, value in part.answers.items() if name in by_theme]
    return told + [(one.label, one.text) for one in lines(form, joined(submission), asking.fields_for(asked, part.name)) if one.text]


def matter_list(parameters: QueryDict, *, actor: Actor) -> MatterList:
    """Matters under `q`, `state`, `page`, those due first. Raises NotAllowed."""
    policy.require_anywhere(actor, "cases.view")
    words, state = (parameters.get(name, "").strip()[:44] for name in ("q", "state"))
    rows, pages = page_of(queries.worklist(actor, state=state, words=words), parameters, size=SIZE)
    columns = (
        Column(gettext("编号"), is_code=True), Column(gettext("一件事"), is_long=True), Column(gettext("申请人")),
        Column(gettext("牵头单位")), Column(gettext("状态")), Column(gettext("进展")), Column(gettext("承诺办完")), Column(gettext("灯")),
        Column(gettext("谁超期"), is_long=True),
    )
    states = [("", gettext("在办"), state not in ("all", *MatterState.values)), ("all", gettext("全部"), state == "all"),
              *((one.value, word(str(one.label)), state == one.value) for one in MatterState)]
    table = Table(gettext("一件事办件"), columns, [_row(one) for one in rows], gettext("没有这样的办件。"))
    return MatterList(words, states, table, pages)


def state_cell(matter: Matter) -> Cell:
    """The state as a badge."""
    return Cell(word(matter.get_state_display()), tone=TONES[matter.state])


def _row(one: Matter) -> list[Cell]:
    light = queries.light_of(one)
    late = [f"{part.organisation}（{part.title}）" for part in queries.late_parts(one)]
    return [
        Cell(one.number, reverse("console-matter", args=[one.number])), Cell(one.title), Cell(one.application.shown_name),
        Cell(str(one.organisation)), state_cell(one), Cell(_progress(list(one.parts.all()))), Cell(str(one.due_on)),
        colour_cell(light) if light else Cell(""), Cell(gettext("、").join(late)),
    ]


def _next(matter: Matter, told: Sequence[Standing], english: English) -> Next:
    found = queries.next_of(matter, told)
    sentence = case_texts.sentence(found.sentence, found.names, english)
    if found.part is not None:
        sentence = gettext("“%(part)s”：%(sentence)s") % {"part": said(found.part.title, english), "sentence": sentence}
    return replace(found, sentence=sentence)


def _channel(application: Application) -> str:
    """How it came: of a window also which, and by whom it was taken in."""
    told = word(application.get_channel_display())
    if application.channel != Channel.WINDOW:
        return told
    return gettext("%(channel)s（%(place)s）") % {"channel": told, "place": application.window or application.actor_name}


def _progress(parts: Sequence[Part]) -> str:
    done = sum(one.state not in (PartState.WAITING, PartState.HANDLED) for one in parts)
    return gettext("%(n)d/%(all)d 项已办完") % {"n": done, "all": len(parts)}


def _answer(value: object) -> str:
    return (word("是") if value else word("否")) if isinstance(value, bool) else str(value)


def _parts(told: Sequence[Standing], page: str, english: English) -> Table:
    columns = (Column(gettext("事项")), Column(gettext("部门")), Column(gettext("状态")), Column(gettext("接下来"), is_long=True),
               Column(gettext("最迟")))
    rows = []
    for one in told:
        part = one.part
        href = reverse(page, args=[part.case.number]) if part.case is not None else ""
        state = Cell(word(part.get_state_display()), tone="bad" if one.is_late else PART_TONES[part.state],
                     note=gettext("超过承诺") if one.is_late else "")
        sentence = case_texts.sentence(one.sentence, one.names, english)
        if one.is_yours:
            sentence = f"{gettext('请您办理')}：{sentence}"
        rows.append([Cell(said(part.title, english), href, note=part.case.number if part.case else ""),
                     Cell(said(str(part.organisation), english)), state,
                     Cell(sentence), Cell(str(one.by or ""))])
    return Table(gettext("各项办到哪里"), columns, rows, gettext("没有事项。"), is_cards=True)


def _gantt(matter: Matter, told: Sequence[Standing], english: English) -> Gantt:
    """Each part over days: as it was handled, what is left as it was planned; visits; the promise."""
    today = clock.today()
    rows = [
        GanttRow(said(one.part.title, english), _bars(matter, one, today), said(str(one.part.organisation), english), _marks(one))
        for one in told
    ]
    visits = matter.visits.exclude(state=VisitState.DROPPED)
    rows += [_visited(visit, on, english) for visit in visits if (on := _day_of(visit)) is not None]
    columns = (Column(gettext("事项")), Column(gettext("办理单位")), Column(gettext("开始")), Column(gettext("办完")),
               Column(gettext("状态")))
    cells = [
        (Cell(row.label), Cell(row.note), Cell(str(row.bars[0].start)), Cell(str(row.bars[-1].end)), Cell(row.bars[0].label))
        for row in rows
    ]
    table = Table(gettext("各事项的时间"), columns, cells, gettext("没有事项。"))
    marks = [GanttMark(matter.due_on, "promised", gettext("承诺办完"))]
    drawn = Gantt("matter", said(matter.title, english), rows, table, today if matter.is_live else None, marks)
    return with_calendar(drawn, calendars.current())


def _visited(visit: Visit, on: date, english: English) -> GanttRow:
    return GanttRow(said(visit.title, english), [GanttBar(on, on, "special", word(visit.get_state_display()))], visit.note)


def _day_of(visit: Visit) -> date | None:
    return visit.held_at.astimezone(clock.CHINA).date() if visit.held_at else visit.planned_on


def _bars(matter: Matter, one: Standing, today: date) -> list[GanttBar]:
    part, label = one.part, word(one.part.get_state_display())
    first, last = queries.planned(matter, part)
    if part.opened_at is None:
        return [GanttBar(first, last, "planned", label)]
    begun = part.opened_at.astimezone(clock.CHINA).date()
    ended = part.settled_at.astimezone(clock.CHINA).date() if part.settled_at else None
    if ended is not None:
        return [GanttBar(begun, max(begun, ended), "done", label)]
    held = GanttBar(begun, max(begun, today), "overdue" if one.is_late else "open", label)
    return [held, GanttBar(held.end, one.by, "planned", "")] if one.by is not None and one.by > held.end else [held]


def _marks(one: Standing) -> list[GanttMark]:
    is_open = one.part.state == PartState.HANDLED and one.by is not None
    return [GanttMark(one.by, "due", gettext("到期"))] if is_open and one.by is not None else []
