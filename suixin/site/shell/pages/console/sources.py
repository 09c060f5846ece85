"""Source departments: items that several departments provide without one named source, and naming it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog import sources
from suixin.data.catalog.models import Item
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.errors import NotFound, SuixinError
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.list_forms import SourceForm
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.templatetags.suixin import number

PAGE_SIZE = 50


@require_safe
@staff_page
def source_list(request: HttpRequest) -> HttpResponse:
    """Contested items, those of most departments first."""
    policy.require_anywhere(actor_for(request), "catalog.view")
    words = request.GET.get("q", "").strip()[:100]
    page = Paginator(sources.contested(words), PAGE_SIZE).get_page(request.GET.get("page", "1"))
    columns = (
        Column(gettext("信息项")), Column(gettext("代码集"), is_code=True), Column(gettext("提供单位"), is_numeric=True),
        Column(gettext("目录"), is_numeric=True), Column(gettext("已指定的数源"), is_numeric=True),
    )
    rows = [
        (Cell(one.name, f"{reverse('console-source')}?{urlencode({'name': one.name, 'code_set': one.code_set})}"), Cell(one.code_set),
         Cell(number(one.providers)), Cell(number(one.entries)), Cell(number(one.named)))
        for one in page.object_list
    ]
    context = {
        "words": words, "pages": Pages(page.number, page.paginator.num_pages, page.paginator.count, PAGE_SIZE),
        "table": Table(gettext("数源有争议的信息项"), columns, rows, gettext("没有数源不明的信息项。")),
        "crumbs": console_crumbs((gettext("目录清单"), reverse("console-catalogue-lists")), (gettext("数源争议"), "")),
    }
    return render(request, "console/sources.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def source(request: HttpRequest) -> HttpResponse:
    """One item in every entry that holds it; the form names its source department for those that the reader governs."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "catalog.view")
    name, code_set = request.GET.get("name", "")[:128], request.GET.get("code_set", "")[:64]
    held = list(sources.holders(name, code_set)[: sources.MAX_NAMED])
    if not held:
        raise NotFound(gettext("没有已发布的目录有这个信息项；请从“数源争议”进入。"))
    may_name = policy.may_anywhere(actor, "catalog.name_source")
    form = SourceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        policy.require_anywhere(actor, "catalog.name_source")
        if form.is_valid() and _named(request, name, code_set, form):
            return redirect(request.get_full_path())
    context = {
        "name": name, "code_set": code_set, "table": _holders(held), "form": form, "may_name": may_name,
        "crumbs": console_crumbs((gettext("目录清单"), reverse("console-catalogue-lists")),
                                 (gettext("数源争议"), reverse("console-sources")), (name, "")),
    }
    return render(request, "console/source.html", context, status=422 if request.method == "POST" else 200)


def _named(request: HttpRequest, name: str, code_set: str, form: SourceForm) -> bool:
    actor = actor_for(request)
    mine = sources.holders(name, code_set).filter(within(actor, "catalog.name_source", "resource__provider"))
    try:
        named = sources.name_source(mine, form.cleaned_data["organisation"], actor=actor, reason=form.cleaned_data["reason"])
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return False
    messages.success(request, gettext("已为 %(n)d 条目录的“%(name)s”指定数源部门。") % {"n": len(named), "name": name})
    return True


def _holders(held: list[Item]) -> Table:
    names = dict(Organisation.objects.filter(uscc__in={one.source_department for one in held}).values_list("uscc", "name"))
    columns = (Column(gettext("目录")), Column(gettext("提供单位")), Column(gettext("字段名"), is_code=True), Column(gettext("数源部门")))
    rows = [
        (Cell(one.resource.title, reverse("console-resource", args=[one.resource.table]), note=one.resource.code),
         Cell(one.resource.provider.name), Cell(one.field), Cell(names.get(one.source_department, one.source_department)))
        for one in held
    ]
    return Table(gettext("提供这个信息项的目录"), columns, rows, "")
