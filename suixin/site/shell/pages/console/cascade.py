"""Platforms above and below: one page that shows the links and what goes over them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.site.shell.queries import cascade as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Map, state of every link, flows, requests across, the last reconciliations."""
    page = queries.cascade_page(actor=actor_for(request))
    return render(request, "console/cascade.html", {"page": page, "crumbs": console_crumbs((gettext("平台级联"), ""))})
