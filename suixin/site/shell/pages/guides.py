"""Public pages of guides: searching and navigating, one guide, its printable view with a code to scan."""

import segno
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.services.items import papers
from suixin.site.shell.pages.console.filling import SANDBOX
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
    crumbs = portal_crumbs((gettext("办事指南"), reverse("guides")), (page.title, ""))
    return render(request, "portal/guide.html", {"page": page, "crumbs": crumbs})


@require_safe
def guide_print(request: HttpRequest, code: str) -> HttpResponse:
    """The guide on paper, with the address of this version as a code to scan."""
    page = queries.guide_page(code, request.GET.dict())
    address = f"{site_of(request)}{reverse('guide', args=[code])}?version={page.version.number}"
    context = {"page": page, "address": address, "qr": segno.make(address, error="m").svg_data_uri(scale=3, border=2)}
    return render(request, "portal/guide_print.html", context)


@require_safe
def guide_file(request: HttpRequest, code: str, *, number: int, kind: str) -> HttpResponseBase:
    """The blank form or the filled sample of a material, of the version that is asked for; not sent again to who has it."""
    _, version, _ = queries.asked_version(code, request.GET.dict())
    paper = papers.paper_of(version, number, kind)
    known = get_conditional_response(request, etag=paper.tag)
    answer = HttpResponse(paper.content(), content_type=paper.media_type) if known is None else known
    if known is None:
        answer.headers["Content-Disposition"] = content_disposition_header(True, paper.name)
    answer.headers["ETag"] = paper.tag
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
