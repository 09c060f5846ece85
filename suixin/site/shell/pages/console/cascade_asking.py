"""Requests across: a department asks for an entry of another platform, its head of sharing lets it go, the answer is followed."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.sharing.cascade import asking
from suixin.ground.security import policy
from suixin.kit.errors import BadRequest
from suixin.site.shell.cascade_forms import AcrossForm
from suixin.site.shell.pages.console.exchange.acting import made, moved
from suixin.site.shell.queries import remote_entries as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.sharing_requests import accounts_place
from suixin.site.shell.readers import actor_for, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """What is asked of the entry, stated as the law wants it."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "sharing.request")
    entry, place = queries.entry_by(pk), accounts_place(actor)
    if place is None:
        raise BadRequest(gettext("您不属于任何单位，不能申请；请换用有岗位的账号。"))
    form = AcrossForm(request.POST if request.method == "POST" else None, items=queries.items_of(entry))
    done = made(form, lambda: asking.draft_request(entry, place, form.said(), actor=actor))
    if done is not None:
        messages.success(request, gettext("已保存；由本单位共享负责人同意后发出。"))
        return redirect("console-cascade-request", uuid=done.uuid)
    context = {"entry": entry, "form": form, "crumbs": _crumbs(gettext("跨平台申请"))}
    return render(request, "console/cascade_ask.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def across(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One request: sent by the head of sharing, supplemented as the other end asks."""
    actor = actor_for(request)
    page = queries.request_page(uuid, actor=actor)
    move, held = request.POST.get("move", "") if request.method == "POST" else "", page.request
    initial = held.said | {"divisions": "、".join(held.said["divisions"])}
    form = AcrossForm(request.POST if move == "supplement" else None, items=queries.items_of(held.entry), initial=initial)
    if move == "send":
        moved(request, partial(asking.send_request, held, actor=actor), told=gettext("已发往对端；对方的环节、时限和答复会显示在这里。"))
        return redirect("console-cascade-request", uuid=uuid)
    if move == "supplement":
        if made(form, lambda: asking.supplement_request(held, form.said(), actor=actor)) is not None:
            messages.success(request, gettext("已补正；由本单位共享负责人同意后再次发出。"))
            return redirect("console-cascade-request", uuid=uuid)
    elif request.method == "POST":
        raise BadRequest(gettext("现在不能这样办理；请刷新页面，使用页面上的按钮。"))
    context = {"page": page, "form": form, "crumbs": _crumbs(held.entry.title)}
    return render(request, "console/cascade_request.html", context, status=422 if request.method == "POST" else 200)


def _crumbs(last: str) -> object:
    return console_crumbs((gettext("平台级联"), reverse("console-cascade")), (last, ""))
