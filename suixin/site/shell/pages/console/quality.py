"""The quality board, the page of a batch, its receipt and the key that signed it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from suixin.data.access import receipts
from suixin.kit.sm import public_to_pem
from suixin.site.shell.queries import quality_board
from suixin.site.shell.queries.batch import batch_page
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.quality_trends import trend_by
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def board(request: HttpRequest) -> HttpResponse:
    """The city: every department."""
    page = quality_board.city_board(actor=actor_for(request))
    return render(request, "console/quality.html", {"page": page, "crumbs": console_crumbs((page.title, ""))})


@require_safe
@staff_page
def trend(request: HttpRequest) -> HttpResponse:
    """Points of the chart on a page of the board."""
    asked = request.GET
    chart = trend_by(asked.get("department", ""), asked.get("table", ""), actor=actor_for(request))
    return JsonResponse(chart.as_json(), headers={"Cache-Control": "private, no-store"})


@require_safe
@staff_page
def department(request: HttpRequest, slug: str) -> HttpResponse:
    """One department: every resource."""
    page = quality_board.department_board(slug, actor=actor_for(request))
    crumbs = console_crumbs((gettext("数据质量"), reverse("console-quality")), (page.title, ""))
    return render(request, "console/quality.html", {"page": page, "crumbs": crumbs})


@require_safe
@staff_page
def resource(request: HttpRequest, table: str) -> HttpResponse:
    """One resource: every batch, every indicator."""
    page = quality_board.resource_quality(table, actor=actor_for(request))
    provider = page.resource.provider
    crumbs = console_crumbs(
        (gettext("数据质量"), reverse("console-quality")),
        (provider.name, reverse("console-quality-department", args=[provider.slug])), (page.resource.title, ""),
    )
    return render(request, "console/quality_resource.html", {"page": page, "crumbs": crumbs})


@require_safe
@staff_page
def batch(request: HttpRequest, table: str, batch: int) -> HttpResponse:
    """One batch: counts, indicators, reasons, receipt."""
    page = batch_page(table, batch, actor=actor_for(request))
    crumbs = console_crumbs(
        (gettext("数据质量"), reverse("console-quality")),
        (page.resource.title, reverse("console-resource-quality", args=[table])), (gettext("批次 %(n)s") % {"n": batch}, ""),
    )
    return render(request, "console/batch.html", {"page": page, "crumbs": crumbs})


@require_safe
@staff_page
def receipt(request: HttpRequest, table: str, batch: int) -> HttpResponse:
    """The signed receipt of a batch, as `suixin receipt verify` takes it."""
    batch_page(table, batch, actor=actor_for(request))  # that batch is of that resource, and may be seen
    return _download(receipts.receipt_file(batch, actor=actor_for(request)), "application/json", f"{table}-{batch}-receipt.json")


@require_safe
@staff_page
def receipt_key(request: HttpRequest) -> HttpResponse:
    """The public key that signs receipts, as PEM."""
    return _download(public_to_pem(receipts.public_key()).encode(), "application/x-pem-file", "receipt-key.pem")


def _download(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
