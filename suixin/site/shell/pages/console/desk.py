"""Pages to look at: resources, rejected rows, access log."""

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.access import versions
from suixin.data.catalog.models import Resource
from suixin.data.opening import actions as opening
from suixin.data.opening.models import Distribution
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.kit.inert import inert
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.panels import registry
from suixin.site.shell.panels.registry import Seen
from suixin.site.shell.queries import console as queries
from suixin.site.shell.queries.access_log import access_log
from suixin.site.shell.queries.catalogue import dataset_href, entity_by
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.sharing_requests import may_ask_for
from suixin.site.shell.readers import actor_for, staff_page

CHUNK = 1_000
MAX_OFFSET = 10_000_000


@require_safe
@staff_page
def resources(request: HttpRequest) -> HttpResponse:
    """The list of resources."""
    actor = actor_for(request)
    context = {
        "page": queries.resource_list(request.GET, actor=actor), "crumbs": console_crumbs((gettext("数据资源"), "")),
        "may_register": policy.may_anywhere(actor, "catalog.propose"),
    }
    return render(request, "console/resources.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def resource(request: HttpRequest, table: str) -> HttpResponse:
    """One resource, composed of the panels that the reader may see; for htmx only the part that it asked for.

    A button takes its dataset off the portal.
    """
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _withdraw(request, table, form.cleaned_data["reason"]):
        return redirect("console-resource", table=table)
    seen = Seen(entity_by(table, actor=actor_for(request)), actor_for(request), parameters=request.GET.dict())
    if request.headers.get("HX-Request"):
        return part_of(request, seen)
    context = {
        "panels": registry.composed(seen, asked=request.GET.get("panel", "")), "resource": seen.resource, "form": form,
        "dataset_href": dataset_href(seen.resource), "may_ask": may_ask_for(seen.resource, actor=seen.actor),
        "crumbs": console_crumbs((gettext("数据资源"), reverse("console-resources")), (seen.resource.title, "")),
    }
    return render(request, "console/resource.html", context, status=422 if request.method == "POST" else 200)


def part_of(request: HttpRequest, seen: Seen) -> HttpResponse:
    """The panel that htmx asked for; without a name the preview of rows. Raises NotFound."""
    name = request.GET.get("panel", "")
    shown = registry.alone(seen, name or "rows")
    if shown is None:
        raise NotFound("这一部分不存在，或您不能查看；请刷新页面。")
    if not name:
        return render(request, "components/preview.html", {"preview": shown.content})
    return render(request, "components/panel_body.html", {"one": shown, "seen": seen})


def _withdraw(request: HttpRequest, table: str, reason: str) -> bool:
    distribution = Distribution.objects.select_related("dataset").filter(resource__table=table).first()
    if distribution is None:
        raise NotFound("这个资源没有开放的数据集；请刷新页面。")
    try:
        opening.withdraw_dataset(distribution.dataset, actor=actor_for(request), reason=reason)
    except SuixinError as error:
        messages.error(request, error.sentence)
        return False
    messages.success(request, gettext("数据集已下架，对公众的授权已撤销，并已记入审计。"))
    return True


@require_safe
@staff_page
def rejects(request: HttpRequest, table: str, batch: int) -> HttpResponse:
    """Rejected rows of a batch."""
    page = queries.rejects_page(table, batch, actor=actor_for(request), offset=_offset(request))
    crumbs = console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (page.resource.title, reverse("console-resource", args=[table])),
        (gettext("被拒绝的行"), ""),
    )
    return render(request, "console/rejects.html", {"page": page, "crumbs": crumbs})


@require_safe
@staff_page
def rejects_file(request: HttpRequest, table: str, batch: int) -> HttpResponseBase:
    """Rejected rows of a batch as CSV with a byte order mark, so that spreadsheets read the Chinese."""
    page = queries.rejects_page(table, batch, actor=actor_for(request))
    response = StreamingHttpResponse(_lines(page.resource, batch, actor=actor_for(request)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{table}-{batch}-rejects.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@staff_page
def access(request: HttpRequest) -> HttpResponse:
    """The access log."""
    page = access_log(request.GET, actor=actor_for(request))
    return render(request, "console/access.html", {"page": page, "crumbs": console_crumbs((gettext("访问日志"), ""))})


def _offset(request: HttpRequest) -> int:
    text = request.GET.get("offset", "0")
    if not text.isdecimal() or len(text) > 9 or int(text) > MAX_OFFSET:
        raise BadRequest(f"参数 offset 的值“{text[:20]}”不对：应为 0 到 {MAX_OFFSET} 的整数。")
    return int(text)


class _Echo:
    """A file-like object that gives back what is written, for `csv.writer`."""

    def write(self, text: str) -> str:
        return text


def _lines(resource: Resource, batch: int, *, actor: Actor) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + str(writer.writerow(["数据行号（不含表头）", "原因", "原始内容"]))
    offset = 0
    while kept := versions.rejected_rows(resource, batch, actor=actor, offset=offset, limit=CHUNK):
        for reject in kept:
            reasons = ";".join(str(reason.get("sentence", "")) for reason in reject.reasons)
            yield str(writer.writerow([reject.row, inert(reasons), inert(reject.text)]))
        offset += len(kept)
