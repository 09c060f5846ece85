"""The bureau's pages of sharing: overview, traffic, register of violations; and who uses a department's data."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.sharing import violations
from suixin.data.sharing.models import Violation
from suixin.kit.errors import NotFound
from suixin.site.shell.pages.console.sharing_requests import crumbs, done
from suixin.site.shell.queries import sharing_board as queries
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.sharing_forms import WhyForm


@require_safe
@staff_page
def board(request: HttpRequest) -> HttpResponse:
    """Requests by state and delay, supply and demand, the league."""
    page = queries.board(actor=actor_for(request))
    return render(request, "console/sharing_board.html", {"page": page, "stats": page.stats, "crumbs": crumbs(gettext("供需对接"))})


@require_safe
@staff_page
def traffic(request: HttpRequest) -> HttpResponse:
    """The map, throughput, failures."""
    page = queries.traffic(actor=actor_for(request))
    return render(request, "console/sharing_traffic.html", {"page": page, "stats": page.stats, "crumbs": crumbs(gettext("交换态势"))})


@require_safe
@staff_page
def throughput(request: HttpRequest) -> HttpResponse:
    """Points of the chart of throughput."""
    chart = queries.throughput(actor=actor_for(request))
    return JsonResponse(chart.as_json(), headers={"Cache-Control": "private, no-store"})


@require_safe
@staff_page
def supply(request: HttpRequest) -> HttpResponse:
    """Who uses the department's data, how much."""
    stats, table = queries.supply(actor=actor_for(request))
    return render(request, "console/sharing_supply.html", {"stats": stats, "table": table, "crumbs": crumbs(gettext("谁在用我的数据"))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def violation_list(request: HttpRequest) -> HttpResponse:
    """The register; a finding is closed with a reason."""
    actor = actor_for(request)
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = request.POST.get("violation", "")
        found = Violation.objects.select_related("organisation").filter(pk=number).first() if number.isdecimal() else None
        if found is None:
            raise NotFound(gettext("没有这条预警；请刷新页面。"))
        if done(request, lambda: violations.close_violation(found, actor=actor, reason=form.cleaned_data["reason"])):
            messages.success(request, gettext("已了结，并已记入审计。"))
            return redirect(request.get_full_path())
    page = queries.violation_list(request.GET, actor=actor)
    context = {"page": page, "stats": page.stats, "form": form, "crumbs": crumbs(gettext("违规预警"))}
    return render(request, "console/sharing_violations.html", context, status=422 if request.method == "POST" else 200)
