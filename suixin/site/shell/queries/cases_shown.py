"""Cases as pages show them: tables for staff and applicants, one case with its papers, materials, messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.files.models import Attachment
from suixin.ground.files.queries import named
from suixin.ground.flow.models import Step
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.cases import handling, jointly, prefilling, providers, queries, standings
from suixin.services.cases.attached import Card, Document, Fee, Material, Message, MessageKind
from suixin.services.cases.models import Case, State
from suixin.services.cases.queries import Lines, Moment, Next
from suixin.site.shell.components import Cell, Column, Pages, Stat, Table, Tone
from suixin.site.shell.flow_words import colour_cell
from suixin.site.shell.queries import case_texts
from suixin.site.shell.queries.fees_shown import fees_table
from suixin.site.shell.queries.links import first_pages_of, pages_at
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.tongues import English, said
from suixin.site.shell.words import word

SIZE = 30
TONES: dict[str, Tone] = {
    State.SUPPLEMENT: "warn", State.SPECIAL: "warn", State.REFUSED: "bad", State.DENIED: "bad", State.GRANTED: "good", State.CLOSED: "good",
    State.ARCHIVED: "quiet", State.WITHDRAWN: "quiet", State.STOPPED: "quiet",
}
Choice = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class WorkList:
    """One page of cases for staff."""

    words: str
    states: Sequence[Choice]
    colours: Sequence[Choice]
    table: Table
    pages: Pages


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case with all that hangs on it; `step` is what waits, where staff decides."""

    case: Case
    state: Cell
    light: Cell | None
    next: Next
    lines: Lines
    facts: Sequence[tuple[str, str]]
    materials: Sequence[tuple[Material, str, Sequence[Attachment]]]
    documents: Sequence[Document]
    messages: Sequence[Message]
    timeline: Sequence[Moment]
    cards: Sequence[Card]
    fees: Sequence[Fee]
    charges: Table | None
    step: Step | None
    step_href: str
    title: str
    organisation: str


def work_list(parameters: QueryDict, *, actor: Actor) -> WorkList:
    """Cases under `q`, `state`, `colour`, `page`. Raises NotAllowed."""
    policy.require_anywhere(actor, "cases.view")
    words, state, colour = (parameters.get(name, "").strip()[:40] for name in ("q", "state", "colour"))
    state = state or ("all" if words else "live")  # who looks for one looks among those that ended too
    asked = queries.narrowing(state=state, colour=colour, words=words)
    found, *beside = (one.filter(asked) for one in queries.worklists(actor))
    rows, pages = first_pages_of(found, parameters, size=SIZE, shown=queries.shown(), beside=beside)
    columns = (
        Column(gettext("编号"), is_code=True), Column(gettext("事项"), is_long=True), Column(gettext("申请人")), Column(gettext("部门")),
        Column(gettext("状态")), Column(gettext("承诺期限")), Column(gettext("法定期限")), Column(gettext("灯")),
        Column(gettext("亮牌"), is_numeric=True),
    )
    states = [("live", gettext("在办"), state == "live"), ("all", gettext("全部"), state == "all"),
              *((one.value, word(str(one.label)), state == one.value) for one in State)]
    colours = [("", gettext("全部"), not colour), ("amber", gettext("临期"), colour == "amber"), ("red", gettext("超期"), colour == "red")]
    table = Table(gettext("政务办件"), columns, [_row(one) for one in rows], gettext("没有这样的办件。"))
    return WorkList(words, states, colours, table, pages)


def _row(case: Case) -> list[Cell]:
    lines = queries.lines_of(case)
    return [
        Cell(case.number, reverse("console-service-case", args=[case.number])), Cell(case.title), Cell(case.application.shown_name),
        Cell(str(case.organisation)), state_cell(case), Cell(day(lines.promised)), Cell(day(lines.statutory)),
        light_of(lines) or Cell(""), Cell(number(getattr(case, "cards_shown", 0))),
    ]


