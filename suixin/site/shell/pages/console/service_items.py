"""Pages of items: the list, one item, its sections and rows edited, handed on, paused or withdrawn, a version, files in and out."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.data.catalog.exchange.handing import SHEET
from suixin.ground.files.errors import FileRefused, ScannerSilent
from suixin.ground.files.limits import Upload
from suixin.ground.files.queries import named as named_files
from suixin.ground.jobs.models import JobState
from suixin.ground.security import policy
from suixin.kit.errors import BadRequest, NotFound, SuixinError
from suixin.services.items import actions, filed, publishing
from suixin.services.items import queries as items
from suixin.services.items.actions import ItemDraft
from suixin.services.items.elements import GROUPS, Kind
from suixin.services.items.exchange import bringing, handing
from suixin.services.items.models import Item, ItemState
from suixin.services.items.stated import rows_of
from suixin.services.items.tables import TABLES
from suixin.site.shell.components import Cell, Column, Crumb, Stat, Table
from suixin.site.shell.element_forms import ElementsForm, ItemFileForm, MoveForm, NewItemForm
from suixin.site.shell.pages.console.catalogue_exchange import sent
from suixin.site.shell.queries import service_items as queries
from suixin.site.shell.queries.jobs import own_job
from suixin.site.shell.queries.links import console_crumbs
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.templatetags.suixin import number

MOVES = {"pause": actions.pause_item, "resume": actions.resume_item, "withdraw": actions.withdraw_item}


@require_safe
@staff_page
def item_list(request: HttpRequest) -> HttpResponse:
    """Items under the request's filters."""
    page = queries.item_list(request.GET, actor=actor_for(request))
    return render(request, "console/items.html", {"page": page, "crumbs": console_crumbs((gettext("政务服务事项"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new(request: HttpRequest) -> HttpResponse:
    """The code of a new item; then its page."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "items.draft")
    form = NewItemForm(request.POST if request.method == "POST" else None, initial={"code": request.GET.get("code", "")[:36]})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["task_name"]
        try:
            item = actions.draft_item(ItemDraft(form.cleaned_data["code"], {"task_name": name} if name else {}), actor=actor)
            return redirect("console-item", code=item.code)
        except SuixinError as error:
            if error.http_status == 403:
                raise
            messages.error(request, error.sentence)
    context = {"form": form, "title": gettext("登记事项"), "crumbs": _crumbs(gettext("登记事项"))}
    return render(request, "console/item_edit.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def item(request: HttpRequest, code: str) -> HttpResponse:
    """One item; posted: handed on (`submit`), or moved to another state."""
    page = queries.item_page(code, actor=actor_for(request))
    form = MoveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _done(request, page.item, form):
        return redirect("console-item", code=code)
    context = {"page": page, "form": form, "crumbs": _crumbs(page.item.title)}
    return render(request, "console/item.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def edit(request: HttpRequest, code: str, section: str) -> HttpResponse:
    """One section of an item: a group of elements, or a list whose rows are edited one by one (`row`)."""
    held, actor = items.item_by(code), actor_for(request)
    policy.require(actor, "items.draft", held)
    if section in queries.GROUP_KEYS:
        return _edit_group(request, held, queries.GROUP_KEYS[section])
    if section in TABLES:
        return _edit_list(request, held, section)
    raise NotFound(gettext("没有这一部分；请从事项页进入。"))


@require_safe
@staff_page
def version(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What a version says otherwise than the one before it."""
    held = items.item_by(code)
    policy.require(actor_for(request), "items.view", held)
    found = held.versions.select_related("item").filter(number=number).first()
    if found is None:
        raise NotFound(gettext("没有这一版；请从事项页进入。"))
    title = gettext("第 %(n)d 版") % {"n": number}
    crumbs = console_crumbs(
        (gettext("政务服务事项"), reverse("console-items")), (held.title, reverse("console-item", args=[code])), (title, ""))
    context = {"version": found, "item": held, "differences": queries.version_differences(found), "title": title, "crumbs": crumbs}
    return render(request, "console/item_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def exchange(request: HttpRequest) -> HttpResponse:
    """Items out and in: the template, exports, a file handed in for a job."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "items.view")
    form = ItemFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        policy.require_anywhere(actor, "items.draft")
        try:
            if form.is_valid():
                return redirect("console-items-import", uuid=handing.hand_in(form.cleaned_data["file"], actor=actor).uuid)
        except SuixinError as error:
            messages.error(request, error.sentence)
    context = {
        "form": form, "may_bring": policy.may_anywhere(actor, "items.draft"), "crumbs": _crumbs(gettext("批量导入与导出")),
    }
    return render(request, "console/items_exchange.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@staff_page
def bringing_job(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """How the file that one handed in stands; for htmx only the part that changes."""
    job = own_job(uuid, actor=actor_for(request))
    context: dict[str, object] = {"job": job, "progress": job.sentence or gettext("正在排队……"), "crumbs": _crumbs(job.title)}
    if job.state == JobState.DONE:
        context |= _verdict(job.result)
    part = "console/items_import_part.html" if request.headers.get("HX-Request") else "console/items_import.html"
    return render(request, part, context)


@require_safe
@staff_page
def file(request: HttpRequest) -> HttpResponse:
    """The template, or every item that the actor sees: `form` is template, xlsx or json."""
    actor, kind = actor_for(request), request.GET.get("form", "xlsx")
    policy.require_anywhere(actor, "items.view")
    if kind == "template":
        return sent(bringing.template(), "items-template.xlsx", SHEET)
    found = Item.objects.exclude(state=ItemState.WITHDRAWN)
    if kind == "xlsx":
        return sent(bringing.as_workbook(found, actor=actor), "items.xlsx", SHEET)
    if kind == "json":
        return sent(bringing.as_json(found, actor=actor), "items.json", "application/json")
    raise BadRequest(f"参数 form 的值“{kind[:20]}”不对：可以是 template、xlsx、json。")


def _done(request: HttpRequest, held: Item, form: MoveForm) -> bool:
    actor, wish = actor_for(request), request.POST.get("wish", "")
    try:
        if wish == "submit":
            publishing.submit_item(held, actor=actor)
            messages.success(request, gettext("已提交审核。") if publishing.running(held) else gettext("已发布。"))
            return True
        if wish in MOVES and form.is_valid():
            MOVES[wish](held, actor=actor, reason=form.cleaned_data["reason"])
            messages.success(request, gettext("已办，指南上已写明。"))
            return True
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
    return False


def _edit_group(request: HttpRequest, held: Item, title: str) -> HttpResponse:
    elements = GROUPS[title]
    data = request.POST if request.method == "POST" else None
    form = ElementsForm(data, elements=elements, stated=held.content, above=items.inherited_of(held))
    if data is not None and form.is_valid():
        kept = {key: value for key, value in held.content.items() if key not in {one.key for one in elements}}
        if _kept(request, held, kept | form.content()):
            return redirect("console-item", code=held.code)
    return _editing(request, held, title, form, {})


def _edit_list(request: HttpRequest, held: Item, key: str) -> HttpResponse:
    table, rows = TABLES[key], rows_of(items.effective_of(held), key)
    wanted = request.GET.get("row", "")
    at = int(wanted) - 1 if wanted.isdecimal() and 0 < int(wanted) <= len(rows) else None
    data = request.POST if request.method == "POST" else None
    form = ElementsForm(data, request.FILES or None, elements=table.columns, stated=rows[at] if at is not None else {})
    if data is not None:
        if form.has_files and "_end" not in data:
            raise BadRequest(gettext("提交的内容不完整，可能是网络中断；没有保存，请重新提交。"))
        try:
            changed = _changed_rows(rows, at, form, data.get("wish", "save"), _keeping(request, held))
        except (FileRefused, ScannerSilent) as error:
            changed = None
            form.add_error(None, error.sentence)
        if changed is not None and _kept(request, held, {**held.content, key: changed}):
            return redirect("console-item-edit", code=held.code, section=key)
    named = [(number, str(row.get(table.name, ""))) for number, row in enumerate(rows, 1)]
    more = {"rows": named, "table": table, "at": None if at is None else at + 1, "files": _files(form) if at is not None else []}
    return _editing(request, held, table.title, form, more)


def _files(form: ElementsForm) -> list[tuple[str, str, str]]:
    """What was uploaded for the row: title, name, address."""
    told = [(one.title, str(form.stated.get(one.key, ""))) for one in form.elements if one.kind is Kind.FILE and form.stated.get(one.key)]
    held = named_files([uuid for _, uuid in told])
    return [(title, held[uuid].name, reverse("console-file", args=[uuid])) for title, uuid in told if uuid in held]


def _keeping(request: HttpRequest, held: Item) -> Callable[[Upload], str]:
    return lambda file: filed.upload(held, file, actor=actor_for(request))


def _changed_rows(
    rows: list[dict[str, object]], at: int | None, form: ElementsForm, wish: str, keep: Callable[[Upload], str]
) -> list[dict[str, object]] | None:
    """The rows after the wish; None when the form is wrong. A row that states nothing is no row."""
    if wish == "remove" and at is not None:
        return [*rows[:at], *rows[at + 1 :]]
    if wish == "up" and at:
        return [*rows[: at - 1], rows[at], rows[at - 1], *rows[at + 1 :]]
    if not form.is_valid():
        return None
    told = form.content() | {key: keep(file) for key, file in form.uploads().items()}
    if not told:
        form.add_error(None, gettext("这一行什么也没有填。"))
        return None
    return [*rows, told] if at is None else [*rows[:at], told, *rows[at + 1 :]]


def _kept(request: HttpRequest, held: Item, content: dict[str, object]) -> bool:
    try:
        revised = actions.revise_item(held, content, actor=actor_for(request), seen=held.updated_at)
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return False
    left = gettext("已保存。还有 %(n)d 处问题。") % {"n": revised.faults} if revised.faults else gettext("已保存，没有问题。")
    messages.success(request, left)
    return True


def _editing(request: HttpRequest, held: Item, title: str, form: ElementsForm, more: dict[str, object]) -> HttpResponse:
    crumbs = console_crumbs(
        (gettext("政务服务事项"), reverse("console-items")), (held.title, reverse("console-item", args=[held.code])), (title, ""))
    context = {"form": form, "item": held, "title": title, "crumbs": crumbs, **more}
    return render(request, "console/item_edit.html", context, status=422 if request.method == "POST" else 200)


def _verdict(told: Mapping[str, Any]) -> dict[str, object]:  # Any: what the job kept, JSON
    cells, faults, annotated = told["cells"], told["faults"], told["annotated"]
    names = (
        ("drafted", gettext("新登记")), ("revised", gettext("修改")), ("same", gettext("没有变化")), ("incomplete", gettext("要素还不全")),
    )
    columns = (Column(gettext("工作表")), Column(gettext("位置"), is_code=True), Column(gettext("问题"), is_long=True))
    return {
        "stats": [
            *(Stat(label, number(told[key]), gettext("个")) for key, label in names), Stat(gettext("问题"), number(faults), gettext("处")),
        ],
        "faults": Table(gettext("逐格检查结果"), columns, [tuple(map(Cell, cell)) for cell in cells], gettext("没有问题。")),
        "left_out": max(0, faults - handing.TELLS),
        "annotated_href": reverse("console-file", args=[annotated]) if annotated else "",
    }


def _crumbs(last: str) -> list[Crumb]:
    return console_crumbs((gettext("政务服务事项"), reverse("console-items")), (last, ""))
