"""Any declared form as pages, for any module, in five lines:

    @require_http_methods(["GET", "HEAD", "POST"])
    @staff_page
    def report(request):
        return fill(request, "work-order-found", subject=("catalog.resource", "510900/0001"), done=lambda made: made.href)

Each step is posted, judged and saved as a draft before the next is shown; nothing needs JavaScript. Posting the same page
twice, or handing in twice, changes nothing more. An older window is told and overwrites nothing.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.files.errors import FileRefused, ScannerSilent
from suixin.ground.forms import actions, queries
from suixin.ground.forms.actions import Saving
from suixin.ground.forms.answers import Checked, Fault, check, check_values, visible_pages
from suixin.ground.forms.declaration import Form
from suixin.ground.forms.errors import DraftChanged, FaultyAnswers, UnknownDraft
from suixin.ground.forms.models import Draft, Submission, joined
from suixin.ground.forms.posting import AsPosted
from suixin.ground.forms.shown import parts
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.form_controls import Block, FormStep, FormView, Material, blocks_of, focused, identity
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for
from suixin.site.shell.tongues import in_tongue

REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a form is filled in: the frame of its pages, where a saved draft and a submission without address lead.

    `has_focus`: the keyboard stands at the first question of a page, as where one form after the other is filled in.
    """

    frame: str = "console/form_frame.html"
    drafts: str = "console-form-drafts"
    submission: str = "console-form-submission"
    has_focus: bool = False


@dataclass(frozen=True, slots=True)
class ForWhom:
    """For whom a form is handed in, told before it is; `without`: ids of groups that do not concern it and are not asked."""

    facts: Sequence[tuple[str, str]] = ()
    without: Collection[str] = ()


