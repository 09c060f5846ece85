"""How I am told of my cases; and the simulated cashier, where the setting asks for one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.kit.errors import NotFound, SuixinError
from suixin.services.cases import contacting, fees, parties, providers
from suixin.services.cases.attached import Fee
from suixin.services.cases.contacting import Wishes
from suixin.services.cases.simulated import NAME, WISHES, Simulated
from suixin.site.shell.contact_forms import ContactForm
from suixin.site.shell.queries import fees_shown
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.residency import resident_page
from suixin.site.shell.words import word


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def contact(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """My contact; posted: changed, or (`confirm`) my mail address confirmed by the link that was sent there."""
    actor, held = actor_of_session(session), contacting.contact_of(session.resident)
    form = ContactForm(request.POST if request.method == "POST" and "confirm" not in request.POST else None, held=held)
    status = 200
    if request.method == "POST":
        try:
            if "confirm" in request.POST:
                contacting.confirm_mail(request.POST["confirm"][:500], actor=actor)
            elif form.is_valid():
                told = form.cleaned_data
                contacting.set_contact(Wishes(told["mail"], told["wants_sms"], form.refused), actor=actor)
            if "confirm" in request.POST or form.is_valid():
                messages.success(request, gettext("已保存。"))
                return redirect("my-contact")
            status = 422
        except SuixinError as error:
            messages.error(request, error.sentence)
            status = error.http_status
    context = {
        "form": form, "held": held, "confirm": request.GET.get("confirm", "")[:500], "told": fees_shown.told_table(actor),
        "crumbs": portal_crumbs((gettext("我的办件"), reverse("my-cases")), (gettext("怎样通知我"), "")),
    }
    return render(request, "resident/contact.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def cashier(request: HttpRequest, session: ResidentSession, uuid: UUID) -> HttpResponse:
    """The page of the simulated provider: what the payer does, and what goes wrong."""
    provider, actor = providers.providers.get(NAME), actor_of_session(session)
    fee = Fee.objects.select_related("case__application").filter(uuid=uuid).first()
    if not isinstance(provider, Simulated) or fee is None or not parties.is_party(actor, fee.case.application):
        raise NotFound(gettext("没有这个订单；请从“我的办件”进入。"))
    name = fees.order_of(fee, NAME)
    order = provider.order(name)
    if request.method == "POST":
        provider.act(name, request.POST.get("wish", ""))
        return redirect("my-case", number=fee.case.number)
    context = {
        "fee": fee, "order": order, "wishes": [(key, word(label)) for key, label in WISHES.items()],
        "crumbs": portal_crumbs((gettext("我的办件"), reverse("my-cases")), (gettext("模拟支付"), "")),
    }
    return render(request, "resident/cashier.html", context, status=200 if order else 404)
