"""Pages of the demand list: the list, looking for what exists before filing, filing, one demand with what may be done about it."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog import demands
from suixin.data.catalog.models import Demand
from suixin.data.catalog.queries import resource_by
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.forms_view import fill
from suixin.site.shell.list_forms import AnswerForm, MatchForm
from suixin.site.shell.queries import demands as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.wishes import FORM


@require_safe
@staff_page
def demand_list(request: HttpRequest) -> HttpResponse:
    """The list of demands."""
    page = queries.demand_list(request.GET, actor=actor_for(request))
    return render(request, "console/demands.html", {"page": page, "stats": page.stats, "crumbs": console_crumbs((gettext("数据需求"), ""))})


@require_safe
@staff_page
def look(request: HttpRequest) -> HttpResponse:
    """What exists already, looked for before a demand is filed."""
    policy.require_anywhere(actor_for(request), "catalog.demand")
    words = request.GET.get("q", "").strip()[:100]
    context = {"words": words, "similar": queries.similar_table(words) if words else None, "crumbs": _crumbs(gettext("登记数据需求"))}
    return render(request, "console/demand_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def file_one(request: HttpRequest) -> HttpResponse:
    """The form of a demand; after it, the page of the demand."""
    policy.require_anywhere(actor_for(request), "catalog.demand")
    title = request.GET.get("title", "").strip()[:100]
    return fill(request, FORM, initial={"title": title} if title else None, crumbs=_crumbs(gettext("登记数据需求")))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def demand(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One demand; its buttons match, answer, contest or close it."""
    actor = actor_for(request)
    page = queries.demand_page(uuid, actor=actor)
    move = request.POST.get("move", "") if request.method == "POST" else ""
    shown: dict[str, forms.Form] = {
        "match": MatchForm(request.POST if move in ("match", "refuse") else None, auto_id="match_%s"),
        "answer": AnswerForm(request.POST if move == "answer" else None, auto_id="answer_%s"),
        "reason": ReasonForm(request.POST if move in ("contest", "close") else None, auto_id="reason_%s"),
    }
    if request.method == "POST":
        if move not in MOVES:
            raise BadRequest(gettext("不知道要怎样办理这条需求；请使用页面上的按钮。"))
        name, work = MOVES[move]
        if shown[name].is_valid() and _done(request, page.demand, shown[name], work):
            return redirect("console-demand", uuid=uuid)
        page = queries.demand_page(uuid, actor=actor)
    context = {"page": page, **{f"{name}_form": form for name, form in shown.items()}, "crumbs": _crumbs(page.demand.title)}
    return render(request, "console/demand.html", context, status=422 if request.method == "POST" else 200)


def _done(request: HttpRequest, found: Demand, form: forms.Form, work: "Work") -> bool:
    try:
        after = work(found, form.cleaned_data, actor_for(request))
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return False
    messages.success(request, gettext("已办理：%(state)s。") % {"state": after.get_state_display()})
    return True


Data = dict[str, object]
Work = Callable[[Demand, Data, Actor], Demand]


def _match(found: Demand, data: Data, actor: Actor) -> Demand:
    code = str(data["resource"]).strip()
    return demands.match_demand(
        found, actor=actor, reason=str(data["reason"]), resource=resource_by(code) if code else None,
        owner=data["owner"],  # type: ignore[arg-type]  # an organisation or None, as the form gives it
    )


def _refuse(found: Demand, data: Data, actor: Actor) -> Demand:
    return demands.refuse_demand(found, actor=actor, basis=str(data["reason"]))


def _answer(found: Demand, data: Data, actor: Actor) -> Demand:
    code = str(data["resource"]).strip()
    return demands.answer_demand(
        found, actor=actor, text=str(data["text"]), resource=resource_by(code) if code else None,
        promised_on=data["promised_on"],  # type: ignore[arg-type]  # a day or None, as the form gives it
    )


def _contest(found: Demand, data: Data, actor: Actor) -> Demand:
    return demands.contest_demand(found, actor=actor, reason=str(data["reason"]))


def _close(found: Demand, data: Data, actor: Actor) -> Demand:
    return demands.close_demand(found, actor=actor, reason=str(data["reason"]))


MOVES: dict[str, tuple[str, Work]] = {
    "match": ("match", _match), "refuse": ("match", _refuse), "answer": ("answer", _answer), "contest": ("reason", _contest),
    "close": ("reason", _close),
}


def _crumbs(last: str) -> list[Crumb]:
    return console_crumbs((gettext("数据需求"), reverse("console-demands")), (last, ""))
