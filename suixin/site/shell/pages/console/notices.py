"""Notices of the signed-in person, how one wants to be told, and the outbox for operators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suixin.ground.notify import actions, preferences
from suixin.ground.notify import queries as notify
from suixin.ground.notify.errors import BadPreference, WrongDeliveryState
from suixin.ground.notify.models import Notice
from suixin.ground.people.models import Account
from suixin.kit.errors import NotFound
from suixin.site.shell.notice_forms import PreferenceForm
from suixin.site.shell.pages.console.account import crumbs_of, own_page
from suixin.site.shell.queries import notices as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@own_page
def notice_list(request: HttpRequest, account: Account) -> HttpResponse:
    """What one was told, newest first."""
    page = queries.notice_list(account, request.GET)
    return render(request, "console/notices.html", {"page": page, "crumbs": console_crumbs((gettext("消息"), ""))})


@require_POST
@own_page
def read(request: HttpRequest, account: Account) -> HttpResponse:
    """One notice read, and on to what it tells of; or all of them."""
    which = request.POST.get("notice", "")
    if which == "all":
        done = actions.mark_read(account, None, actor=actor_for(request))
        messages.success(request, gettext("已标记 %(n)d 条消息为已读。") % {"n": done})
        return redirect("console-notices")
    uuid = _uuid(which)
    actions.mark_read(account, [uuid], actor=actor_for(request))
    held = Notice.objects.filter(account=account, uuid=uuid).first()
    is_followed = held is not None and held.href and request.POST.get("wish") == "open"
    return redirect(held.href if held and is_followed else reverse("console-notices"))


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def preference(request: HttpRequest, account: Account) -> HttpResponse:
    """How one wants to be told."""
    form, sentence = PreferenceForm(request.POST if request.method == "POST" else None, initial=queries.wishes_of(account)), ""
    if form.is_valid():
        try:
            preferences.prefer(account, form.wishes(), actor=actor_for(request))
            messages.success(request, gettext("消息设置已保存。"))
            return redirect("console-account-notices")
        except BadPreference as error:
            sentence = error.sentence
    context = {
        "form": form, "sentence": sentence, "reached": queries.reached(account), "quiet": queries.quiet_hours(),
        "crumbs": crumbs_of((gettext("消息设置"), "")),
    }
    return render(request, "console/account_notices.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@staff_page
def outbox(request: HttpRequest) -> HttpResponse:
    """Deliveries without their texts."""
    page = queries.outbox(request.GET, actor=actor_for(request))
    return render(request, "console/outbox.html", {"page": page, "crumbs": console_crumbs((gettext("发件箱"), ""))})


@require_POST
@staff_page
def retry(request: HttpRequest) -> HttpResponse:
    """One delivery, once more."""
    actor = actor_for(request)
    held = notify.delivery(_uuid(request.POST.get("delivery", "")), actor=actor)
    try:
        actions.retry_delivery(held, actor=actor)
        messages.success(request, gettext("已放回发件箱，几秒内重发。"))
    except WrongDeliveryState as error:
        messages.error(request, error.sentence)
    return redirect("console-outbox")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("没有这条消息；它可能已经清理，请刷新页面。") from error
