"""Rules of a resource: what its batches are judged by, what the profile suggests, one more from the library."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.contract import Rule
from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.data.quality.library import actions, forming
from suixin.data.quality.library.errors import UnfitRule
from suixin.data.quality.library.templates import template_of
from suixin.data.quality.models import RuleSuggestion
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Crumb
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.quality_rules import given_of, library_table, rules_page, suggestion_of
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.rule_forms import RuleForm


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def rules(request: HttpRequest, table: str) -> HttpResponse:
    """The rules of a resource; posted, one is taken off, a suggestion dismissed, or the data looked at again."""
    actor, resource = actor_for(request), resource_by(table)
    if request.method == "POST" and _done(request, resource, actor):
        return redirect("console-rules", table=table)
    page = rules_page(table, actor=actor)
    context = {"page": page, "form": ReasonForm(), "crumbs": _crumbs(resource, gettext("规则"))}
    return render(request, "console/rules.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest, table: str) -> HttpResponse:
    """One more rule: chosen from the library, its parameters said, tried on the newest version, adopted."""
    actor, resource = actor_for(request), resource_by(table)
    policy.require(actor, "quality.set_rules", resource)
    crumbs = _crumbs(resource, gettext("添加规则"))
    suggestion = suggestion_of(resource, request.GET.get("suggestion", ""))
    code = suggestion.template if suggestion else request.POST.get("template") or request.GET.get("template", "")
    if not code:
        chooser = library_table(lambda one: f"{reverse('console-rule-new', args=[table])}?template={one.code}")
        return render(request, "console/rule_library.html", {"table": chooser, "resource": resource, "crumbs": crumbs})
    template = template_of(code)
    form = RuleForm(request.POST if request.method == "POST" else None, template=template, contract=resource.contract,
                    given=given_of(suggestion))
    told = ""
    if request.method == "POST" and form.is_valid():
        rule = _composed(form, resource)
        if rule is not None and request.POST.get("_do") == "try":
            told = _tried(form, resource, rule, actor)
        elif rule is not None and _attached(form, resource, rule, actor, suggestion):
            messages.success(request, gettext("已采用规则，从下一批数据起生效；目录有了新版本，并已记入审计。"))
            return redirect("console-rules", table=table)
    context = {"resource": resource, "template": template, "form": form, "told": told, "suggestion": suggestion, "crumbs": crumbs}
    return render(request, "console/rule_new.html", context, status=422 if form.errors else 200)


@require_safe
@staff_page
def rule_library(request: HttpRequest) -> HttpResponse:
    """Every rule of the library."""
    policy.require_anywhere(actor_for(request), "quality.view")
    crumbs = console_crumbs((gettext("数据质量"), reverse("console-quality")), (gettext("规则库"), ""))
    return render(request, "console/rule_library.html", {"table": library_table(), "crumbs": crumbs})


def _done(request: HttpRequest, resource: Resource, actor: Actor) -> bool:
    wish, form = request.POST.get("wish", ""), ReasonForm(request.POST)
    try:
        if wish == "suggest":
            found = actions.suggest_again(resource, actor=actor)
            messages.success(request, gettext("按最近一次探查找到 %(count)s 条可以设的规则。") % {"count": found})
            return True
        policy.require(actor, "quality.set_rules", resource)
        if not form.is_valid():
            messages.error(request, gettext("没有办成：请写明理由。"))
            return False
        if wish == "dismiss":
            suggestion = suggestion_of(resource, request.POST.get("suggestion", "") or "0")
            assert suggestion is not None  # noqa: S101  # a number that is not there raises
            actions.dismiss_suggestion(suggestion, actor=actor, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("这条建议不采用；证据不变就不再出现。"))
        else:
            actions.detach_rule(resource, request.POST.get("code", ""), actor=actor, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("已停用规则，从下一批数据起不再按它判。"))
    except SuixinError as error:
        if error.http_status == 403:  # refused, as everywhere
            raise
        messages.error(request, error.sentence)
        return False
    return True


def _composed(form: RuleForm, resource: Resource) -> Rule | None:
    try:
        return forming.composed(resource, form.template, form.given, severity=form.cleaned_data.get("severity", ""))
    except UnfitRule as error:
        faults = error.fields.get("faults", {})
        form.tell(faults if isinstance(faults, dict) else {}, error.sentence)
        return None


def _tried(form: RuleForm, resource: Resource, rule: Rule, actor: Actor) -> str:
    try:
        return f"{rule.message}{actions.try_rule(resource, rule, actor=actor).sentence}"
    except SuixinError as error:
        form.add_error(None, error.sentence)
        return ""


def _attached(form: RuleForm, resource: Resource, rule: Rule, actor: Actor, suggestion: RuleSuggestion | None) -> bool:
    try:
        actions.attach_rule(resource, rule, actor=actor, reason=form.cleaned_data["reason"], suggestion=suggestion)
    except SuixinError as error:
        form.add_error(None, error.sentence)
        return False
    return True


def _crumbs(resource: Resource, here: str) -> list[Crumb]:
    place = [resource.table]
    return console_crumbs(
        (gettext("数据质量"), reverse("console-quality")), (resource.title, reverse("console-resource-quality", args=place)),
        *(() if here == gettext("规则") else ((gettext("规则"), reverse("console-rules", args=place)),)), (here, ""),
    )
