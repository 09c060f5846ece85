"""Grants: the list, one of them with what may be done to it, and the form that gives one to a department."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.access import actions as access
from suixin.data.access import datasets
from suixin.data.access.models import Grant, GrantState
from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.sharing import actions as sharing
from suixin.data.sharing.actions import ShareTerms
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.forms import ReasonForm, ShareForm
from suixin.site.shell.queries import grants as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.tables import items_table
from suixin.site.shell.readers import actor_for, staff_page

MOVES = {"suspend": GrantState.SUSPENDED, "resume": GrantState.ACTIVE, "revoke": GrantState.REVOKED}


@require_safe
@staff_page
def grant_list(request: HttpRequest) -> HttpResponse:
    """All grants, newest first."""
    actor = actor_for(request)
    context = {"page": queries.grant_list(request.GET, actor=actor), "may_give": policy.may_anywhere(actor, "sharing.grant"),
               "crumbs": console_crumbs((gettext("授权"), ""))}
    return render(request, "console/grants.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def grant(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One grant; a button suspends, resumes or revokes it, with its whole dataset if it is part of one; the reason is kept."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _move(request, uuid, form.cleaned_data["reason"]):
        return redirect("console-grant", uuid=uuid)
    page = queries.grant_page(uuid, actor=actor_for(request))
    crumbs = console_crumbs((gettext("授权"), reverse("console-grants")), (page.grant.resource.title, ""))
    status = 422 if request.method == "POST" else 200
    return render(request, "console/grant.html", {"page": page, "form": form, "crumbs": crumbs}, status=status)


def _move(request: HttpRequest, uuid: UUID, reason: str) -> bool:
    move = MOVES.get(request.POST.get("move", ""))
    if move is None:
        raise BadRequest("没有说明要暂停、恢复还是撤销；请用页面上的按钮。")
    try:
        _moved(queries.grant_by(uuid), move, actor_for(request), reason)
    except SuixinError as error:
        messages.error(request, error.sentence)
        return False
    messages.success(request, gettext("已办理，立即生效，并已记入审计。"))
    return True


def _moved(grant: Grant, state: GrantState, actor: Actor, reason: str) -> None:
    if grant.dataset is not None:
        datasets.move_dataset_grant(grant.dataset, state, actor=actor, reason=reason)
    else:
        access.move_grant(grant, state, actor=actor, reason=reason)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def give(request: HttpRequest) -> HttpResponse:
    """First the resource, then the terms."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "sharing.grant")
    crumbs = console_crumbs((gettext("授权"), reverse("console-grants")), (gettext("新授权"), ""))
    table = request.GET.get("resource", "")
    if not table:
        resources = Resource.objects.published().filter(within(actor, "sharing.grant", "provider")).order_by("title")
        return render(request, "console/grant_resource.html", {"resources": resources, "crumbs": crumbs})
    resource = resource_by(table)
    policy.require(actor, "sharing.grant", resource)
    form = ShareForm(request.POST or None, contract=resource.contract, dataset=resource.group.title if resource.group else "")
    if request.method == "POST" and form.is_valid() and _grant(request, resource, form):
        return redirect("console-grants")
    context = {"resource": resource, "form": form, "items": items_table(resource.contract), "crumbs": crumbs}
    return render(request, "console/grant_form.html", context)


def _grant(request: HttpRequest, resource: Resource, form: ShareForm) -> bool:
    typed = form.cleaned_data
    terms = ShareTerms(
        columns=typed["columns"], purpose=typed["purpose"], basis=typed["basis"], until=typed["until"],
        row_filter=typed["row_filter"], per_second=typed["per_second"], per_day=typed["per_day"], purposes=typed["purposes"],
        is_receipted=typed["is_receipted"], dataset=resource.group if typed.get("is_whole") else None,
    )
    try:
        sharing.grant_request(
            resource, terms, organisation=typed["organisation"], application=typed["application"], actor=actor_for(request)
        )
    except SuixinError as error:
        messages.error(request, error.sentence)
        return False
    messages.success(request, gettext("授权已生效，需求部门现在可以按授权读取。"))
    return True
