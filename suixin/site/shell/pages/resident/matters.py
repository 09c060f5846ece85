"""Applying for a theme, and where it stands: one form, one number, each part with what happens next and by when."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.ground.forms import queries as forms
from suixin.ground.forms.models import Draft, Submission
from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.services.cases import applying
from suixin.services.cases import parties as applicants
from suixin.services.cases.errors import UnfitApplicant
from suixin.services.cases.models import Case
from suixin.services.cases.prefilling import numbers_of
from suixin.services.matters import asking, ending, opening, parties, prefilling
from suixin.services.space import actions as reading
from suixin.services.themes import queries as themes
from suixin.services.themes.models import Theme
from suixin.site.shell.case_forms import WithdrawForm
from suixin.site.shell.forms_view import Place, fill
from suixin.site.shell.queries import cases_shown, matters_shown
from suixin.site.shell.queries.for_whom import for_whom
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.queries.themes import answers_in
from suixin.site.shell.residency import resident_page

PLACE = Place("resident/form_frame.html", "my-cases", "my-cases")


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def apply_theme(request: HttpRequest, session: ResidentSession, slug: str) -> HttpResponse:
    """The one form of the theme in the situation that `q1` ... answer, for oneself, one's firm, or (`authority`) somebody else."""
    actor, theme = actor_of_session(session), themes.theme_by(slug)
    if not applicants.indexes_of(session.resident):
        raise UnfitApplicant(gettext("申请要实名；请在身份提供方完成实名认证，再重新登录。"))
    begun = _begun(request, actor)
    form = begun.form if begun is not None else _form(request, theme)
    asked = asking.asked_of(form) if form else None
    if form is None or asked is None or asked.version.theme != theme:
        messages.info(request, gettext("请先说说您的情形，再申请。"))
        return redirect("theme", slug=slug)
    if begun is None:
        opening.require_open(asked)
        mobile, subject = _for_whom(session, (asking.SUBJECT, slug), request.GET.get("authority", ""))
    else:
        mobile, subject = "", (begun.subject_kind, begun.subject_key)
    initial, token = _initial(session, asked, mobile), request.POST.get("_token") or request.GET.get("draft", "")
    is_first = begun is None and token and request.POST.get("_page") == "0"
    if is_first and subject[0] != applying.AUTHORITY:  # another's data are not shown to an agent
        known = prefilling.prefill(asked, _uuid(token), actor=actor)
        form, initial = asking.slug_of(asked.version, asked.answers, asked.numbers_of(known)), {**initial, **known}
    trail = ((gettext("一件事一次办"), reverse("themes")), (theme.title, reverse("theme", args=[slug])), (gettext("申请"), ""))
    return fill(
        request, form, subject=subject, initial=initial, crumbs=portal_crumbs(*trail), actor=actor, place=PLACE,
        action=request.get_full_path(), notes=cases_shown.source_notes(token, numbers_of(actor).values()),
        whom=for_whom(session, subject))


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def my_matter(request: HttpRequest, session: ResidentSession, number: str) -> HttpResponse:
    """One matter; posted: taken back as a whole."""
    actor = actor_of_session(session)
    matter = parties.matter_of(number, actor=actor)
    reading.mark_read(Case.objects.filter(part__matter=matter), actor=actor)
    form, status = WithdrawForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        if request.POST.get("wish") != "withdraw":
            raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))
        status = 422
        if form.is_valid():
            try:
                ending.withdraw(matter, actor=actor, reason=form.cleaned_data["reason"])
                messages.success(request, gettext("已办理。"))
                return redirect("my-matter", number=number)
            except SuixinError as error:
                messages.error(request, error.sentence)
                status = error.http_status
    page = matters_shown.matter_page(matter)
    context = {
        "page": page, "form": form, "is_party": applicants.is_party(actor, matter.application),
        "crumbs": portal_crumbs((gettext("我的办件"), reverse("my-cases")), (page.title, "")),
    }
    return render(request, "resident/matter.html", context, status=status)


def _begun(request: HttpRequest, actor: Actor) -> Draft | Submission | None:
    """What was begun under the token of the request, or handed in already: it is shown as it was begun."""
    token = request.POST.get("_token") or request.GET.get("draft", "")
    if not token:
        return None
    rows = forms.drafts_of(actor).filter(uuid=_uuid(token), form__startswith=f"{asking.FAMILY}-")
    return rows.first() or forms.submissions_by(actor).filter(token=_uuid(token), form__startswith=f"{asking.FAMILY}-").first()


def _form(request: HttpRequest, theme: Theme) -> str | None:
    """The form that the answers in the address lead to; None when they are not whole."""
    version = themes.newest_version(theme)
    return asking.slug_of(version, answers_in(themes.published(version), request.GET.dict())) or None


def _for_whom(session: ResidentSession, subject: tuple[str, str], authority: str) -> tuple[str, tuple[str, str]]:
    """The mobile that is filled in, and what the draft is about: the theme, or the authority of somebody else."""
    if not authority:
        return session.resident.mobile, subject
    found = applying.authority_for(_uuid(authority), session.resident)
    if found is None:
        raise UnfitApplicant(gettext("没有这份授权，或它不是给您的；请委托人重新授权。"))
    return found.principal.mobile, (applying.AUTHORITY, str(found.uuid))


def _initial(session: ResidentSession, asked: asking.Asked, mobile: str) -> dict[str, object]:
    """What the sign-in tells: the mobile, and of the firm that one acts for its name and code."""
    found: dict[str, object] = {"mobile": mobile}
    firm = session.acting_for.firm if session.acting_for else None
    told = dict(zip(asking.FIRM, (firm.name, firm.uscc), strict=True)) if firm else {}
    return found | {one.name: told[one.means] for one in asked.questions if one.means in told}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("地址不完整；请从“我的办件”进入。")) from None
