"""Receivers' databases: registering one, its page with check, new password, disabling."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.doors.models import Target
from suixin.data.doors.tables import declaring, targets
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.exchange_forms import PasswordForm, TargetForm
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.pages.console.exchange.acting import made
from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import tables as queries
from suixin.site.shell.readers import actor_for, staff_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """The form; then the new database is checked, and its page says how."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "sharing.exchange")
    form = TargetForm(request.POST if request.method == "POST" else None, actor=actor)
    target = made(form, lambda: declaring.declare_target(**form.cleaned_data, actor=actor))
    if target is not None:
        _checked(request, target, actor)
        return redirect("console-exchange-receiver", slug=target.slug)
    crumbs = common.crumbs((gettext("库表交换"), reverse("console-exchange-tables")), (gettext("登记接收库"), ""))
    context = {"form": form, "crumbs": crumbs}
    return render(request, "console/exchange/receiver_form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def receiver(request: HttpRequest, slug: str) -> HttpResponse:
    """One database; checked, given a new password, disabled or enabled with a reason."""
    actor = actor_for(request)
    secret, reason = PasswordForm(auto_id="secret_%s"), ReasonForm(auto_id="switch_%s")
    if request.method == "POST":
        held = queries.target_by(slug, actor=actor, verb="sharing.exchange")
        wish = request.POST.get("move", "")
        if wish == "check":
            _checked(request, held, actor)
            return redirect("console-exchange-receiver", slug=slug)
        if wish == "rotate":
            secret = PasswordForm(request.POST, auto_id="secret_%s")
            done = made(secret, lambda: targets.rotate_password(held, **secret.cleaned_data, actor=actor))
        elif wish in ("disable", "enable"):
            reason = ReasonForm(request.POST, auto_id="switch_%s")
            is_active, why = wish == "enable", reason
            done = made(why, lambda: targets.switch_target(held, is_active=is_active, reason=why.cleaned_data["reason"], actor=actor))
        else:
            raise BadRequest("不认识的操作；请用页面上的按钮。")
        if done is not None:
            messages.success(request, gettext("已办理，并已记入审计。"))
            return redirect("console-exchange-receiver", slug=slug)
    page = queries.target_page(slug, actor=actor)
    crumbs = common.crumbs((gettext("库表交换"), reverse("console-exchange-tables")), (page.target.name, ""))
    context = {"page": page, "secret": secret, "reason": reason, "crumbs": crumbs}
    return render(request, "console/exchange/receiver.html", context, status=422 if request.method == "POST" else 200)


def _checked(request: HttpRequest, target: Target, actor: Actor) -> None:
    found = targets.check_target(target, actor=actor)
    (messages.success if found.is_well else messages.error)(request, found.health)
