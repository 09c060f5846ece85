"""Pages of requests: the desk, picking from the catalogue, the basket, one part with what may be done about it."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.sharing import answering, asking, disputing, drafting
from suixin.data.sharing.models import Part, Request
from suixin.ground.files import taking
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.queries import sharing_requests as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.sharing_datasets import pick_datasets
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.sharing_forms import BasketForm, DisputeForm, FileForm, StatementForm, TermsForm, WhyForm

Done = TypeVar("Done")


@require_safe
@staff_page
def desk(request: HttpRequest) -> HttpResponse:
    """Where every request stands, and what is shared."""
    page = queries.desk(request.GET, actor=actor_for(request))
    return render(request, "console/sharing.html", {"page": page, "stats": page.stats, "crumbs": console_crumbs((gettext("数据共享"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def pick(request: HttpRequest) -> HttpResponse:
    """Entries found and put into a basket, a new one or one that waits."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "sharing.request")
    words = request.GET.get("q", "").strip()[:100]
    if request.method == "POST":
        kept = tried(request, lambda: _put(request, actor))
        if kept is not None:
            messages.success(request, gettext("已放入申请；请逐个写明依据、场景、范围、方式和时限。"))
            return redirect("console-sharing-request", uuid=kept.uuid)
    chosen = request.POST.getlist("table") or request.GET.getlist("table")
    context = {
        "words": words, "found": queries.pick(words, chosen, actor=actor), "datasets": pick_datasets(words, actor=actor),
        "drafts": queries.drafts_of(actor),
        "into": request.GET.get("into", ""), "chosen": chosen, "crumbs": crumbs(gettext("选择数据")),
    }
    return render(request, "console/sharing_pick.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def basket(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One request; its buttons name, attach, remove, submit or discard."""
    actor = actor_for(request)
    page = queries.basket_page(uuid, actor=actor)
    held, move = page.request, request.POST.get("move", "") if request.method == "POST" else ""
    form = BasketForm(
        request.POST if move == "name" else None, organisation=held.organisation,
        initial={"title": held.title, "application": held.application.app_id if held.application else ""},
    )
    file_form = FileForm(request.POST if move == "attach" else None, request.FILES if move == "attach" else None)
    if request.method == "POST":
        work = _basket_work(request, held, move, form, file_form)
        if work is not None and done(request, work):
            return redirect("console-sharing") if move == "discard" else redirect("console-sharing-request", uuid=uuid)
        page = queries.basket_page(uuid, actor=actor)
    context = {"page": page, "form": form, "file_form": file_form, "crumbs": crumbs(held.title)}
    return render(request, "console/sharing_request.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def part(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One part; stated by who asks, terms set by who provides, disputed, withdrawn."""
    actor = actor_for(request)
    page = queries.part_page(uuid, actor=actor)
    held, move = page.part, request.POST.get("move", "") if request.method == "POST" else ""
    shown = _part_forms(request, held, move)
    if request.method == "POST":
        if move not in MOVES:
            raise BadRequest(gettext("不知道要怎样办理这份申请；请使用页面上的按钮。"))
        name, work = MOVES[move]
        form = shown[name]
        if form.is_valid() and done(request, lambda: work(held, form, actor)):
            messages.success(request, gettext("已办理。"))
            if move in ("state", "hand_on") and held.state == "draft":
                return redirect("console-sharing-request", uuid=held.request.uuid)
            return redirect("console-sharing-part", uuid=uuid)
        page = queries.part_page(uuid, actor=actor)
    context = {"page": page, "forms": shown, "crumbs": crumbs(held.title)}
    return render(request, "console/sharing_part.html", context, status=422 if request.method == "POST" else 200)


def tried(request: HttpRequest, work: Callable[[], Done]) -> Done | None:
    """What came of it; None when it was refused with a sentence, which is shown."""
    try:
        return work()
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return None


def done(request: HttpRequest, work: Callable[[], object]) -> bool:
    """Whether it was done; when it was refused with a sentence, that is shown."""
    return tried(request, lambda: (work(), True)) is not None


def crumbs(last: str) -> list[Crumb]:
    """The way from the console's home over the desk."""
    return console_crumbs((gettext("数据共享"), reverse("console-sharing")), (last, ""))


def _put(request: HttpRequest, actor: Actor) -> Request:
    tables, slugs = (request.POST.getlist(name)[: drafting.MOST_PARTS] for name in ("table", "dataset"))
    if not tables and not slugs:
        raise BadRequest(gettext("请至少勾选一个数据资源。"))
    found = list(Resource.objects.filter(table__in=tables).select_related("provider"))
    groups = list(ResourceGroup.objects.filter(slug__in=slugs).order_by("pk"))
    into, place = request.POST.get("into", ""), queries.accounts_place(actor)
    if place is None:
        raise BadRequest(gettext("您不属于任何单位，不能申请；请换用有岗位的账号。"))
    held = next((one for one in queries.drafts_of(actor) if str(one.uuid) == into), None)
    if held is None:
        title = request.POST.get("title", "").strip()[:200] or gettext("共享申请：%(title)s") % {
            "title": next(iter([*(one.title for one in found), *(one.title for one in groups)]), "")}
        held = drafting.open_request(title[:200], place, actor=actor)
    drafting.add_parts(held, found, actor=actor)
    for one in groups:
        drafting.add_dataset(held, one, actor=actor)
    return held


def _basket_work(
    request: HttpRequest, held: Request, move: str, form: BasketForm, file_form: FileForm
) -> Callable[[], object] | None:
    """What the button does; None when its form is not filled in well."""
    actor = actor_for(request)
    if move == "name":
        return (lambda: drafting.name_request(
            held, form.cleaned_data["title"], actor=actor, application=form.cleaned_data["application"])) if form.is_valid() else None
    if move == "attach":
        return (lambda: drafting.attach(held, taking.take(file_form.cleaned_data["file"]), actor=actor)) if file_form.is_valid() else None
    if move == "submit":
        return lambda: asking.submit_request(held, actor=actor)
    if move == "discard":
        return lambda: drafting.discard_request(held, actor=actor)
    if move.startswith("remove:"):
        found = held.parts.filter(uuid=_uuid(move.removeprefix("remove:"))).first()
        return (lambda: drafting.remove_part(found, actor=actor)) if found is not None else None
    raise BadRequest(gettext("不知道要怎样办理这份申请；请使用页面上的按钮。"))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("不知道要怎样办理这份申请；请使用页面上的按钮。")) from None


def _part_forms(request: HttpRequest, held: Part, move: str) -> dict[str, forms.Form]:
    given = request.POST
    return {
        "statement": StatementForm(
            given if move in ("state", "hand_on") else None, contract=held.resource.contract, initial=StatementForm.initial_of(held)),
        "terms": TermsForm(given if move == "terms" else None, part=held, auto_id="terms_%s"),
        "dispute": DisputeForm(given if move == "dispute" else None, auto_id="dispute_%s"),
        "withdraw": WhyForm(given if move == "withdraw" else None, auto_id="withdraw_%s"),
        "automatic": WhyForm(given if move in ("automatic", "manual") else None, auto_id="automatic_%s"),
    }


def _state(held: Part, form: forms.Form, actor: Actor) -> None:
    assert isinstance(form, StatementForm)  # noqa: S101 as MOVES pairs them
    drafting.state_part(held, form.said(), actor=actor)


def _hand_on(held: Part, form: forms.Form, actor: Actor) -> None:
    _state(held, form, actor)
    asking.submit_part(Part.objects.select_related("request__organisation", "resource", "instance").get(pk=held.pk), actor=actor)


def _terms(held: Part, form: forms.Form, actor: Actor) -> None:
    assert isinstance(form, TermsForm)  # noqa: S101 as MOVES pairs them
    told = form.cleaned_data
    answering.set_terms(
        held, actor=actor, masks=form.masks(), condition=told["condition"], per_second=told["per_second"], per_day=told["per_day"],
        is_receipted=told["is_receipted"])


def _dispute(held: Part, form: forms.Form, actor: Actor) -> None:
    disputing.open_dispute(held, actor=actor, claim=form.cleaned_data["claim"])


def _withdraw(held: Part, form: forms.Form, actor: Actor) -> None:
    asking.withdraw_part(held, actor=actor, reason=form.cleaned_data["reason"])


def _automatic(held: Part, form: forms.Form, actor: Actor) -> None:
    answering.set_automatic(held.resource, True, actor=actor, reason=form.cleaned_data["reason"])


def _manual(held: Part, form: forms.Form, actor: Actor) -> None:
    answering.set_automatic(held.resource, False, actor=actor, reason=form.cleaned_data["reason"])


MOVES: dict[str, tuple[str, Callable[[Part, forms.Form, Actor], None]]] = {
    "state": ("statement", _state), "hand_on": ("statement", _hand_on), "terms": ("terms", _terms), "dispute": ("dispute", _dispute),
    "withdraw": ("withdraw", _withdraw), "automatic": ("automatic", _automatic), "manual": ("automatic", _manual),
}
