"""Bringing a file by hand: the upload form and what became of every table in it."""

from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.models import Resource
from suixin.data.collection import actions as collection
from suixin.data.collection import inbox
from suixin.data.collection.holding import WholeState
from suixin.data.collection.models import RunStatus
from suixin.data.collection.outcomes import FileOutcome
from suixin.ground.jobs.models import JobState
from suixin.ground.security import policy
from suixin.kit.errors import SuixinError
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.forms import UploadForm
from suixin.site.shell.queries.console import RUN_TONES
from suixin.site.shell.queries.jobs import own_job
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.templatetags.suixin import number
from suixin.site.shell.words import word


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def upload(request: HttpRequest) -> HttpResponse:
    """The upload form; after a file, what became of it."""
    actor = actor_for(request)
    published = Resource.objects.published().select_related("provider")
    allowed = [resource.pk for resource in published if policy.may(actor, "collection.run", resource)]
    form = UploadForm(request.POST or None, request.FILES or None, resources=allowed)
    context: dict[str, object] = {"form": form, "crumbs": console_crumbs((gettext("上传归集"), ""))}
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["file"].size > settings.SUIXIN.upload_direct_bytes:
                return redirect("console-upload-job", uuid=_hand_in(form, request))
            context["outcomes"] = outcomes_table(_bring(form.cleaned_data["file"], form, request))
        except SuixinError as error:
            context["refusal"] = error.sentence
    return render(request, "console/upload.html", context)


@require_safe
@staff_page
def upload_job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How the job with the file that one handed in stands; for htmx only the part that changes."""
    job = own_job(uuid, actor=actor_for(request))
    context: dict[str, object] = {
        "job": job, "progress": job.sentence or gettext("正在排队归集……"), "crumbs": console_crumbs(
            (gettext("上传归集"), reverse("console-upload")), (job.title, "")),
    }
    if job.state == JobState.DONE:
        context["outcomes"] = outcomes_table([FileOutcome(**kept) for kept in job.result.get("outcomes", ())])
    template = "console/upload_job_part.html" if request.headers.get("HX-Request") else "console/upload_job.html"
    return render(request, template, context)


def outcomes_table(outcomes: list[FileOutcome]) -> Table:
    """What became of every table of a file."""
    columns = (
        Column(gettext("文件与表")), Column(gettext("结果")), Column(gettext("资源代码"), is_code=True),
        Column(gettext("收到"), is_numeric=True), Column(gettext("接受"), is_numeric=True), Column(gettext("拒绝"), is_numeric=True),
        Column(gettext("版本"), is_numeric=True), Column(gettext("说明")),
    )
    tables = dict(Resource.objects.filter(code__in=[o.resource for o in outcomes]).values_list("code", "table"))
    rows = [
        (Cell(o.path, note=o.table), Cell(word(str(RunStatus(o.status).label)), tone=RUN_TONES.get(o.status, "")),
         Cell(o.resource, reverse("console-resource", args=[tables[o.resource]]) if o.resource in tables else ""),
         Cell(number(o.rows_in)), Cell(number(o.accepted)), Cell(number(o.rejected)),
         Cell("" if o.version is None else str(o.version)), Cell(o.message))
        for o in outcomes
    ]
    return Table(gettext("归集结果"), columns, rows, gettext("文件里没有可以读取的表。"))


def _bring(file: "UploadedFile[bytes]", form: UploadForm, request: HttpRequest) -> list[FileOutcome]:
    # the browser's name is only a name: no folders, so that nothing is written outside
    with inbox.passing(str(file.name), file.chunks()) as path:
        return collection.run_feed(
            path, actor=actor_for(request), resource=form.cleaned_data["resource"], accept=form.assessed,
            scope="", whole=None if form.most_percent is None else WholeState(form.most_percent), own_codes=form.own_codes,
        )


def _hand_in(form: UploadForm, request: HttpRequest) -> UUID:
    data = form.cleaned_data
    job = inbox.hand_in(
        str(data["file"].name), data["file"].chunks(), actor=actor_for(request), resource=data["resource"], accept=form.assessed,
        most_deleted=form.most_percent, own_codes=form.own_codes,
    )
    return job.uuid
