"""One step: read everything, decide, or move it otherwise; every form carries a key, so that sent twice it is done once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods

from suixin.ground.flow import advancing, answering, assigning, moving, rights, stopping
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.models import Step, StepStatus
from suixin.ground.flow.queries import may_see, step_for
from suixin.ground.forms.queries import data_of
from suixin.ground.people.models import Account
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.site.shell import flow_forms as forms
from suixin.site.shell.forms_view import fill
from suixin.site.shell.queries.flow.history import declaration_of
from suixin.site.shell.queries.flow.step import StepPage, case_href, step_page
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

Act = Callable[[Step, Mapping[str, object], Actor], object]


@dataclass(frozen=True, slots=True)
class Move:
    """What a button does, and what is said when it was done; `leaves`: one is done with the step."""

    act: Act
    told: str
    leaves: bool = False


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def step(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The step; its buttons decide, move or stop it."""
    actor = actor_for(request)
    found = step_for(actor, uuid)
    page = step_page(found, actor=actor)
    chosen = request.POST.get("move", "") if request.method == "POST" else ""
    filled = _forms(page, request, chosen)
    status = 200
    if request.method == "POST":
        answer = _moved(request, found, chosen, filled, actor)
        if isinstance(answer, HttpResponse):
            return answer
        status = answer
        page = step_page(step_for(actor, uuid), actor=actor)
    crumbs = console_crumbs((found.subject_title, case_href(found.instance)), (found.title, ""))
    return render(request, "console/step.html", {"page": page, "forms": filled, "crumbs": crumbs, "chosen": chosen}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def step_form(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """The form that the step asks for; handed in, the step is decided with it."""
    actor = actor_for(request)
    found = step_for(actor, uuid)
    node, back = declaration_of(found.instance).node(found.node), reverse("console-step", args=[found.uuid])
    if node is None or not node.form:
        raise NotFound(gettext("这个环节不用填表单；请回到环节页办理。"))
    if not rights.may_act(actor, found):
        policy.refuse(actor, "flow.act", found)
    if found.status != StepStatus.OPEN:
        raise WrongMove(gettext("这个环节现在不在办，不用再填表单；请回到环节页查看。"))
    crumbs = console_crumbs((found.subject_title, case_href(found.instance)), (found.title, back), (answering.title_of(node.form), ""))
    last, subject = answering.submission_of(found), (answering.SUBJECT, str(found.uuid))
    return fill(request, node.form, subject=subject, done=lambda made: back, initial=data_of(last) if last else None, crumbs=crumbs)


def _forms(page: StepPage, request: HttpRequest, chosen: str) -> dict[str, forms.KeyedForm]:
    """A form for each thing that may be done, filled with what was posted for it."""
    def one(kind: type[forms.KeyedForm], name: str, **more: object) -> forms.KeyedForm:
        is_it = chosen == name or (name == "decide" and chosen.startswith("decide:"))
        return kind(request.POST if is_it else None, initial={"key": uuid4().hex}, auto_id=f"{name}_%s", **more)  # type: ignore[arg-type]  # as forms pass them

    known: dict[str, tuple[type[forms.KeyedForm], dict[str, object]]] = {
        "supplement": (forms.SupplementForm, {}), "answer": (forms.AnswerForm, {}), "suspend": (forms.SuspendForm, {}),
        "resume": (forms.MoveReasonForm, {}), "extend": (forms.ExtendForm, {}), "return": (forms.ReturnForm, {"nodes": page.nodes}),
        "hand_over": (forms.HandOverForm, {"people": page.people}),
    }
    filled = {name: one(kind, name, **more) for name, (kind, more) in known.items() if name in page.moves}
    return {"decide": one(forms.DecideForm, "decide"), **filled}


def _moved(
    request: HttpRequest, step: Step, chosen: str, filled: Mapping[str, forms.KeyedForm], actor: Actor
) -> HttpResponse | int:
    """Where to go when it was done; the status of the page that says why not."""
    move = _decision(chosen) or MOVES.get(chosen)
    if move is None:
        raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))
    form = filled.get("decide" if chosen.startswith("decide:") else chosen)
    typed: Mapping[str, object] = {}
    if form is not None:
        if not form.is_valid():
            return 422
        typed = form.cleaned_data
    elif chosen not in ("claim", "release"):
        typed = {"reason": request.POST.get("reason", ""), "key": request.POST.get("key", "")}
    try:
        move.act(step, typed, actor)
    except SuixinError as error:
        messages.error(request, error.sentence)
        return error.http_status
    messages.success(request, gettext("%(title)s：%(told)s") % {"title": step.subject_title, "told": gettext(move.told)})
    if move.leaves or not may_see(actor, step.instance):
        return redirect("console-home")
    return redirect(reverse("console-step", args=[step.uuid]))


