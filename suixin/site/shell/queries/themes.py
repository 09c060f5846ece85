"""What the portal shows of one-thing-once themes: the list, one theme with its questionnaire, and what the answers come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.flow import calendars
from suixin.ground.search import finding as search
from suixin.kit import clock
from suixin.services.items.elements import FIRM_STAGES, LIFE_EVENTS, Row
from suixin.services.items.stated import text_of
from suixin.services.themes import branches, finding, parsing, queries, rules
from suixin.services.themes.declaration import Ask, Condition, Whole
from suixin.services.themes.models import Theme, ThemeState, ThemeVersion
from suixin.services.themes.rules import Merged, Plan, Span, State
from suixin.site.shell import tongues
from suixin.site.shell.components import Cell, Column, Gantt, GanttBar, GanttMark, GanttRow, Stat, Table
from suixin.site.shell.queries import theme_files
from suixin.site.shell.queries.workdays import with_calendar
from suixin.site.shell.templatetags.suixin import number
from suixin.site.shell.words import word

PREFIX, MOST = "q", 100
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class ThemeCard:
    """A theme in a list."""

    title: str
    summary: str
    href: str
    facts: Sequence[str]
    events: Sequence[str]
    state: str


@dataclass(frozen=True, slots=True)
class ThemeList:
    """The themes found."""

    words: str
    cards: Sequence[ThemeCard]


@dataclass(frozen=True, slots=True)
class Choice:
    """One question with what was answered: choices are value, label, whether chosen."""

    name: str
    text: str
    hint: str
    choices: Sequence[tuple[str, str, bool]]
    is_missing: bool


@dataclass(frozen=True, slots=True)
class MaterialLine:
    """One material of the theme; `note` says from where it comes when nobody hands it in, or when it is needed.

    `files`: blank form and sample, each with what it is, its name and address.
    """

    name: str
    badge: str
    is_exempt: bool
    note: str
    wanted_by: str
    files: Sequence[theme_files.File] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the one form: its title and questions, each with how many items need it, and whether data may fill it in."""

    title: str
    questions: Sequence[tuple[str, bool, int, bool]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the answers come to."""

    stats: Sequence[Stat]
    parts: Table
    gantt: Gantt
    materials: Sequence[MaterialLine]
    sections: Sequence[Section]
    fees: Table
    refusals: Table


@dataclass(frozen=True, slots=True)
class ThemePage:
    """One theme."""

    theme: Theme
    version: ThemeVersion
    title: str
    whole: Whole
    lead: str
    notice: str
    questions: Sequence[Choice]
    is_asked: bool
    failing: Sequence[Condition]
    answer: Answer | None
    overview: Table
    query: str


def theme_list(parameters: QueryDict) -> ThemeList:
    """Themes under `q`, all of them without it."""
    words = parameters.get("q", "").strip()[:200]
    themes = {one.theme.slug: one for one in queries.versions_in_force()}
    if words:
        found = [one.key for one in search.search(finding.PUBLIC, words, size=MOST).documents]
        themes = {slug: themes[slug] for slug in found if slug in themes}
    return ThemeList(words, [card_of(one) for one in themes.values()])


def themes_with(code: str) -> list[ThemeCard]:
    """The themes in use that join the item of that code."""
    return [
        card_of(one) for one in queries.versions_in_force()
        if one.theme.state == ThemeState.IN_USE and any(offer["code"] == code for offer in one.pinned["offers"])
    ]


def card_of(version: ThemeVersion) -> ThemeCard:
    """The theme in a list."""
    theme, whole = version.theme, spoken(queries.published(version))
    told = whole.theme
    departments = {one.department for one in whole.offers.values()}
    facts = [
        gettext("%(n)d 个事项") % {"n": len(told.parts)}, gettext("%(n)d 个部门") % {"n": len(departments)},
        gettext("承诺 %(n)d 个工作日") % {"n": told.promise_days},
    ]
    events = [word(LIFE_EVENTS[one]) for one in told.life_event] + [word(FIRM_STAGES[one]) for one in told.firm_stage]
    state = word(theme.get_state_display()) if theme.state == ThemeState.PAUSED else ""
    return ThemeCard(title_of(whole), told.summary, reverse("theme", args=[theme.slug]), facts, events, state)


def title_of(whole: Whole) -> str:
    """The name in the reader's language, where the theme has one."""
    return whole.theme.english if tongues.is_english() and whole.theme.english else whole.theme.title


def spoken(whole: Whole) -> Whole:
    """The theme as it is shown: what is only read in the reader's language; what is reckoned with stays (choices, materials)."""
    if not tongues.is_english():
        return whole
    english = whole.english

    def said(text: str) -> str:
        return english.get(text, text)

    told, bank = whole.theme, whole.bank
    theme = replace(
        told, summary=said(told.summary), delivery=said(told.delivery),
        asks=tuple(replace(one, text=said(one.text), hint=said(one.hint)) for one in told.asks),
        conditions=tuple(replace(one, text=said(one.text), fault=said(one.fault)) for one in told.conditions),
        parts=tuple(replace(one, title=said(one.title)) for one in told.parts),
        visits=tuple(replace(one, title=said(one.title)) for one in told.visits),
    )
    offers = {name: replace(one, title=said(one.title)) for name, one in whole.offers.items()}
    questions = {
        name: replace(one, field={**one.field, "label": said(str(one.field.get("label", "")))}) if "label" in one.field else one
        for name, one in bank.questions.items()
    }
    sections = {name: said(title) for name, title in bank.sections.items()}
    return replace(whole, theme=theme, offers=offers, bank=replace(bank, sections=sections, questions=questions))


def theme_page(slug: str, parameters: Mapping[str, str]) -> ThemePage:
    """One published theme; `q1` ... answer its questionnaire. Raises UnknownTheme."""
    theme = queries.theme_by(slug)
    version = queries.newest_version(theme)
    whole = spoken(queries.published(version))
    posted = _posted(parameters)
    answers = _answers(whole, posted)
    is_asked = bool(posted)
    is_whole = len(answers) == len(whole.theme.asks)
    failing = rules.failing(whole.theme, answers)
    is_told = is_whole and not failing and (is_asked or not whole.theme.asks)
    questions = [_choice(at, one, posted, whole.english, is_asked=is_asked) for at, one in enumerate(whole.theme.asks, 1)]
    notice = gettext("这件事已暂停办理：%(reason)s") % {"reason": theme.reason} if theme.state == ThemeState.PAUSED else ""
    query = "&".join(f"{key}={value}" for key, value in sorted(posted.items()) if value.isascii())
    return ThemePage(
        theme, version, title_of(whole), whole, theme.lead.name, notice, questions, is_asked, failing,
        answer_of(whole, answers) if is_told else None, _overview(whole), query,
    )


def answer_of(whole: Whole, answers: Mapping[str, object]) -> Answer:
    """What these answers come to: items, days, materials, the one form."""
    parts = rules.chosen(whole.theme, answers)
    plan, merged = rules.plan_of(whole, parts), rules.merge(whole, parts, answers)
    return Answer(
        _stats(whole, parts, plan, merged), _parts(whole, parts, plan), gantt_of(whole, parts, plan), _materials(whole, merged),
        _sections(merged), _fees(whole, merged), _refusals(whole, parts, plan),
    )


def gantt_of(whole: Whole, parts: Sequence[str], plan: Plan) -> Gantt:
    """The days of the parts, when everything is received today."""
    calendar, start = calendars.current(), clock.today()
    rows = []
    for span in sorted(plan.parts, key=lambda one: (one.first, one.last)):
        offer = whole.offers[span.id]
        first, last = span.dates(start, calendar)
        label = _days(span.days) if span.days else gettext("即办")
        rows.append(GanttRow(whole.title(span.id), [GanttBar(first, last, "planned", label)], offer.department, (), span.is_critical))
    titles = {one.id: one.title for one in whole.theme.visits}
    for visit in plan.visits:
        first, last = visit.dates(start, calendar)
        rows.append(GanttRow(titles[visit.id], [GanttBar(first, last, "special")], gettext("几个部门一起上门，只来一次")))
    due = plan.due(start, calendar)
    marks = [GanttMark(due, "promised", gettext("全部办完"))]
    columns = (Column(gettext("事项")), Column(gettext("办理单位")), Column(gettext("开始")), Column(gettext("办完")),
               Column(gettext("用时")))
    cells = [
        (Cell(row.label), Cell(row.note), Cell(str(row.bars[0].start)), Cell(str(row.bars[0].end)), Cell(row.bars[0].label)) for row in rows
    ]
    table = Table(gettext("各事项的时间"), columns, cells, gettext("没有事项。"))
    return with_calendar(Gantt("theme", title_of(whole), rows, table, start, marks), calendar)


def answers_in(whole: Whole, parameters: Mapping[str, str]) -> dict[str, object]:
    """What `q1` ... of an address answer; a question that they do not answer rightly is left out."""
    return _answers(whole, _posted(parameters))


def _posted(parameters: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in parameters.items() if key.startswith(PREFIX) and key[1:].isdecimal()}


def _answers(whole: Whole, posted: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for at, ask in enumerate(whole.theme.asks, 1):
        value = posted.get(f"{PREFIX}{at}", "")
        if ask.is_flag and value in (YES, NO):
            found[ask.name] = value == YES
        elif value.isdecimal() and len(value) < 4 and 0 < int(value) <= len(ask.options):
            found[ask.name] = ask.options[int(value) - 1]
    return found


def _choice(at: int, ask: Ask, posted: Mapping[str, str], english: tongues.English, *, is_asked: bool) -> Choice:
    name = f"{PREFIX}{at}"
    labels = [(YES, word("是")), (NO, word("否"))] if ask.is_flag else [
        (str(n), tongues.said(one, english)) for n, one in enumerate(ask.options, 1)
    ]
    value = posted.get(name, "")
    is_missing = is_asked and value not in dict(labels)
    return Choice(name, ask.text, ask.hint, [(key, label, key == value) for key, label in labels], is_missing)


def _stats(whole: Whole, parts: Sequence[str], plan: Plan, merged: Merged) -> list[Stat]:
    departments = {whole.offers[one].department for one in parts}
    alone = gettext("分开办共 %(n)s")
    once = sum(whole.offers[one].content.get("limit_scene_num") not in (0, None) for one in parts)
    return [
        Stat(gettext("办理事项"), number(len(parts)), gettext("个"), gettext("%(n)d 个部门") % {"n": len(departments)}),
        Stat(gettext("办理时间"), number(plan.days) if plan.days else gettext("当天"), gettext("个工作日") if plan.days else "",
             alone % {"n": _days(plan.serial_days)} if plan.serial_days else ""),
        Stat(gettext("填写"), number(merged.asked), gettext("问"), alone % {"n": number(merged.questions_alone)}),
        Stat(gettext("要交的材料"), number(merged.handed_in), gettext("份"),
             gettext("另有 %(n)d 份由部门自己调取") % {"n": len(merged.materials) - merged.handed_in}),
        Stat(gettext("要到现场"), number(once), gettext("次"), gettext("分开办的事项里必须到场的")),
    ]


def _parts(whole: Whole, parts: Sequence[str], plan: Plan) -> Table:
    columns = (Column(gettext("事项")), Column(gettext("部门")), Column(gettext("承诺")), Column(gettext("先要办好")),
               Column(gettext("什么时候办"), is_long=True))
    rows = []
    for name in parts:
        offer, span = whole.offers[name], plan.part(name)
        before = [one for one in whole.theme.part(name).before if one in parts]
        rows.append((
            Cell(whole.title(name), reverse("guide", args=[offer.code])), Cell(offer.department), Cell(offer.limit),
            Cell(gettext("、").join(whole.title(one) for one in before)), Cell(_when(span)),
        ))
    return Table(gettext("一起办的事项"), columns, rows, gettext("没有事项。"), is_cards=True)


def _days(days: int) -> str:
    return gettext("%(n)d 个工作日") % {"n": days}


def _when(span: Span) -> str:
    """In which working days after receipt a part is handled."""
    if span.last == 0:
        return gettext("受理当天")
    if span.days < 2:
        return gettext("第 %(n)d 个工作日") % {"n": span.last}
    return gettext("第 %(first)d 至 %(last)d 个工作日") % {"first": span.first + 1, "last": span.last}


def _materials(whole: Whole, merged: Merged) -> list[MaterialLine]:
    found, english = [], whole.english
    offered = theme_files.offered(whole)
    for one in merged.materials:
        wanted = gettext("、").join(tongues.said(whole.title(part), english) for part in one.parts)
        files = [] if one.is_exempt else theme_files.files_of(one, offered, english)
        if one.given_by:
            note = gettext("由“%(title)s”办好后直接转来") % {"title": whole.title(one.given_by)}
        elif one.is_exempt:
            note = gettext("由部门调取、核验，不用交")
        else:
            note = gettext("仅限：%(names)s") % {
                "names": gettext("、").join(tongues.said(name, english) for name in one.situations)
            } if one.situations else "" if files else _papers(one.row, english)
        badge = gettext("免提交") if one.is_exempt else gettext("要交")
        found.append(MaterialLine(tongues.said(one.name, english), badge, one.is_exempt, note, wanted, files))
    return sorted(found, key=lambda line: line.is_exempt)


def _papers(row: Row, english: tongues.English) -> str:
    """The blank form and the sample of a material, as far as there are."""
    titles = ((gettext("空白表格"), text_of(row, "form_guid")), (gettext("示例样表"), text_of(row, "example_guid")))
    return gettext("；").join(f"{title}：{tongues.said(name, english)}" for title, name in titles if name)


def _sections(merged: Merged) -> list[Section]:
    found = []
    for name, title in merged.sections.items():
        asked = [one for one in merged.questions if one.section == name]
        if asked:
            fields = [(parsing.field_of(one), len(merged.asked_by[one.name]), one.source is not None) for one in asked]
            found.append(Section(title, [(field.label, field.is_required, times, is_known) for field, times, is_known in fields]))
    return found


def _fees(whole: Whole, merged: Merged) -> Table:
    columns = (Column(gettext("收费项目")), Column(gettext("收费标准")), Column(gettext("事项")), Column(gettext("依据"), is_long=True))
    rows = [
        (Cell(text_of(row, "fee_name")), Cell(text_of(row, "fee_stand")), Cell(whole.title(part)), Cell(text_of(row, "by_law")))
        for part, row in merged.fees
    ]
    return Table(gettext("收费"), columns, rows, gettext("不收费。"))


def _refusals(whole: Whole, parts: Sequence[str], plan: Plan) -> Table:
    columns = (Column(gettext("如果它不予办理")), Column(gettext("整件事")), Column(gettext("还能办成"), is_long=True),
               Column(gettext("随它不办"), is_long=True))
    rows = []
    for name in parts:
        found = branches.walk(whole.theme, parts, name).outcome
        lost = [one for one, state in found.states.items() if state in (State.NOT_HANDLED, State.STOPPED)]
        rows.append((
            Cell(whole.title(name)), Cell(word(branches.STANDINGS[found.standing])),
            Cell(gettext("、").join(whole.title(one) for one in found.delivered)), Cell(gettext("、").join(map(whole.title, lost))),
        ))
    return Table(gettext("不予办理时的结果"), columns, rows, gettext("没有事项。"), is_cards=True)


def _overview(whole: Whole) -> Table:
    columns = (Column(gettext("可能要办的事项")), Column(gettext("部门")), Column(gettext("承诺")))
    rows = [
        (Cell(whole.title(one.part), reverse("guide", args=[one.code])), Cell(one.department), Cell(one.limit))
        for one in whole.offers.values()
    ]
    return Table(gettext("可能要办的事项"), columns, rows, gettext("没有事项。"), is_cards=True)
