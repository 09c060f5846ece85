"""Pages of destruction: what was destroyed and what is kept how long, asking, one destruction with its certificate."""

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.models import Resource
from suixin.data.collection.destruction import asking, retaining
from suixin.data.lake.models import Batch, Destruction
from suixin.ground.security import policy
from suixin.kit.errors import NotFound, SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.destruction_forms import BasisForm, DestructionForm, RetentionForm, TableForm
from suixin.site.shell.queries import destruction as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

Done = TypeVar("Done")


@require_safe
@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Destructions, and periods of keeping."""
    page = queries.overview(request.GET, actor=actor_for(request))
    return render(request, "console/destructions.html", {"page": page, "crumbs": console_crumbs((gettext("数据销毁"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("value")
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """Asking: first the table, then whose rows, or the batch that was named."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "purge.ask")
    if not request.GET.get("table"):
        form: object = TableForm(resources=queries.askable(actor))
        return render(request, "console/destruction_new.html", {"table_form": form, "crumbs": _crumbs(gettext("申请销毁"))})
    resource = queries.resource_to("purge.ask", request.GET["table"], actor=actor)
    batch = queries.batch_to_destroy(resource, request.GET.get("batch", ""))
    given = request.POST if request.method == "POST" else None
    shown = BasisForm(given) if batch else DestructionForm(
        given, items=queries.items_by_value(resource), also=queries.same_elsewhere(resource)
    )
    if given is not None and shown.is_valid():
        asked = _tried(request, lambda: _asked(request, resource, batch, shown.cleaned_data))
        if asked is not None:
            return redirect("console-destruction", uuid=asked.uuid)
    context = {"form": shown, "resource": resource, "batch": batch, "crumbs": _crumbs(gettext("申请销毁"))}
    return render(request, "console/destruction_new.html", context, status=422 if given is not None else 200)


@require_safe
@staff_page
def one(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One destruction."""
    page = queries.destruction_page(uuid, actor=actor_for(request))
    return render(request, "console/destruction.html", {"page": page, "crumbs": _crumbs(page.destruction.number or "")})


@require_safe
@staff_page
def certificate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The certificate, as `suixin receipt verify` takes it."""
    found = queries.destruction_of(uuid, actor=actor_for(request))
    if not found.certificate:
        raise NotFound(gettext("“%(number)s”还没有销毁证明；销毁完成后出具。") % {"number": found.number})
    response = HttpResponse(found.certificate.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{found.number}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def retention(request: HttpRequest, table: str) -> HttpResponse:
    """How long rows of a resource are kept."""
    actor = actor_for(request)
    resource = queries.resource_to("purge.set_retention", table, actor=actor)
    held = getattr(resource, "retention", None)
    initial = {name: getattr(held, name) for name in ("period", "field", "basis", "document")} if held else None
    given = request.POST if request.method == "POST" else None
    form = RetentionForm(given, initial=initial, days=queries.items_by_day(resource))
    if given is not None and form.is_valid():
        told = form.cleaned_data

        def work() -> bool:
            retaining.set_retention(
                resource, told["period"], field=told["field"], basis=told["basis"], document=told["document"], actor=actor
            )
            return True

        if _tried(request, work):
            messages.success(request, gettext("保存期限已设定。") if told["period"] else gettext("不再设保存期限。"))
            return redirect("console-destructions")
    title = gettext("保存期限：%(title)s") % {"title": resource.title}
    context = {"form": form, "resource": resource, "title": title, "crumbs": _crumbs(title)}
    return render(request, "console/retention.html", context, status=422 if given is not None else 200)


def _asked(request: HttpRequest, resource: Resource, batch: Batch | None, told: dict[str, str | list[str]]) -> Destruction:
    actor, basis, document = actor_for(request), str(told["basis"]), str(told["document"])
    if batch is not None:
        return asking.ask_for_batch(batch, basis=basis, document=document, actor=actor)
    wanted = [(resource, str(told["item"])), *_elsewhere(told.get("also", ()))]
    return asking.ask_for_person(wanted, str(told["value"]), basis=basis, document=document, actor=actor)


def _elsewhere(chosen: Sequence[str]) -> list[tuple[Resource, str]]:
    pairs = [one.partition(":")[::2] for one in chosen]
    found = Resource.objects.select_related("provider").in_bulk([table for table, _ in pairs], field_name="table")
    return [(found[table], field) for table, field in pairs if table in found]


def _tried(request: HttpRequest, work: Callable[[], Done]) -> Done | None:
    """What came of it; None when it was refused with a sentence."""
    try:
        return work()
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return None


def _crumbs(last: str) -> list[Crumb]:
    return console_crumbs((gettext("数据销毁"), reverse("console-destructions")), (last, ""))
