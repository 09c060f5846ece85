"""The catalogue's lists: figures by department, who is late, responsibility, negative list; all of them as one workbook."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.data.catalog.exchange.handing import SHEET
from suixin.data.catalog.exchange.list_sheets import lists_workbook
from suixin.site.shell.pages.console.catalogue_exchange import sent
from suixin.site.shell.queries.catalogue_lists import lists_page
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def lists(request: HttpRequest) -> HttpResponse:
    """One of the lists."""
    page = lists_page(request.GET, actor=actor_for(request))
    crumbs = console_crumbs((gettext("数据资源"), reverse("console-resources")), (gettext("目录清单"), ""))
    return render(request, "console/catalogue_lists.html", {"page": page, "crumbs": crumbs})


@require_safe
@staff_page
def file(request: HttpRequest) -> HttpResponse:
    """Every list in one workbook."""
    return sent(lists_workbook(actor=actor_for(request)), "catalogue-lists.xlsx", SHEET)
