"""Grants: the list, and the form that gives one to a department."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.sharing import actions as sharing
from suixin.data.sharing.actions import ShareTerms
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.forms import ShareForm
from suixin.site.shell.queries import grants as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.tables import items_table
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def grant_list(request: HttpRequest) -> HttpResponse:
    """All grants, newest first."""
    actor = actor_for(request)
    policy.require(actor, "access.view", None)
    context = {"page": queries.grant_list(request.GET), "may_give": policy.may(actor, "sharing.grant", None),
               "crumbs": console_crumbs((gettext("授权"), ""))}
    return render(request, "console/grants.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def give(request: HttpRequest) -> HttpResponse:
    """First the resource, then the terms."""
    policy.require(actor_for(request), "sharing.grant", None)
    crumbs = console_crumbs((gettext("授权"), reverse("console-grants")), (gettext("新授权"), ""))
    table = request.GET.get("resource", "")
    if not table:
        resources = Resource.objects.published().order_by("title")
        return render(request, "console/grant_resource.html", {"resources": resources, "crumbs": crumbs})
    resource = resource_by(table)
    form = ShareForm(request.POST or None, contract=resource.contract)
    if request.method == "POST" and form.is_valid() and _grant(request, resource, form):
        return redirect("console-grants")
    context = {"resource": resource, "form": form, "items": items_table(resource.contract), "crumbs": crumbs}
    return render(request, "console/grant_form.html", context)


def _grant(request: HttpRequest, resource: Resource, form: ShareForm) -> bool:
    typed = form.cleaned_data
    terms = ShareTerms(
        columns=typed["columns"], purpose=typed["purpose"], basis=typed["basis"], until=typed["until"],
        row_filter=typed["row_filter"],
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
