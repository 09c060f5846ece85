"""Registering an entry by form: title, provider, categories, items as rows; the rest on the page of the proposal."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.catalog import registering, rules
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.drafts import ResourceDraft
from suixin.data.catalog.models import Resource
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import names
from suixin.kit.errors import SuixinError
from suixin.site.shell.catalogue_forms import RegisterForm, RowForm
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

BLANK, MOST = 10, 500


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def register(request: HttpRequest) -> HttpResponse:
    """The form; after it, the page of the new proposal."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "catalog.propose")
    places = list(Organisation.objects.filter(within(actor, "catalog.propose")).values_list("pk", flat=True))
    data = request.POST if request.method == "POST" else None
    form = RegisterForm(data, providers=places, initial={"provider": actor.organisation})
    rows = RowForm.rows(data, (), blank=_count(request))
    if data is not None and data.get("wish") != "more":
        is_valid = [one.is_valid() for one in (form, *rows)]
        if all(is_valid) and (made := _registered(request, form, rows)) is not None:
            messages.success(request, gettext("目录已登记，代码 %(code)s。请补全元数据和评估编号，再提交审核。") % {"code": made.code})
            return redirect("console-proposal", table=made.table)
    crumbs = console_crumbs((gettext("数据资源"), reverse("console-resources")), (gettext("登记目录"), ""))
    is_refused = data is not None and data.get("wish") != "more"
    context = {"form": form, "rows": rows, "count": len(rows), "crumbs": crumbs}
    return render(request, "console/entry_new.html", context, status=422 if is_refused else 200)


def _registered(request: HttpRequest, form: RegisterForm, rows: list[RowForm]) -> Resource | None:
    told = form.cleaned_data
    table = names.slugify(told["title"]).replace("-", "_")[:72] or "resource"
    try:
        contract = rules.keyed(Contract("", table, told["title"], RowForm.specs(rows)))
        draft = ResourceDraft(
            contract, told["provider"].uscc, told["category"], further_categories=told["further"], share_type="conditional"
        )
        resource = registering.register(draft, actor=actor_for(request))
    except SuixinError as error:
        messages.error(request, error.sentence)
        return None
    return resource


def _count(request: HttpRequest) -> int:
    text = request.POST.get("count", "")
    held = int(text) if text.isdecimal() and len(text) < 5 else BLANK
    return min(MOST, held + (BLANK if request.POST.get("wish") == "more" else 0))