def own_table(cases: Sequence[Case]) -> Table:
    """An applicant's cases, with what comes next."""
    columns = (Column(gettext("事项"), is_long=True), Column(gettext("状态")), Column(gettext("接下来"), is_long=True),
               Column(gettext("最迟")))
    rows, english = [], case_texts.of_cases(cases)
    for case in cases:
        then = queries.next_of(case)
        rows.append([Cell(said(case.title, english), reverse("my-case", args=[case.number]), note=case.number), state_cell(case),
                     Cell(word(then.sentence)), Cell(day(then.by))])
    return Table(gettext("我的办件"), columns, rows, gettext("还没有办件。从办事指南选一个事项，点“在线办理”。"), is_cards=True)


def case_page(case: Case, *, actor: Actor) -> CasePage:
    """The case for a reader who may see it."""
    is_staff = policy.may(actor, "cases.view", case)
    lines, step, files = queries.lines_of(case), handling.waiting_step(case), list(case.materials.all())
    fees = list(case.fees.all())
    held, english = named([str(one) for row in files for one in row.files]), case_texts.of_cases([case])
    messages = case.messages.select_related("organisation").all()
    if actor.kind.value == "resident":
        messages = messages.filter(kind__in=(MessageKind.APPLICANT, MessageKind.DEPARTMENT))
    return CasePage(
        case, state_cell(case), light_of(lines), _then(case), lines, _facts(case, english),
        [(row, said(row.name, english), [held[str(one)] for one in row.files if str(one) in held]) for row in files],
        list(case.documents.all()), list(messages),
        _told(case), list(case.cards.all()) if is_staff else [], fees, fees_table(fees) if fees else None, step,
        _act_at(step), said(case.title, english), said(str(case.organisation), english),
    )


def board_table(parameters: QueryDict, *, actor: Actor) -> tuple[list[Stat], Table, Pages]:
    """Figures of all departments within reach, and of each on the `page`."""
    found = standings.board(actor)
    pages = pages_at(len(found), parameters, size=SIZE)
    shown = found[(pages.number - 1) * SIZE : pages.number * SIZE]
    stats = [
        Stat(gettext("在办"), number(sum(one.live for one in found))), Stat(gettext("临期"), number(sum(one.amber for one in found))),
        Stat(gettext("超过承诺"), number(sum(one.red for one in found))),
        Stat(gettext("超过法定"), number(sum(one.beyond_law for one in found))),
        Stat(gettext("未说明的亮牌"), number(sum(one.unexplained for one in found))),
    ]
    labels = (gettext("在办"), gettext("临期"), gettext("超过承诺"), gettext("超过法定"), gettext("未说明的亮牌"))
    columns = (Column(gettext("部门"), is_long=True), *(Column(one, is_numeric=True) for one in labels))
    rows = [[Cell(one.name), *(Cell(number(n)) for n in (one.live, one.amber, one.red, one.beyond_law, one.unexplained))] for one in shown]
    return stats, Table(gettext("各部门办件"), columns, rows, gettext("还没有办件。")), pages


def cards_table(parameters: QueryDict, *, actor: Actor) -> tuple[Table, Pages]:
    """Cards within reach, the newest first: those on the `page`."""
    found, *beside = (Card.objects.filter(case__in=one.order_by().values("pk")).order_by("-id") for one in queries.worklists(actor))
    shown = Card.objects.select_related("case__organisation")
    cards, pages = first_pages_of(found, parameters, size=SIZE, shown=shown, beside=beside)
    columns = (Column(gettext("办件"), is_code=True), Column(gettext("部门")), Column(gettext("牌")), Column(gettext("事由"), is_long=True),
               Column(gettext("时间")), Column(gettext("部门说明"), is_long=True))
    rows = [
        [Cell(one.case.number, reverse("console-service-case", args=[one.case.number])), Cell(str(one.case.organisation)),
         Cell(word(one.get_colour_display()), tone="bad" if one.colour == "red" else "warn"), Cell(word(one.reason)),
         Cell(moment(one.given_at)), Cell(one.explanation or gettext("未说明"))]
        for one in cards
    ]
    return Table(gettext("亮牌"), columns, rows, gettext("没有亮牌。")), pages


