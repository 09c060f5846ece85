"""What is late, the league table, delegations, and handing over everything of a person who leaves."""

import csv
import io

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.flow import assigning
from suixin.ground.flow.models import Delegation, Step, StepStatus
from suixin.ground.flow.queries import account_of
from suixin.ground.people.models import Account, Post
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.site.shell.flow_forms import DelegationForm, HandOverForm
from suixin.site.shell.queries.flow import colleagues
from suixin.site.shell.queries.flow import duties as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.people import visible_accounts
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def late(request: HttpRequest) -> HttpResponse:
    """What the reader's organisation, or those it supervises, are late with."""
    page = queries.late_page(request.GET, actor=actor_for(request))
    return render(request, "console/late.html", {"page": page, "crumbs": console_crumbs((gettext("超期"), ""))})


@require_safe
@staff_page
def league(request: HttpRequest) -> HttpResponse:
    """Departments by on-time rate."""
    page = queries.league_page(request.GET, actor=actor_for(request))
    return render(request, "console/league.html", {"page": page, "crumbs": console_crumbs((gettext("按时办结率"), ""))})


@require_safe
@staff_page
def league_file(request: HttpRequest) -> HttpResponse:
    """The league table as CSV with a byte order mark, so that spreadsheets read the Chinese."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "flow.view")
    text = io.StringIO()
    csv.writer(text).writerows(queries.league_lines(request.GET, actor=actor))
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="league-{clock.today()}.csv"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def delegations(request: HttpRequest) -> HttpResponse:
    """Who does the reader's steps for a time, and whose the reader does; a form for a new one, a button that ends one."""
    actor, account = actor_for(request), account_of(actor_for(request))
    if account is None:
        raise NotFound(gettext("这个登录不是工作人员账号，没有委托。"))
    places = colleagues.places_of(actor)
    people, is_new = colleagues.colleagues(places, besides=actor.key), request.POST.get("move") == "new"
    form = DelegationForm(request.POST if is_new else None, people=people, places=places, initial={"since": clock.today()})
    if request.method == "POST" and _delegated(request, form if is_new else None, account, actor):
        return redirect("console-delegations")
    page, status = queries.delegations_page(account), 422 if request.method == "POST" else 200
    context = {"page": page, "form": form if people else None, "crumbs": console_crumbs((gettext("委托"), ""))}
    return render(request, "console/delegations.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def hand_over_all(request: HttpRequest, pk: int) -> HttpResponse:
    """Every open step of a person goes to another, because the person leaves."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "flow.hand_over")
    leaver = visible_accounts(actor).filter(pk=pk).first() if policy.may_anywhere(actor, "people.view") else None
    if leaver is None:
        raise NotFound(gettext("没有这个账号；请从人员列表进入。"))
    if any(not policy.may(actor, "flow.hand_over", step) for step in _open_steps(leaver)[:50]):
        policy.refuse(actor, "flow.hand_over", leaver)
    places = list(Post.objects.filter(account=leaver).order_by().values_list("organisation_id", flat=True).distinct())
    form = HandOverForm(request.POST if request.method == "POST" else None,
                        people=colleagues.colleagues(places, besides=leaver.username))  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            typed = form.cleaned_data
            number = assigning.hand_over_all(leaver, typed["to"], actor=actor, reason=typed["reason"], document=typed["document"])
        except SuixinError as error:
            messages.error(request, error.sentence)
        else:
            messages.success(request, gettext("已移交 %(n)d 项待办，并已记入办理记录。") % {"n": number})
            return redirect("console-person", pk=pk)
    crumbs = console_crumbs((gettext("人员"), reverse("console-people")), (str(leaver), reverse("console-person", args=[pk])),
                            (gettext("移交待办"), ""))  # fmt: skip
    context = {"leaver": leaver, "number": _open_steps(leaver).count(), "form": form, "crumbs": crumbs}
    return render(request, "console/hand_over_all.html", context, status=422 if request.method == "POST" else 200)


def _open_steps(account: Account) -> QuerySet[Step]:
    return Step.objects.filter(assignee=account, status__in=(StepStatus.OPEN, StepStatus.STOPPED)).select_related("organisation")


def _delegated(request: HttpRequest, form: DelegationForm | None, account: Account, actor: Actor) -> bool:
    """Whether what was asked for was done; what became of it is a message."""
    if form is not None and not form.is_valid():
        return False
    try:
        if form is not None:
            typed = form.cleaned_data
            assigning.delegate(account, typed["receiver"], typed["organisation"], since=typed["since"], until=typed["until"],
                               actor=actor, reason=typed["reason"], document=typed["document"])  # fmt: skip
            messages.success(request, gettext("委托已建立；到期自动结束，也可以随时结束。"))
        else:
            assigning.end_delegation(_own(request, account), actor=actor)
            messages.success(request, gettext("委托已结束，立即生效。"))
    except SuixinError as error:
        messages.error(request, error.sentence)
        return False
    return True


def _own(request: HttpRequest, account: Account) -> Delegation:
    if request.POST.get("move") != "end":
        raise BadRequest(gettext("没有说明要办什么；请用页面上的按钮。"))
    number = request.POST.get("delegation", "")
    found = Delegation.objects.filter(giver=account, pk=int(number)).first() if number.isdecimal() and len(number) < 18 else None
    if found is None:
        raise NotFound(gettext("您没有给出这个委托；请刷新页面。"))
    return found
