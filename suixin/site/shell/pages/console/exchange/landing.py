"""The first page of exchange, and the points of its chart."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import landing as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def landing(request: HttpRequest) -> HttpResponse:
    """What the reader gets, asks, gives, and what waits for somebody."""
    page = queries.landing(actor=actor_for(request))
    context = {"page": page, "kinds": common.kinds("console-exchange"), "crumbs": console_crumbs((gettext("交换"), ""))}
    return render(request, "console/exchange/landing.html", context)


@require_safe
@staff_page
def minutes(request: HttpRequest) -> HttpResponse:
    """Points of the chart of the last hour."""
    chart = queries.minutes(actor=actor_for(request))
    return JsonResponse(chart.as_json(), headers={"Cache-Control": "private, no-store"})
