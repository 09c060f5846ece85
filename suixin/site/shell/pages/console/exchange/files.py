"""File exchange: orders, a new one from a grant, one of them with its packages and the receiver's key."""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.access.models import Door, Grant
from suixin.data.doors.files import ordering
from suixin.data.doors.files.models import FileOrder
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.exchange_forms import KeyForm, PackageForm
from suixin.site.shell.pages.console.exchange.acting import made, moved
from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import files as queries
from suixin.site.shell.readers import actor_for, staff_page

LIST, ONE = "console-exchange-files", "console-exchange-file"


@require_safe
@staff_page
def order_list(request: HttpRequest) -> HttpResponse:
    """Orders within the reader's reach; what of its department's rows was handed over."""
    page = queries.order_list(request.GET, actor=actor_for(request))
    context = {"page": page, "kinds": common.kinds(LIST), "crumbs": common.crumbs((gettext("文件交换"), ""))}
    return render(request, "console/exchange/files.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """First which grant, then which key and form; then the order's page."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "sharing.exchange")
    crumbs = common.crumbs((gettext("文件交换"), reverse(LIST)), (gettext("新建文件交换"), ""))
    if not (wanted := request.GET.get("grant", "")):
        choices = common.grant_choices(Door.FILE, "console-exchange-file-new", actor=actor)
        return render(request, "console/exchange/choose.html", {"title": gettext("新建文件交换"), "choices": choices, "crumbs": crumbs})
    grant = common.grant_by(wanted, Door.FILE, actor=actor)
    form = PackageForm(request.POST if request.method == "POST" else None, grant=grant, actor=actor)
    if (done := made(form, lambda: _ordered(form, grant, actor))) is not None:
        return redirect(ONE, uuid=done.uuid)
    context = {"form": form, "grant": grant, "crumbs": crumbs}
    return render(request, "console/exchange/file_form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def order(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One order; paused, resumed, a package asked for, another key."""
    if request.method != "POST":
        return _page(request, uuid)
    actor = actor_for(request)
    held, wish = queries.order_by(uuid, actor=actor, verb="sharing.exchange"), request.POST.get("move", "")
    if wish == "key":
        form = KeyForm(request.POST)
        if made(form, lambda: ordering.register_key(held.application, form.cleaned_data["key"], actor=actor)) is None:
            return _page(request, uuid, form=form, status=422)
    elif wish in ("pause", "resume"):
        moved(request, lambda: ordering.switch_order(held, is_paused=wish == "pause", actor=actor))
    elif wish == "run":
        moved(request, lambda: ordering.ask_package(held, actor=actor), told=gettext("已开始生成数据包。"))
    else:
        raise BadRequest("不认识的操作；请用页面上的按钮。")
    return redirect(ONE, uuid=uuid)


def _ordered(form: PackageForm, grant: Grant, actor: Actor) -> FileOrder:
    """The order and, where one was given, the key it needs: both or neither."""
    application, key = form.cleaned_data["application"], form.cleaned_data["key"].strip()
    with transaction.atomic():
        if key:
            ordering.register_key(application, key, actor=actor)
        return ordering.declare_order(application, grant.resource, form.draft(), actor=actor)


def _page(request: HttpRequest, uuid: UUID, *, form: KeyForm | None = None, status: int = 200) -> HttpResponse:
    page = queries.order_page(uuid, actor=actor_for(request))
    crumbs = common.crumbs((gettext("文件交换"), reverse(LIST)), (page.order.resource.title, ""))
    return render(request, "console/exchange/file.html", {"page": page, "form": form or KeyForm(), "crumbs": crumbs}, status=status)
