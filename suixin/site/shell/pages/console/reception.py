"""The window: a person stands there; any department's item or a theme, its questions and a checklist, several of them in one visit."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.services.cases import asking, prefilling, window
from suixin.services.cases.errors import NotOpen
from suixin.services.cases.models import Case
from suixin.services.items.models import ItemState
from suixin.services.items.queries import guides, item_by, version_at
from suixin.services.matters import asking as theme_forms
from suixin.services.matters import prefilling as matter_prefilling
from suixin.services.matters import receiving as matters
from suixin.services.matters.models import Matter
from suixin.services.themes import queries as themes
from suixin.services.themes.models import ThemeState, ThemeVersion
from suixin.site.shell.components import Crumb
from suixin.site.shell.counter import Counter, begun, known_of, take_in, visit_of
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.themes import answers_in, theme_page
from suixin.site.shell.readers import actor_for, staff_page

FOUND = 30


@require_safe
@staff_page
def start(request: HttpRequest) -> HttpResponse:
    """Themes and items by name or code; of a visit, what was taken in already."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "cases.receive")
    words, visit = request.GET.get("q", "").strip()[:60], request.GET.get("visit", "")
    found = guides().filter(state="1")
    if words:
        found = found.filter(item__title__contains=words) | found.filter(item__code__startswith=words)
    versions = [one for one in found[:FOUND] if policy.may(actor, "cases.receive", one.item)]
    joint, alone = _taken(visit, actor)
    context = {
        "words": words, "versions": versions, "themes": _themes(words, actor), "visit": visit, "joint": joint, "alone": alone,
        "crumbs": console_crumbs((gettext("窗口收件"), "")),
    }
    return render(request, "console/reception.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def receive(request: HttpRequest, code: str) -> HttpResponse:
    """One item for the person who stands here, as the form of the window asks; handed in, it is taken in, once."""
    actor, item = actor_for(request), item_by(code)
    policy.require(actor, "cases.receive", item)
    held = begun(request, actor, window.FAMILY)
    version = asking.version_of(held.form) if held is not None else version_at(item, clock.now())
    if version is None or version.item_id != item.pk or (held is None and version.state != ItemState.IN_USE):
        raise NotOpen(gettext("这个事项现在不能申请；请看办事指南上的说明。"))
    wanted, visit = prefilling.wanted_of(version), visit_of(request)
    counter = Counter(
        window.FAMILY, lambda names: window.slug_of(version, prefilling.numbers_in(names)),
        lambda token, numbers: prefilling.prefill_at_window(wanted, token, numbers, actor=actor), visit, known_of(visit, actor),
    )
    return take_in(request, counter, held, actor=actor, crumbs=_crumbs(visit, item.title))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def receive_theme(request: HttpRequest, slug: str) -> HttpResponse:
    """A one-thing-once theme for the person who stands here: its situation is asked (`q1` ...), then its one form filled in."""
    actor, theme = actor_for(request), themes.theme_by(slug)
    version = themes.newest_version(theme)
    matters.require_may(themes.published(version), actor=actor)
    held, visit = begun(request, actor, theme_forms.AT_WINDOW), visit_of(request)
    answers = answers_in(themes.published(version), request.GET.dict())
    asked = theme_forms.asked_of(held.form if held is not None else theme_forms.slug_of(version, answers))
    page = theme_page(slug, request.GET.dict())
    if asked is None or asked.version.theme_id != theme.pk or (held is None and (page.notice or page.answer is None)):
        context = {"page": page, "visit": visit, "crumbs": _crumbs(visit, page.title)}
        return render(request, "console/reception_theme.html", context, status=422 if request.method == "POST" else 200)
    counter = Counter(
        theme_forms.AT_WINDOW, lambda names: matters.slug_of(asked, asked.numbers_of(names)),
        lambda token, numbers: matter_prefilling.prefill_at_window(asked, token, numbers, actor=actor), visit, known_of(visit, actor),
        lambda who: matters.told_of_firm(asked, who), {name: request.GET[name] for name in request.GET if name.startswith("q")},
    )
    return take_in(request, counter, held, actor=actor, crumbs=_crumbs(visit, page.title))


def _crumbs(visit: str, title: str) -> list[Crumb]:
    return console_crumbs((gettext("窗口收件"), f"{reverse('console-reception')}?visit={visit}"), (title, ""))


def _taken(visit: str, actor: Actor) -> tuple[list[Matter], list[Case]]:
    """What was taken in of the visit: themes, each as one, and items by themselves."""
    if not visit:
        return [], []
    told = {"application__visit": _uuid(visit), "application__actor_key": actor.key}
    joint = Matter.objects.filter(**told).select_related("organisation").order_by("pk")
    alone = Case.objects.filter(part=None, **told).select_related("application", "organisation").prefetch_related("documents")
    return list(joint), list(alone.order_by("pk"))


def _themes(words: str, actor: Actor) -> list[ThemeVersion]:
    """The themes in use that this window may take in, of those words."""
    found = [one for one in themes.versions_in_force() if one.theme.state == ThemeState.IN_USE and words in one.theme.title]
    return [one for one in found if matters.may(themes.published(one), actor=actor)][:FOUND]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("页面不完整；请从“窗口收件”重新进入。")) from None
