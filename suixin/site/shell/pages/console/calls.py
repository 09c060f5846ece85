"""How to call a resource at the gateway, with sample code, and a call tried with one's own rights."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.access.values import text_of
from suixin.data.catalog.models import Resource
from suixin.data.doors.gateway import trying
from suixin.kit.errors import SuixinError
from suixin.site.shell.call_forms import TryForm
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.queries import calls as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def calls(request: HttpRequest, table: str) -> HttpResponse:
    """The page; what a tried call answers is shown in that answer only."""
    host = f"{request.scheme}://{request.get_host()}"
    page = queries.calls_page(table, actor=actor_for(request), host=host, app_id=request.GET.get("app", "")[:64])
    form = TryForm(request.POST if request.method == "POST" else None, contract=page.resource.contract)
    context: dict[str, object] = {"page": page, "form": form, "crumbs": console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (page.resource.title, reverse("console-resource", args=[table])),
        (gettext("接口调用"), ""),
    )}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                context |= _tried(request, page.resource, form)
                status = 200
            except SuixinError as error:
                context["sentence"], status = error.sentence, error.http_status
    response = render(request, "console/calls.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _tried(request: HttpRequest, resource: Resource, form: TryForm) -> dict[str, object]:
    actor, item = actor_for(request), form.cleaned_data["item"]
    if item:
        verdict = trying.try_verify(resource, {**form.key(), item: form.cleaned_data["claimed"]}, item=item, actor=actor)
        return {"verdict": verdict}
    shown = trying.try_lookup(resource, form.key(), actor=actor)
    if shown is None:
        return {"verdict": gettext("查无：没有符合条件的数据。")}
    names = {one.field: one.name for one in resource.contract.items}
    rows = [(Cell(names[field]), Cell(text_of(value) or "—")) for field, value in shown.items()]
    return {"answer": Table(gettext("查询结果"), (Column(gettext("信息项")), Column(gettext("值"))), rows)}
