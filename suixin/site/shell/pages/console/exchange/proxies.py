"""Departments' own interfaces: the list, registering one, checking it, a second person's decision, stopping it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.doors.proxies import actions
from suixin.data.doors.proxies.models import Proxy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.pages.console.exchange.acting import made
from suixin.site.shell.proxy_forms import ProxyForm
from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import proxies as queries
from suixin.site.shell.readers import actor_for, staff_page

LIST = "console-exchange-proxies"


@require_safe
@staff_page
def proxy_list(request: HttpRequest) -> HttpResponse:
    """Interfaces within the reader's reach."""
    page = queries.proxy_list(request.GET, actor=actor_for(request))
    context = {"page": page, "kinds": common.kinds(LIST), "crumbs": common.crumbs((gettext("接口代理"), ""))}
    return render(request, "console/exchange/proxies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """First which entry, then the interface; it is checked, and its page says how."""
    actor = actor_for(request)
    crumbs = common.crumbs((gettext("接口代理"), reverse(LIST)), (gettext("登记接口"), ""))
    if not (table := request.GET.get("resource", "")):
        return render(request, "console/exchange/proxy_form.html", {
            "choices": queries.resource_choices(actor=actor), "crumbs": crumbs})
    resource = queries.resource_by(table, actor=actor)
    form = ProxyForm(request.POST if request.method == "POST" else None, resource=resource, actor=actor)
    done = made(form, lambda: actions.register_proxy(
        resource, form.cleaned_data["source"], form.draft(), actor=actor, reason=form.cleaned_data["reason"]))
    if done is not None:
        _checked(request, done, actor)
        return redirect("console-exchange-proxy", pk=done.pk)
    context = {"form": form, "resource": resource, "crumbs": crumbs}
    return render(request, "console/exchange/proxy_form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def proxy(request: HttpRequest, pk: int) -> HttpResponse:
    """One interface; checked, approved or refused by another person, stopped, with a reason."""
    actor = actor_for(request)
    reason = ReasonForm()
    if request.method == "POST":
        held = queries.proxy_by(pk, actor=actor)
        if request.POST.get("move") == "check":
            _checked(request, held, actor)
            return redirect("console-exchange-proxy", pk=pk)
        reason = ReasonForm(request.POST)
        if made(reason, lambda: _decided(held, request.POST.get("move", ""), reason.cleaned_data["reason"], actor)) is not None:
            messages.success(request, gettext("已办理，并已记入审计。"))
            return redirect("console-exchange-proxy", pk=pk)
        for sentence in reason.non_field_errors():
            messages.error(request, str(sentence))
    page = queries.proxy_page(pk, actor=actor)
    crumbs = common.crumbs((gettext("接口代理"), reverse(LIST)), (page.proxy.resource.title, ""))
    context = {"page": page, "reason": reason, "crumbs": crumbs}
    return render(request, "console/exchange/proxy.html", context, status=422 if request.method == "POST" else 200)


def _decided(held: Proxy, wish: str, why: str, actor: Actor) -> Proxy:
    if wish in ("approve", "refuse"):
        return actions.decide_proxy(held, is_approved=wish == "approve", actor=actor, reason=why)
    if wish == "stop":
        return actions.stop_proxy(held, actor=actor, reason=why)
    raise BadRequest("不认识的操作；请用页面上的按钮。")


def _checked(request: HttpRequest, held: Proxy, actor: Actor) -> None:
    found = actions.check_proxy(held, actor=actor)
    (messages.success if found.is_well else messages.error)(request, found.health)