def state_cell(case: Case) -> Cell:
    """The state as a badge."""
    return Cell(word(case.get_state_display()), tone=TONES.get(case.state, "info"))


def light_of(lines: Lines) -> Cell | None:
    """The light of a clock that runs; that it stands, when it does."""
    if lines.is_stopped:
        return Cell(gettext("停钟"), tone="quiet")
    return colour_cell(lines.colour) if lines.colour else None


def source_notes(token: str, numbers: Collection[str]) -> dict[str, str]:
    """By field of the form of that draft, where its value came from, as far as it was read about whom the numbers name."""
    told = gettext("来自%(source)s。不对？直接改成正确的。")
    try:
        found = prefilling.told_of(UUID(token), numbers)
    except ValueError:
        return {}
    return {name: told % {"source": source} for name, source in found.items()}


def day(at: datetime | None) -> str:
    """A due date as a day."""
    return moment(at)[:10] if at else ""


def pay_by(case: Case) -> list[tuple[str, str]]:
    """By which providers the applicant pays the case's fees itself; none where the item is not paid online."""
    if case.version.content.get("is_pay_online") is not True:
        return []
    return [(name, word(one.title)) for name, one in providers.online().items()]


def others(case: Case) -> object:
    """The departments that may be consulted."""
    return Organisation.objects.exclude(pk=case.organisation_id).order_by("lineage")


def _then(case: Case) -> Next:
    found = queries.next_of(case)
    return replace(found, sentence=word(found.sentence))


def _told(case: Case) -> list[Moment]:
    return [replace(one, title=_happened(one.title), note=word(one.note)) for one in queries.timeline(case)]


def _happened(title: str) -> str:
    """What happened; a paper that was issued by its kind."""
    kind = title.removeprefix(queries.ISSUED)
    return gettext("出具%(paper)s") % {"paper": word(kind)} if kind != title else word(title)


def _facts(case: Case, english: English) -> list[tuple[str, str]]:
    application = case.application
    told = [
        (gettext("办件编号"), case.number), (gettext("办理部门"), said(str(case.organisation), english)),
        (gettext("申请人"), application.shown_name),
        (gettext("渠道"), word(application.get_channel_display())),
        (gettext("事项版本"), gettext("第 %(n)d 版") % {"n": case.version.number}),
        (gettext("收件时间"), moment(case.received_at)),
        (gettext("受理时间"), moment(case.accepted_at) if case.accepted_at else ""),
        (gettext("承诺期限"), day(queries.lines_of(case).promised)), (gettext("法定期限"), day(queries.lines_of(case).statutory)),
    ]
    if case.is_deemed:
        told.append((gettext("说明"), gettext("五个工作日内没有告知，自收件之日起视为受理")))
    if application.is_by_agent:
        told.append((gettext("代办"), application.authority_document or gettext("有授权")))
    differs = gettext("申请人填的与来源（%(source)s）不同，以申请表为准")
    doubted = [one for one in application.doubted.all() if jointly.concerns(case, one.field)]
    told += [(one.label, (differs % {"source": word(one.source)}) + (f"；{one.outcome}" if one.outcome else "")) for one in doubted]
    same = {one.question: one for one in prefilling.prefilled_of(application) if jointly.concerns(case, one.question)}
    for one in doubted:
        same.pop(one.field, None)
    told += [(one.label, gettext("与%(source)s一致") % {"source": prefilling.source_of(one)}) for one in same.values()]
    return [(label, text) for label, text in told if text]


def _act_at(step: Step | None) -> str:
    """Where the step is acted on: a delivery on the case's own page, which asks who takes it; "" when nothing waits."""
    if step is None:
        return ""
    return "#deliver" if step.node == "deliver" else reverse("console-step", args=[step.uuid])
