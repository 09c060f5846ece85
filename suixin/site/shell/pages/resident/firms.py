"""Firms that a resident acts for: switch, give and revoke agencies, accept or lay down one's own."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from suixin.ground.people.residents import actions
from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import actor_of_session, person_actor
from suixin.kit.errors import NotFound, SuixinError
from suixin.site.shell.queries import residents as queries
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.residency import resident_page
from suixin.site.shell.resident_forms import AgencyForm


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def firms(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """The firms, what is offered, and for a legal representative its agents with the form for one more."""
    form = AgencyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.give_agency(session, form.terms, actor=actor_of_session(session))
        except SuixinError as error:
            form.add_error(None, error.sentence)
        else:
            messages.success(request, gettext("授权已发出。经办人登录后在“我的企业”里接受，授权才生效。"))
            return redirect("me-firms")
    crumbs = portal_crumbs((gettext("我的"), reverse("me")), (gettext("我的企业"), ""))
    context = {"page": queries.firms_page(session), "form": form, "crumbs": crumbs}
    return render(request, "resident/firms.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@resident_page
def act(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """Act for a firm from now on, or for oneself again."""
    text = request.POST.get("agency", "")
    try:
        agency = UUID(text) if text else None
    except ValueError:
        raise NotFound("没有这个经办授权;请用页面上的按钮。") from None
    changed = actions.act_for(session, agency, actor=person_actor(session.resident))
    firm = changed.acting_for.firm.name if changed.acting_for else ""
    messages.success(request, gettext("现在以“%(firm)s”的名义办理。") % {"firm": firm} if firm else gettext("现在以本人的名义办理。"))
    return redirect("me-firms")


@require_POST
@resident_page
def answer(request: HttpRequest, session: ResidentSession, uuid: UUID, *, answer: str) -> HttpResponse:
    """Accept or lay down an agency, or revoke an agent's."""
    person = person_actor(session.resident)
    try:
        if answer == "accept":
            actions.accept_agency(session.resident, uuid, actor=person)
        elif answer == "give-up":
            actions.give_up_agency(session.resident, uuid, actor=person)
        elif answer == "revoke":
            actions.revoke_agency(session, uuid, actor=actor_of_session(session))
        else:
            raise NotFound("没有这个操作;请用页面上的按钮。")
    except NotFound:
        raise
    except SuixinError as error:
        messages.error(request, error.sentence)
    else:
        messages.success(request, gettext("已办理，立即生效，并已记入日志。"))
    return redirect("me-firms")
