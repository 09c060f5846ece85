"""Bringing staff from a sheet: upload, look at every row's verdict, then all or none; start passwords as one file, once."""

import json
from collections import Counter
from collections.abc import Sequence

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.people import importing, sheets
from suixin.ground.people.models import Organisation, Role
from suixin.ground.people.sheets import COLUMNS, MAX_ROWS, Line
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, SuixinError
from suixin.site.shell.components import Cell, Column, Stat, Table, Tone
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.queries.people import givable
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.staff_forms import StaffSheetForm
from suixin.site.shell.templatetags.suixin import number
from suixin.site.shell.words import word

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 200
VERDICTS: dict[str, tuple[str, Tone]] = {
    "new": ("新建账号", "good"), "post": ("增加岗位", "info"), "same": ("已有，不变", "quiet"), "wrong": ("有误", "bad"),
}


@require_safe
@staff_page
def template(request: HttpRequest) -> HttpResponse:
    """The sheet to fill in, with the organisations and roles that the reader may use."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "people.import_accounts")
    places, roles = givable(actor)
    named = Organisation.objects.filter(pk__in=places).order_by("lineage").values_list("name", "uscc")
    return _file(sheets.template(named, [str(Role(role).label) for role in roles]), "staff-template.xlsx")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def bring(request: HttpRequest) -> HttpResponse:
    """The form; after a file, every row's verdict; after the button, the start passwords as a file."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "people.import_accounts")
    context: dict[str, object] = {"crumbs": console_crumbs(
        (gettext("人员"), reverse("console-people")), (gettext("批量导入"), ""))}  # fmt: skip
    form = StaffSheetForm(request.POST or None, request.FILES or None)
    try:
        if request.method == "POST" and "rows" in request.POST:
            return _brought(request, actor)
        if request.method == "POST" and form.is_valid():
            file: UploadedFile[bytes] = form.cleaned_data["file"]
            context |= _judged(sheets.read_sheet(file.read(sheets.MAX_BYTES + 1), str(file.name)), actor)
    except SuixinError as error:
        context["refusal"] = error.sentence
    status = 422 if request.method == "POST" and "counts" not in context else 200
    return render(request, "console/people_import.html", context | {"form": form}, status=status)


def _brought(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The rows that were judged, judged again and brought; nothing of the dry run is trusted."""
    people = importing.bring_staff(_rows_of(request.POST["rows"]), actor=actor)
    if not people:
        messages.success(request, gettext("没有新账号；岗位已按表更新，重复的行没有变化。"))
        return redirect("console-people")
    messages.success(request, gettext("已建立 %(n)s 个账号，初始密码表已下载：只此一次，请分发后销毁。") % {"n": number(len(people))})
    return _file(sheets.handout(people), "start-passwords.xlsx")


def _rows_of(text: str) -> list[Line]:
    try:
        rows = json.loads(text)
        lines = [Line(int(row[0]), tuple(str(cell)[: sheets.MAX_CELL] for cell in row[1])) for row in rows]
        "".join(text for line in lines for text in line.texts).encode()  # half a character (\ud800) is no text
    except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
        raise BadRequest("页面带回的行不完整；请重新上传文件。") from error
    if not lines or len(lines) > MAX_ROWS or any(len(line.texts) != len(COLUMNS) for line in lines):
        raise BadRequest("页面带回的行不完整；请重新上传文件。")
    return lines


def _judged(lines: Sequence[Line], actor: Actor) -> dict[str, object]:
    judged = importing.judge(lines, actor=actor)
    counts: Counter[str] = Counter(one.verdict for one in judged)
    wrong_first = sorted(judged, key=lambda one: (one.verdict != "wrong", one.line.number))
    rows = [
        (Cell(str(one.line.number)), Cell(word(VERDICTS[one.verdict][0]), tone=VERDICTS[one.verdict][1]), Cell(one.sentence),
         Cell(one.line["姓名"]), Cell(one.line["账号"]), Cell(one.line["机构"]), Cell(one.line["角色"]))
        for one in wrong_first[:SHOWN]
    ]
    columns = (
        Column(gettext("行"), is_numeric=True), Column(gettext("结果")), Column(gettext("说明"), is_long=True), Column(gettext("姓名")),
        Column(gettext("账号"), is_code=True), Column(gettext("机构")), Column(gettext("角色")),
    )
    return {
        "counts": [Stat(word(text), number(counts.get(verdict, 0))) for verdict, (text, _) in VERDICTS.items()],
        "table": Table(gettext("逐行检查结果"), columns, rows), "is_clean": not counts.get("wrong"),
        "is_idle": not counts.get("new") and not counts.get("post"), "left_out": max(0, len(judged) - SHOWN),
        "rows": json.dumps([[line.number, list(line.texts)] for line in lines], ensure_ascii=False),
    }


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=SHEET)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
