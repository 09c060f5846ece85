"""One table graded as a whole, and which of its items lie sealed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.catalog import actions as catalog
from suixin.data.catalog.contract import Level
from suixin.kit.errors import SuixinError
from suixin.site.shell.forms import GradingForm
from suixin.site.shell.queries.grading import grading_page
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def grading(request: HttpRequest, table: str) -> HttpResponse:
    """The table's levels with a form to grade it anew."""
    page = grading_page(table, actor=actor_for(request))
    proposed = page.proposed or Level(page.resource.floor)
    form = GradingForm(request.POST if request.method == "POST" else None, initial={"level": str(int(proposed))})
    if request.method == "POST" and form.is_valid():
        level = Level(int(form.cleaned_data["level"]))
        try:
            catalog.regrade_resource(page.resource, level, actor=actor_for(request), basis=form.cleaned_data["basis"])
        except SuixinError as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, gettext("已重新定级，并已记入审计。"))
            return redirect("console-grading", table=table)
    crumbs = console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (page.resource.title, reverse("console-resource", args=[table])),
        (gettext("定级与加密"), ""),
    )
    return render(request, "console/grading.html", {"page": page, "form": form, "crumbs": crumbs},
                  status=422 if request.method == "POST" else 200)
