"""Pages of those who keep the machine: jobs, settings in force, health. None of them shows data."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.jobs import actions
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.forms import ReasonForm
from suixin.site.shell.queries import compliance, jobs, operating
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page


@require_safe
@staff_page
def job_list(request: HttpRequest) -> HttpResponse:
    """Jobs and schedules; for htmx only the part that changes by itself."""
    page = jobs.job_list(request.GET, actor=actor_for(request))
    template = "console/jobs_part.html" if request.headers.get("HX-Request") else "console/jobs.html"
    return render(request, template, {"page": page, "crumbs": console_crumbs((gettext("后台作业"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One job; a failed one is tried again, or given up for a reason."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _settle(request, uuid, form):
        return redirect("console-job", uuid=uuid)
    page = jobs.job_page(uuid, actor=actor_for(request))
    if request.headers.get("HX-Request") and request.method == "GET":
        return render(request, "console/job_part.html", {"page": page})
    crumbs = console_crumbs((gettext("后台作业"), reverse("console-jobs")), (page.job.title, ""))
    status = 422 if request.method == "POST" else 200
    return render(request, "console/job.html", {"page": page, "form": form, "crumbs": crumbs}, status=status)


@require_safe
@staff_page
def settings_page(request: HttpRequest) -> HttpResponse:
    """Settings in force."""
    table = operating.settings_table(actor=actor_for(request))
    return render(request, "console/settings.html", {"table": table, "crumbs": console_crumbs((gettext("现行设置"), ""))})


@require_safe
@staff_page
def health_page(request: HttpRequest) -> HttpResponse:
    """Whether the installation is well."""
    page = operating.health_page(actor=actor_for(request))
    return render(request, "console/health.html", {"page": page, "crumbs": console_crumbs((gettext("运行状况"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def compliance_page(request: HttpRequest) -> HttpResponse:
    """The last run of the compliance checks; a button starts another."""
    actor = actor_for(request)
    if request.method == "POST":
        compliance.start_check(actor=actor)
        messages.success(request, gettext("已开始检查。"))
        return redirect("console-compliance")
    page = compliance.compliance_page(actor=actor)
    return render(request, "console/compliance.html", {"page": page, "crumbs": console_crumbs((gettext("合规自检"), ""))})


def _settle(request: HttpRequest, uuid: UUID, form: ReasonForm) -> bool:
    actor = actor_for(request)
    policy.require(actor, "site.view", None)
    held = jobs.job_page(uuid, actor=actor).job
    try:
        if request.POST.get("wish") == "retry":
            actions.retry_job(held, actor=actor)
            messages.success(request, gettext("已重新提交，作业进程会尽快运行它。"))
            return True
        if form.is_valid():
            actions.discard_job(held, actor=actor, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("作业已放弃，并已记入审计。"))
            return True
    except SuixinError as error:
        messages.error(request, error.sentence)
        return True
    return False
