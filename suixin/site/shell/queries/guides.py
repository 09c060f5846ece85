"""What the portal shows of guides: searching and navigating them, one guide as of now, of a past date or of a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.ground.people.models import Organisation
from suixin.ground.search import finding as search
from suixin.ground.search.marking import Piece, matching, pieces
from suixin.kit import clock
from suixin.services.items import elements as e
from suixin.services.items import finding, guidance, papers, queries
from suixin.services.items.elements import Content, Row
from suixin.services.items.errors import UnknownItem
from suixin.services.items.guidance import Verdict
from suixin.services.items.models import Item, ItemState, ItemVersion, TierChoice
from suixin.services.items.stated import number_of, rows_of, text_of
from suixin.services.items.tables import MATERIALS, SITUATIONS
from suixin.services.items.worded import amount_text, english_of, limit, shown_value
from suixin.site.shell import tongues
from suixin.site.shell.components import Facet, FacetValue, Pages
from suixin.site.shell.queries.links import pages_at, with_parameter
from suixin.site.shell.queries.themes import ThemeCard, theme_list, themes_with
from suixin.site.shell.tongues import English
from suixin.site.shell.words import word

PAGE_SIZE, MAX_VALUES = 20, 60
MATERIAL_FACTS = ("source_type", "form_guid", "example_guid", "accept_stand", "fill_explain", "by_law")
STATES = {ItemState.PAUSED: "已暂停办理", ItemState.WITHDRAWN: "已取消", ItemState.IN_USE: "在用"}
LIMITS = {
    "1": gettext_noop("%(n)d 个工作日"), "2": gettext_noop("%(n)d 个自然日"), "3": gettext_noop("%(n)d 个小时"),
    "4": gettext_noop("%(n)d 个月"), "5": gettext_noop("%(n)d 年"),
}


@dataclass(frozen=True, slots=True)
class GuideLine:
    """A guide in a list."""

    title: Sequence[Piece]
    said: Sequence[Piece]
    href: str
    department: str
    summary: str
    promise: str
    marks: Sequence[str]
    state: str


@dataclass(frozen=True, slots=True)
class GuideList:
    """The page of guides: what was found, or the ways in."""

    words: str
    lines: Sequence[GuideLine]
    facets: Sequence[Facet]
    pages: Pages
    kept: Sequence[tuple[str, str]]
    is_start: bool
    themes: Sequence[ThemeCard]


@dataclass(frozen=True, slots=True)
class Material:
    """One material as the guide tells it; `files`: what can be downloaded, with its name and address."""

    name: str
    badge: str
    situation: str
    kind: str
    facts: Sequence[tuple[str, str]]
    files: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the guidance with what was answered."""

    name: str
    text: str
    hint: str
    kind: str
    choices: Sequence[tuple[str, str, bool]]
    value: str
    error: str


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One guide; `content` as it is shown, in the reader's language where there is one."""

    item: Item
    version: ItemVersion
    title: str
    content: Content
    department: str
    state_notice: str
    past_notice: str
    limits: Sequence[tuple[str, str, str]]
    facts: Sequence[tuple[str, str]]
    apply_href: str
    questions: Sequence[Question]
    verdict: Verdict | None
    situations: Sequence[tuple[str, str, bool]]
    materials: Sequence[Material]
    steps: Sequence[tuple[str, str, str]]
    specials: Sequence[tuple[str, str]]
    fees: Sequence[Row]
    places: Sequence[tuple[str, str]]
    answers: Sequence[tuple[str, str]]
    rights: Sequence[tuple[str, str]]
    versions: Sequence[tuple[int, date, str, bool]]
    day: str
    themes: Sequence[ThemeCard]


def guide_list(parameters: QueryDict) -> GuideList:
    """Guides under `q`, the facets of the index, and `page`."""
    words = parameters.get("q", "").strip()[:200]
    chosen = {name: value for name in finding.FACETS if (value := parameters.get(name, "")[:200])}
    asked = max(int(page) if (page := parameters.get("page", "")).isdecimal() and len(page) < 7 else 1, 1)
    wanted = {name: [value] for name, value in chosen.items()}
    found = search.search(finding.PUBLIC, words, chosen=wanted, start=(asked - 1) * PAGE_SIZE, size=PAGE_SIZE)
    pages = pages_at(found.total, parameters, size=PAGE_SIZE)
    if pages.number != asked:
        found = search.search(finding.PUBLIC, words, chosen=wanted, start=(pages.number - 1) * PAGE_SIZE, size=PAGE_SIZE)
    is_start = not words and not chosen
    return GuideList(
        words, _lines(found), _facets(found.facets, chosen, parameters), pages, list(chosen.items()), is_start,
        theme_list(QueryDict()).cards if is_start else (),
    )


