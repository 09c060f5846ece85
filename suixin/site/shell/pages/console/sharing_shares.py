"""Pages of shares and disputes: how to call, records of use, suspension, termination, disposal; three steps of a dispute."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.sharing import disposing, disputing, drafting, ending, recording
from suixin.data.sharing.disposing import Receipt
from suixin.data.sharing.models import AmendKind, DisposalMethod, Dispute, Share
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.pages.console.sharing_requests import crumbs, done, tried
from suixin.site.shell.queries import sharing_shares as queries
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.sharing_forms import (
    DisposalForm,
    DisputeForm,
    OutcomeForm,
    RemedyForm,
    SuspendForm,
    TerminateForm,
    UseForm,
    WhyForm,
)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def share(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One share; its buttons renew, record, suspend, resume, end, dispose or dispute."""
    actor = actor_for(request)
    page = queries.share_page(uuid, actor=actor)
    held, move = page.share, request.POST.get("move", "") if request.method == "POST" else ""
    if move in AmendKind.values:
        part = tried(request, lambda: drafting.open_amendment(held, AmendKind(move), actor=actor))
        return redirect("console-sharing-part", uuid=part.uuid) if part else redirect("console-sharing-share", uuid=uuid)
    shown = {name: kind(request.POST if move in moves else None, auto_id=f"{name}_%s") for name, (kind, moves) in FORMS.items()}
    if request.method == "POST":
        if move not in MOVES:
            raise BadRequest(gettext("不知道要怎样办理；请使用页面上的按钮。"))
        name, work = MOVES[move]
        form = shown[name]
        if form.is_valid() and done(request, lambda: work(held, form, actor)):
            messages.success(request, gettext("已办理。"))
            return redirect("console-sharing-share", uuid=uuid)
        page = queries.share_page(uuid, actor=actor)
    context = {"page": page, "stats": page.stats, "forms": shown, "crumbs": crumbs(held.title)}
    return render(request, "console/sharing_share.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def dispute(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One dispute; what came of the step that waits is entered here."""
    actor = actor_for(request)
    page = queries.dispute_page(uuid, actor=actor)
    held, move = page.dispute, request.POST.get("move", "") if request.method == "POST" else ""
    form = OutcomeForm(request.POST if move == "rule" else None)
    why = WhyForm(request.POST if move == "withdraw" else None, auto_id="withdraw_%s")
    if request.method == "POST":
        work = _dispute_work(held, move, form, why, actor)
        if work is not None and done(request, work):
            messages.success(request, gettext("已办理。"))
            return redirect("console-sharing-dispute", uuid=uuid)
        page = queries.dispute_page(uuid, actor=actor)
    context = {"page": page, "form": form, "why": why, "crumbs": crumbs(held.title)}
    return render(request, "console/sharing_dispute.html", context, status=422 if request.method == "POST" else 200)


def _dispute_work(held: Dispute, move: str, form: OutcomeForm, why: WhyForm, actor: Actor) -> Callable[[], object] | None:
    if move == "rule":
        if not form.is_valid():
            return None
        told = form.cleaned_data
        return lambda: disputing.rule_dispute(
            held, actor=actor, is_agreed=told["outcome"] != "open", must_share=told["outcome"] == "share", text=told["text"])
    if move == "withdraw":
        return (lambda: disputing.withdraw_dispute(held, actor=actor, reason=why.cleaned_data["reason"])) if why.is_valid() else None
    raise BadRequest(gettext("不知道要怎样办理；请使用页面上的按钮。"))


def _record(held: Share, form: forms.Form, actor: Actor) -> None:
    assert isinstance(form, UseForm)  # noqa: S101 as MOVES pairs them
    recording.record_use(held, form.used(), actor=actor)


def _suspend(held: Share, form: forms.Form, actor: Actor) -> None:
    ending.suspend_share(held, actor=actor, reason=form.cleaned_data["reason"], remedy_by=form.cleaned_data["remedy_by"])


def _resume(held: Share, form: forms.Form, actor: Actor) -> None:
    ending.resume_share(held, actor=actor, reason=form.cleaned_data["reason"])


def _remedy(held: Share, form: forms.Form, actor: Actor) -> None:
    ending.report_remedy(held, actor=actor, text=form.cleaned_data["reason"])


def _terminate(held: Share, form: forms.Form, actor: Actor) -> None:
    told = form.cleaned_data
    ending.terminate_share(held, actor=actor, reason=told["reason"], consultation=told["consultation"])


def _finish(held: Share, form: forms.Form, actor: Actor) -> None:
    ending.finish_use(held, actor=actor, reason=form.cleaned_data["reason"])


def _dispose(held: Share, form: forms.Form, actor: Actor) -> None:
    assert isinstance(form, DisposalForm)  # noqa: S101 as MOVES pairs them
    told = form.cleaned_data
    disposing.file_disposal(held, Receipt(DisposalMethod(told["method"]), told["text"], form.day()), actor=actor)


def _dispute(held: Share, form: forms.Form, actor: Actor) -> None:
    disputing.open_dispute(held, actor=actor, claim=form.cleaned_data["claim"])


FORMS: dict[str, tuple[type[forms.Form], tuple[str, ...]]] = {
    "use": (UseForm, ("record",)), "suspend": (SuspendForm, ("suspend",)), "resume": (WhyForm, ("resume",)),
    "remedy": (RemedyForm, ("remedy",)), "terminate": (TerminateForm, ("terminate",)), "finish": (WhyForm, ("finish",)),
    "dispose": (DisposalForm, ("dispose",)), "dispute": (DisputeForm, ("dispute",)),
}
MOVES: dict[str, tuple[str, Callable[[Share, forms.Form, Actor], None]]] = {
    "record": ("use", _record), "suspend": ("suspend", _suspend), "resume": ("resume", _resume), "remedy": ("remedy", _remedy),
    "terminate": ("terminate", _terminate), "finish": ("finish", _finish), "dispose": ("dispose", _dispose), "dispute": ("dispute",
        _dispute),
}
