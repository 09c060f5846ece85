"""One source for each item (一数一源): what several departments hold is looked at and decided; an exception is recorded."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.quality.radar import actions
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.catalogue_forms import ExemptionForm
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.queries.duplicates import chosen, duplicates_page
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

NONE = "none"


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs of entries that hold the same; posted, what was chosen of one pair is decided."""
    if request.method == "POST" and _decided(request):
        return redirect(request.get_full_path())
    page = duplicates_page(request.GET.dict(), actor=actor_for(request))
    crumbs = console_crumbs((gettext("数据资源"), reverse("console-resources")), (gettext("一数一源"), ""))
    return render(request, "console/duplicates.html", {"page": page, "crumbs": crumbs}, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def exemption(request: HttpRequest, table: str) -> HttpResponse:
    """An exception for an entry: which items it may collect although another department provides them."""
    resource, actor = resource_by(table), actor_for(request)
    policy.require(actor, "catalog.exempt_duplicates", resource)
    form = ExemptionForm(request.POST if request.method == "POST" else None, items=resource.items.values_list("field", "name"))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            actions.exempt(resource, told["fields_chosen"], actor=actor, basis=told["basis"], until=told["until"])
        except SuixinError as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, gettext("已登记例外，并已记入审计。"))
            return redirect("console-resource", table=table)
    crumbs = console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (resource.title, reverse("console-resource", args=[table])),
        (gettext("重复采集的例外"), ""),
    )
    return render(request, "console/exemption.html", {"resource": resource, "form": form, "crumbs": crumbs},
                  status=422 if request.method == "POST" else 200)


def _decided(request: HttpRequest) -> bool:
    actor, wish, form = actor_for(request), request.POST.get("wish", ""), ReasonForm(request.POST)
    findings = chosen(request.POST.getlist("finding"), actor=actor)
    if not form.is_valid():
        messages.error(request, gettext("没有裁定：%(why)s") % {"why": "".join(map(str, form.errors.get("reason", [])))})
        return False
    reason = form.cleaned_data["reason"]
    try:
        if wish == NONE:
            actions.dismiss(findings, actor=actor, reason=reason)
        else:
            source = Resource.objects.filter(pk=int(wish) if wish.isdecimal() and len(wish) < 19 else 0).first()
            if source is None:
                messages.error(request, gettext("没有裁定：请选择哪一边是数源，或选“不是重复”。"))
                return False
            actions.confirm_source(findings, source, actor=actor, reason=reason)
    except SuixinError as error:
        messages.error(request, error.sentence)
        return False
    messages.success(request, gettext("已裁定 %(count)s 对信息项，并已记入审计。") % {"count": len(findings)})
    return True
