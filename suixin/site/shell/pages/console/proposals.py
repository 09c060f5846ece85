"""One proposed entry: correct its items, save, confirm and land the files that wait."""

from dataclasses import replace
from typing import Any  # cleaned data of the forms

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.catalog import actions as catalog
from suixin.data.catalog import canon, publication
from suixin.data.catalog.contract import ItemSpec, ItemType, Level
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.catalog.queries import resource_by
from suixin.data.collection import actions as collection
from suixin.data.collection.models import RunStatus
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.catalogue_forms import MetadataForm
from suixin.site.shell.forms import ItemForm, ProposalForm
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.orders import standing_of
from suixin.site.shell.readers import actor_for, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def proposal(request: HttpRequest, table: str) -> HttpResponse:
    """The proposed contract as a form."""
    resource = resource_by(table)
    policy.require(actor_for(request), "catalog.view", resource)
    if resource.state != ResourceState.PROPOSED:
        return redirect("console-resource", table=table)
    items = resource.contract.items
    data = request.POST if request.method == "POST" else None
    form = ProposalForm(data, initial={"title": resource.title, "seen": resource.updated_at.isoformat()})
    rows = [
        ItemForm(data, prefix=f"item{place}", initial=_initial(item), row=item.name) for place, item in enumerate(items)
    ]
    stated = MetadataForm(data, prefix="meta", initial=MetadataForm.initial_of(canon.content_of(resource)))
    is_valid = [one.is_valid() for one in (form, stated, *rows)]  # each one, so that every fault is shown at once
    if data is not None and all(is_valid):
        specs = tuple(_spec(item, row) for item, row in zip(items, rows, strict=True))
        told = form.cleaned_data | {"metadata": stated.metadata() if stated.is_sent else {}}
        done = _carry_out(request, resource, specs, told)
        if done is not None:
            return done
    crumbs = console_crumbs((gettext("待确认目录"), reverse("console-home")), (resource.title, ""))
    actor = actor_for(request)
    context = {"standing": standing_of(resource), "publishes_alone": publication.publishes_alone(actor, resource),
               "may_propose": policy.may(actor, "catalog.propose", resource),
               "resource": resource, "form": form, "stated": stated, "rows": list(zip(items, rows, strict=True)), "crumbs": crumbs,
               "files": resource.runs.filter(status=RunStatus.PROPOSED)}
    return render(request, "console/proposal.html", context, status=200 if data is None else 422)


def _carry_out(
    request: HttpRequest, resource: Resource, specs: tuple[ItemSpec, ...], told: dict[str, Any]
) -> HttpResponse | None:
    """What the pressed button asks for; None, with a message, when it was refused."""
    actor, wish, revised = actor_for(request), request.POST.get("wish", "save"), None
    try:
        if wish == "withdraw":
            catalog.withdraw_resource(resource, actor=actor, reason="人工退回目录建议")
            messages.success(request, gettext("已退回这条目录建议，它的代码不再使用。"))
            return redirect("console-home")
        revised = catalog.revise_proposal(
            resource, specs, actor=actor, title=told["title"], seen=told["seen"], metadata=told["metadata"]
        )
        if wish == "accept":
            outcomes = collection.accept_proposal(revised, actor=actor)
            if outcomes is None:
                messages.success(request, gettext("已提交审核。审核通过后目录即发布，等待的文件随即入库。"))
                return redirect("console-proposal", table=resource.table)
            landed = sum(outcome.accepted for outcome in outcomes)
            text = gettext("目录已发布，%(files)d 个文件已处理，入库 %(rows)d 行。")
            messages.success(request, text % {"files": len(outcomes), "rows": landed})
            return redirect("console-resource", table=resource.table)
    except SuixinError as error:
        messages.error(request, error.sentence)
        return redirect("console-proposal", table=resource.table) if revised else None  # what was typed is kept
    messages.success(request, gettext("已保存，目录仍待确认。"))
    return redirect("console-proposal", table=resource.table)


def _initial(item: ItemSpec) -> dict[str, object]:
    return {
        "name": item.name, "field": item.field, "type": item.type.value, "length": item.length, "scale": item.scale,
        "is_key": item.is_key, "level": str(int(item.level)), "mask": item.mask,
        "is_sealed": item.is_sealed,
    }


def _spec(item: ItemSpec, row: ItemForm) -> ItemSpec:
    typed = row.cleaned_data
    is_key = typed["is_key"]
    is_renamed = typed["field"] != item.field or typed["name"] != item.name
    return replace(
        item, name=typed["name"], field=typed["field"], type=ItemType(typed["type"]), length=typed["length"],
        scale=typed["scale"], is_key=is_key, nullable=item.nullable if is_key == item.is_key else not is_key,
        level=Level(int(typed["level"])), mask=typed["mask"], is_sealed=typed["is_sealed"],
        is_provisional=item.is_provisional and typed["field"] == item.field,
        source_names=tuple(dict.fromkeys((*item.source_names, item.name))) if is_renamed else item.source_names,
    )
