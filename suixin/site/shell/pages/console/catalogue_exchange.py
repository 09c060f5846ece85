"""The whole catalogue out and in: the sheet to fill in, exports, a file brought and its verdict cell by cell."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.exchange import bringing, handing, interchange
from suixin.ground.jobs.models import JobState
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.components import Cell, Column, Stat, Table
from suixin.site.shell.queries.jobs import own_job
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.templatetags.suixin import number

SHOWN = 200
EXPORTS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "xlsx": (handing.SHEET, bringing.whole_catalogue), "json": ("application/json", interchange.catalogue_json),
    "xml": ("application/xml", interchange.catalogue_xml),
}


class CatalogueFileForm(forms.Form):
    """A filled-in sheet, or the catalogue of another system."""

    file = forms.FileField(
        label=_("目录文件"), allow_empty_file=True,
        help_text=_("按模板填写的 XLSX；或其他平台导出的 JSON、GB/T 21063.3 XML。"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def exchange(request: HttpRequest) -> HttpResponse:
    """The form; a workbook goes to a job and its page, of the catalogue of another system the verdict is shown."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "catalog.view")
    may_bring = policy.may_anywhere(actor, "catalog.propose")
    form = CatalogueFileForm(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "may_bring": may_bring, "crumbs": console_crumbs(
        (gettext("数据资源"), reverse("console-resources")), (gettext("批量登记与导出"), ""))}  # fmt: skip
    if request.method == "POST":
        policy.require_anywhere(actor, "catalog.propose")
        try:
            if form.is_valid():
                file = form.cleaned_data["file"]
                if file.read(64).lstrip()[:1] not in (b"{", b"<", b"["):
                    file.seek(0)
                    return redirect("console-catalogue-import", uuid=handing.hand_in(file, actor=actor).uuid)
                file.seek(0)
                context |= _brought(file.read(), actor)
        except SuixinError as error:
            messages.error(request, error.sentence)
    status = 422 if request.method == "POST" and "stats" not in context else 200
    return render(request, "console/catalogue_exchange.html", context, status=status)


@require_safe
@staff_page
def bringing_job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How the workbook that one handed in stands: progress, then its verdict; for htmx only the part that changes."""
    job = own_job(uuid, actor=actor_for(request))
    context: dict[str, object] = {
        "job": job, "progress": job.sentence or gettext("正在排队……"), "crumbs": console_crumbs(
            (gettext("批量登记与导出"), reverse("console-catalogue-exchange")), (job.title, "")),
    }
    if job.state == JobState.DONE:
        told = job.result
        context |= _told(told["registered"], told["known"], told["faults"], told["cells"], told["systems"])
        context["annotated_href"] = reverse("console-file", args=[told["annotated"]]) if told["annotated"] else ""
    part = "console/catalogue_import_part.html" if request.headers.get("HX-Request") else "console/catalogue_import.html"
    return render(request, part, context)


@require_safe
@staff_page
def template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    policy.require_anywhere(actor_for(request), "catalog.view")
    return sent(bringing.template(), "catalogue-template.xlsx", handing.SHEET)


@require_safe
@staff_page
def export(request: HttpRequest) -> HttpResponse:
    """Every entry that is not withdrawn, in the form asked for."""
    kind = request.GET.get("form", "xlsx")
    if kind not in EXPORTS:
        raise BadRequest(f"参数 form 的值“{kind[:20]}”不对：可以是 {'、'.join(EXPORTS)}。")
    media, written = EXPORTS[kind]
    return sent(written(actor=actor_for(request)), f"catalogue.{kind}", media)


def _brought(content: bytes, actor: Actor) -> dict[str, object]:
    """What became of the catalogue of another system: JSON or XML."""
    is_xml = content.lstrip()[:1] == b"<"
    taken = (interchange.bring_xml if is_xml else interchange.bring_json)(content, actor=actor)
    return _told(len(taken.codes), 0, len(taken.faults), [("", "", sentence) for sentence in taken.faults[:SHOWN]])


def _told(registered: int, known: int, faults: int, cells: Sequence[Sequence[str]], systems: int = 0) -> dict[str, object]:
    rows = [tuple(map(Cell, cell)) for cell in cells]
    columns = (Column(gettext("工作表")), Column(gettext("单元格"), is_code=True), Column(gettext("问题"), is_long=True))
    return {
        "stats": [
            Stat(gettext("新登记"), number(registered), gettext("条")), Stat(gettext("目录中已有"), number(known), gettext("条")),
            *([Stat(gettext("登记或修改的信息系统"), number(systems), gettext("个"))] if systems else []),
            Stat(gettext("问题"), number(faults), gettext("处")),
        ],
        "faults": Table(gettext("逐格检查结果"), columns, rows, gettext("没有问题。")), "left_out": max(0, faults - SHOWN),
    }


def sent(content: bytes, name: str, media: str) -> HttpResponse:
    """The file as a download that nobody between keeps."""
    response = HttpResponse(content, content_type=media)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