def _decision(chosen: str) -> Move | None:
    kind, _, action = chosen.partition(":")
    if kind != "decide" or not action:
        return None
    return Move(lambda step, typed, actor: advancing.decide(
        step, action[:32], actor=actor, key=_text(typed, "key"), reason=_text(typed, "reason"), document=_text(typed, "document"),
    ), gettext_noop("已办理，并已记入办理记录。"), leaves=True)


def _text(typed: Mapping[str, object], name: str) -> str:
    value = typed.get(name, "")
    return value if isinstance(value, str) else ""


def _missing(typed: Mapping[str, object]) -> list[str]:
    lines = typed.get("missing")
    return [str(line) for line in lines] if isinstance(lines, list) else []


def _days(typed: Mapping[str, object]) -> int:
    value = typed.get("days")
    return value if isinstance(value, int) else 0


def _hand_over(step: Step, typed: Mapping[str, object], actor: Actor) -> None:
    to = typed.get("to")
    if not isinstance(to, Account):
        raise BadRequest(gettext("没有选要移交给谁；请在“交给”里选一位同事。"))
    assigning.hand_over(step, to, actor=actor, reason=_text(typed, "reason"), document=_text(typed, "document"))


MOVES: Mapping[str, Move] = {
    "claim": Move(lambda step, typed, actor: assigning.claim(step, actor=actor), gettext_noop("已认领，由您办理。")),
    "release": Move(lambda step, typed, actor: assigning.release(step, actor=actor), gettext_noop("已放回，本岗位的人都可以认领。")),
    "hand_over": Move(_hand_over, gettext_noop("已移交。"), leaves=True),
    "supplement": Move(lambda step, typed, actor: stopping.ask_supplement(
        step, _missing(typed), actor=actor, reason=_text(typed, "reason"), document=_text(typed, "document"), key=_text(typed, "key"),
    ), gettext_noop("已一次告知发起人补正，补齐前停钟。")),
    "answer": Move(lambda step, typed, actor: stopping.answer_supplement(
        step, actor=actor, reason=_text(typed, "reason"), key=_text(typed, "key"),
    ), gettext_noop("已补正，继续计时。"), leaves=True),
    "suspend": Move(lambda step, typed, actor: stopping.suspend(
        step, actor=actor, reason=_text(typed, "reason"), document=_text(typed, "document"), legal_basis=_text(typed, "legal_basis"),
        key=_text(typed, "key"),
    ), gettext_noop("已提交挂起；需要审批的，批准后停钟。")),
    "resume": Move(lambda step, typed, actor: stopping.resume(
        step, actor=actor, reason=_text(typed, "reason"), document=_text(typed, "document"), key=_text(typed, "key"),
    ), gettext_noop("已恢复，继续计时。")),
    "extend": Move(lambda step, typed, actor: stopping.extend(
        step, _days(typed), actor=actor, reason=_text(typed, "reason"), document=_text(typed, "document"), key=_text(typed, "key"),
    ), gettext_noop("已提交延长；需要审批的，批准后生效。")),
    "return": Move(lambda step, typed, actor: moving.return_to(
        step, _text(typed, "node"), actor=actor, reason=_text(typed, "reason"), document=_text(typed, "document"), key=_text(typed, "key"),
    ), gettext_noop("已退回，前面的环节重新办理。"), leaves=True),
}
