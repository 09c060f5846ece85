"""What is due and what came, of all of one's cases: a list by day, the same as a calendar file, messages."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.services.space import actions
from suixin.site.shell.pages.console.catalogue_exchange import sent
from suixin.site.shell.pages.embedding import site_of
from suixin.site.shell.queries import space_shown
from suixin.site.shell.queries.links import portal_crumbs
from suixin.site.shell.residency import resident_page


@require_safe
@resident_page
def my_calendar(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """What is due, day by day."""
    days = space_shown.days(actor_of_session(session))
    context = {"days": days, "crumbs": portal_crumbs((gettext("我的办件"), reverse("my-cases")), (gettext("日历"), ""))}
    return render(request, "resident/calendar.html", context)


@require_safe
@resident_page
def my_calendar_file(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """The same for a calendar program."""
    text = space_shown.calendar_file(actor_of_session(session), site_of(request))
    return sent(text.encode(), "suixin.ics", "text/calendar; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def my_letters(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """What departments wrote and issued; posted: all of it counts as read."""
    actor = actor_of_session(session)
    if request.method == "POST":
        actions.mark_all_read(actor=actor)
        messages.success(request, gettext("已全部标为已读。"))
        return redirect("my-letters")
    context = {
        "rows": space_shown.letter_rows(actor), "crumbs": portal_crumbs((gettext("我的办件"), reverse("my-cases")), (gettext("消息"), "")),
    }
    return render(request, "resident/letters.html", context)
