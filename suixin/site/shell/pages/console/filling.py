"""Forms of the console: the list, filling in, drafts, what was handed in; attachments as downloads."""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.files import store
from suixin.ground.files.queries import attachment_of
from suixin.ground.flow import answering
from suixin.ground.forms import actions, queries
from suixin.ground.forms.errors import UnknownDraft
from suixin.ground.forms.models import Draft, joined
from suixin.ground.forms.shown import parts
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.services.cases import asking, prefilling, window
from suixin.services.matters import asking as themes
from suixin.site.findings import FINDING
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.forms_view import fill
from suixin.site.shell.queries.links import console_crumbs, page_of
from suixin.site.shell.readers import actor_for, staff_page

PAGE = 20
SANDBOX = "sandbox; default-src 'none'"


@require_safe
@staff_page
def form_list(request: HttpRequest) -> HttpResponse:
    """Forms that one may fill in, and what was handed in within the reader's reach."""
    actor = actor_for(request)
    found, pages = page_of(queries.submissions_for(actor), request.GET, size=PAGE)
    columns = (Column(gettext("表单"), is_long=True), Column(gettext("提交人")), Column(gettext("单位")), Column(gettext("提交时间")))
    rows = [
        (Cell(one.title, reverse("console-form-submission", kwargs={"uuid": one.uuid})), Cell(one.actor_name),
         Cell(str(one.organisation or "")), Cell(f"{one.submitted_at.astimezone(clock.CHINA):%Y-%m-%d %H:%M}"))
        for one in found
    ]
    context = {
        "forms": queries.forms(), "drafts": queries.drafts_of(actor).count(), "pages": pages,
        "table": Table(gettext("已提交的填报"), columns, rows, gettext("还没有提交过。"), is_cards=True),
        "crumbs": console_crumbs((gettext("填报"), "")),
    }
    return render(request, "console/forms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def fill_form(request: HttpRequest, slug: str) -> HttpResponse:
    """Any form that is registered."""
    return fill(request, slug)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def draft_list(request: HttpRequest) -> HttpResponse:
    """One's drafts; a button throws one away."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "forms.fill")
    if request.method == "POST":
        token = _uuid(request.POST.get("draft", ""))
        actions.discard(token, actor=actor)
        prefilling.forget_draft(token)
        messages.success(request, gettext("草稿已丢弃。"))
        return redirect("console-form-drafts")
    drafts = [(draft, _address(draft)) for draft in queries.drafts_of(actor)[:200]]
    crumbs = console_crumbs((gettext("填报"), reverse("console-forms")), (gettext("草稿"), ""))
    return render(request, "console/form_drafts.html", {"drafts": drafts, "crumbs": crumbs})


def _address(draft: Draft) -> str:
    """Where the draft goes on."""
    homes = {answering.SUBJECT: "console-step-form", FINDING: "console-order-find"}
    home = homes.get(draft.subject_kind)
    address = reverse(home, args=[draft.subject_key]) if home else _of_window(draft) or reverse("console-form", args=[draft.form])
    return f"{address}?draft={draft.uuid}&page={draft.step}"


def _of_window(draft: Draft) -> str:
    """Where what a window began goes on; "" for other drafts."""
    family = draft.form.partition("-")[0]
    version = asking.version_of(draft.form) if family == window.FAMILY else None
    asked = themes.asked_of(draft.form) if family == themes.AT_WINDOW else None
    if asked is not None:
        return reverse("console-receive-theme", args=[asked.version.theme.slug])
    return reverse("console-receive", args=[version.item.code]) if version is not None else ""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def submission(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What was handed in; sensitive answers masked until asked for with a reason, which is on record."""
    actor = actor_for(request)
    made = queries.submission_of(uuid, actor=actor)
    values, reason = joined(made), ReasonForm(request.POST if request.method == "POST" else None)
    is_full = reason.is_valid()
    if is_full:
        values = actions.reveal(made, actor=actor, reason=reason.cleaned_data["reason"])
    form = queries.form_then(made)
    told = parts(form, values, is_masked=not is_full) if form else []
    context = {
        "made": made, "parts": told, "reason": reason, "is_full": is_full,
        "may_reveal": queries.may_reveal(actor, made),
        "has_masked": any(line.is_masked for part in told for _, lines in part.blocks for line in lines),
        "crumbs": console_crumbs((gettext("填报"), reverse("console-forms")), (made.title, "")),
    }
    return render(request, "console/form_submission.html", context, status=422 if request.method == "POST" and not is_full else 200)


@require_safe
@staff_page
def attachment(request: HttpRequest, uuid: UUID) -> HttpResponse | FileResponse:
    """The bytes, as a download that no browser opens inside the site."""
    held = attachment_of(uuid, actor=actor_for(request))
    answer = FileResponse(store.opened(held.sm3), as_attachment=True, filename=held.name, content_type=held.media_type)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownDraft(gettext("没有这份草稿，请刷新草稿列表。")) from None
