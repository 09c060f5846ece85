"""Instances: the list, one of them with what may be done to the whole of it, what one started."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.flow import moving, stopping
from suixin.ground.flow.models import Instance
from suixin.ground.flow.queries import instance_for
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell import flow_forms as forms
from suixin.site.shell.queries.flow import cases as queries
from suixin.site.shell.queries.gantt import gantt_of
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

FORMS: dict[str, type[forms.KeyedForm]] = {
    "withdraw": forms.MoveReasonForm, "suspend": forms.SuspendForm, "resume": forms.MoveReasonForm,
}


@require_safe
@staff_page
def case_list(request: HttpRequest) -> HttpResponse:
    """Instances within the reader's reach."""
    page = queries.case_list(request.GET, actor=actor_for(request))
    return render(request, "console/cases.html", {"page": page, "crumbs": console_crumbs((gettext("办件"), ""))})


@require_safe
@staff_page
def started(request: HttpRequest) -> HttpResponse:
    """What the reader started."""
    page = queries.started_list(request.GET, actor=actor_for(request))
    return render(request, "console/started.html", {"page": page, "crumbs": console_crumbs((gettext("我发起的"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def case(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One instance; buttons withdraw, suspend, resume it."""
    actor = actor_for(request)
    instance, status = instance_for(actor, uuid), 200
    page = queries.one_case(instance, actor=actor)
    chosen = request.POST.get("move", "") if request.method == "POST" else ""
    filled = {
        name: kind(request.POST if chosen == name else None, initial={"key": uuid4().hex}, auto_id=f"{name}_%s")
        for name, kind in FORMS.items() if name in page.moves or name == chosen
    }
    if request.method == "POST":
        answer = _moved(request, instance, chosen, filled, actor)
        if isinstance(answer, HttpResponse):
            return answer
        status, page = answer, queries.one_case(instance_for(actor, uuid), actor=actor)
    crumbs = console_crumbs((gettext("办件"), reverse("console-cases")), (instance.title, ""))
    context = {"page": page, "forms": filled, "crumbs": crumbs, "chosen": chosen, "gantt": gantt_of(page.instance)}
    return render(request, "console/case.html", context, status=status)


def _moved(
    request: HttpRequest, instance: Instance, chosen: str, filled: dict[str, forms.KeyedForm], actor: Actor
) -> HttpResponse | int:
    form = filled.get(chosen)
    if form is None:
        raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))
    if not form.is_valid():
        return 422
    typed = form.cleaned_data
    try:
        match chosen:
            case "withdraw":
                moving.withdraw(instance, actor=actor, reason=typed["reason"], document=typed["document"], key=typed["key"])
            case "suspend":
                stopping.suspend(instance, actor=actor, reason=typed["reason"], document=typed["document"],
                                 legal_basis=typed["legal_basis"], key=typed["key"])  # fmt: skip
            case _:
                stopping.resume(instance, actor=actor, reason=typed["reason"], document=typed["document"], key=typed["key"])
    except SuixinError as error:
        messages.error(request, error.sentence)
        return error.http_status
    messages.success(request, gettext("已办理，并已记入办理记录。"))
    return redirect("console-case", uuid=instance.uuid)
