"""Government cases for staff: the work list, one case with what may be done, its papers, the supervision board."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.services.cases import applying, handling, jointly, parties, supervising
from suixin.services.cases.attached import CardColour, MessageKind
from suixin.services.cases.models import Case, State
from suixin.services.matters.queries import matter_with
from suixin.site.shell import case_forms as kinds
from suixin.site.shell.pages.console import case_money
from suixin.site.shell.queries import cases_shown, matters_shown
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

Typed = Mapping[str, object]
Act = Callable[[Case, Typed, Actor], object]


@require_safe
@staff_page
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases under the request's filters."""
    page = cases_shown.work_list(request.GET, actor=actor_for(request))
    return render(request, "console/service_cases.html", {"page": page, "crumbs": console_crumbs((gettext("政务办件"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def case(request: HttpRequest, number: str) -> HttpResponse:
    """One case; posted, `wish` says what is done."""
    actor = actor_for(request)
    held = parties.case_of(number, actor=actor)
    wish = request.POST.get("wish", "") if request.method == "POST" else ""
    filled = _forms(held, actor, request, wish)
    status = 200
    if request.method == "POST":
        status = _done(request, held, wish, filled, actor)
        if status == 200:
            return redirect("console-service-case", number=number)
    context = {
        "page": cases_shown.case_page(held, actor=actor), "forms": filled, "may_handle": policy.may(actor, "cases.handle", held),
        "money": case_money.shown(held, actor), "question": _question(held, actor), "matter": matter_with(held),
        "answers": matters_shown.answers_of_part(held, actor=actor),
        "crumbs": console_crumbs((gettext("政务办件"), reverse("console-service-cases")), (number, "")),
    }
    return render(request, "console/service_case.html", context, status=status)


@require_safe
@staff_page
def paper(request: HttpRequest, number: str, uuid: UUID) -> HttpResponse:
    """A paper of the case, to be printed."""
    held = parties.case_of(number, actor=actor_for(request))
    document = held.documents.filter(uuid=uuid).first()
    if document is None:
        raise NotFound(gettext("没有这份文书；请从办件页打开。"))
    back = reverse("console-service-case", args=[number])
    return render(request, "portal/case_paper.html", {"case": held, "document": document, "back": back})


@require_safe
@staff_page
def board(request: HttpRequest) -> HttpResponse:
    """How departments stand with their limits, and the cards that were shown: the first of them; with `list=cards` these alone, all."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "cases.supervise")
    is_cards = request.GET.get("list") == "cards"
    cards, pages = cases_shown.cards_table(request.GET if is_cards else QueryDict(), actor=actor)
    context = {"cards": cards, "pages": pages, "is_cards": is_cards, "crumbs": console_crumbs((gettext("时限监察"), ""))}
    if not is_cards:
        context["stats"], context["table"], context["departments"] = cases_shown.board_table(request.GET, actor=actor)
    return render(request, "console/case_board.html", context)


def _forms(case: Case, actor: Actor, request: HttpRequest, wish: str) -> dict[str, forms.Form]:
    """A form for each thing that may be done now, filled with what was posted for it."""
    def data(name: str) -> object:
        return request.POST if wish == name else None

    found: dict[str, forms.Form] = {}
    if policy.may(actor, "cases.handle", case):
        found |= case_money.forms_of(case, data)
        if case.state == State.ACCEPTED:
            found["special"] = kinds.SpecialForm(data("special"), auto_id="special_%s")  # type: ignore[arg-type]  # as posted
        if case.state == State.SPECIAL:
            found["end_special"] = kinds.ResultForm(data("end_special"), auto_id="end_%s")  # type: ignore[arg-type]  # as posted
        is_alone = case.state != State.GRANTED or not jointly.objection(case, "deliver")  # granted for a matter: delivered with it
        if case.state in (State.GRANTED, State.DENIED, State.REFUSED) and not case.delivered_to and is_alone:
            found["deliver"] = kinds.DeliveryForm(data("deliver"), auto_id="deliver_%s")  # type: ignore[arg-type]  # as posted
        if case.is_live and case.materials.exists():
            names = [(one.number, one.name) for one in case.materials.all()]
            found["material"] = kinds.MaterialForm(data("material"), materials=names, auto_id="material_%s")
        if case.is_live:
            found["consult"] = kinds.ConsultForm(data("consult"), others=cases_shown.others(case), auto_id="consult_%s")
        if case.state != State.ARCHIVED:
            found["reply"] = kinds.TextForm(data("reply"), auto_id="reply_%s")  # type: ignore[arg-type]  # as posted
        if case.cards.filter(explained_at=None).exists():
            found["explain"] = kinds.TextForm(data("explain"), auto_id="explain_%s")  # type: ignore[arg-type]  # as posted
    if policy.may(actor, "cases.supervise", case):
        found["card"] = kinds.CardForm(data("card"), auto_id="card_%s")  # type: ignore[arg-type]  # as posted
    if _question(case, actor) is not None:
        found["opinion"] = kinds.TextForm(data("opinion"), auto_id="opinion_%s")  # type: ignore[arg-type]  # as posted
    return found


def _done(request: HttpRequest, case: Case, wish: str, filled: Mapping[str, forms.Form], actor: Actor) -> int:
    """200 when it was done; else the status of the page that says why not."""
    act = ACTS.get(wish)
    if act is None:
        raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))
    form = filled.get(wish)
    if form is not None and not form.is_valid():
        return 422
    typed = form.cleaned_data if form is not None else request.POST.dict()
    try:
        act(case, typed, actor)
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return 409 if error.http_status >= 500 else error.http_status  # the page itself is whole, though a provider failed
    messages.success(request, gettext("已办理。"))
    return 200


def _question(case: Case, actor: Actor) -> object:
    asked = case.messages.filter(kind=MessageKind.CONSULTATION, organisation__uscc=actor.organisation, answer=None)
    return asked.first() if actor.organisation else None


def _text(typed: Typed, name: str) -> str:
    value = typed.get(name, "")
    return value if isinstance(value, str) else ""


def _number(typed: Typed, name: str) -> int:
    value = typed.get(name)
    return value if isinstance(value, int) else 0


def _consult(case: Case, typed: Typed, actor: Actor) -> None:
    place = typed.get("organisation")
    if not isinstance(place, Organisation):
        raise BadRequest(gettext("没有选被征询的部门。"))
    handling.consult(case, place, _text(typed, "text"), actor=actor)


def _opinion(case: Case, typed: Typed, actor: Actor) -> None:
    question = case.messages.select_related("organisation", "case").filter(
        kind=MessageKind.CONSULTATION, organisation__uscc=actor.organisation, answer=None).first()
    if question is None:
        raise NotFound(gettext("没有等您答复的征询。"))
    handling.give_opinion(question, _text(typed, "text"), actor=actor)


def _explain(case: Case, typed: Typed, actor: Actor) -> None:
    for card in case.cards.filter(explained_at=None):
        supervising.explain(card, _text(typed, "text"), actor=actor)


ACTS: dict[str, Act] = {
    "special": lambda case, typed, actor: handling.begin_special(
        case, _text(typed, "kind"), actor=actor, reason=_text(typed, "reason"), document=_text(typed, "document"),
        days=_number(typed, "days")),
    "end_special": lambda case, typed, actor: handling.end_special(
        case, actor=actor, result=_text(typed, "result"), document=_text(typed, "document")),
    "deliver": lambda case, typed, actor: handling.deliver(case, _text(typed, "to"), actor=actor, note=_text(typed, "note")),
    "at_once": lambda case, typed, actor: handling.finish_at_once(case, actor=actor, to=_text(typed, "to")),
    "material": lambda case, typed, actor: handling.settle_material(
        case, _number(typed, "number"), _text(typed, "state"), actor=actor, note=_text(typed, "note")),
    "reply": lambda case, typed, actor: handling.reply(case, _text(typed, "text"), actor=actor),
    "archive": lambda case, typed, actor: handling.archive(case, actor=actor),
    "withdraw": lambda case, typed, actor: applying.withdraw(case, actor=actor, reason=_text(typed, "reason")),
    "card": lambda case, typed, actor: supervising.show_card(
        case, _text(typed, "colour") or CardColour.YELLOW, actor=actor, reason=_text(typed, "reason")),
    "consult": _consult, "opinion": _opinion, "explain": _explain, **case_money.ACTS,
}
