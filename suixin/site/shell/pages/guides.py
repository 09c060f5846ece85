"""Public pages of guides: searching and navigating, one guide, its printable view with a code to scan."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.site.shell.pages.embedding import site_of
from suixin.site.shell.queries import guides as queries
from suixin.site.shell.queries.links import portal_crumbs


@require_safe
def guides(request: HttpRequest) -> HttpResponse:
    """Guides as people ask for them, or the ways in: life events, firm's stages, themes, departments."""
    page = queries.guide_list(request.GET)
    return render(request, "portal/guides.html", {"page": page, "crumbs": portal_crumbs((gettext("办事指南"), ""))})


@require_safe
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """One guide, in force now or as of a date or version; the guidance is answered here, without script."""
    page = queries.guide_page(code, request.GET.dict())
    crumbs = portal_crumbs((gettext("办事指南"), reverse("guides")), (str(page.content["task_name"]), ""))
    return render(request, "portal/guide.html", {"page": page, "crumbs": crumbs})


@require_safe
def guide_print(request: HttpRequest, code: str) -> HttpResponse:
    """The guide on paper, with the address of this version as a code to scan."""
    page = queries.guide_page(code, request.GET.dict())
    address = f"{site_of(request)}{reverse('guide', args=[code])}?version={page.version.number}"
    context = {"page": page, "address": address, "qr": segno.make(address, error="m").svg_data_uri(scale=3, border=2)}
    return render(request, "portal/guide_print.html", context)
