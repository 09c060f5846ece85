"""Public pages of one-thing-once themes: the list, one theme with its questionnaire answered without script, its view on paper."""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.ground.people.residents.queries import masked_name
from suixin.services.cases import applying
from suixin.site.shell.pages.embedding import site_of
from suixin.site.shell.queries import themes as queries
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.residency import session_for


@require_safe
def themes(request: HttpRequest) -> HttpResponse:
    """Themes as people ask for them."""
    context = {"page": queries.theme_list(request.GET), "crumbs": portal_crumbs((gettext("一件事一次办"), ""))}
    return render(request, "portal/themes.html", context)


@require_safe
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """One theme: its questions, and when they are answered what has to be done, by when, with what."""
    page = queries.theme_page(slug, request.GET.dict())
    crumbs = portal_crumbs((gettext("一件事一次办"), reverse("themes")), (page.title, ""))
    session = session_for(request) if page.answer else None
    agent_of = applying.authorities_for(session.resident) if session is not None and session.acting_for is None else []
    context = {"page": page, "crumbs": crumbs, "agent_of": [(masked_name(one.principal), one) for one in agent_of]}
    return render(request, "portal/theme.html", context)


@require_safe
def theme_print(request: HttpRequest, slug: str) -> HttpResponse:
    """What the answers come to on paper, with its address as a code to scan."""
    page = queries.theme_page(slug, request.GET.dict())
    address = f"{site_of(request)}{reverse('theme', args=[slug])}{'?' if page.query else ''}{page.query}"
    context = {"page": page, "address": address, "qr": segno.make(address, error="m").svg_data_uri(scale=3, border=2)}
    return render(request, "portal/theme_print.html", context)
