"""What a window takes in, as pages: who stands there first, then the form with what data fill in about exactly that person.

Another   when who applies is changed after values came filled in, a new draft begins: what was read about one person is never
          shown for another; answers that no data gave are carried over
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from suixin.ground.forms import actions, queries
from suixin.ground.forms.answers import check
from suixin.ground.forms.models import Draft, Submission, joined
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.services.cases import window
from suixin.services.cases.models import Application
from suixin.services.cases.prefilling import forget_draft, is_of_another, values_of
from suixin.site.shell.components import Crumb
from suixin.site.shell.forms_view import Place, fill
from suixin.site.shell.queries import cases_shown

PLACE = Place("console/form_frame.html", "console-form-drafts", "console-form-submission", has_focus=True)


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
    subject = (held.subject_kind, held.subject_key) if isinstance(held, Draft) else (window.SUBJECT, counter.visit)
    slug, initial = held.form if held is not None else counter.slug(()), counter.known
    who, token = _who(request, slug), None
    is_new = who is not None and (held is None or _is_another(held, who))
    if who is not None and is_new:
        token = _uuid(_token(request)) if held is None else uuid4()
        carried = _given_up(held, actor) if isinstance(held, Draft) else {}
        filled = counter.prefill(token, window.numbers_in(who)) if window.numbers_in(who) else {}
        if who.get(window.AGREED) == "yes" and not filled:
            messages.info(request, _unfilled(who))
        slug, initial = counter.slug(filled), {**counter.known, **carried, **counter.more(who), **filled}
    elif held is not None:
        who = joined(held)
    return fill(
        request, slug, subject=subject, initial=initial, crumbs=crumbs, actor=actor, place=PLACE, token=token, judge=_judge(request),
        action=f"{request.path}?{urlencode({**counter.query, 'visit': counter.visit})}",
        notes=cases_shown.source_notes(_token(request), window.numbers_in(who).values()) if who else None,
    )


def _who(request: HttpRequest, slug: str) -> Mapping[str, object] | None:
    """Who applies, when the first page was posted and nothing is wrong with it."""
    if request.method != "POST" or request.POST.get("_page") != "0" or "_end" not in request.POST or not _token(request):
        return None
    checked = check(queries.form_of(slug), request.POST, None, page=0)
    return None if checked.faults or window.faults_of(checked.values) else checked.values


def _is_another(held: Draft | Submission, who: Mapping[str, object]) -> bool:
    """Whether a new draft has to begin: this one was filled in about somebody else, or about nobody yet."""
    numbers = set(window.numbers_in(who).values())
    if not isinstance(held, Draft):
        return False
    return is_of_another(held.uuid, numbers) if values_of(held.uuid) else bool(numbers)


def _given_up(held: Draft, actor: Actor) -> dict[str, object]:
    """What the draft holds but for what was filled in and said of it; the draft is gone."""
    filled = tuple(values_of(held.uuid))
    actions.discard(held.uuid, actor=actor)
    forget_draft(held.uuid)
    said = {f"{name}{end}" for name in filled for end in ("", "_is", "_why", "_proof")}
    return {name: value for name, value in joined(held).items() if name not in said}


def _unfilled(who: Mapping[str, object]) -> str:
    if who.get("who_uscc"):
        return gettext("没有能填入的内容：没有授权、没有这家企业的记录，或者来人不是它在网上登记的经办人；请照常询问和核对。")
    return gettext("没有能填入的内容：没有授权、没有这个人的记录，或者是代办；请照常询问和核对。")


def _judge(request: HttpRequest) -> Callable[[Mapping[str, object]], Mapping[str, str]] | None:
    return window.faults_of if request.POST.get("_page") == "0" else None


def _token(request: HttpRequest) -> str:
    return request.POST.get("_token") or request.GET.get("draft", "")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("页面不完整；请从“窗口收件”重新进入。")) from None