CONSOLE, ANYBODY = Place(), ForWhom()
Done = Callable[[Submission], str]
Judge = Callable[[Mapping[str, object]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One request of somebody who fills in a form."""

    request: HttpRequest
    form: Form
    actor: Actor
    subject: tuple[str, str]
    draft: Draft | None
    token: UUID
    revision: int
    known: Mapping[str, object]
    crumbs: list[Crumb]
    place: Place
    notes: Mapping[str, str]
    action: str
    facts: Sequence[tuple[str, str]]
    judge: Judge | None

    def address(self, page: int | str) -> str:
        """Where a page of this draft stands."""
        return f"{self.request.path}?draft={self.token}&page={page}"


def fill(
    request: HttpRequest, slug: str, *, subject: tuple[str, str] = ("", ""), done: Done | None = None,
    initial: Mapping[str, object] | None = None, crumbs: list[Crumb] | None = None, actor: Actor | None = None, place: Place = CONSOLE,
    notes: Mapping[str, str] | None = None, action: str = "", whom: ForWhom = ANYBODY,
    judge: Judge | None = None,
) -> HttpResponse:
    """The page of the form that is asked for, or what a post leads to.

    `notes`: by field, what is told beside it. `action`: where pages are posted, when that is not the path alone.
    `judge`: more that is wrong with the answers, by field.
    Raises NotAllowed, UnknownForm, UnknownDraft.
    """
    form, actor = _without(in_tongue(queries.form_of(slug)), whom.without), actor or actor_for(request)
    policy.require(actor, "forms.fill", actions.place_of(actor))
    asked = (request.POST.get("_token") if request.method == "POST" else request.GET.get("draft")) or ""
    token = _uuid(asked) if asked else uuid4()
    draft = queries.drafts_of(actor).filter(uuid=token, form=form.id).first()
    if draft is not None and (draft.subject_kind, draft.subject_key) != subject:
        raise UnknownDraft(gettext("这份草稿属于另一件事；请从草稿列表打开。"))
    if draft is None and asked and request.method != "POST":
        return _gone(request, token, actor, place)
    trail = crumbs or console_crumbs((gettext("填报"), reverse("console-forms")), (form.title, ""))
    turn = _Turn(request, form, actor, subject, draft, token, draft.revision if draft else 0,
                 joined(draft) if draft else dict(initial or {}), trail, place,
                 notes or {}, action or request.path, whom.facts, judge)
    return _posted(turn, done) if request.method == "POST" else _shown(turn)


def page_in(request: HttpRequest, form: Form) -> int:
    """The number of the page that was posted."""
    number = _number(request.POST.get("_page", ""))
    return number if number in range(len(form.pages)) else 0


def revision_in(request: HttpRequest) -> int:
    """Which saving of the draft the page had seen that was posted."""
    return _number(request.POST.get("_revision", ""))


def _without(form: Form, groups: Collection[str]) -> Form:
    """The form without these groups."""
    if not groups:
        return form
    kept = tuple(replace(page, groups=tuple(group for group in page.groups if group.id not in groups)) for page in form.pages)
    return replace(form, pages=kept)


def _gone(request: HttpRequest, token: UUID, actor: Actor, place: Place) -> HttpResponse:
    made = queries.submissions_by(actor).filter(token=token).first()
    if made is None:
        raise UnknownDraft(gettext("没有这份草稿，或它不是您的、已过期、已提交；请从草稿列表查看。"))
    messages.info(request, gettext("这份表单已经提交，不能再改。"))
    return redirect((made.href if place is not CONSOLE else "") or reverse(place.submission, kwargs={"uuid": made.uuid}))


def _shown(turn: _Turn) -> HttpResponse:
    page = turn.request.GET.get("page", "0")
    if page == REVIEW and turn.draft is not None:
        return _review(turn)
    visible = visible_pages(turn.form, turn.known)
    number = int(page) if page.isdecimal() and len(page) < 4 and int(page) in visible else visible[0]
    return _page(turn, number, Material(AsPosted(turn.form, turn.known), turn.known))


def _posted(turn: _Turn, done: Done | None) -> HttpResponse:
    post = turn.request.POST
    seen = revision_in(turn.request)
    if post.get("_do") == "submit":
        return _submit(turn, seen, done)
    number = page_in(turn.request, turn.form)
    if "_end" not in post:
        sentence = gettext("提交的内容不完整，可能是网络中断；没有保存，请检查后重新提交。")
        return _page(turn, number, Material(post, turn.known), sentence=sentence, status=400)
    wish, _, what = post.get("_do", "next").partition(":")
    if wish in ("add", "drop"):
        group, _, row = what.partition(".")
        fewer = (group, _number(row)) if wish == "drop" else ("", -1)
        return _page(turn, number, Material(post, _judged(turn, number).values, (), group if wish == "add" else "", fewer))
    checked = _judged(turn, number)
    if any(not fault.key for fault in checked.faults):
        return _page(turn, number, Material(post, turn.known, checked.faults), status=422)
    dropped = (what.partition(":")[2],) if wish == "unfile" else ()
    saving = Saving(turn.token, seen, checked.values, number, checked.uploads, dropped, turn.subject)
    try:
        draft = actions.save_draft(turn.form, saving, actor=turn.actor)
    except DraftChanged as error:
        return _page(turn, number, Material(post, turn.known), sentence=error.sentence, status=409)
    except (FileRefused, ScannerSilent) as error:
        faults = [Fault(key, "", error.sentence.rstrip("。"), number) for key in checked.uploads]
        return _page(turn, number, Material(post, turn.known, faults), status=error.http_status)
    saved = replace(turn, draft=draft, revision=draft.revision, known=joined(draft))
    return _next(saved, number, checked, wish)


def _next(turn: _Turn, number: int, checked: Checked, wish: str) -> HttpResponse:
    """Where a saved page leads: on, back, to the drafts, or to itself with what is wrong."""
    post = turn.request.POST
    if wish == "unfile":
        return redirect(turn.address(number))
    if wish == "back":
        before = [one for one in visible_pages(turn.form, turn.known) if one < number]
        return redirect(turn.address(before[-1] if before else 0))
    faults = [fault for fault in checked.faults if wish != "save" or not fault.is_missing]
    if faults:
        return _page(turn, number, Material(post, turn.known, faults), status=422)
    if wish == "save":
        messages.success(turn.request, gettext("草稿已保存，可以换一天或换一台电脑继续填写。"))
        return redirect(turn.place.drafts)
    if checked.revealed:
        sentence = gettext("根据您的回答，这一页还有几项要填。")
        return _page(turn, number, Material(post, turn.known), sentence=sentence)
    return redirect(turn.address(checked.step if checked.step < len(turn.form.pages) else REVIEW))


def _submit(turn: _Turn, seen: int, done: Done | None) -> HttpResponse:
    try:
        made = actions.submit(turn.form, turn.token, seen, actor=turn.actor)
    except DraftChanged as error:
        return _review(turn, error.sentence, 409) if turn.draft else _gone(turn.request, turn.token, turn.actor, turn.place)
    except FaultyAnswers as error:
        return _review(turn, error.sentence, 422)
    except SuixinError as error:
        if error.http_status not in (409, 422) or turn.draft is None:
            raise
        return _review(turn, error.sentence, error.http_status)
    messages.success(turn.request, gettext("已提交。"))
    return redirect((done(made) if done else made.href) or reverse(turn.place.submission, kwargs={"uuid": made.uuid}))


def _judged(turn: _Turn, number: int) -> Checked:
    checked = check(turn.form, turn.request.POST, turn.request.FILES, page=number, known=turn.known)
    if turn.judge is None or checked.faults:
        return checked
    fields = {one.name: one for group in turn.form.pages[number].groups for one in group.fields}
    more = [
        Fault(name, fields[name].label, told, number, is_missing=name not in checked.values)
        for name, told in turn.judge(checked.values).items() if name in fields
    ]
    return replace(checked, faults=tuple(more))


def _page(turn: _Turn, number: int, material: Material, *, sentence: str = "", status: int = 200) -> HttpResponse:
    form, visible = turn.form, visible_pages(turn.form, turn.known)
    page, blocks = form.pages[number], [_noted(block, turn.notes) for block in blocks_of(form, number, material)]
    if turn.place.has_focus and not (material.faults or sentence):
        blocks = focused(blocks)
    controls = [control for block in blocks for control in block.controls]
    place = visible.index(number) + 1 if number in visible else 1
    # what a window saw stays what it saw: an older one is told again, whatever is saved beside it
    revision = revision_in(turn.request) if status == 409 else turn.revision
    view = FormView(
        form.title, form.hint, page.title, page.hint, number, place, len(visible) + 1, _steps(turn, visible, number), blocks,
        " ".join(control.key for control in controls), str(turn.token), revision,
        [(f"#{identity(fault.key)}" if fault.key else "", str(fault)) for fault in material.faults], sentence, number == visible[0],
        any(control.kind == "file" for control in controls),
    )
    newest = turn.address(number) if status == 409 else ""
    context = {"view": view, "crumbs": turn.crumbs, "frame": turn.place.frame, "newest": newest, "action": turn.action}
    return render(turn.request, "console/form_fill.html", context, status=status)


def _noted(block: Block, notes: Mapping[str, str]) -> Block:
    controls = [
        replace(one, hint=" ".join(filter(None, (notes[one.key], one.hint)))) if one.key in notes else one for one in block.controls
    ]
    return replace(block, controls=controls)


def _review(turn: _Turn, sentence: str = "", status: int = 200) -> HttpResponse:
    form, checked = turn.form, check_values(turn.form, turn.known)
    visible = visible_pages(form, turn.known)
    faults = [(turn.address(fault.page), str(fault)) for fault in checked.faults]
    told = [(turn.address(part.page), part) for part in parts(form, checked.values, is_masked=False)]
    context = {
        "form": form, "parts": told, "faults": faults, "sentence": sentence, "token": str(turn.token), "revision": turn.revision,
        "steps": _steps(turn, visible, len(form.pages)), "place": len(visible) + 1, "count": len(visible) + 1,
        "back": turn.address(visible[-1]), "crumbs": turn.crumbs, "frame": turn.place.frame,
        "newest": turn.address(REVIEW) if status == 409 else "", "facts": turn.facts,
    }
    return render(turn.request, "console/form_review.html", context, status=status)


def _steps(turn: _Turn, visible: list[int], here: int) -> list[FormStep]:
    steps = [
        FormStep(turn.form.pages[one].title, "now" if one == here else "done" if one < here else "todo",
                 turn.address(one) if turn.draft and one < here else "")
        for one in visible
    ]
    return [*steps, FormStep(gettext("核对并提交"), "now" if here == len(turn.form.pages) else "todo")]


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownDraft(gettext("没有这份草稿；请从草稿列表打开，或重新填写。")) from None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