def guide_page(code: str, parameters: Mapping[str, str]) -> GuidePage:
    """One guide: in force now, on the day `at`, or the version `version`; `a1` ... answer the guidance. Raises UnknownItem."""
    item, version, day = asked_version(code, parameters)
    stated: Content = version.content
    english = english_of(stated)
    content = tongues.told(stated, english)
    verdict, questions = _guided(stated, parameters, english)
    named = verdict.situations if verdict else [one for one in [parameters.get("situation", "")] if one]
    rows = guidance.materials_of(stated, named) if named or verdict else rows_of(stated, "materials")
    return GuidePage(
        item, version, text_of(content, "task_name"), content, version.department, _state_notice(version), _past_notice(item, version),
        _limits(content), _facts(item, content), _apply_href(version), questions, _spoken(verdict, english),
        [(text_of(row, SITUATIONS.name), tongues.said(text_of(row, SITUATIONS.name), english), text_of(row, SITUATIONS.name) in named)
         for row in rows_of(stated, "situations")],
        _materials(version, rows, content),
        [(text_of(row, "step_name"), _time_of(row),
          _told_of(row)) for row in rows_of(content, "steps")],
        [(text_of(row, "special_name"), amount_text(number_of(row, "special_days") or 0, text_of(row, "special_unit")))
         for row in rows_of(content, "specials")],
        rows_of(content, "fees"), _places(content),
        [(text_of(row, "question"), text_of(row, "answer")) for row in rows_of(content, "questions")], _rights(content),
        [(one.number, one.valid_from.astimezone(clock.CHINA).date(), word(one.get_state_display()), one.pk == version.pk)
         for one in item.versions.all()], day, themes_with(item.code),
    )


