"""Platforms above and below: what goes over the links, who we are, peers registered by their introductions."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.sharing.cascade import linking
from suixin.data.sharing.cascade.adapters.direct.account import register_direct
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import Platform
from suixin.ground.link.actions import register_peer
from suixin.ground.link.introductions import introduction_of
from suixin.ground.link.models import Peer, Role
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound
from suixin.site.shell.cascade_forms import DirectForm, IdentityForm, RegisterForm
from suixin.site.shell.pages.console.cascade_platform import Act
from suixin.site.shell.pages.console.exchange.acting import made
from suixin.site.shell.queries import cascade as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def overview(request: HttpRequest) -> HttpResponse:
    """Map, state of every link, flows, requests across, the last reconciliations."""
    page = queries.cascade_page(actor=actor_for(request))
    return render(request, "console/cascade.html", {"page": page, "crumbs": console_crumbs((gettext("平台级联"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def joining(request: HttpRequest) -> HttpResponse:
    """Who we are, and a peer registered from its introduction; another person approves it on its page."""
    actor = actor_for(request)
    policy.require(actor, linking.VERB, None)
    move, ours = request.POST.get("move", "") if request.method == "POST" else "", Platform.objects.first()
    acts = _acts(request, ours, move)
    if request.method == "POST":
        act = next((one for one in acts if one.name == move), None)
        if act is None:
            raise BadRequest(gettext("现在不能这样办理；请刷新页面，使用页面上的按钮。"))
        done = made(act.form, lambda: _done(act.form, actor))
        if done is not None:
            messages.success(request, gettext("已办理，并已记入审计。"))
            return redirect("console-cascade-platform", code=done.code) if isinstance(done, Peer) else redirect("console-cascade-joining")
    context = {
        "acts": acts, "ours": ours, "fingerprint": introduction_of(linking.introduction(actor=actor)).fingerprint if ours else "",
        "crumbs": console_crumbs((gettext("平台级联"), reverse("console-cascade")), (gettext("登记级联平台"), "")),
    }
    return render(request, "console/cascade_joining.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@staff_page
def introduction(request: HttpRequest) -> HttpResponse:
    """Our signed introduction as a file."""
    try:
        content = linking.introduction(actor=actor_for(request))
    except WrongLink as refused:  # nobody said yet who we are
        raise NotFound(refused.sentence) from refused
    name = f'attachment; filename="{introduction_of(content).code}.json"'
    return HttpResponse(content, content_type="application/json", headers={"Content-Disposition": name})


def _acts(request: HttpRequest, ours: Platform | None, move: str) -> list[Act]:
    typed = request.POST
    identity = IdentityForm(typed if move == "identity" else None, initial=IdentityForm.initial_of(ours), auto_id="identity_%s")
    acts = [Act("identity", gettext("登记本平台的身份"), gettext("其他平台以这些内容认识本平台。"), identity, ())]
    if ours is not None:
        is_sent = move == "register"
        register = RegisterForm(typed if is_sent else None, request.FILES if is_sent else None, auto_id="register_%s")
        acts.append(Act("register", gettext("登记对端平台"), gettext("登记后由另一位同事核对指纹并批准。"), register, ()))
        direct = DirectForm(typed if move == "direct" else None, auto_id="direct_%s")
        told = gettext("对端用国家数据直达接口（/sysapi/）的，没有介绍文件，在这里登记；由另一位同事批准。")
        acts.append(Act("direct", gettext("登记数据直达平台"), told, direct, ()))
    return acts


def _done(form: forms.Form, actor: Actor) -> Peer | Platform:
    if isinstance(form, RegisterForm):
        told = form.cleaned_data
        return register_peer(form.content(), Role(told["role"]), actor=actor, reason=told["reason"])
    if isinstance(form, DirectForm):
        told = form.cleaned_data
        return register_direct(told["code"], told["name"], told["address"], role=Role(told["role"]), actor=actor, reason=told["reason"])
    return linking.set_platform(**form.cleaned_data, actor=actor)
