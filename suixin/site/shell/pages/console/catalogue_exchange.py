"""The whole catalogue out and in: the sheet to fill in, exports, a file brought and its verdict cell by cell."""

from collections.abc import Callable, Sequence

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe
from xlsxwriter.utility import xl_rowcol_to_cell

from suixin.data.catalog.exchange import bringing, interchange
from suixin.ground.files import actions as files
from suixin.ground.files.taking import take
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.components import Cell, Column, Stat, Table
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.templatetags.suixin import number

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
EXPORTS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "xlsx": (SHEET, bringing.whole_catalogue), "json": ("application/json", interchange.catalogue_json),
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
    """The form; after a file, its verdict: what was registered, every fault with its cell, the annotated file."""
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
                context |= _brought(form.cleaned_data["file"].read(), actor)
        except SuixinError as error:
            messages.error(request, error.sentence)
    status = 422 if request.method == "POST" and "stats" not in context else 200
    return render(request, "console/catalogue_exchange.html", context, status=status)


@require_safe
@staff_page
def template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in."""
    policy.require_anywhere(actor_for(request), "catalog.view")
    return sent(bringing.template(), "catalogue-template.xlsx", SHEET)


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
    start = content.lstrip()[:1]
    if start in (b"{", b"<", b"["):
        taken = (interchange.bring_xml if start == b"<" else interchange.bring_json)(content, actor=actor)
        rows = [(Cell(""), Cell(""), Cell(sentence)) for sentence in taken.faults[:SHOWN]]
        return _told(len(taken.codes), 0, len(taken.faults), rows)
    brought = bringing.bring_workbook(content, actor=actor)
    rows = [
        (Cell(one.sheet), Cell(xl_rowcol_to_cell(one.row - 1, one.column)), Cell(one.sentence)) for one in brought.faults[:SHOWN]
    ]
    context = _told(len(brought.codes), len(brought.known), len(brought.faults), rows, brought.systems)
    if brought.annotated:
        held = files.keep(take(SimpleUploadedFile("目录-问题标注.xlsx", brought.annotated, SHEET), types=("xlsx",)), actor=actor)
        context["annotated_href"] = reverse("console-file", args=[held.uuid])
    return context


def _told(registered: int, known: int, faults: int, rows: Sequence[Sequence[Cell]], systems: int = 0) -> dict[str, object]:
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
