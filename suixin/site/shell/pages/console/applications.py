"""Applications of departments and their keys; the security officer's page of the installation's keys."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from suixin.data.doors.delta import recipients
from suixin.ground.people import applications
from suixin.ground.people.models import ApplicationKey
from suixin.ground.security import actions as security
from suixin.ground.security import policy
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.application_forms import ApplicationForm, KeyForm, KeyRotationForm, ReachForm, RotateForm
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.queries import applications as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def application_list(request: HttpRequest) -> HttpResponse:
    """Applications within the reader's reach."""
    actor = actor_for(request)
    context = {"page": queries.application_list(request.GET, actor=actor), "crumbs": console_crumbs((gettext("应用"), "")),
               "may_create": policy.may_anywhere(actor, "people.create_application")}
    return render(request, "console/applications.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new_application(request: HttpRequest) -> HttpResponse:
    """The form; then the application's page with its first secret, shown in that answer only."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "people.create_application")
    form = ApplicationForm(request.POST if request.method == "POST" else None, actor=actor)
    if form.is_valid():
        typed = form.cleaned_data
        made, secret = applications.create_application(typed["organisation"], typed["name"], actor=actor)
        return _page(request, made.app_id, secret=secret)
    crumbs = console_crumbs((gettext("应用"), reverse("console-applications")), (gettext("新建应用"), ""))
    status = 422 if request.method == "POST" else 200
    return render(request, "console/application_new.html", {"form": form, "crumbs": crumbs}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def application(request: HttpRequest, app_id: str) -> HttpResponse:
    """One application; its forms make one more key or a profile of shares, whose secret is shown in this answer only."""
    if request.method == "POST" and request.POST.get("move") == "share":
        return _new_profile(request, app_id)
    form = KeyForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, app_id, form=form, status=422 if request.method == "POST" else 200)
    try:
        found = queries.application_by(app_id)
        key, secret = applications.make_key(
            found, form.new_key(), actor=actor_for(request), reason=form.cleaned_data["reason"]
        )
    except BadRequest as error:
        return _page(request, app_id, form=form, sentence=error.sentence, status=422)
    messages.success(request, gettext("新密钥 %s 已生效。") % key.key_id)
    return _page(request, app_id, secret=secret)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def rotate(request: HttpRequest, app_id: str) -> HttpResponse:
    """A new key in place of one of the application's, which stays valid for some days."""
    found = queries.application_by(app_id)
    actor = actor_for(request)
    policy.require(actor, "people.edit_application", found)
    first = request.GET.get("key", "")
    form = RotateForm(request.POST if request.method == "POST" else None, initial={"key": first})
    form.fields["key"].queryset = found.keys.usable(clock.now())  # type: ignore[attr-defined]  # a ModelChoiceField
    sentence = ""
    if form.is_valid():
        typed = form.cleaned_data
        try:
            key, secret = applications.rotate_key(
                typed["key"], form.new_key(), actor=actor, reason=typed["reason"], overlap_days=typed["overlap_days"]
            )
        except BadRequest as error:
            sentence = error.sentence
        else:
            messages.success(request, gettext("新密钥 %s 已生效。") % key.key_id)
            return _page(request, app_id, secret=secret)
    crumbs = console_crumbs(
        (gettext("应用"), reverse("console-applications")), (found.name, reverse("console-application", args=[app_id])),
        (gettext("轮换密钥"), ""),
    )
    context = {"application": found, "form": form, "sentence": sentence, "crumbs": crumbs}
    return render(request, "console/application_rotate.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@staff_page
def reach(request: HttpRequest, app_id: str) -> HttpResponse:
    """From where the application may call and how else it may sign, with a reason."""
    form, found = ReachForm(request.POST, auto_id="reach_%s"), queries.application_by(app_id)
    if not form.is_valid():
        return _page(request, app_id, reach_form=form, status=422)
    typed = form.cleaned_data
    try:
        applications.set_reach(
            found, networks=typed["networks"].splitlines(), styles=typed["styles"], actor=actor_for(request), reason=typed["reason"]
        )
    except BadRequest as error:
        return _page(request, app_id, reach_form=form, sentence=error.sentence, status=422)
    messages.success(request, gettext("已办理，一秒内在所有节点生效，并已记入审计。"))
    return redirect("console-application", app_id=app_id)


@require_POST
@staff_page
def revoke(request: HttpRequest, app_id: str) -> HttpResponse:
    """One key revoked, or the application switched off or on, with a reason."""
    form, found = ReasonForm(request.POST), queries.application_by(app_id)
    if not form.is_valid():
        messages.error(request, gettext("请写明理由，理由里不要写个人信息。"))
        return redirect("console-application", app_id=app_id)
    actor, reason, move = actor_for(request), form.cleaned_data["reason"], request.POST.get("move", "")
    try:
        if move == "token":
            recipients.revoke_token(queries.token_by(found, request.POST.get("token", "")), actor=actor, reason=reason)
        elif move in ("enable", "disable"):
            applications.set_application_active(found, is_active=move == "enable", actor=actor, reason=reason)
        else:
            applications.revoke_key(_key(request, app_id), actor=actor, reason=reason)
        messages.success(request, gettext("已办理，一秒内在所有节点生效，并已记入审计。"))
    except BadRequest as error:
        messages.error(request, error.sentence)
    return redirect("console-application", app_id=app_id)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def key_list(request: HttpRequest) -> HttpResponse:
    """Purposes, versions and ages of the installation's keys; a form makes a new version. No key is ever shown."""
    actor = actor_for(request)
    policy.require(actor, "security.view", None)
    form = KeyRotationForm(request.POST if request.method == "POST" else None, purposes=ring().purposes())
    if form.is_valid():
        typed = form.cleaned_data
        try:
            version = security.rotate_key(typed["purpose"], actor=actor, reason=typed["reason"])
            told = gettext("用途 %(purpose)s 现在使用第 %(version)d 版密钥，旧版本仍可解封。")
            messages.success(request, told % {"purpose": typed["purpose"], "version": version})
            return redirect("console-keys")
        except SuixinError as error:
            messages.error(request, error.sentence)
    context = {"table": queries.key_table(), "form": form, "provider": ring().provider.name,
               "may_rotate": policy.may(actor, "security.rotate_key", None), "crumbs": console_crumbs((gettext("密钥"), ""))}
    return render(request, "console/keys.html", context, status=422 if request.method == "POST" else 200)


def _key(request: HttpRequest, app_id: str) -> ApplicationKey:
    return queries.key_by(queries.application_by(app_id), request.POST.get("key", "")[:40].replace("\0", ""))


def _new_profile(request: HttpRequest, app_id: str) -> HttpResponse:
    try:
        token, text = recipients.make_token(queries.application_by(app_id), actor=actor_for(request))
    except BadRequest as error:
        return _page(request, app_id, sentence=error.sentence, status=422)
    return _page(request, app_id, profile=recipients.profile(text, token, base=request.build_absolute_uri("/")).decode())


def _page(
    request: HttpRequest, app_id: str, *, form: KeyForm | None = None, reach_form: ReachForm | None = None, secret: str = "",
    profile: str = "", sentence: str = "", status: int = 200,
) -> HttpResponse:
    page = queries.application_page(app_id, actor=actor_for(request))
    crumbs = console_crumbs((gettext("应用"), reverse("console-applications")), (page.application.name, ""))
    held = {"networks": "\n".join(page.application.networks), "styles": page.application.styles}
    context = {"page": page, "form": form or KeyForm(), "reason": ReasonForm(auto_id="revoke_%s"),
               "token_reason": ReasonForm(auto_id="token_%s"), "secret": secret, "profile": profile,
               "reach": reach_form or ReachForm(initial=held, auto_id="reach_%s"),
               "sentence": sentence, "crumbs": crumbs}
    return render(request, "console/application.html", context, status=status)
