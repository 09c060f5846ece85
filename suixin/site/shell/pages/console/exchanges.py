"""Exchanges in bulk: one list for each kind, and what is done to one of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from suixin.data.doors.files import ordering
from suixin.data.doors.files.models import FileOrder
from suixin.data.doors.models import TableExchange
from suixin.data.doors.subscriptions import subscribing
from suixin.data.doors.tables import declaring
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed, NotFound, SuixinError
from suixin.site.shell.queries import exchanges as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def exchange_list(request: HttpRequest) -> HttpResponse:
    """Exchanges within the reader's reach: state, last run, counts, failures."""
    page = queries.exchange_list(request.GET, actor=actor_for(request))
    return render(request, "console/exchanges.html", {"page": page, "crumbs": console_crumbs((gettext("交换"), ""))})


@require_POST
@staff_page
def move(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """One exchange run, paused, resumed, or everything of it again."""
    actor = actor_for(request)
    found = queries.exchange_by(kind, pk, actor=actor)
    try:
        _move(found, request.POST.get("move", ""), actor)
        messages.success(request, gettext("已办理，并已记入审计。"))
    except NotAllowed:
        raise
    except SuixinError as error:
        messages.error(request, error.sentence)
    return redirect(f"{reverse('console-exchanges')}?kind={kind}")


def _move(found: queries.Movable, wish: str, actor: Actor) -> None:
    if wish not in ("pause", "resume", "run", "anew"):
        raise NotFound("不认识的操作；请用页面上的按钮。")
    if isinstance(found, TableExchange):
        if wish in ("pause", "resume"):
            declaring.switch_exchange(found, is_paused=wish == "pause", actor=actor)
        else:
            declaring.ask_run(found, actor=actor, is_anew=wish == "anew")
    elif isinstance(found, FileOrder):
        if wish in ("pause", "resume"):
            ordering.switch_order(found, is_paused=wish == "pause", actor=actor)
        else:
            ordering.ask_package(found, actor=actor)
    elif wish == "anew":
        subscribing.replay(found, 0, actor=actor)
    else:
        subscribing.switch_subscription(found, is_paused=wish == "pause", actor=actor)
