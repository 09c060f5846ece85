"""Matters for staff: what is due when, who is late; one of them with its parts, the joint visit arranged, the one delivery."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.flow.models import ACTIVE, Step
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.services.matters import ending, parties, queries, visiting
from suixin.services.matters.models import Matter, MatterState, Visit, VisitState
from suixin.site.shell import case_forms as kinds
from suixin.site.shell.queries import matters_shown
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def matter_list(request: HttpRequest) -> HttpResponse:
    """Matters under the request's filters."""
    page = matters_shown.matter_list(request.GET, actor=actor_for(request))
    return render(request, "console/matters.html", {"page": page, "crumbs": console_crumbs((gettext("一件事办件"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def matter(request: HttpRequest, number: str) -> HttpResponse:
    """One matter; posted: a joint visit arranged, all of it delivered."""
    actor = actor_for(request)
    held = parties.matter_of(number, actor=actor)
    wish = request.POST.get("wish", "") if request.method == "POST" else ""
    filled = _forms(held, actor, request, wish)
    status = 200
    if request.method == "POST":
        status = _done(request, held, filled, actor)
        if status == 200:
            return redirect("console-matter", number=number)
    context = {
        "page": matters_shown.matter_page(held, is_staff=True), "forms": filled, "step": _step(held),
        "may_read_form": parties.may_read_form(actor, held.number),
        "crumbs": console_crumbs((gettext("一件事办件"), reverse("console-matters")), (number, "")),
    }
    return render(request, "console/matter.html", context, status=status)


@require_safe
@staff_page
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The one receipt for all of it, to be printed."""
    held = parties.matter_of(number, actor=actor_for(request))
    if not held.receipt:
        raise NotFound(gettext("这件事没有统一的收件凭证；请打印各项的收件凭证。"))
    context = {"matter": held, "parts": list(held.parts.select_related("organisation")), "materials": queries.materials_of(held)}
    return render(request, "portal/matter_receipt.html", context)


def _forms(held: Matter, actor: Actor, request: HttpRequest, wish: str) -> dict[str, forms.Form]:
    """A form for each thing that may be done now, filled with what was posted for it."""
    found: dict[str, forms.Form] = {}
    if not policy.may(actor, "cases.handle", held):
        return found
    if held.state == MatterState.DELIVERING:
        found["deliver"] = kinds.DeliveryForm(request.POST if wish == "deliver" else None, auto_id="deliver_%s")
    if _open_visit(held) is not None:
        found["arrange"] = kinds.VisitForm(request.POST if wish == "arrange" else None, auto_id="arrange_%s")
    return found


def _done(request: HttpRequest, held: Matter, filled: dict[str, forms.Form], actor: Actor) -> int:
    """200 when it was done; else the status of the page that says why not."""
    wish = request.POST.get("wish", "")
    if wish not in ("deliver", "arrange"):
        raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))
    if wish not in filled:
        policy.require(actor, "cases.handle", held)
        messages.error(request, gettext("现在不能这样办；请刷新页面看最新状态。"))
        return 409
    form = filled[wish]
    if not form.is_valid():
        return 422
    try:
        if wish == "deliver":
            ending.deliver(held, form.cleaned_data["to"], actor=actor, note=form.cleaned_data["note"])
        elif (visit := _open_visit(held)) is not None:
            visiting.arrange(visit, form.cleaned_data["on"], actor=actor, note=form.cleaned_data["note"])
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return error.http_status
    messages.success(request, gettext("已办理。"))
    return 200


def _open_visit(held: Matter) -> Visit | None:
    return held.visits.filter(state__in=(VisitState.WAITING, VisitState.DUE)).order_by("-state").first()


def _step(held: Matter) -> Step | None:
    """What waits for the lead department: the joint visit."""
    runs = held.visits.exclude(run=None).values("run")
    return Step.objects.filter(instance__in=runs, status__in=ACTIVE).first()
