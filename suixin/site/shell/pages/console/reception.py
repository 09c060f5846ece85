"""The window: a person stands there; any department's item, a checklist of its materials, several items in one visit."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.services.cases import asking, prefilling, receiving
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.errors import NotOpen
from suixin.services.cases.models import Application, Case, Channel
from suixin.services.cases.opening import Applicant, Handed, Request
from suixin.services.items.models import ItemVersion
from suixin.services.items.queries import guides, item_by, version_at
from suixin.services.items.stated import rows_of, text_of
from suixin.site.shell.case_forms import ChecklistForm, PersonForm
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.window_filling import FilledForm, filled_of

FOUND = 30


@require_safe
@staff_page
def start(request: HttpRequest) -> HttpResponse:
    """Items by name or code; of a visit, what was taken in already."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "cases.receive")
    words, visit = request.GET.get("q", "").strip()[:60], request.GET.get("visit", "")
    found = guides().filter(state="1")
    if words:
        found = found.filter(item__title__contains=words) | found.filter(item__code__startswith=words)
    versions = [one for one in found[:FOUND] if policy.may(actor, "cases.receive", one.item)]
    crumbs = console_crumbs((gettext("窗口收件"), ""))
    context = {"words": words, "versions": versions, "visit": visit, "taken": _taken(visit, actor), "crumbs": crumbs}
    return render(request, "console/reception.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def receive(request: HttpRequest, code: str) -> HttpResponse:
    """One item for the person who stands here; posted, it is taken in, once for each token."""
    actor, item = actor_for(request), item_by(code)
    policy.require(actor, "cases.receive", item)
    version = version_at(item, clock.now())
    if version is None:
        raise NotOpen(gettext("这个事项还没有发布，不能申请。"))
    is_posted, visit = request.method == "POST", request.POST.get("visit") or request.GET.get("visit") or str(uuid4())
    person = PersonForm(request.POST if is_posted else None, initial=_known(visit, actor))
    checklist = ChecklistForm(request.POST if is_posted else None, materials=_materials(version))
    token, status = _uuid(request.POST.get("token") or str(uuid4())), 200
    is_known = is_posted and person.is_valid()
    if is_known and request.POST.get("wish") == "prefill":
        token = uuid4()  # a reading of its own, whatever was read before
        numbers = _numbers(person.cleaned_data)
        if not prefilling.prefill_at_window(version, token, numbers, actor=actor):
            messages.info(request, gettext("没有能填入的内容：没有授权、没有这个人的记录，或者是代办；请照常询问和核对。"))
        filled = FilledForm(filled=filled_of(version, token, numbers))
    else:
        filled = FilledForm(
            request.POST if is_posted else None, filled=filled_of(version, token, _numbers(person.cleaned_data)) if is_known else [])
        if is_posted:
            status = 422
        if is_known and checklist.is_valid() and filled.is_valid():
            try:
                asked = _request(token, person.cleaned_data, visit, actor)
                handed = {int(name[1:]): Handed(MaterialState(state)) for name, state in checklist.cleaned_data.items() if state}
                case = receiving.receive(asked, version, actor=actor, handed=handed, said=filled.cleaned_data)
            except SuixinError as error:
                if error.http_status == 403:
                    raise
                messages.error(request, error.sentence)
                status = error.http_status
            else:
                messages.success(request, gettext("已收件，编号 %(number)s。") % {"number": case.number})
                return redirect(f"{reverse('console-reception')}?visit={visit}")
    context = {
        "item": item, "version": version, "person": person, "checklist": checklist, "filled": filled, "visit": visit, "token": str(token),
        "may_fill": bool(prefilling.wanted_of(version)),
        "crumbs": console_crumbs((gettext("窗口收件"), reverse("console-reception")), (item.title, "")),
    }
    return render(request, "console/reception_item.html", context, status=status)


def _applicant(who: Mapping[str, str]) -> Applicant:
    return Applicant(
        who["firm_name"].strip() or who["name"].strip(), who["id_number"], who["mobile"], uscc=who["uscc"].strip().upper(),
        guardian=who["guardian"].strip(), guardian_id=who["guardian_id"].strip().upper(),
    )


def _numbers(who: Mapping[str, str]) -> dict[str, str]:
    return receiving.numbers_of(_applicant(who), is_by_agent=bool(who["authority"].strip()))


def _request(token: UUID, who: Mapping[str, str], visit: str, actor: Actor) -> Request:
    place = Organisation.objects.filter(uscc=actor.organisation).first()
    return Request(
        token=token, applicant=_applicant(who), channel=Channel.WINDOW, delivery=who["delivery"], address=who["address"],
        authority_document=who["authority"].strip(), window=place if actor.has_role("reception") else None, visit=_uuid(visit),
    )


def _materials(version: ItemVersion) -> list[tuple[int, str, str]]:
    """Number, name and the state that is proposed of each material."""
    found = []
    for number, row in enumerate(rows_of(version.content, "materials"), 1):
        state, situation = asking.unhanded(row), text_of(row, "situation")
        proposed = state.value if state in (MaterialState.FETCHED, MaterialState.PROMISED) else ""
        found.append((number, text_of(row, "material_name") + (f"（{situation}）" if situation else ""), proposed))
    return found


def _taken(visit: str, actor: Actor) -> list[Case]:
    if not visit:
        return []
    mine = Case.objects.filter(application__visit=_uuid(visit), application__actor_key=actor.key)
    return list(mine.select_related("application", "organisation").prefetch_related("documents").order_by("pk"))


def _known(visit: str, actor: Actor) -> dict[str, str]:
    """The person of this visit, so that its second item asks nothing again."""
    held = Application.objects.filter(visit=_uuid(visit), actor_key=actor.key).order_by("-pk").first()
    if held is None:
        return {"delivery": "window"}
    name = {"firm_name": held.name, "uscc": held.uscc} if held.uscc else {"name": held.name}
    return {**name, "id_number": held.id_number, "mobile": held.mobile, "delivery": held.delivery, "address": held.address}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadRequest(gettext("页面不完整；请从“窗口收件”重新进入。")) from None
