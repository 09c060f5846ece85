"""Pages of open data: the list, one dataset, its preview, chart and shapes."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import conditional_page, require_safe

from suixin.data.opening import queries as opening
from suixin.kit.errors import NotFound
from suixin.site.shell.queries import dataset as queries
from suixin.site.shell.queries.bureaus import bureau_by, bureaus
from suixin.site.shell.queries.dataset_group import group_page, is_group
from suixin.site.shell.queries.datasets import dataset_list
from suixin.site.shell.queries.drawings import Drawings
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.queries.shapes import shapes_of
from suixin.site.shell.readers import actor_for


@require_safe
def datasets(request: HttpRequest) -> HttpResponse:
    """The list of open datasets with facets."""
    page = dataset_list(request.GET)
    context = {"page": page, "bureaus": bureaus(), "crumbs": portal_crumbs((gettext("开放数据"), ""))}
    return render(request, "portal/datasets.html", context)


@require_safe
def bureau(request: HttpRequest, slug: str) -> HttpResponse:
    """The open data of a district or park under its own name. Raises NotFound."""
    place = bureau_by(slug)
    page = dataset_list(request.GET, bureau=place)
    crumbs = portal_crumbs((gettext("开放数据"), reverse("dataset-list")), (place.public_name, ""))
    context = {"page": page, "crumbs": crumbs, "bureau": place, "portal_name": place.public_name}
    return render(request, "portal/datasets.html", context)


@require_safe
def dataset(request: HttpRequest, slug: str) -> HttpResponse:
    """One dataset, or the tables of one that has many; for htmx only the preview that it asked for."""
    actor, after = actor_for(request), request.GET.get("after", "")
    if request.headers.get("HX-Request"):
        preview = queries.dataset_preview(slug, actor=actor, after=after)
        return render(request, "components/preview.html", {"preview": preview})
    shown = opening.resource_of(slug).distribution.dataset
    if is_group(shown, slug):
        crumbs = portal_crumbs((gettext("开放数据"), reverse("dataset-list")), (shown.title, ""))
        return render(request, "portal/dataset_group.html", {"page": group_page(shown, request.GET), "crumbs": crumbs})
    address = request.build_absolute_uri("/").rstrip("/")
    page = queries.dataset_page(slug, actor=actor, after=after, address=address, wish=request.GET.get("measure", ""))
    above = [(page.group.text, page.group.href)] if page.group else []
    crumbs = portal_crumbs((gettext("开放数据"), reverse("dataset-list")), *above, (page.title, ""))
    return render(request, "portal/dataset.html", {"page": page, "crumbs": crumbs})


@require_safe
@conditional_page
def dataset_chart(request: HttpRequest, slug: str) -> HttpResponse:
    """Points of one of a dataset's charts: `draw` names its kind, `measure` what it shows."""
    found = _drawings(request, slug, only=request.GET.get("draw", ""))
    if found is None:
        raise NotFound(f"数据集“{slug}”没有可以绘图的列。")
    return JsonResponse(found.charts[0].as_json())


@require_safe
def dataset_drawings(request: HttpRequest, slug: str) -> HttpResponse:
    """The charts of another measure, for the page that asked."""
    found = _drawings(request, slug, only=request.GET.get("only", ""))
    if found is None:
        raise NotFound(f"数据集“{slug}”没有可以绘图的列。")
    return render(request, "components/drawings.html", {"drawings": found, "level": 3})


def _drawings(request: HttpRequest, slug: str, *, only: str) -> Drawings | None:
    resource = opening.resource_of(slug)
    return queries.drawings_of(slug, resource, actor=actor_for(request), wish=request.GET.get("measure", ""), only=only)


@require_safe
@conditional_page
def dataset_shapes(request: HttpRequest, slug: str) -> HttpResponse:
    """Places of a dataset as GeoJSON, the first of them."""
    resource = opening.resource_of(slug)
    return JsonResponse(shapes_of(resource, actor=actor_for(request)))
