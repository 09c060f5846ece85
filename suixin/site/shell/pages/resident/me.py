"""A resident's own pages: who I am here and what is kept of me, my sign-ins, closing the account."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suixin.ground.people.residents import actions
from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import person_actor
from suixin.site.shell import residency
from suixin.site.shell.queries import residents as queries
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.residency import resident_page
from suixin.site.shell.resident_forms import CloseForm


@require_safe
@resident_page
def me(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """Who I am here, how well that is proven, and what is kept."""
    context = {"page": queries.me_page(session), "crumbs": portal_crumbs((gettext("我的"), ""))}
    return render(request, "resident/me.html", context)


@require_safe
@resident_page
def signins(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """Where I am signed in, and what the log holds of my account."""
    crumbs = portal_crumbs((gettext("我的"), reverse("me")), (gettext("登录记录"), ""))
    return render(request, "resident/signins.html", {"page": queries.signins_page(session, request.GET), "crumbs": crumbs})


@require_POST
@resident_page
def end_sessions(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """All sessions but this one ended."""
    ended = actions.end_sessions(session.resident, actor=person_actor(session.resident), keep=session)
    messages.success(request, ngettext("已退出其他 %(count)d 处登录。", "已退出其他 %(count)d 处登录。", ended) % {"count": ended})
    return redirect("me-signins")


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def close(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """Closing the account: what goes, what stays by law, and a second yes."""
    form = CloseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.close_account(session.resident, actor=person_actor(session.resident))
        response = render(request, "resident/closed.html", {"crumbs": portal_crumbs((gettext("注销"), ""))})
        residency.drop_session(response)
        return response
    crumbs = portal_crumbs((gettext("我的"), reverse("me")), (gettext("注销账户"), ""))
    status = 422 if request.method == "POST" else 200
    return render(request, "resident/close.html", {"form": form, "stays": queries.what_stays(), "crumbs": crumbs}, status=status)
