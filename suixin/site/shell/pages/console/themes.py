"""Pages of one-thing-once themes: the list, one theme with its checks, its declaration written, handed on, paused; the question bank."""

import csv
import io
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.services.themes import actions, publishing
from suixin.services.themes import queries as themes
from suixin.services.themes.models import BankVersion, Theme
from suixin.site.shell.components import Crumb
from suixin.site.shell.pages.console.catalogue_exchange import sent
from suixin.site.shell.queries import theme_desk as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.theme_forms import DeclarationForm, ReasonForm

MOVES = {"pause": actions.pause_theme, "resume": actions.resume_theme}


@require_safe
@staff_page
def theme_list(request: HttpRequest) -> HttpResponse:
    """The themes."""
    page = queries.desk(actor_for(request))
    return render(request, "console/themes.html", {"page": page, "crumbs": console_crumbs((gettext("一件事主题"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """The declaration of a new theme; then its page."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "themes.draft")
    form = DeclarationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("console-theme", slug=actions.draft_theme(form.cleaned_data["text"], actor=actor).slug)
        except SuixinError as error:
            _refused(request, error)
    return _editing(request, form, gettext("登记主题"), _crumbs(gettext("登记主题")))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def theme(request: HttpRequest, slug: str) -> HttpResponse:
    """One theme; posted: handed on (`submit`), paused or resumed."""
    page = queries.theme_desk(slug, actor=actor_for(request))
    form = ReasonForm(request.POST if request.method == "POST" and request.POST.get("wish") in MOVES else None)
    if request.method == "POST" and _done(request, page.theme, form, actor_for(request)):
        return redirect("console-theme", slug=slug)
    context = {"page": page, "form": form, "crumbs": _crumbs(page.theme.title)}
    return render(request, "console/theme.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The declaration of a theme."""
    held, actor = themes.theme_by(slug), actor_for(request)
    policy.require(actor, "themes.draft", held)
    initial = {"text": held.text, "seen": held.updated_at.isoformat()}
    form = DeclarationForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            revised = actions.revise_theme(held, form.cleaned_data["text"], actor=actor, seen=_instant(form.cleaned_data["seen"]))
            left = gettext("已保存。还有 %(n)d 处问题。") % {"n": revised.faults} if revised.faults else gettext("已保存，没有问题。")
            messages.success(request, left)
            return redirect("console-theme", slug=slug)
        except SuixinError as error:
            _refused(request, error)
    crumbs = console_crumbs(
        (gettext("一件事主题"), reverse("console-themes")), (held.title, reverse("console-theme", args=[slug])), (gettext("修改声明"), ""))
    return _editing(request, form, held.title, crumbs)


@require_safe
@staff_page
def branches(request: HttpRequest, slug: str) -> HttpResponse:
    """Every branch with its outcome as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(queries.branches_of(slug, actor=actor_for(request)))
    return sent(b"\xef\xbb\xbf" + text.getvalue().encode(), f"{slug}-branches.csv", "text/csv; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def bank(request: HttpRequest) -> HttpResponse:
    """The question bank: read by whoever sees themes, replaced by who may publish them."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "themes.view")
    newest = BankVersion.objects.first()
    form = DeclarationForm(request.POST if request.method == "POST" else None, initial={"text": newest.text if newest else ""})
    if request.method == "POST" and form.is_valid():
        try:
            taken = actions.take_bank(form.cleaned_data["text"], actor=actor)
            messages.success(request, gettext("已保存为问题库第 %(n)d 版；主题在下次发布时用它。") % {"n": taken.number})
            return redirect("console-theme-bank")
        except SuixinError as error:
            _refused(request, error)
    is_open = policy.may_anywhere(actor, "themes.publish")
    return _editing(request, form, gettext("问题库"), _crumbs(gettext("问题库")), is_closed=not is_open)


def _done(request: HttpRequest, held: Theme, form: ReasonForm, actor: Actor) -> bool:
    wish = request.POST.get("wish", "")
    try:
        if wish == "submit":
            publishing.submit_theme(held, actor=actor)
            messages.success(request, gettext("已提交审核。") if publishing.running(held) else gettext("已发布。"))
            return True
        if wish in MOVES and form.is_valid():
            MOVES[wish](held, actor=actor, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("已办，主题页上已写明。"))
            return True
    except SuixinError as error:
        _refused(request, error)
    return False


def _refused(request: HttpRequest, error: SuixinError) -> None:
    if error.http_status == 403:
        raise error
    messages.error(request, error.sentence)


def _editing(request: HttpRequest, form: DeclarationForm, title: str, crumbs: list[Crumb], *, is_closed: bool = False) -> HttpResponse:
    context = {"form": form, "title": title, "crumbs": crumbs, "is_closed": is_closed}
    return render(request, "console/theme_edit.html", context, status=422 if request.method == "POST" else 200)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _crumbs(last: str) -> list[Crumb]:
    return console_crumbs((gettext("一件事主题"), reverse("console-themes")), (last, ""))
