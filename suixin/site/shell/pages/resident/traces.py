"""Who read data about me, or about the firm that I act for; as a page and as a file."""

import csv

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.ground.people.residents.models import ResidentSession
from suixin.kit import clock
from suixin.kit.errors import NotAllowed
from suixin.site.shell.queries import traces as queries
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.residency import resident_page


@require_safe
@resident_page
def traces(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """The readings of a period, newest first."""
    crumbs = portal_crumbs((gettext("我的"), reverse("me")), (gettext("数据使用记录"), ""))
    try:
        page = queries.traces_page(session, request.GET)
    except NotAllowed as error:
        return render(request, "resident/traces.html", {"refusal": error.sentence, "crumbs": crumbs}, status=error.http_status)
    return render(request, "resident/traces.html", {"page": page, "crumbs": crumbs})


@require_safe
@resident_page
def traces_file(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """The same readings as CSV for a spreadsheet."""
    lines = queries.traces_lines(session, request.GET)
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="traces-{clock.today():%Y%m%d}.csv"'
    csv.writer(response).writerows(lines)
    return response
