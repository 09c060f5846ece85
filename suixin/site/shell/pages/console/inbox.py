"""The inbox: what waits for the reader, and doing many of them at once, each told what became of it."""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.ground.flow import advancing, assigning, procedures
from suixin.ground.flow.declaration import Action
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.models import Step
from suixin.ground.flow.queries import step_for
from suixin.ground.people.models import Account
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.queries import console as desk
from suixin.site.shell.queries.flow import colleagues
from suixin.site.shell.queries.flow import inbox as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

MOST_AT_ONCE = 200
Move = Callable[[Step, Actor, str, str], None]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def home(request: HttpRequest) -> HttpResponse:
    """The inbox; a button does what was chosen."""
    actor = actor_for(request)
    if request.method == "POST":
        return _many(request, actor)
    page = queries.inbox_page(request.GET, actor=actor)
    shown = None if page.is_narrowed else desk.inbox(actor)
    return render(request, "console/home.html", {"page": page, "desk": shown, "key": uuid4().hex})


def _many(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Each chosen step by itself: one that is refused stops no other."""
    chosen, key = request.POST.getlist("step"), request.POST.get("key", "")[:40]
    move, label = _move(request, actor)
    if not chosen:
        raise BadRequest(gettext("没有选中事项；请先勾选，再点要办的按钮。"))
    if len(chosen) > MOST_AT_ONCE:
        raise BadRequest(gettext("一次最多办 %(n)d 项；请分几次办理。") % {"n": MOST_AT_ONCE})
    rows, done = [], 0
    for text in dict.fromkeys(chosen):
        title, outcome = _one(text, move, actor, _reason(request), key)
        done += not outcome
        told = Cell(outcome or gettext("已办理"), tone="" if outcome else "good")
        rows.append((title, Cell(gettext("未办") if outcome else gettext("完成"), tone="bad" if outcome else "good"), told))
    columns = (Column(gettext("事项")), Column(gettext("结果")), Column(gettext("说明"), is_long=True))
    back = f"{reverse('console-home')}?{request.POST.get('back', '')[:500]}".rstrip("?")
    context = {"table": Table(label, columns, rows), "label": label, "done": done, "refused": len(rows) - done, "back": back,
               "crumbs": console_crumbs((label, ""))}
    return render(request, "console/many_done.html", context)


def _one(text: str, move: Move, actor: Actor, reason: str, key: str) -> tuple[Cell, str]:
    """Title of the step, and why it was refused; "" when it was done."""
    try:
        step = step_for(actor, UUID(text))
    except ValueError:
        return Cell(gettext("没有这个环节")), gettext("请从待办列表重新选择。")
    except SuixinError as error:
        return Cell(gettext("没有这个环节")), error.sentence
    title = Cell(step.subject_title, reverse("console-step", args=[step.uuid]), note=step.title)
    try:
        move(step, actor, reason, f"{key}-{step.pk}" if key else "")
    except SuixinError as error:
        return title, error.sentence
    return title, ""


def _move(request: HttpRequest, actor: Actor) -> tuple[Move, str]:
    match request.POST.get("move", ""):
        case "claim":
            return _claim, gettext("认领")
        case "approve":
            return _approve, gettext("同意")
        case "hand_over":
            receiver = _receiver(request, actor)
            return lambda step, actor, reason, key: _hand_over(step, receiver, actor, reason), gettext("移交")
    raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))


def _claim(step: Step, actor: Actor, reason: str, key: str) -> None:
    assigning.claim(step, actor=actor)


def _approve(step: Step, actor: Actor, reason: str, key: str) -> None:
    node = procedures.declaration_of(step.instance.version).node(step.node)
    if not queries.approves(step, node):
        raise WrongMove(gettext("这个环节不能批量同意：它要单独填写或选择，请打开后办理。"))
    advancing.decide(step, Action.APPROVE, actor=actor, reason=reason, key=key)


def _hand_over(step: Step, to: Account, actor: Actor, reason: str) -> None:
    assigning.hand_over(step, to, actor=actor, reason=reason)


def _receiver(request: HttpRequest, actor: Actor) -> Account:
    number = request.POST.get("to", "")
    known = colleagues.named(colleagues.colleagues(colleagues.places_of(actor), besides=actor.key))
    found = known.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if found is None:
        raise BadRequest(gettext("没有选要移交给谁；请在“交给”里选一位同事。"))
    return found


def _reason(request: HttpRequest) -> str:
    text = request.POST.get("reason", "").strip()
    form = ReasonForm({"reason": text})
    if text and not form.is_valid():
        raise BadRequest("；".join(str(error) for error in form.errors.get("reason", [])))
    return text
