"""The catalogue's lists: completeness and lateness by department, responsibility, negative list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.site.shell.queries.catalogue_lists import lists_page
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def lists(request: HttpRequest) -> HttpResponse:
    """One of the lists."""
    page = lists_page(request.GET.dict(), actor=actor_for(request))
    crumbs = console_crumbs((gettext("数据资源"), reverse("console-resources")), (gettext("目录清单"), ""))
    return render(request, "console/catalogue_lists.html", {"page": page, "crumbs": crumbs})
