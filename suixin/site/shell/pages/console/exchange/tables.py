"""Table exchanges: the list, setting one up from a grant, one of them with its runs."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.access.models import Door, Grant
from suixin.data.access.plans import open_plan
from suixin.data.doors.models import TableExchange
from suixin.data.doors.tables import declaring
from suixin.ground.people.queries import application_actor
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.exchange_forms import TableForm, applications_of
from suixin.site.shell.pages.console.exchange.acting import made, moved
from suixin.site.shell.queries.exchange import common
from suixin.site.shell.queries.exchange import tables as queries
from suixin.site.shell.readers import actor_for, staff_page

LIST = "console-exchange-tables"


@require_safe
@staff_page
def exchange_list(request: HttpRequest) -> HttpResponse:
    """Exchanges and receivers' databases within the reader's reach."""
    page = queries.table_list(request.GET, actor=actor_for(request))
    context = {"page": page, "kinds": common.kinds(LIST), "crumbs": common.crumbs((gettext("库表交换"), ""))}
    return render(request, "console/exchange/tables.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """First which grant, then where it goes; then the exchange's page."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "sharing.exchange")
    crumbs = common.crumbs((gettext("库表交换"), reverse(LIST)), (gettext("新建库表交换"), ""))
    if not (wanted := request.GET.get("grant", "")):
        choices = common.grant_choices(Door.TABLE, "console-exchange-table-new", actor=actor)
        return render(request, "console/exchange/choose.html", {
            "title": gettext("新建库表交换"), "choices": choices, "crumbs": crumbs})
    grant = common.grant_by(wanted, Door.TABLE, actor=actor)
    form = _form(request, grant, actor)
    done = made(form, lambda: _declared(form, grant, actor))
    if done is not None:
        return redirect("console-exchange-table", uuid=done.uuid)
    context = {"form": form, "grant": grant, "crumbs": crumbs}
    return render(request, "console/exchange/table_form.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def exchange(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One exchange; run, run anew, paused, resumed."""
    actor = actor_for(request)
    if request.method == "POST":
        held = queries.exchange_by(uuid, actor=actor)
        policy.require(actor, "sharing.exchange", held.application)
        _move(request, held, actor)
        return redirect("console-exchange-table", uuid=uuid)
    page = queries.exchange_page(uuid, actor=actor)
    crumbs = common.crumbs((gettext("库表交换"), reverse(LIST)), (page.exchange.resource.title, ""))
    return render(request, "console/exchange/table.html", {"page": page, "crumbs": crumbs})


def _form(request: HttpRequest, grant: Grant, actor: Actor) -> TableForm:
    application = applications_of(grant, actor).first()
    assert application is not None  # noqa: S101 `grant_by` refuses a grant without one
    plan = open_plan(application_actor(application), grant.resource, door=Door.TABLE)
    return TableForm(request.POST if request.method == "POST" else None, grant=grant, plan=plan, actor=actor)


def _declared(form: TableForm, grant: Grant, actor: Actor) -> TableExchange:
    typed = form.cleaned_data
    return declaring.declare_exchange(typed["target"], typed["application"], grant.resource, draft=form.draft(), actor=actor)


def _move(request: HttpRequest, held: TableExchange, actor: Actor) -> None:
    match request.POST.get("move", ""):
        case "run" | "anew" as wish:
            told = gettext("已排队，由后台运行；完成后这里会有记录。")
            moved(request, lambda: declaring.ask_run(held, actor=actor, is_anew=wish == "anew"), told=told)
        case "pause" | "resume" as wish:
            moved(request, lambda: declaring.switch_exchange(held, is_paused=wish == "pause", actor=actor))
        case _:
            raise BadRequest("不认识的操作；请用页面上的按钮。")
