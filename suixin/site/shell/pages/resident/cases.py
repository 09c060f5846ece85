"""Applying and one's cases: the form of an item, the list, one case with what happens next, its papers, authorities."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.files import store
from suixin.ground.files.limits import Upload
from suixin.ground.files.queries import attachment_of
from suixin.ground.forms import queries as forms
from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.services.cases import applying, asking, fees, opening, parties, patience, prefilling, queries
from suixin.services.cases.applying import AuthorityTerms
from suixin.services.cases.attached import Authority, FeeState
from suixin.services.cases.errors import NotOpen, UnfitApplicant
from suixin.services.cases.models import Case
from suixin.services.items.models import ItemState
from suixin.services.items.queries import item_by, version_at
from suixin.services.matters import asking as themes
from suixin.services.matters.queries import matter_with
from suixin.services.space import actions as reading
from suixin.site.shell.case_forms import AppealForm, AuthorityForm, TextForm, WithdrawForm
from suixin.site.shell.forms_view import Place, fill
from suixin.site.shell.pages.console.filling import SANDBOX
from suixin.site.shell.queries import cases_shown, matters_shown
from suixin.site.shell.queries.for_whom import for_whom
from suixin.site.shell.queries.links import page_of, portal_crumbs
from suixin.site.shell.residency import resident_page

PLACE = Place("resident/form_frame.html", "my-cases", "my-cases")
Act = Callable[[HttpRequest, Case, Actor], object]


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def apply(request: HttpRequest, session: ResidentSession, code: str) -> HttpResponse:
    """The application form of the item, for oneself, one's firm, or (`authority`) for somebody who let one."""
    actor, item = actor_of_session(session), item_by(code)
    if not parties.indexes_of(session.resident):
        raise UnfitApplicant(gettext("申请要实名；请在身份提供方完成实名认证，再重新登录。"))
    version = version_at(item, clock.now())
    if version is None or version.state != ItemState.IN_USE:
        raise NotOpen(gettext("这个事项现在不能申请；请看办事指南上的说明。"))
    subject, mobile = ("cases.apply", code), session.resident.mobile
    if asked := request.GET.get("authority", ""):
        found = applying.authority_for(_uuid(asked), session.resident)
        if found is None:
            raise UnfitApplicant(gettext("没有这份授权，或它不是给您的；请委托人重新授权。"))
        subject, mobile = (applying.AUTHORITY, str(found.uuid)), found.principal.mobile
    slug = asking.slug_of(version)
    initial: dict[str, object] = {"mobile": mobile}
    token = request.POST.get("_token") or request.GET.get("draft", "")
    if token and (draft := forms.drafts_of(actor).filter(uuid=_uuid(token)).first()) is not None:
        slug, subject = draft.form, (draft.subject_kind, draft.subject_key)  # what was begun is shown as it was begun
    elif request.POST.get("_page") == "0" and token and subject[0] != applying.AUTHORITY:  # another's data are not shown to an agent
        known = prefilling.prefill(version, _uuid(token), actor=actor)
        slug, initial = asking.slug_of(version, prefilling.numbers_in(known)), {**initial, **known}
    crumbs = portal_crumbs((gettext("办事指南"), reverse("guides")), (item.title, reverse("guide", args=[code])), (gettext("申请"), ""))
    action = f"{request.path}?authority={subject[1]}" if subject[0] == applying.AUTHORITY else ""
    return fill(
        request, slug, subject=subject, initial=initial, crumbs=crumbs, actor=actor, place=PLACE, action=action,
        notes=cases_shown.source_notes(token, prefilling.numbers_of(actor).values()) if token else None,
        whom=for_whom(session, subject),
    )


@require_safe
@resident_page
def my_cases(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """My cases, drafts, and what waits for my signature."""
    actor = actor_of_session(session)
    rows, pages = page_of(queries.own_cases(actor).filter(part=None), request.GET, size=20)
    context = {
        "matters": matters_shown.own_cards(actor),
        "table": cases_shown.own_table(rows), "pages": pages, "to_sign": list(queries.to_sign(actor)[:20]), "drafts": _drafts(actor),
        "authorities": applying.authorities_for(session.resident), "crumbs": portal_crumbs((gettext("我的办件"), "")),
    }
    return render(request, "resident/cases.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def my_case(request: HttpRequest, session: ResidentSession, number: str) -> HttpResponse:
    """One case; posted, `wish` says what I do."""
    actor = actor_of_session(session)
    case = parties.case_of(number, actor=actor)
    reading.mark_read([case], actor=actor)
    status = 200
    if request.method == "POST":
        act = ACTS.get(request.POST.get("wish", ""))
        if act is None:
            raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))
        try:
            href = act(request, case, actor)
            if isinstance(href, str):
                return redirect(href)
            messages.success(request, gettext("已办理。"))
            return redirect("my-case", number=number)
        except SuixinError as error:
            messages.error(request, error.sentence)
            status = 409 if error.http_status >= 500 else error.http_status  # the page itself is whole, though a provider failed
    page = cases_shown.case_page(case, actor=actor)
    context = {
        "page": page, "owed": applying.waiting_supplement(case),
        "is_party": parties.is_party(actor, case.application), "pay_by": cases_shown.pay_by(case),
        "may_sign": queries.to_sign(actor).filter(pk=case.pk).exists(), "write_form": TextForm(auto_id="write_%s"),
        "matter": matter_with(case),
        "withdraw_form": WithdrawForm(auto_id="withdraw_%s"), "appeal_form": AppealForm(auto_id="appeal_%s"),
        "crumbs": portal_crumbs((gettext("我的办件"), reverse("my-cases")), (page.title, "")),
    }
    return render(request, "resident/case.html", context, status=status)


