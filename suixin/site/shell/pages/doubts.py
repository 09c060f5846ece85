"""Doubts of users: asking that a row be checked, from the console or the portal, and what became of one's own."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.opening.queries import resource_of
from suixin.data.quality.loop import doubts
from suixin.data.quality.loop.asking import asker_plan
from suixin.ground.people.residents.models import ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotAllowed, SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.doubt_forms import ROW, DoubtForm
from suixin.site.shell.queries.doubts import doubts_table
from suixin.site.shell.queries.links import console_crumbs, portal_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.residency import resident_page


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def staff_doubt(request: HttpRequest, table: str) -> HttpResponse:
    """The form about a resource that one may read."""
    resource = resource_by(table)
    crumbs = console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (resource.title, reverse("console-resource", args=[table])),
        (gettext("申请校核"), ""),
    )
    return _asked(request, resource, actor_for(request), crumbs, ("console/doubt.html", "console-doubts"))


@require_safe
@staff_page
def staff_doubts(request: HttpRequest) -> HttpResponse:
    """What one asked, and the answers."""
    actor = actor_for(request)
    policy.require(actor, "quality.doubt", None)
    context = {"table": doubts_table(doubts.of_asker(actor)), "crumbs": console_crumbs((gettext("我的校核申请"), ""))}
    return render(request, "console/doubts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@resident_page
def resident_doubt(request: HttpRequest, session: ResidentSession, slug: str) -> HttpResponse:
    """The form about open data."""
    resource = resource_of(slug)
    crumbs = portal_crumbs((resource.title, reverse("dataset", args=[slug])), (gettext("申请校核"), ""))
    return _asked(request, resource, actor_of_session(session), crumbs, ("resident/doubt.html", "me-doubts"))


@require_safe
@resident_page
def resident_doubts(request: HttpRequest, session: ResidentSession) -> HttpResponse:
    """What one asked, and the answers."""
    table = doubts_table(doubts.of_asker(actor_of_session(session)), is_cards=True)
    crumbs = portal_crumbs((gettext("我的"), reverse("me")), (gettext("我的校核申请"), ""))
    return render(request, "resident/doubts.html", {"table": table, "crumbs": crumbs})


def _asked(request: HttpRequest, resource: Resource, actor: Actor, crumbs: Sequence[Crumb], places: tuple[str, str]) -> HttpResponse:
    template, back = places
    policy.require(actor, "quality.doubt", None)
    plan = asker_plan(resource, actor=actor)
    known = {ROW + name: value for name, value in request.GET.items()}
    form = DoubtForm(request.POST if request.method == "POST" else None, plan=plan, initial=known)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = doubts.raise_doubt(resource, form.wrong, actor=actor)
            except NotAllowed:
                raise
            except SuixinError as error:
                form.add_error(None, error.sentence)
            else:
                told = gettext("已提交，编号 %(number)s；提供单位在 10 个工作日内核实、答复。") % {"number": made.order_number}
                messages.success(request, told)
                return redirect(back)
    return render(request, template, {"form": form, "resource": resource, "crumbs": crumbs}, status=status)
