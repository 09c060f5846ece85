"""Pages of the systems register: the list, its workbook, one system with what it holds, registering and changing one."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog import systems
from suixin.data.catalog.exchange.handing import SHEET
from suixin.data.catalog.exchange.system_sheet import systems_workbook
from suixin.data.catalog.models import InformationSystem, Resource
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.list_forms import HoldForm, SystemForm
from suixin.site.shell.pages.console.catalogue_exchange import sent
from suixin.site.shell.queries import systems as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def system_list(request: HttpRequest) -> HttpResponse:
    """The register."""
    page = queries.system_list(request.GET, actor=actor_for(request))
    return render(request, "console/systems.html", {"page": page, "crumbs": console_crumbs((gettext("信息系统"), ""))})


@require_safe
@staff_page
def file(request: HttpRequest) -> HttpResponse:
    """The register as the workbook in which it is brought."""
    return sent(systems_workbook(actor=actor_for(request)), "systems.xlsx", SHEET)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """The form of a system; after it, its page."""
    policy.require_anywhere(actor_for(request), "catalog.keep_system")
    return _kept(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The same form of a system of the register."""
    held = queries.system_of(code)
    policy.require(actor_for(request), "catalog.keep_system", held)
    return _kept(request, held)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def system(request: HttpRequest, code: str) -> HttpResponse:
    """One system; its form puts entries under it."""
    actor = actor_for(request)
    page = queries.system_page(code, request.GET, actor=actor)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        policy.require(actor, "catalog.keep_system", page.system)
        if form.is_valid() and _held(request, page.system, form):
            return redirect("console-system", code=code)
    context = {"page": page, "form": form, "crumbs": _crumbs(page.system.name)}
    return render(request, "console/system.html", context, status=422 if request.method == "POST" else 200)


def _held(request: HttpRequest, held: InformationSystem, form: HoldForm) -> bool:
    codes = form.cleaned_data["codes"]
    found = list(Resource.objects.filter(code__in=codes).select_related("provider"))
    missing = sorted(set(codes) - {one.code for one in found})
    if missing:
        form.add_error("codes", gettext("目录里没有 %(codes)s；请核对代码。") % {"codes": "、".join(missing)[:200]})
        return False
    try:
        named = systems.hold_resources(held, found, actor=actor_for(request), reason=gettext("在信息系统页写明"))
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return False
    if named.stated or not named.begun:
        messages.success(request, gettext("已为 %(n)d 条目录写明所属系统。") % {"n": len(named.stated)})
    if named.begun:
        told = gettext("%(n)d 条目录已发布，已为它们编制变更；请在待办中核对并提交，经部门负责人确认、主管部门审核后生效。")
        messages.info(request, told % {"n": len(named.begun)})
    return True


def _kept(request: HttpRequest, held: InformationSystem | None) -> HttpResponse:
    actor = actor_for(request)
    places = list(Organisation.objects.filter(queries.within_reach(actor)).values_list("pk", flat=True))
    data = request.POST if request.method == "POST" else None
    initial = SystemForm.initial_of(held) if held else {"organisation": actor.organisation, "network": "extranet", "state": "running"}
    form = SystemForm(data, places=places, held=held, initial=initial)
    if data is not None and form.is_valid():
        try:
            made = systems.keep_system(form.draft(), form.cleaned_data["organisation"], actor=actor)
            messages.success(request, gettext("信息系统已登记。"))
            return redirect("console-system", code=made.code)
        except SuixinError as error:
            if error.http_status == 403:
                raise
            messages.error(request, error.sentence)
    title = held.name if held else gettext("登记信息系统")
    context = {"form": form, "title": title, "crumbs": _crumbs(title)}
    return render(request, "console/system_edit.html", context, status=422 if data is not None else 200)


def _crumbs(last: str) -> list[Crumb]:
    return console_crumbs((gettext("信息系统"), reverse("console-systems")), (last, ""))
