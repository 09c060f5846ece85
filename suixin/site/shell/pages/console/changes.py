"""The life of an entry in force: its versions and what differs, a change prepared with its impact shown, withdrawal."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog import canon, changing
from suixin.data.catalog.models import Change, ChangeKind, ChangeState, Resource
from suixin.data.catalog.queries import resource_by
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.errors import SuixinError
from suixin.site.shell.catalogue_forms import ChangeForm, MetadataForm
from suixin.site.shell.components import Crumb
from suixin.site.shell.item_forms import Editor, editor
from suixin.site.shell.queries import changes as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.orders import sent_back
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def versions(request: HttpRequest, table: str) -> HttpResponse:
    """Versions of an entry, two of them compared field by field."""
    told = request.GET
    page = queries.versions_page(
        resource_by(table), actor=actor_for(request), older=told.get("older", ""), newer=told.get("newer", "")
    )
    return render(request, "console/entry_versions.html", {"page": page, "crumbs": _crumbs(page.resource, gettext("版本与变更"))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def begin(request: HttpRequest, table: str) -> HttpResponse:
    """Why and since when an entry changes or ends; then the page of the change."""
    resource, actor = resource_by(table), actor_for(request)
    policy.require(actor, "catalog.propose", resource)
    wanted = request.GET.get("kind", "")
    kind = wanted if wanted in ChangeKind.values else ChangeKind.CHANGE
    form = ChangeForm(request.POST if request.method == "POST" else None, initial={"kind": kind, "happened_on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            told = form.cleaned_data
            change = changing.begin_change(
                resource, actor=actor, reason=told["reason"], happened_on=told["happened_on"], kind=ChangeKind(told["kind"]),
                successor=resource_by(told["successor"]) if told["successor"] else None,
            )
            return redirect("console-change", uuid=change.uuid)
        except SuixinError as error:
            messages.error(request, error.sentence)
    context = {"form": form, "resource": resource, "crumbs": _crumbs(resource, gettext("变更或撤销"))}
    return render(request, "console/entry_change_new.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def change(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A change: its form, its differences and its impact; saved, handed on, given up."""
    held = queries.change_of(uuid)
    page = queries.change_page(held, actor=actor_for(request))
    data = request.POST if request.method == "POST" and page.may_edit else None
    stated, items = _forms(held, data)
    if request.method == "POST" and not items.wish:
        answer = _carried_out(request, held, stated, items)
        if answer is not None:
            return answer
    context = {
        "page": page, "sent_back": sent_back(changing.running(held)),
        "stated": stated, "items": items, "title": _typed_title(request, held), "is_change": held.kind == ChangeKind.CHANGE,
        "crumbs": _crumbs(held.resource, str(held.get_kind_display())),
    }
    is_refused = request.method == "POST" and not items.wish
    return render(request, "console/entry_change.html", context, status=422 if is_refused else 200)


def _forms(held: Change, data: QueryDict | None) -> tuple[MetadataForm, Editor]:
    items = editor(data, canon.specs_of(held.content), may_rename=False)
    # after a card was added or moved the rest comes back as typed, and is not judged yet
    stated = MetadataForm(data, prefix="meta", initial=MetadataForm.initial_of(held.content), is_judged=not items.wish)
    return stated, items


def _carried_out(request: HttpRequest, held: Change, stated: MetadataForm, items: Editor) -> HttpResponse | None:
    actor, wish, is_saved = actor_for(request), request.POST.get("wish", "save"), False
    try:
        if wish == "drop":
            changing.drop_change(held, actor=actor, reason="编制人放弃")
            messages.success(request, gettext("已放弃，目录不变。"))
            return redirect("console-resource-versions", table=held.resource.table)
        if held.kind == ChangeKind.CHANGE and stated.is_sent:
            is_valid = [stated.is_valid(), items.is_valid()]
            if not all(is_valid):
                messages.error(request, gettext("还没有保存，请改正下面标红的地方。"))
                return None
            held = changing.revise_change(held, actor=actor, metadata=stated.metadata() | _title(request), items=items.specs())
            is_saved = True
        if wish == "submit":
            changing.submit_change(held, actor=actor)
            held.refresh_from_db()
            done = held.state == ChangeState.APPLIED
            messages.success(request, gettext("已生效。") if done else gettext("已提交审核，受影响的单位已收到通知。"))
            return redirect("console-resource-versions", table=held.resource.table)
    except SuixinError as error:
        messages.error(request, error.sentence)
        return redirect("console-change", uuid=held.uuid) if is_saved else None  # what was typed is kept
    messages.success(request, gettext("已保存。请看下面的变化和影响，再提交审核。"))
    return redirect("console-change", uuid=held.uuid)


def _typed_title(request: HttpRequest, held: Change) -> str:
    return request.POST.get("title", "") or str(held.content["title"])


def _title(request: HttpRequest) -> dict[str, object]:
    title = request.POST.get("title", "").strip()[:200]
    return {"title": title} if title else {}


def _crumbs(resource: Resource, last: str) -> list[Crumb]:
    return console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (resource.title, reverse("console-resource", args=[resource.table])),
        (last, ""),
    )
