"""One proposed entry: its metadata and items corrected, saved, handed on, and the files that wait landed."""

from typing import Any  # cleaned data of the forms

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.catalog import actions as catalog
from suixin.data.catalog import canon, lists, publication, standing
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.catalog.queries import resource_by
from suixin.data.collection import actions as collection
from suixin.data.collection.models import RunStatus
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.catalogue_forms import MetadataForm
from suixin.site.shell.forms import ProposalForm
from suixin.site.shell.item_forms import Editor, editor
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.orders import sent_back, standing_of
from suixin.site.shell.readers import actor_for, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def proposal(request: HttpRequest, table: str) -> HttpResponse:
    """The proposed contract as a form."""
    resource, actor = resource_by(table), actor_for(request)
    policy.require(actor, "catalog.view", resource)
    if resource.state != ResourceState.PROPOSED:
        return redirect("console-resource", table=table)
    data = request.POST if request.method == "POST" else None
    if data is not None and data.get("wish") == "withdraw":
        return _withdrawn(request, resource)
    items = editor(data, resource.contract.items)
    initial = {"title": resource.title, "seen": resource.updated_at.isoformat()}
    form = ProposalForm(data, initial=initial)
    stated = MetadataForm(
        data, prefix="meta", initial=MetadataForm.initial_of(canon.content_of(resource)), is_judged=not items.wish
    )
    is_refused = data is not None and not items.wish
    if is_refused:
        done = _saved(request, resource, form, stated, items)
        if done is not None:
            return done
    crumbs = console_crumbs((gettext("待确认目录"), reverse("console-home")), (resource.title, ""))
    context = {
        "standing": standing_of(resource), "sent_back": sent_back(publication.running(resource)),
        "publishes_alone": publication.publishes_alone(actor, resource),
        "may_propose": policy.may(actor, "catalog.propose", resource), "resource": resource, "form": form, "stated": stated,
        "items": items, "crumbs": crumbs, "files": resource.runs.filter(status=RunStatus.PROPOSED),
        "missing": lists.missing_before_review(resource), "percent": round(standing.percent_of(resource)),
    }
    return render(request, "console/proposal.html", context, status=422 if is_refused else 200)


def _withdrawn(request: HttpRequest, resource: Resource) -> HttpResponse:
    try:
        catalog.withdraw_resource(resource, actor=actor_for(request), reason="人工退回目录建议")
    except SuixinError as error:
        messages.error(request, error.sentence)
        return redirect("console-proposal", table=resource.table)
    messages.success(request, gettext("已退回这条目录建议，它的代码不再使用。"))
    return redirect("console-home")


def _saved(
    request: HttpRequest, resource: Resource, form: ProposalForm, stated: MetadataForm, items: Editor
) -> HttpResponse | None:
    """The answer to a page that was sent; None, with a message, when something in it is wrong."""
    is_valid = [form.is_valid(), stated.is_valid(), items.is_valid()]  # each one, so that every fault is shown at once
    if not all(is_valid):
        messages.error(request, gettext("还没有保存，请改正下面标红的地方。"))
        return None
    told = form.cleaned_data | {"metadata": stated.metadata() if stated.is_sent else {}}
    return _carry_out(request, resource, items, told)


def _carry_out(request: HttpRequest, resource: Resource, items: Editor, told: dict[str, Any]) -> HttpResponse | None:
    """What the pressed button asks for; None, with a message, when it was refused."""
    actor, wish, revised = actor_for(request), request.POST.get("wish", "save"), None
    try:
        revised = catalog.revise_proposal(
            resource, items.specs(), actor=actor, title=told["title"], seen=told["seen"], metadata=told["metadata"]
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
