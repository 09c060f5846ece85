"""The window: a person stands there; any department's item, its questions and a checklist of materials, several items in one visit."""

from collections.abc import Mapping
from uuid import UUID, uuid4

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
from suixin.services.cases.models import Application, Case
from suixin.services.items.models import ItemState
from suixin.services.items.queries import guides, item_by, version_at
from suixin.site.shell.counter import Counter, begun, take_in
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

FOUND = 30


@require_safe
@staff_page
def start(request: HttpRequest) -> HttpResponse:
    """Items by name or code; of a visit, what was taken in already."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "cases.receive")
    words, visit = request.GET.get("q", "").strip()[:60], request.GET.get("visit", "")
    found = guides().filter(state="1")
    if words:
        found = found.filter(item__title__contains=words) | found.filter(item__code__startswith=words)
    versions = [one for one in found[:FOUND] if policy.may(actor, "cases.receive", one.item)]
    crumbs = console_crumbs((gettext("窗口收件"), ""))
    context = {"words": words, "versions": versions, "visit": visit, "taken": _taken(visit, actor), "crumbs": crumbs}
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
    wanted, visit = prefilling.wanted_of(version), _visit(request)
    counter = Counter(
        window.FAMILY, lambda numbers: window.slug_of(version, numbers),
        lambda token, numbers: prefilling.prefill_at_window(wanted, token, numbers, actor=actor), visit, known_of(visit, actor),
    )
    trail = ((gettext("窗口收件"), f"{reverse('console-reception')}?visit={visit}"), (item.title, ""))
    return take_in(request, counter, held, actor=actor, crumbs=console_crumbs(*trail))


def known_of(visit: str, actor: Actor) -> Mapping[str, object]:
    """The person of this visit, so that its second item asks nothing of it again."""
    held = Application.objects.filter(visit=_uuid(visit), actor_key=actor.key).select_related("submission").order_by("-pk").first()
    return window.person_of(held) if held is not None else {}


def _visit(request: HttpRequest) -> str:
    return str(_uuid(request.GET.get("visit") or str(uuid4())))


def _taken(visit: str, actor: Actor) -> list[Case]:
    if not visit:
        return []
    mine = Case.objects.filter(application__visit=_uuid(visit), application__actor_key=actor.key)
    return list(mine.select_related("application", "organisation").prefetch_related("documents").order_by("pk"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("页面不完整；请从“窗口收件”重新进入。")) from None
