"""Pages of the portal that are not about one dataset: home, catalogue, indicators, developers, help, outlines."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from suixin.data.insight.queries import refusal
from suixin.kit import geo
from suixin.kit.actor import PUBLIC
from suixin.kit.errors import NotFound
from suixin.site.shell.pages.embedding import site_of
from suixin.site.shell.panels import registry
from suixin.site.shell.panels.registry import PORTAL, Seen
from suixin.site.shell.queries import catalogue as catalogue_queries
from suixin.site.shell.queries import drawings, indicators, remote_entries
from suixin.site.shell.queries.card import oembed_href
from suixin.site.shell.queries.catalogue_list import catalogue_page
from suixin.site.shell.queries.developers import developers_page
from suixin.site.shell.queries.home import home_page
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.queries.search_all import everything


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The portal's home."""
    return render(request, "portal/home.html", {"page": home_page()})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Themes, guides and datasets under one question."""
    context = {"page": everything(request.GET), "crumbs": portal_crumbs((gettext("搜索"), ""))}
    return render(request, "portal/search.html", context)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """The catalogue of all published resources, open or not."""
    page = catalogue_page(request.GET)
    return render(request, "portal/catalogue.html", {"page": page, "crumbs": portal_crumbs((gettext("资源目录"), ""))})


@require_safe
def catalogue_entry(request: HttpRequest, table: str) -> HttpResponse:
    """One entry of the catalogue, composed of the panels that everybody may see."""
    seen = Seen(catalogue_queries.published_entry(table), PUBLIC, PORTAL, request.GET.dict(), site_of(request))
    context = {
        "panels": registry.composed(seen, asked=request.GET.get("panel", "")), "resource": seen.resource,
        "dataset_href": catalogue_queries.dataset_href(seen.resource), "oembed_href": oembed_href(seen.resource, seen.site),
        "crumbs": portal_crumbs((gettext("资源目录"), reverse("catalogue")), (seen.resource.title, "")),
    }
    return render(request, "portal/catalogue_entry.html", context)


@require_safe
def remote_entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry of another platform, and the way to ask for it."""
    entry = remote_entries.entry_by(pk)
    context = {
        "entry": entry, "platform": str(entry.link), "facts": remote_entries.facts_of(entry), "items": remote_entries.items_table(entry),
        "crumbs": portal_crumbs((gettext("资源目录"), reverse("catalogue")), (entry.title, "")),
    }
    return render(request, "portal/remote_entry.html", context)


@require_safe
def indicator(request: HttpRequest, slug: str) -> HttpResponse:
    """Where an indicator's number comes from."""
    page = indicators.indicator_page(slug)
    crumbs = portal_crumbs((gettext("指标"), ""), (page.indicator.title, ""))
    return render(request, "portal/indicator.html", {"page": page, "crumbs": crumbs})


@require_safe
@conditional_page
def indicator_chart(request: HttpRequest, slug: str) -> HttpResponse:
    """Points of an indicator's chart."""
    shown = indicators.indicator_by(slug)
    chart = indicators.chart_of(shown)
    if chart is None:
        raise NotFound(refusal(shown) or f"指标“{slug}”还没有计算出值。")
    return JsonResponse(chart.as_json())


@require_safe
@cache_control(public=True, max_age=86_400)
def city_outlines(request: HttpRequest) -> HttpResponse:
    """Outlines of the city's districts as GeoJSON."""
    return JsonResponse(geo.outlines(drawings.city_codes(), cache=settings.SUIXIN.home / "cache"))


@require_safe
def developers(request: HttpRequest) -> HttpResponse:
    """How to use the interfaces."""
    page = developers_page(request.build_absolute_uri("/").rstrip("/"))
    return render(request, "portal/developers.html", {"page": page, "crumbs": portal_crumbs((gettext("开发者"), ""))})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Answers to what residents and firms ask."""
    return render(request, "portal/help.html", {"crumbs": portal_crumbs((gettext("帮助"), ""))})
