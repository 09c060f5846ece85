"""Filling in rows of one resource: a table that is typed or pasted into, kept as a draft, checked, handed in. Works without script."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.collection import filling
from suixin.data.collection.filling import Saving
from suixin.data.collection.models import FillDraft
from suixin.data.collection.typed_rows import MAX_ROWS, Row, cleaned, judged, pasted
from suixin.ground.forms.errors import DraftChanged
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed, SuixinError
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.sheet_filling import BLANK, SheetPage, Shown, page_size, sheet_page
from suixin.site.shell.readers import actor_for, staff_page


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request of somebody who fills in."""

    request: HttpRequest
    resource: Resource
    contract: Contract
    actor: Actor
    draft: FillDraft | None

    @property
    def wish(self) -> str:
        """The button that was pressed."""
        return self.request.POST.get("_do", "save")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def fill_in(request: HttpRequest, table: str) -> HttpResponse:
    """The table; after a button, what it did."""
    actor, resource = actor_for(request), resource_by(table)
    turn = _Turn(request, resource, resource.contract, actor, filling.draft_of(resource, actor=actor))
    page_size(turn.contract)
    if request.method != "POST":
        shown = Shown(filling.rows_of(turn.draft), _number(request.GET.get("page", ""), 1), _number(request.GET.get("blank", ""), BLANK))
        return _rendered(turn, sheet_page(resource, shown, draft=turn.draft))
    if turn.wish == "discard":
        return _discarded(turn)
    return _posted(turn)


def _posted(turn: _Turn) -> HttpResponse:
    post = turn.request.POST
    token, revision, page = _uuid(post.get("_token", "")), _number(post.get("_revision", ""), 0), _number(post.get("_page", ""), 1)
    rows: list[Row] = list(filling.rows_of(turn.draft))
    blank = _number(post.get("_blank", ""), BLANK)
    try:
        rows = _with_posted(turn, rows)
        saving = Saving(token, revision, rows, turn.request.FILES.getlist("files"), post.getlist("drop"))
        draft = filling.save_draft(turn.resource, saving, actor=turn.actor)
        return _done(turn, draft, page=page, blank=blank)
    except NotAllowed:
        raise
    except SuixinError as error:
        shown = Shown(rows[:MAX_ROWS], page, blank, token=token, revision=revision)
        newest = turn.request.path if isinstance(error, DraftChanged) else ""
        page_told = sheet_page(turn.resource, shown, draft=turn.draft)
        return _rendered(turn, page_told, sentence=error.sentence, newest=newest, status=error.http_status)


def _with_posted(turn: _Turn, rows: list[Row]) -> list[Row]:
    """All rows of the draft with those of the page as they were posted, and what was pasted behind."""
    post, width = turn.request.POST, len(turn.contract.items)
    start, held = _number(post.get("_start", ""), 0), _number(post.get("_held", ""), 0)
    size = page_size(turn.contract)
    typed = [[post.get(f"r{at}-{place}", "") for place in range(width)] for at in range(size) if f"r{at}-0" in post]
    added = pasted(post.get("pasted", ""), turn.contract)
    return cleaned([*rows[:start], *typed, *rows[start + held :], *added], width)


def _done(turn: _Turn, draft: FillDraft, *, page: int, blank: int) -> HttpResponse:
    """What the button asks for, once everything is saved."""
    wish, here = turn.wish, turn.request.path
    if wish in ("check", "submit"):
        rows = filling.rows_of(draft)
        judgement = judged(turn.contract, rows)
        if wish == "submit" and rows and not judgement.rejected:
            return _submitted(turn, draft)
        shown = Shown(rows, page, blank, judgement)
        sentence = gettext("没有提交：先改好标出的地方，或者确认按现在的内容提交。") if wish == "submit" and rows else ""
        sentence = sentence or ("" if rows else gettext("还没有填写任何行；请至少填写一行。"))
        status = 422 if judgement.rejected or not rows else 200
        return _rendered(turn, sheet_page(turn.resource, shown, draft=draft), sentence=sentence, status=status)
    if wish == "submit-anyway":
        return _submitted(turn, draft)
    if wish.startswith("page-"):
        page = _number(wish.removeprefix("page-"), page)
    elif wish == "more":
        blank += BLANK
    elif wish == "paste":
        page = 10**4
    else:
        messages.success(turn.request, gettext("草稿已保存，共 %(rows)s 行。") % {"rows": draft.rows})
    return redirect(f"{here}?page={page}&blank={blank}")


def _submitted(turn: _Turn, draft: FillDraft) -> HttpResponse:
    made = filling.submit(turn.resource, draft.token, draft.revision, actor=turn.actor)
    told = {"rows": made.rows_in, "accepted": made.accepted, "rejected": made.rejected}
    messages.success(turn.request, gettext("已提交 %(rows)s 行：接受 %(accepted)s 行，拒绝 %(rejected)s 行。") % told)
    return redirect("console-resource", table=turn.resource.table)


def _discarded(turn: _Turn) -> HttpResponse:
    filling.discard(turn.resource, _uuid(turn.request.POST.get("_token", "")), actor=turn.actor)
    messages.success(turn.request, gettext("草稿已丢弃。"))
    return redirect(turn.request.path)


def _rendered(turn: _Turn, page: SheetPage, *, sentence: str = "", newest: str = "", status: int = 200) -> HttpResponse:
    crumbs = console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (page.resource.title, reverse("console-resource", args=[page.resource.table])),
        (gettext("在线填报"), ""),
    )
    context = {"page": page, "sentence": sentence, "newest": newest, "crumbs": crumbs}
    return render(turn.request, "console/sheet_fill.html", context, status=status)


def _number(text: str, otherwise: int) -> int:
    return min(int(text), 10**5) if text.isdecimal() and len(text) < 9 else otherwise


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()
