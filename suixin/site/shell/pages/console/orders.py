"""Work orders: the list, one order with its merge, passing on and reopening, a new one by hand."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suixin.data.catalog.queries import resource_by
from suixin.data.lake.models import Batch
from suixin.data.quality import actions as quality
from suixin.ground.flow.orders import actions
from suixin.ground.flow.orders.models import WorkOrder
from suixin.ground.flow.orders.queries import order_by
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.site.findings import FINDING, FORM
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.forms_view import fill
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.orders import order_list, order_page
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def orders(request: HttpRequest) -> HttpResponse:
    """The list of orders."""
    page = order_list(request.GET, actor=actor_for(request))
    return render(request, "console/orders.html", {"page": page, "crumbs": console_crumbs((gettext("工单"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def order(request: HttpRequest, key: str) -> HttpResponse:
    """One order; its buttons merge it, pass it on or reopen it."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    actor = actor_for(request)
    if request.method == "POST":
        found = order_by(key, actor=actor)
        if form.is_valid() and (kept := _moved(request, found, actor, form.cleaned_data["reason"])):
            return redirect("console-order", key=kept.number)
    page = order_page(key, actor=actor)
    crumbs = console_crumbs((gettext("工单"), reverse("console-orders")), (page.order.number, ""))
    context = {"page": page, "form": form, "crumbs": crumbs}
    return render(request, "console/order.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """Whose the cause is, to be chosen; who may choose only one goes on at once."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "flow.open_order")
    places = list(_places(actor).order_by("lineage"))
    wanted = [one for one in places if one.slug == request.GET.get("organisation")] or (places if len(places) == 1 else [])
    if wanted:
        return redirect("console-order-find", slug=wanted[0].slug)
    crumbs = console_crumbs((gettext("工单"), reverse("console-orders")), (gettext("新工单"), ""))
    return render(request, "console/order_new.html", {"places": places, "crumbs": crumbs})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """The form about something found, of which that organisation owns the cause."""
    actor = actor_for(request)
    place = Organisation.objects.filter(slug=slug).first()
    if place is None:
        policy.require_anywhere(actor, "flow.open_order")
        raise NotFound(gettext("没有这个单位；请从“新工单”选择责任单位。"))
    policy.require(actor, "flow.open_order", place)
    home, chosen = (gettext("工单"), reverse("console-orders")), (gettext("新工单"), reverse("console-order-new"))
    trail = console_crumbs(home, chosen, (str(place), ""))
    return fill(request, FORM, subject=(FINDING, place.slug), crumbs=trail)


def _places(actor: Actor) -> QuerySet[Organisation]:
    return Organisation.objects.in_force(clock.today()).filter(within(actor, "flow.open_order"))


@require_POST
@staff_page
def from_rejects(request: HttpRequest, table: str, batch: int) -> HttpResponse:
    """An order about a batch's rejected rows."""
    resource = resource_by(table)
    found = Batch.objects.landed().select_related("resource__provider").filter(resource=resource, pk=batch).first()
    if found is None:
        raise NotFound(f"资源“{resource.title}”没有批次 {batch}；请从资源页面进入。")
    opened = quality.turn_into_order(found, actor=actor_for(request))
    if opened.times_seen > 1:
        messages.success(request, gettext("这个问题已有工单，已并入并计数。"))
    else:
        messages.success(request, gettext("工单已建立，已派给提供单位。"))
    return redirect("console-order", key=opened.number)


def _moved(request: HttpRequest, found: WorkOrder, actor: Actor, reason: str) -> WorkOrder | None:
    """The order after what the pressed button asks for; None, with a message, when it was refused."""
    work = MOVES.get(request.POST.get("move", ""))
    if work is None:
        raise BadRequest("不知道要怎样办理这张工单；请使用页面上的按钮。")
    try:
        kept, told = work(request, found, actor, reason)
    except SuixinError as error:
        messages.error(request, error.sentence)
        return None
    messages.success(request, told)
    return kept


def _merge(request: HttpRequest, found: WorkOrder, actor: Actor, reason: str) -> tuple[WorkOrder, str]:
    into = order_by(request.POST.get("into", ""), actor=actor)
    return actions.merge(found, into, actor=actor, reason=reason), gettext("已并入这张工单，发现人会在办结时收到告知。")


def _pass_on(request: HttpRequest, found: WorkOrder, actor: Actor, reason: str) -> tuple[WorkOrder, str]:
    place = Organisation.objects.filter(slug=request.POST.get("organisation", "")).first()
    if place is None:
        raise BadRequest("没有选择改派给哪个单位；请从列表里选一个。")
    return actions.pass_on(found, place, actor=actor, reason=reason), gettext("已改派，新的责任单位已收到待办。")


def _reopen(_: HttpRequest, found: WorkOrder, actor: Actor, reason: str) -> tuple[WorkOrder, str]:
    return actions.reopen(found, actor=actor, reason=reason), gettext("工单已重开，责任单位已收到待办。")


Move = Callable[[HttpRequest, WorkOrder, Actor, str], tuple[WorkOrder, str]]
MOVES: dict[str, Move] = {"merge": _merge, "pass_on": _pass_on, "reopen": _reopen}