def asked_version(code: str, parameters: Mapping[str, str]) -> tuple[Item, ItemVersion, str]:
    """The item, its version that was asked for, and the day that was asked for. Raises UnknownItem."""
    item = queries.item_by(code)
    if item.tier == TierChoice.BASIC:
        raise UnknownItem(gettext("“%(title)s”是基本目录，没有办事指南；请从办事指南里搜索。") % {"title": item.title})
    wanted, day = parameters.get("version", ""), parameters.get("at", "")
    if wanted:
        found = item.versions.filter(number=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 6 else None
        told = gettext("没有第“%(n)s”版；请从版本列表里选择。") % {"n": wanted[:20]}
    elif day:
        found, told = queries.version_on(item, _day(day)), gettext("%(day)s 这一天它还没有发布；请选择更晚的日期。") % {"day": day}
    else:
        found, told = queries.version_at(item, clock.now()), gettext("它还没有生效的版本；请过后再来，或从办事指南里搜索。")
    if found is None:
        raise UnknownItem(told)
    return item, found, day if not wanted else ""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UnknownItem(gettext("日期“%(day)s”应写成 2026-01-31 的样子。") % {"day": text[:20]}) from None


def _lines(found: search.Found) -> list[GuideLine]:
    keys = [one.key for one in found.documents]
    held = {one.item.code: one for one in ItemVersion.objects.at(clock.now()).select_related("item").filter(item__code__in=keys)}
    lines = []
    for one in found.documents:
        version = held.get(one.key)
        if version is None:
            continue
        content = version.content
        marks = [
            word("即办") if text_of(content, "project_type") == e.AT_ONCE else "",
            word("全程网办") if text_of(content, "online_handle_depth") == "4" else "",
            word("不用跑") if number_of(content, "limit_scene_num") == 0 else "", word("不收费") if content.get("is_fee") is False else "",
        ]
        matched = matching(one.items.strip("|").split("|"), found.question) if found.question.parts else []
        english = english_of(content)
        title = tongues.said(one.title, english)
        lines.append(GuideLine(
            pieces(one.title, found.question) if title == one.title else [Piece(title, is_marked=False)], matched,
            reverse("guide", args=[one.key]), version.department, tongues.said(one.abstract, english),
            limit_said(content, "promise"), [mark for mark in marks if mark],
            word(STATES[ItemState(version.state)]) if version.state != ItemState.IN_USE else "",
        ))
    return lines


def _facets(counted: Mapping[str, Mapping[str, int]], chosen: Mapping[str, str], parameters: QueryDict) -> list[Facet]:
    places = dict(Organisation.objects.filter(slug__in=list(counted.get("department", ()))).values_list("slug", "name"))
    names: dict[str, tuple[str, Mapping[str, str]]] = {
        "life": (gettext("人生事项"), e.LIFE_EVENTS), "stage": (gettext("企业阶段"), e.FIRM_STAGES),
        "person": (gettext("个人主题"), e.PERSON_THEMES), "firm": (gettext("法人主题"), e.FIRM_THEMES),
        "department": (gettext("部门"), places), "type": (gettext("事项类型"), e.TYPES),
        "online": (gettext("网上办理"), {"1": "可以网办", "0": "窗口办理"}), "state": (gettext("状态"), dict(STATES.items())),
    }
    made = []
    for name, (title, labels) in names.items():
        here = chosen.get(name, "")
        values = [
            FacetValue(
                word(labels.get(value, value)), count, with_parameter(parameters, name, "" if value == here else value), value == here,
            ) for value, count in list(counted.get(name, {}).items())[:MAX_VALUES] if value
        ]
        made.append(Facet(name, title, sorted(values, key=lambda one: -one.count)))
    return made


def _spoken(verdict: Verdict | None, english: English) -> Verdict | None:
    """The verdict as it is read out."""
    if verdict is None:
        return None
    judged = [replace(one, text=tongues.said(one.text, english), fault=tongues.said(one.fault, english)) for one in verdict.conditions]
    return replace(verdict, conditions=judged, situations=[tongues.said(one, english) for one in verdict.situations])


def _guided(content: Content, parameters: Mapping[str, str], english: English) -> tuple[Verdict | None, list[Question]]:
    """The verdict on the answers, None while nothing was asked; the questions as answered."""
    posted = {key: value for key, value in parameters.items() if key.startswith(guidance.PREFIX) and key[1:].isdecimal()}
    answers, wrong = guidance.answers_of(content, posted)
    made = []
    for field, row in zip(guidance.fields_of(content), rows_of(content, "asks"), strict=True):
        value, kind = posted.get(field.name, ""), text_of(row, "ask_kind")
        named = [(one, tongues.said(one, english)) for one in guidance.choices_of(row)]
        options = [("yes", word("是")), ("no", word("否"))] if kind == "flag" else named
        made.append(Question(
            field.name, tongues.said(text_of(row, "ask_text"), english), tongues.said(text_of(row, "ask_hint"), english), kind,
            [(key, label, key == value) for key, label in options], value[:40], wrong.get(field.name, ""),
        ))
    has_asked = bool(posted) and bool(made)
    return (guidance.judge(content, answers) if has_asked and not wrong else None), made


def _state_notice(version: ItemVersion) -> str:
    if version.state == ItemState.PAUSED:
        return gettext("这个事项已暂停办理：%(reason)s") % {"reason": version.reason}
    if version.state == ItemState.WITHDRAWN:
        return gettext("这个事项已取消：%(reason)s") % {"reason": version.reason}
    return ""


def _past_notice(item: Item, version: ItemVersion) -> str:
    now = clock.now()
    if version.valid_from > now:
        return gettext("您看的是第 %(n)d 版，%(day)s 起生效。") % {"n": version.number, "day": _text_of(version.valid_from)}
    if version.valid_until is not None and version.valid_until <= now:
        told = {"n": version.number, "start": _text_of(version.valid_from), "end": _text_of(version.valid_until)}
        return gettext("您看的是第 %(n)d 版，%(start)s 至 %(end)s 有效，现在已不是这样办。") % told
    return ""


def _text_of(instant: datetime) -> str:
    return instant.astimezone(clock.CHINA).date().isoformat()


def limit_said(content: Content, which: str) -> str:
    """A limit as the reader's language says it; `which` is anticipate or promise."""
    amount, unit = number_of(content, f"{which}_day"), text_of(content, f"{which}_type")
    if not tongues.is_english() or amount is None:
        return limit(content, which)
    return gettext(LIMITS.get(unit, LIMITS["1"])) % {"n": amount} if amount else word("即办")


def _limits(content: Content) -> list[tuple[str, str, str]]:
    return [
        (gettext("承诺办结时限"), limit_said(content, "promise"), text_of(content, "promise_explain")),
        (gettext("法定办结时限"), limit_said(content, "anticipate"), text_of(content, "anticipate_explain")),
    ]


def _facts(item: Item, content: Content) -> list[tuple[str, str]]:
    keys = (
        "task_type", "project_type", "server_type", "handle_type", "limit_scene_num", "limit_scene_explain", "result_name", "handle_area",
    )
    stated = [(e.ELEMENTS[key], content[key]) for key in keys if content.get(key) not in (None, "", "无")]
    told = [(word(element.title), shown_value(element, value)) for element, value in stated]
    return [*told, (gettext("实施编码"), item.code)]


def _apply_href(version: ItemVersion) -> str:
    is_open = version.state == ItemState.IN_USE and version.content.get("is_online") is True and version.valid_until is None
    return reverse("apply", args=[version.item.code]) if is_open and version.item.organisation_id else ""


def _materials(version: ItemVersion, rows: Sequence[Row], shown: Content) -> list[Material]:
    """The materials, `shown` in the reader's language, with what can be downloaded of each, always of this version."""
    offered, every = papers.offered(version), rows_of(version.content, "materials")
    english, found = english_of(version.content), []
    for row in rows:
        number = every.index(row) + 1
        href = {kind: reverse("guide-file", args=[version.item.code, number, kind]) for kind in papers.KINDS}
        files = [
            (word(papers.KINDS[kind][2]), tongues.said(name, english), f"{href[kind]}?version={version.number}")
            for kind, name in offered.get(number, ())
        ]
        found.append(_material(rows_of(shown, "materials")[number - 1], files))
    return found


def _material(row: Row, files: Sequence[tuple[str, str, str]]) -> Material:
    said = {one.key: shown_value(one, row.get(one.key)) for one in MATERIALS.columns}
    is_exempt, copies, days = row.get("is_exempt") is True, number_of(row, "page_num"), number_of(row, "tolerate_days")
    kind = [said["material_type"], said["material_format"], gettext("%(n)d 份") % {"n": copies} if copies else "", said["page_format"]]
    said["source_type"] = "，".join(part for part in (said["source_type"], said["source_explain"]) if part)
    linked = {name for _, name, _ in files}
    facts = [(word(MATERIALS.column(key).title), said[key]) for key in MATERIAL_FACTS if said[key] and said[key] not in linked]
    if row.get("is_tolerable") is True and days:
        facts.append((gettext("容缺受理"), gettext("可以先受理，%(n)d 个工作日内补交") % {"n": days}))
    if is_exempt:
        facts.append((gettext("免提交"), said["exempt_way"]))
    return Material(
        said["material_name"], gettext("免提交") if is_exempt else word(said["is_need"]), said["situation"],
        "" if is_exempt else " · ".join(part for part in kind if part), facts, files,
    )


def _time_of(step: Row) -> str:
    days = number_of(step, "step_days") or 0
    return amount_text(days, text_of(step, "step_unit")) if days else gettext("当场")


def _told_of(step: Row) -> str:
    return "；".join(part for part in (text_of(step, "step_by"), text_of(step, "step_explain")) if part)


def _places(content: Content) -> list[tuple[str, str]]:
    keys = (
        "transact_addr", "transact_time", "center_name", "traffic_guide", "link_phone", "supervise_phone", "schedule_rule",
    )
    return [(word(e.ELEMENTS[key].title), text) for key in keys if (text := text_of(content, key))]


def _rights(content: Content) -> list[tuple[str, str]]:
    found = [e.ELEMENTS[key] for key in ("by_law", "fee_basis", "right_enjoy_by_law", "duty_perform_by_law")]
    found += [one for one in e.GROUPS[e.RIGHTS] if one.key.startswith("administrative")]
    return [(word(one.title), text) for one in found if (text := text_of(content, one.key))]

