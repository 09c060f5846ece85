"""Money of cases for staff: fees of one case assessed, reduced, paid at the till, given back; a provider's day; who was not reached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.services.cases import fees, jointly, prefilling, providers, reconciling, telling
from suixin.services.cases.attached import DoubtedValue, Fee, Payment
from suixin.services.cases.models import Case
from suixin.services.items.stated import rows_of, text_of
from suixin.site.shell import contact_forms as kinds
from suixin.site.shell.components import Table
from suixin.site.shell.queries import fees_shown
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page

Typed = Mapping[str, object]
Act = Callable[[Case, Typed, Actor], object]
Data = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Shown:
    """Beside a case: fees to be paid at the till, what the applicant says of values that came filled in, what it was told.

    `filled`: label, value and source of what a window filled in without a form, as the applicant left it; else its form holds them.
    """

    due: list[tuple[str, str]]
    doubted: list[DoubtedValue]
    filled: list[tuple[str, str, str]]
    told: Table | None


def shown(case: Case, actor: Actor) -> Shown:
    """All of it; values only for who handles the case."""
    may = policy.may(actor, "cases.handle", case)
    doubted = case.application.doubted.select_related("organisation") if may else []
    return Shown(
        fees_shown.due_of(case) if may and case.is_live else [],
        [one for one in doubted if jointly.concerns(case, one.field)], _filled(case) if may else [], fees_shown.told_of_case(case),
    )


def _filled(case: Case) -> list[tuple[str, str, str]]:
    if case.application.submission_id is not None:
        return []
    doubted = set(case.application.doubted.values_list("field", flat=True))
    rows = prefilling.prefilled_of(case.application)
    return [(one.label, one.shown, prefilling.source_of(one)) for one in rows if one.question not in doubted]


def forms_of(case: Case, data: Data) -> dict[str, forms.Form]:
    """A form for each thing that the department may do about money and notices now."""
    found: dict[str, forms.Form] = {}
    known = set(case.fees.values_list("name", flat=True))
    names = [text_of(row, "fee_name") for row in rows_of(case.version.content, "fees") if text_of(row, "fee_name") not in known]
    if case.is_live and names:
        found["assess"] = kinds.AssessForm(data("assess"), names=names, auto_id="assess_%s")
    if due := fees_shown.due_of(case):
        found["reduce"] = kinds.ReduceForm(data("reduce"), fees=due, auto_id="reduce_%s")
    if payments := fees_shown.payments_of(case):
        found["refund"] = kinds.RefundForm(data("refund"), payments=payments, auto_id="refund_%s")
    if case.notices.exists():
        found["mobile"] = kinds.MobileForm(data("mobile"), auto_id="mobile_%s")  # type: ignore[arg-type]  # as posted
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def money(request: HttpRequest) -> HttpResponse:
    """A provider's list of a day against ours; posted, `wish` says what is mended."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "cases.view")
    asked = kinds.DayOfProvider(request.POST if request.method == "POST" else request.GET or None, names=fees_shown.names())
    is_asked = asked.is_valid()
    name = asked.cleaned_data["provider"] if is_asked else next(iter(providers.online()), providers.COUNTER)
    day: date = asked.cleaned_data["day"] if is_asked else clock.today()
    status = 200 if is_asked or not asked.is_bound else 422
    if request.method == "POST" and is_asked:
        try:
            _mend(request, name, day, actor)
            messages.success(request, gettext("已办理。"))
            return redirect(f"{request.path}?provider={name}&day={day}")
        except SuixinError as error:
            if error.http_status == 403:
                raise
            messages.error(request, error.sentence)
            status = 409 if error.http_status >= 500 else error.http_status
    form = asked if asked.is_bound else kinds.DayOfProvider(names=fees_shown.names(), initial={"provider": name, "day": day})
    context = {
        "form": form, "page": fees_shown.day_page(name, day, actor=actor), "provider": name, "day": day,
        "may_ask": policy.may_anywhere(actor, "cases.handle"), "crumbs": console_crumbs((gettext("收费对账"), "")),
    }
    return render(request, "console/case_money.html", context, status=status)


@require_safe
@staff_page
def untold(request: HttpRequest) -> HttpResponse:
    """Cases whose applicant was not reached by what it had to be told."""
    context = {"table": fees_shown.untold_table(actor_for(request)), "crumbs": console_crumbs((gettext("没有送到的通知"), ""))}
    return render(request, "console/case_untold.html", context)


def _mend(request: HttpRequest, provider: str, day: date, actor: Actor) -> None:
    key = request.POST.get("key", "")[:120]
    match request.POST.get("wish", ""):
        case "settle":
            reconciling.settle(provider, day, key, actor=actor)
        case "refund":
            payment = Payment.objects.select_related("fee__case").filter(uuid=_uuid(key)).first()
            if payment is None:
                raise NotFound(gettext("没有这笔付款；请刷新页面。"))
            fees.refund(payment, actor=actor, reason=request.POST.get("reason", ""))
        case "ask":
            reconciling.ask(provider, actor=actor)
        case _:
            raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(gettext("没有这笔付款；请刷新页面。")) from None


def _fee(case: Case, typed: Typed) -> Fee:
    found = case.fees.filter(uuid=_uuid(str(typed.get("fee", "")))).first()
    if found is None:
        raise NotFound(gettext("没有这笔费用；请刷新页面。"))
    return found


def _text(typed: Typed, name: str) -> str:
    value = typed.get(name)
    return value if isinstance(value, str) else ""


def _refund(case: Case, typed: Typed, actor: Actor) -> None:
    payment = Payment.objects.select_related("fee__case").filter(uuid=_uuid(str(typed.get("payment", ""))), fee__case=case).first()
    if payment is None:
        raise NotFound(gettext("没有这笔付款；请刷新页面。"))
    fees.refund(payment, actor=actor, reason=_text(typed, "reason"), receipt=_text(typed, "receipt"))


ACTS: dict[str, Act] = {
    "assess": lambda case, typed, actor: fees.assess(
        case, _text(typed, "name"), kinds.cents(typed.get("amount")), actor=actor, reduced=kinds.cents(typed.get("reduced")),
        reduction_basis=_text(typed, "basis")),
    "reduce": lambda case, typed, actor: fees.reduce(
        _fee(case, typed), kinds.cents(typed.get("reduced")), actor=actor, basis=_text(typed, "basis")),
    "pay": lambda case, typed, actor: fees.pay(_fee(case, typed), providers.COUNTER, actor=actor, receipt=_text(typed, "receipt")),
    "refund": _refund,
    "mobile": lambda case, typed, actor: telling.correct_mobile(
        case, _text(typed, "mobile"), actor=actor, reason=_text(typed, "reason")),
}