@require_safe
@resident_page
def my_paper(request: HttpRequest, session: ResidentSession, *, number: str, uuid: UUID) -> HttpResponse:
    """A paper of my case, to be printed."""
    case = parties.case_of(number, actor=actor_of_session(session))
    document = case.documents.filter(uuid=uuid).first()
    if document is None:
        raise NotFound(gettext("没有这份文书；请从办件页打开。"))
    return render(request, "portal/case_paper.html", {"case": case, "document": document, "back": reverse("my-case", args=[number])})


@require_safe
@resident_page
def my_file(request: HttpRequest, session: ResidentSession, uuid: UUID) -> HttpResponse | FileResponse:
    """An attachment of mine, as a download that no browser opens inside the site."""
    held = attachment_of(uuid, actor=actor_of_session(session))
    answer = FileResponse(store.opened(held.sm3), as_attachment=True, filename=held.name, content_type=held.media_type)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def my_authorities(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """Whom I let apply for me; given and revoked here."""
    actor = actor_of_session(session)
    is_revoking = "revoke" in request.POST
    form = AuthorityForm(request.POST if request.method == "POST" and not is_revoking else None)
    status = 200
    if request.method == "POST":
        try:
            if is_revoking:
                applying.revoke_authority(_uuid(request.POST["revoke"]), actor=actor)
            elif form.is_valid():
                given = form.cleaned_data
                items = [given["code"].strip()] if given["code"].strip() else []
                applying.give_authority(AuthorityTerms(given["name"], given["id_number"], given["valid_to"], items), actor=actor)
            if is_revoking or form.is_valid():
                messages.success(request, gettext("已办理。"))
                return redirect("my-authorities")
            status = 422
        except SuixinError as error:
            messages.error(request, error.sentence)
            status = error.http_status
    given_now = Authority.objects.filter(principal=session.resident, revoked_at=None, valid_to__gte=clock.today())
    crumbs = portal_crumbs((gettext("我的办件"), reverse("my-cases")), (gettext("代办授权"), ""))
    return render(request, "resident/authorities.html", {"form": form, "given": given_now, "crumbs": crumbs}, status=status)


def _supplement(request: HttpRequest, case: Case, actor: Actor) -> None:
    owed = applying.waiting_supplement(case)
    names = [str(one) for one in owed.request.get("missing", [])] if owed else []
    uploads: dict[str, list[Upload]] = {name: list(request.FILES.getlist(f"file-{place}")) for place, name in enumerate(names, 1)}
    applying.answer_supplement(
        case, uploads, actor=actor, text=request.POST.get("text", "")[:500], key=request.POST.get("key", "")[:80],
    )


def _sign(_: HttpRequest, case: Case, actor: Actor) -> None:
    opening.sign(case, actor=actor)


def _withdraw(request: HttpRequest, case: Case, actor: Actor) -> None:
    applying.withdraw(case, actor=actor, reason=request.POST.get("reason", ""))


def _write(request: HttpRequest, case: Case, actor: Actor) -> None:
    applying.write(case, request.POST.get("text", ""), actor=actor)


def _appeal(request: HttpRequest, case: Case, actor: Actor) -> None:
    applying.appeal(case, request.POST.get("kind", ""), request.POST.get("text", ""), actor=actor)


def _pay(request: HttpRequest, case: Case, actor: Actor) -> str | None:
    """Paid, or where the payer goes on."""
    fee = case.fees.filter(uuid=_uuid(request.POST.get("fee", ""))).first()
    if fee is None:
        raise NotFound(gettext("没有这笔费用；请刷新页面。"))
    name = request.POST.get("provider", "")
    held = fees.pay(fee, name, actor=actor)
    if held.state != FeeState.PENDING:
        return None
    order = fees.order_of(held, name)
    return patience.asked(name, lambda one: one.page_of(order)) or None


ACTS: dict[str, Act] = {
    "supplement": _supplement, "sign": _sign, "withdraw": _withdraw, "write": _write, "appeal": _appeal, "pay": _pay,
}


def _drafts(actor: Actor) -> list[tuple[str, str, datetime]]:
    """Applications begun: title, address, when they were saved."""
    found = []
    for draft in forms.drafts_of(actor).filter(form__startswith=f"{themes.FAMILY}-")[:50]:
        if (asked := themes.asked_of(draft.form)) is not None:
            address = reverse("theme-apply", args=[asked.version.theme.slug])
            found.append((draft.title, f"{address}?draft={draft.uuid}&page={draft.step}", draft.saved_at))
    for draft in forms.drafts_of(actor).filter(form__startswith=f"{asking.FAMILY}-")[:50]:
        version = asking.version_of(draft.form)
        if version is not None:
            address = reverse("apply", args=[version.item.code])
            found.append((draft.title, f"{address}?draft={draft.uuid}&page={draft.step}", draft.saved_at))
    return found


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("地址不完整；请从“我的办件”进入。")) from None
