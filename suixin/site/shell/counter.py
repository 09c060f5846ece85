"""What a window takes in, as pages: who stands there first, then the form with what data fill in about exactly that person.

Another   when who applies is changed after values came filled in, the draft loses them in the same transaction: what was read about
          one person is never shown for another; answers that no data gave stay
Asked     once about each number: a draft whose first page is whole has been asked about the number that stands on it
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from suixin.ground.forms import actions, queries
from suixin.ground.forms.answers import Checked, check, check_values
from suixin.ground.forms.declaration import Form
from suixin.ground.forms.errors import DraftChanged, UnknownDraft
from suixin.ground.forms.models import Draft, Submission, joined
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.services.cases import window
from suixin.services.cases.models import Application
from suixin.services.cases.prefilling import forget_draft, is_of_another, values_of
from suixin.site.shell.components import Crumb
from suixin.site.shell.forms_view import Place, fill, page_in, revision_in
from suixin.site.shell.queries import cases_shown
from suixin.site.shell.tongues import in_tongue

PLACE = Place("console/form_frame.html", "console-form-drafts", "console-form-submission", has_focus=True)


@dataclass(frozen=True, slots=True)
class Told:
    """Who applies as a first page says; the numbers to ask data by; whether nothing on it is wrong or missing."""

    values: Mapping[str, object]
    numbers: Collection[str]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Counter:
    """What is taken in: the family and name of its form (with questions that come filled in), what data fill in of it.

    `visit` of the person; `known`: what an earlier form of the visit told of it. `more`: what follows from who applies.
    `query`: what stands in the address beside the visit.
    """

    family: str
    slug: Callable[[Collection[str]], str]
    prefill: Callable[[UUID, Mapping[str, str]], Mapping[str, object]]
    visit: str
    known: Mapping[str, object]
    more: Callable[[Mapping[str, object]], Mapping[str, object]] = lambda values: {}
    query: Mapping[str, str] = field(default_factory=dict)


def visit_of(request: HttpRequest) -> str:
    """The visit in which something is taken in: one that goes on, or a new one."""
    return str(_uuid(request.GET.get("visit") or str(uuid4())))


def known_of(visit: str, actor: Actor) -> Mapping[str, object]:
    """The person of this visit, so that its second item asks nothing of it again."""
    held = Application.objects.filter(visit=_uuid(visit), actor_key=actor.key).select_related("submission").order_by("-pk").first()
    return window.person_of(held) if held is not None else {}


def begun(request: HttpRequest, actor: Actor, family: str) -> Draft | Submission | None:
    """What was begun under the token of the request, or handed in already; None when nothing was."""
    token = _token(request)
    if not token:
        return None
    drafts = queries.drafts_of(actor).filter(uuid=_uuid(token), form__startswith=f"{family}-")
    return drafts.first() or queries.submissions_by(actor).filter(token=_uuid(token), form__startswith=f"{family}-").first()


def take_in(
    request: HttpRequest, counter: Counter, held: Draft | Submission | None, *, actor: Actor, crumbs: list[Crumb],
) -> HttpResponse:
    """The page that is asked for, or what a post leads to. Raises NotAllowed, UnknownDraft."""
    told = _told(request, held.form if held is not None else counter.slug(()))
    if isinstance(held, Draft) and told is not None and held.revision == revision_in(request):
        held = _followed(request, counter, held, told, actor)
    subject = (held.subject_kind, held.subject_key) if isinstance(held, Draft) else (window.SUBJECT, counter.visit)
    slug, initial = held.form if held is not None else counter.slug(()), counter.known
    if held is None and told is not None:
        filled = _asked(request, counter, _uuid(_token(request)), told)
        slug, initial = counter.slug(filled), {**counter.known, **counter.more(told.values), **filled}
    who = told.values if told is not None else joined(held) if held is not None else {}
    return fill(
        request, slug, subject=subject, initial=initial, crumbs=crumbs, actor=actor, place=PLACE, judge=_judge(request, slug),
        action=f"{request.path}?{urlencode({**counter.query, 'visit': counter.visit})}",
        notes=cases_shown.source_notes(_token(request), window.numbers_in(who).values()),
    )


def _told(request: HttpRequest, slug: str) -> Told | None:
    """Who applies, when a first page was posted that will be saved."""
    wish = request.POST.get("_do", "next").partition(":")[0]
    if request.method != "POST" or "_end" not in request.POST or not _token(request) or wish in ("submit", "add", "drop"):
        return None
    form = queries.form_of(slug)
    checked = check(form, request.POST, None, page=0) if page_in(request, form) == 0 else None
    return None if checked is None or any(not fault.key for fault in checked.faults) else _judged(checked)


def _judged(checked: Checked) -> Told:
    is_whole = not any(fault.page == 0 for fault in checked.faults) and not window.faults_of(checked.values)
    return Told(checked.values, set(window.numbers_in(checked.values).values()), is_whole)


def _followed(request: HttpRequest, counter: Counter, held: Draft, told: Told, actor: Actor) -> Draft | Submission | None:
    """The draft as it follows from who applies now; as it was, when nothing does."""
    form_before = queries.form_of(held.form)
    before = _judged(check_values(form_before, joined(held)))
    is_another = is_of_another(held.uuid, told.numbers)
    is_new = told.is_whole and bool(told.numbers) and not (before.is_whole and before.numbers == told.numbers)
    more, was = counter.more(told.values), counter.more(joined(held))
    if not (is_another or is_new) and more == was and {**joined(held), **more} == joined(held):
        return held

    def write(draft: Draft) -> tuple[Form, Mapping[str, object]]:
        values, filled = joined(draft), values_of(draft.uuid)
        if is_another:
            forget_draft(draft.uuid)
            said = {f"{name}{end}" for name in filled for end in ("", "_is", "_why", "_proof")}
            values, filled = {name: value for name, value in values.items() if name not in said}, {}
        values = {name: value for name, value in values.items() if name not in was or name in filled}
        found = _asked(request, counter, draft.uuid, told) if is_new else {}
        late = {name: value for name, value in {**more, **found}.items() if name not in filled}
        slug = counter.slug(values_of(draft.uuid)) if is_another or is_new else draft.form
        form = in_tongue(queries.form_of(slug))
        return form, check(form, request.POST, None, page=0, known={**values, **late}).values

    try:
        return actions.rewrite_draft(form_before, held.uuid, write, revision=held.revision, actor=actor)
    except (DraftChanged, UnknownDraft):  # a button pressed twice: the other request was quicker
        return begun(request, actor, counter.family)


def _unfilled(who: Mapping[str, object]) -> str:
    if who.get("who_uscc"):
        return gettext("没有能填入的内容：没有授权、没有这家企业的记录，或者来人不是它在网上登记的经办人；请照常询问和核对。")
    return gettext("没有能填入的内容：没有授权、没有这个人的记录，或者是代办；请照常询问和核对。")


def _asked(request: HttpRequest, counter: Counter, token: UUID, told: Told) -> Mapping[str, object]:
    """What data fill in about who applies, under that token."""
    if not told.is_whole:
        return {}
    filled = counter.prefill(token, window.numbers_in(told.values)) if told.numbers else {}
    if told.values.get(window.AGREED) == "yes" and not filled:
        messages.info(request, _unfilled(told.values))
    return filled


def _judge(request: HttpRequest, slug: str) -> Callable[[Mapping[str, object]], Mapping[str, str]] | None:
    return window.faults_of if page_in(request, queries.form_of(slug)) == 0 else None


def _token(request: HttpRequest) -> str:
    return request.POST.get("_token") or request.GET.get("draft", "")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("页面不完整；请从“窗口收件”重新进入。")) from None
