"""The public's JSON door to one-thing-once themes: the list, one theme, and what a situation comes to."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from suixin.data.opening.answers import Fault
from suixin.kit.errors import NotFound
from suixin.services.themes import branches, queries, rules
from suixin.services.themes.declaration import Ask, Whole
from suixin.services.themes.models import Theme

router = Router(tags=["themes"])
SLUG = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{1,59}$", description="主题标识")]
WORDS = {"是": True, "否": False}


class ThemeLine(Schema):
    """One theme in the list."""

    slug: str
    title: str
    english: str
    summary: str
    lead: str
    state: str
    version: int
    promise_days: int
    items: int
    departments: int
    url: str


class ThemesOut(Schema):
    """Every published theme."""

    data: list[ThemeLine]


class AskOut(Schema):
    """One question on the situation with all its answers."""

    name: str
    text: str
    answers: list[str]


class ThemePartOut(Schema):
    """One item of a theme."""

    id: str
    item: str
    version: int
    title: str
    department: str
    days: int
    when: str
    needs: list[str]
    after: list[str]
    on_refusal: str


class ThemeOut(ThemeLine):
    """One theme: questionnaire and items."""

    digest: str
    basis: str
    delivery: str
    asks: list[AskOut]
    parts: list[ThemePartOut]


class SpanOut(Schema):
    """When a part is handled: working days after receipt."""

    id: str
    first: int
    last: int
    is_critical: bool


class MaterialOut(Schema):
    """One material, handed in once for all that want it."""

    name: str
    wanted_by: list[str]
    is_exempt: bool
    given_by: str


class QuestionOut(Schema):
    """One question of the one form."""

    name: str
    label: str
    asked_by: list[str]


class RefusalOut(Schema):
    """What follows when one part is refused."""

    part: str
    standing: str
    delivered: list[str]
    not_handled: list[str]


class PlanOut(Schema):
    """What a situation comes to; counts `alone` are those of the items handled each by itself."""

    parts: list[str]
    failing: list[str]
    days: int
    days_alone: int
    spans: list[SpanOut]
    visits: list[SpanOut]
    materials: list[MaterialOut]
    materials_alone: int
    questions: list[QuestionOut]
    questions_alone: int
    refusals: list[RefusalOut]


class AnswersQuery(Schema):
    """Answers to the questionnaire; unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid")
    answer: list[Annotated[str, Field(pattern=r"^[^=]{1,60}=.{1,100}$")]] = Field(
        [], max_length=20, description="问题名称=回答，每问一个；是否题答是或否",
    )


@router.get("/themes", response={200: ThemesOut}, operation_id="list_themes", summary="一件事主题")
def list_themes(request: HttpRequest) -> dict[str, Any]:  # Any: JSON, checked by the schema
    """Every published theme, paused ones included."""
    return {"data": [_line(one.theme, queries.published(one)) for one in queries.versions_in_force()]}


@router.get("/themes/{slug}", response={200: ThemeOut, 400: Fault, 404: Fault}, operation_id="show_theme", summary="一个一件事主题")
def show_theme(request: HttpRequest, slug: SLUG) -> dict[str, Any]:  # Any: as above
    """One theme as of its version in force."""
    theme = queries.theme_by(slug)
    version = queries.newest_version(theme)
    whole = queries.published(version)
    parts = [
        {
            "id": one.id, "item": whole.offers[one.id].code, "version": whole.offers[one.id].version, "title": whole.title(one.id),
            "department": whole.offers[one.id].department, "days": whole.offers[one.id].days, "when": one.when, "needs": one.needs,
            "after": one.after, "on_refusal": one.on_refusal.value,
        } for one in whole.theme.parts
    ]
    asks = [{"name": one.name, "text": one.text, "answers": one.options or list(WORDS)} for one in whole.theme.asks]
    told = whole.theme
    return _line(theme, whole) | {
        "digest": version.digest, "basis": told.basis, "delivery": told.delivery, "asks": asks, "parts": parts,
    }


@router.get(
    "/themes/{slug}/plan", response={200: PlanOut, 400: Fault, 404: Fault}, operation_id="plan_theme", summary="一种情形要办什么",
)
def plan_theme(request: HttpRequest, slug: SLUG, query: Query[AnswersQuery]) -> dict[str, Any]:  # Any: as above
    """Items, days, materials and questions of the situation that the answers describe, the same as `/themes/<slug>/` shows."""
    whole = queries.published(queries.newest_version(queries.theme_by(slug)))
    answers = _answers(whole, query.answer)
    parts = rules.chosen(whole.theme, answers)
    plan, merged = rules.plan_of(whole, parts), rules.merge(whole, parts, answers)
    return {
        "parts": parts, "failing": [one.fault for one in rules.failing(whole.theme, answers)], "days": plan.days,
        "days_alone": plan.serial_days, "spans": list(map(_span, plan.parts)), "visits": list(map(_span, plan.visits)),
        "materials": [
            {"name": one.name, "wanted_by": one.parts, "is_exempt": one.is_exempt, "given_by": one.given_by} for one in merged.materials
        ],
        "materials_alone": merged.materials_alone, "questions_alone": merged.questions_alone,
        "questions": [
            {"name": one.name, "label": str(one.field.get("label", one.name)), "asked_by": merged.asked_by[one.name]}
            for one in merged.questions
        ],
        "refusals": [_refusal(whole, parts, one) for one in parts],
    }


def _line(theme: Theme, whole: Whole) -> dict[str, Any]:  # Any: as above
    told = whole.theme
    return {
        "slug": theme.slug, "title": told.title, "english": told.english, "summary": told.summary, "lead": theme.lead.name,
        "state": theme.state, "version": theme.version, "promise_days": told.promise_days, "items": len(told.parts),
        "departments": len({one.department for one in whole.offers.values()}), "url": f"/themes/{theme.slug}/",
    }


def _answers(whole: Whole, told: list[str]) -> dict[str, object]:
    """The answers by question; every question answered once. Raises NotFound for a situation that the theme does not know."""
    given = dict(one.split("=", 1) for one in told)
    asks = {one.name: one for one in whole.theme.asks}
    if unknown := sorted(given.keys() - asks.keys()):
        raise NotFound(f"这个主题没有“{unknown[0][:40]}”这一问；可用的问题有 {'、'.join(asks) or '（无）'}。")
    if missing := [name for name in asks if name not in given]:
        raise NotFound(f"还没有回答“{missing[0]}”；请加上 answer={missing[0]}=……，可答 {'、'.join(_words(asks[missing[0]]))}。")
    for name, value in given.items():
        if value not in _words(asks[name]):
            raise NotFound(f"“{name}”的回答“{value[:40]}”不对；可答 {'、'.join(_words(asks[name]))}。")
    return {name: WORDS[value] if asks[name].is_flag else value for name, value in given.items()}


def _words(ask: Ask) -> list[str]:
    return list(ask.options or WORDS)


def _span(span: rules.Span) -> dict[str, object]:
    return {"id": span.id, "first": span.first, "last": span.last, "is_critical": span.is_critical}


def _refusal(whole: Whole, parts: tuple[str, ...], name: str) -> dict[str, object]:
    found = branches.walk(whole.theme, parts, name).outcome
    lost = [one for one, state in found.states.items() if state in (rules.State.NOT_HANDLED, rules.State.STOPPED)]
    return {"part": name, "standing": found.standing.value, "delivered": found.delivered, "not_handled": lost}
