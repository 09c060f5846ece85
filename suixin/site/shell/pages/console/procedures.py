"""Procedures: the list, one of them drawn, a new version checked and published, its text to take away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.flow.bpmn import to_bpmn
from suixin.ground.flow.canonical import to_yaml
from suixin.ground.flow.errors import FaultyProcedure
from suixin.ground.flow.models import ProcedureVersion
from suixin.ground.flow.procedures import declaration_of, publish_procedure
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site.shell.procedure_forms import ProcedureForm
from suixin.site.shell.queries import procedures as queries
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.procedure_check import EXAMPLE, Checked, checked
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def procedure_list(request: HttpRequest) -> HttpResponse:
    """Every procedure with the version in force and how it runs."""
    page = queries.procedure_list(request.GET, actor=actor_for(request))
    return render(request, "console/procedures.html", {"page": page, "crumbs": console_crumbs((gettext("流程"), ""))})


@require_safe
@staff_page
def procedure(request: HttpRequest, slug: str) -> HttpResponse:
    """One procedure, drawn; `?version=` shows an earlier or a coming version."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "flow.view")
    page = queries.procedure_page(slug, request.GET.get("version", ""), actor=actor)
    crumbs = console_crumbs((gettext("流程"), reverse("console-procedures")), (page.procedure.title, ""))
    return render(request, "console/procedure.html", {"page": page, "crumbs": crumbs})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """A new procedure from its text."""
    policy.require(actor_for(request), "flow.publish_procedure", None)
    crumbs = console_crumbs((gettext("流程"), reverse("console-procedures")), (gettext("新流程"), ""))
    return _edit(request, None, {"crumbs": crumbs, "heading": gettext("新流程")})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """A new version of a procedure, from the text of its newest one."""
    policy.require(actor_for(request), "flow.publish_procedure", None)
    newest = queries.version_of(slug)[1][0]
    place = reverse("console-procedure", args=[slug])
    crumbs = console_crumbs((gettext("流程"), reverse("console-procedures")), (newest.procedure.title, place), (gettext("修改"), ""))
    return _edit(request, newest, {"crumbs": crumbs, "heading": gettext("修改流程：%(title)s") % {"title": newest.procedure.title}})


@require_safe
@staff_page
def text(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The declaration of a version, as YAML."""
    policy.require_anywhere(actor_for(request), "flow.view")
    version, _ = queries.version_of(slug, str(number))
    return _download(to_yaml(declaration_of(version)), "application/yaml; charset=utf-8", f"{slug}-v{number}.yaml")


@require_safe
@staff_page
def bpmn(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The drawing of a version for other programs, as BPMN 2.0."""
    policy.require_anywhere(actor_for(request), "flow.view")
    version, _ = queries.version_of(slug, str(number))
    return _download(to_bpmn(declaration_of(version)), "application/xml; charset=utf-8", f"{slug}-v{number}.bpmn")


def _edit(request: HttpRequest, newest: ProcedureVersion | None, context: dict[str, object]) -> HttpResponse:
    is_posted, initial = request.method == "POST", {"text": to_yaml(declaration_of(newest)) if newest else EXAMPLE}
    form = ProcedureForm(request.POST, request.FILES) if is_posted else ProcedureForm(initial=initial)
    found: Checked | None = None
    if is_posted and form.is_valid():
        source = str(form.cleaned_data["text"])
        found = checked(source, newest)
        if found.declaration and newest and found.declaration.id != newest.procedure.slug:
            told = gettext("标识 id 改了，会成为另一个流程；请改回 %(slug)s，或到“新流程”去发布。")
            form.add_error("text", told % {"slug": newest.procedure.slug})
        elif request.POST.get("wish") == "publish" and not found.faults:
            version = _published(request, form, source, actor_for(request))
            if version is not None:
                return redirect("console-procedure", slug=version.procedure.slug)
        kept = {name: request.POST.get(name, "") for name in ("effective_from", "note")}
        form.fields["file"].help_text = gettext("文件里的内容已放到上面的框里，可以直接改。") if form.cleaned_data.get("file") else ""
        form.data = {**kept, "text": source}  # what came from a file is shown to be corrected
    is_well = not is_posted or (found is not None and not found.faults and form.is_valid() and request.POST.get("wish") == "check")
    context |= {"form": form, "found": found, "newest": newest}
    return render(request, "console/procedure_edit.html", context, status=200 if is_well else 422)


def _published(request: HttpRequest, form: ProcedureForm, source: str, actor: Actor) -> ProcedureVersion | None:
    """The version that the text is now; None, with a message, when it was refused."""
    typed = form.cleaned_data
    try:
        version = publish_procedure(source, actor=actor, effective_from=typed["effective_from"], note=str(typed["note"]))
    except FaultyProcedure as error:
        messages.error(request, error.sentence)
    except SuixinError as error:
        form.add_error("effective_from", error.sentence)
    else:
        told = gettext("已发布第 %(number)d 版，%(day)s 起生效；已经在办的件仍按原来的版本。")
        messages.success(request, told % {"number": version.number, "day": version.effective_from})
        return version
    return None


def _download(content: str, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=kind, headers=headers)
