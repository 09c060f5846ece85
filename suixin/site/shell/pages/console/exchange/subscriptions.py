"""Subscriptions: the list, a new one from a grant, one of them with dead letters, replay, new secret."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.access.models import Door
from suixin.data.doors.models import Subscription
from suixin.data.doors.subscriptions import subscribing
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.exchange_forms import ReplayForm, SubscribeForm
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.pages.console.exchange.acting import made, moved
from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import subscriptions as queries
from suixin.site.shell.readers import actor_for, staff_page

LIST = "console-exchange-subscriptions"


@require_safe
@staff_page
def subscription_list(request: HttpRequest) -> HttpResponse:
    """Subscriptions within the reader's reach."""
    page = queries.subscription_list(request.GET, actor=actor_for(request))
    context = {"page": page, "kinds": common.kinds(LIST), "crumbs": common.crumbs((gettext("订阅推送"), ""))}
    return render(request, "console/exchange/subscriptions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """First which grant, then where to; then the subscription's page with its secret, shown in that answer only."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "sharing.exchange")
    crumbs = common.crumbs((gettext("订阅推送"), reverse(LIST)), (gettext("新建订阅"), ""))
    if not (wanted := request.GET.get("grant", "")):
        choices = common.grant_choices(Door.SUBSCRIPTION, "console-exchange-subscription-new", actor=actor)
        return render(request, "console/exchange/choose.html", {"title": gettext("新建订阅"), "choices": choices, "crumbs": crumbs})
    grant = common.grant_by(wanted, Door.SUBSCRIPTION, actor=actor)
    form = SubscribeForm(request.POST if request.method == "POST" else None, grant=grant, actor=actor)
    done = made(form, lambda: subscribing.subscribe(
        form.cleaned_data["application"], grant.resource, form.cleaned_data["url"], actor=actor))
    if done is not None:
        return _page(request, done[0].uuid, secret=done[1])
    context = {"form": form, "grant": grant, "crumbs": crumbs}
    return render(request, "console/exchange/subscription_form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def subscription(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One subscription; paused, resumed, letters sent again, replayed, given a new secret."""
    if request.method != "POST":
        return _page(request, uuid)
    actor = actor_for(request)
    held = queries.subscription_by(uuid, actor=actor, verb="sharing.exchange")
    wish = request.POST.get("move", "")
    if wish == "rotate":
        why = ReasonForm(request.POST, auto_id="rotate_%s")
        secret = made(why, lambda: subscribing.rotate_secret(held, actor=actor, reason=why.cleaned_data["reason"]))
        return _page(request, uuid, reason=why, status=422) if secret is None else _page(request, uuid, secret=secret)
    if wish == "replay":
        form = ReplayForm(request.POST, auto_id="replay_%s")
        if made(form, lambda: subscribing.replay(held, **form.cleaned_data, actor=actor)) is None:
            return _page(request, uuid, replay=form, status=422)
        messages.success(request, gettext("已办理，并已记入审计。"))
    else:
        _move(request, held, wish, actor)
    return redirect("console-exchange-subscription", uuid=uuid)


def _move(request: HttpRequest, held: Subscription, wish: str, actor: Actor) -> None:
    if wish in ("pause", "resume"):
        moved(request, lambda: subscribing.switch_subscription(held, is_paused=wish == "pause", actor=actor))
    elif wish == "all":
        moved(request, lambda: subscribing.send_all_again(held, actor=actor), told=gettext("未达消息已全部重送。"))
    elif letter := request.POST.get("letter", ""):
        moved(request, lambda: subscribing.send_again(queries.letter_by(held, letter), actor=actor), told=gettext("已重送，接收方已收下。"))
    else:
        raise BadRequest("不认识的操作；请用页面上的按钮。")


def _page(
    request: HttpRequest, uuid: UUID, *, secret: str = "", reason: ReasonForm | None = None, replay: ReplayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    page = queries.subscription_page(uuid, actor=actor_for(request))
    crumbs = common.crumbs((gettext("订阅推送"), reverse(LIST)), (page.subscription.resource.title, ""))
    context = {"page": page, "secret": secret, "reason": reason or ReasonForm(auto_id="rotate_%s"),
               "replay": replay or ReplayForm(auto_id="replay_%s"), "crumbs": crumbs}
    return render(request, "console/exchange/subscription.html", context, status=status)
