"""Pages of standards: lists, one code set with its versions, one element, mappings of departments' own codes."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.ground.standards import actions, held, mapping, sheets
from suixin.ground.standards import queries as known
from suixin.ground.standards.actions import PLATFORM, Owner, Told
from suixin.ground.standards.errors import BadSheet
from suixin.ground.standards.models import Kind, Mapping, Standard, State, Version
from suixin.ground.standards.rules import Row
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.site import standard_approval
from suixin.site.shell.components import Crumb
from suixin.site.shell.pages.console.catalogue_exchange import sent
from suixin.site.shell.queries import standards as queries
from suixin.site.shell.queries.links import console_crumbs, pages_at
from suixin.site.shell.readers import actor_for, staff_page
from suixin.site.shell.standards_forms import ElementForm, MappingForm, VersionForm, WordForm
from suixin.site.shell.words import word
from suixin.site.standard_approval import HandedOn

T = TypeVar("T")
MOST_ROWS, LINES, SHOWN_FAULTS = 50_000, 100, 50
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@staff_page
def standard_list(request: HttpRequest) -> HttpResponse:
    """Code sets and elements."""
    page = queries.standard_list(request.GET, actor=actor_for(request))
    return render(request, "console/standards.html", {"page": page, "crumbs": console_crumbs((gettext("标准"), ""))})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new_set(request: HttpRequest) -> HttpResponse:
    """A code set that is not there yet: the platform's for its bureau, a department's own for its clerk."""
    policy.require_anywhere(actor_for(request), "standards.draft")
    return _brought(request, "")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def new_version(request: HttpRequest, code: str) -> HttpResponse:
    """The next version of a set, or the open draft filled from another file."""
    held_one = Standard.objects.filter(kind=Kind.CODE_SET, code=code).first()
    policy.require(actor_for(request), "standards.draft", held_one or Standard(kind=Kind.CODE_SET, code=code))
    if held_one is None:
        known.code_set(code)  # one that ships, or there is none of which this could be the next version
    return _brought(request, code)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def code_set(request: HttpRequest, code: str) -> HttpResponse:
    """One set; its forms hand a draft on, publish or return it, drop it."""
    actor = actor_for(request)
    page = queries.set_page(code, request.GET, actor=actor)
    if request.method == "POST":
        return _moved(request, page.open, page.standard, code)
    context = {"page": page, "form": WordForm(), "crumbs": _crumbs(page.name)}
    return render(request, "console/code_set.html", context)


@require_safe
@staff_page
def file(request: HttpRequest, code: str) -> HttpResponse:
    """A set's codes as CSV, XLSX or JSON (`form`), in the layout in which they are brought."""
    policy.require_anywhere(actor_for(request), "standards.view")
    label = request.GET.get("version", "")
    found = known.own_set(code) or known.code_set(f"{code}@{label}" if label else code)
    kept = Version.objects.filter(standard__code=code, standard__kind=Kind.CODE_SET, label=found.version, state=State.PUBLISHED).first()
    if kept is not None:
        listed = held.codes_of(kept).values_list("code", "name", "parent", "aliases")
        rows = [Row(one, name, parent, tuple(others)) for one, name, parent, others in listed.iterator(chunk_size=10_000)]
    else:
        rows = [Row(one, name) for one, name in found.entries.items()]
    form = request.GET.get("form", "csv")
    if form == "json":
        codes = [{"code": one.code, "name": one.name, "parent": one.parent, "aliases": list(one.aliases)} for one in rows]
        whole = {"code": found.code, "name": found.name, "version": found.version, "source": found.source, "codes": codes}
        return sent(orjson.dumps(whole), "codes.json", "application/json")
    if form == "xlsx":
        return sent(sheets.as_xlsx(rows), "codes.xlsx", _XLSX)
    return sent(b"".join(sheets.as_csv(rows)), "codes.csv", "text/csv; charset=utf-8")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def element(request: HttpRequest, field: str) -> HttpResponse:
    """One element; its forms draft the next version and bring it to its end."""
    actor = actor_for(request)
    found, standard, open_one, total, deviations = queries.element_page(field, actor=actor)
    whose = standard or Standard(kind=Kind.ELEMENT, code=field)
    content = open_one.content if open_one else {name: getattr(found, name) for name in found.__dataclass_fields__} if found else {}
    initial = {**content, "aliases": "、".join(content.get("aliases") or ()), "label": open_one.label if open_one else ""}
    form = ElementForm(request.POST if request.POST.get("move") == "draft" else None, initial=initial)
    if request.method == "POST":
        if request.POST.get("move") != "draft":
            return _moved(request, open_one, standard, field)
        policy.require(actor, "standards.draft", whose)
        if form.is_valid() and _element_drafted(request, form, open_one, field):
            return redirect("console-element", field=field)
    context = {
        "found": found, "standard": whose, "open": open_one, "total": total, "deviations": deviations, "form": form, "word": WordForm(),
        "may_draft": policy.may(actor, "standards.draft", whose),
        "may_publish": open_one is not None and standard_approval.may_decide(open_one, actor=actor),
        "versions": queries.version_table(standard, None) if standard else None, "crumbs": _crumbs(found.name if found else field),
    }
    return render(request, "console/element.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def mappings(request: HttpRequest) -> HttpResponse:
    """Mappings of own codes, and the beginning of one."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "standards.view")
    owned = queries.own_sets(actor)
    form = MappingForm(request.POST if request.method == "POST" else None, owned=owned)
    if request.method == "POST":
        policy.require_anywhere(actor, "standards.draft")
        if form.is_valid():
            own = Standard.objects.get(kind=Kind.CODE_SET, code=form.cleaned_data["own"])
            made = _tried(request, lambda: mapping.begin_mapping(own, form.cleaned_data["target"].strip(), actor=actor))
            if made is not None:
                return redirect("console-mapping", uuid=made.uuid)
    context = {
        "table": queries.mapping_table(Mapping.objects.all()), "form": form if owned else None, "sets": known.code_sets(),
        "crumbs": _crumbs(gettext("代码对照")),
    }
    return render(request, "console/mappings.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page
def mapping_page(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """One mapping, code by code, those without a target first when asked (`left=1`)."""
    actor = actor_for(request)
    policy.require_anywhere(actor, "standards.view")
    one = queries.mapping_of(uuid)
    if request.method == "POST":
        return _mapping_moved(request, one)
    lines = queries.mapping_lines(one)
    left = [line for line in lines if not line.target]
    shown = left if request.GET.get("left") == "1" else lines
    pages = pages_at(len(shown), request.GET, size=LINES)
    context = {
        "mapping": one, "pages": pages, "total": len(lines),
        "lines": [(line, word(line.why)) for line in shown[(pages.number - 1) * LINES : pages.number * LINES]],
        "mapped": len(lines) - len(left), "left": len(left), "is_left_only": shown is left and bool(left), "form": WordForm(),
        "may_edit": one.state == State.DRAFT and policy.may(actor, "standards.draft", one),
        "may_publish": one.state == State.REVIEWING and standard_approval.may_decide(one, actor=actor),
        "target": known.code_set(one.target), "crumbs": _crumbs(one.own.name), "state": queries.TONES[one.state],
    }
    return render(request, "console/mapping.html", context)


def _brought(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a version and its file; what is wrong with the file stands at its cells."""
    actor = actor_for(request)
    standard = Standard.objects.filter(kind=Kind.CODE_SET, code=code).first() if code else None
    open_one = standard.versions.filter(state=State.DRAFT).first() if standard else None
    known_name = open_one.name if open_one else standard.name if standard else ""
    initial = {"code": code, "name": known_name, "label": open_one.label if open_one else ""}
    if not initial["name"] and code in known.shipped_sets():
        initial["name"] = known.shipped_sets()[code].name
    form = VersionForm(request.POST or None, request.FILES or None, initial=initial, fixed=bool(code))
    sheet = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            before = held.current_rows(open_one or Version(standard=standard)) if standard and not form.cleaned_data["is_whole"] else {}
            sheet = sheets.read(given.read(), str(given.name), known=before, most=MOST_ROWS)
        except BadSheet as error:
            form.add_error("file", error.sentence)
        if sheet is not None and not sheet.faults:
            made = _tried(request, lambda: _drafted(form, open_one, sheet.rows, actor))
            if made is not None:
                messages.success(request, gettext("草稿已存：请核对差别后提交。"))
                return redirect("console-code-set", code=made.standard.code)
    if sheet is not None and sheet.faults and request.POST.get("answer") == "file":
        return sent(sheets.annotated(sheet), "codes-checked.xlsx", _XLSX)
    title = gettext("新版本：%(name)s") % {"name": initial["name"]} if code else gettext("登记代码集")
    context = {
        "form": form, "title": title, "faults": sheet.faults[:SHOWN_FAULTS] if sheet else [],
        "total": len(sheet.faults) if sheet else 0, "crumbs": _crumbs(title),
    }
    return render(request, "console/code_set_new.html", context, status=422 if request.method == "POST" else 200)


def _drafted(form: VersionForm, open_one: Version | None, rows: list[Row], actor: Actor) -> Version:
    told = form.cleaned_data
    if open_one is None:
        said = Told(told["label"], told["name"], told["source"], told["note"], told["valid_from"], told["translates"])
        open_one = actions.begin_version(Kind.CODE_SET, told["code"].strip(), said, actor=actor, owner=_owner_of(actor))
    actions.fill_codes(open_one, rows, actor=actor, is_whole=told["is_whole"])
    return open_one


def _owner_of(actor: Actor) -> Owner:
    """The platform for who governs it all; else the actor's own organisation."""
    if policy.may(actor, "standards.draft", None):
        return PLATFORM
    place = Organisation.objects.filter(uscc=actor.organisation).first()
    return Owner(place.path, place.name) if place else PLATFORM


def _element_drafted(request: HttpRequest, form: ElementForm, open_one: Version | None, field: str) -> bool:
    told, actor = form.cleaned_data, actor_for(request)

    def work() -> Version:
        version = open_one or actions.begin_version(
            Kind.ELEMENT, field, Told(told["label"], told["name"], told["source"], valid_from=told["valid_from"]), actor=actor
        )
        return actions.fill_element(version, form.content(), actor=actor)

    return _tried(request, work) is not None


def _moved(request: HttpRequest, version: Version | None, standard: Standard | None, code: str) -> HttpResponse:
    """A draft handed on, a waiting version published or returned, a draft dropped; then the page again."""
    actor, move = actor_for(request), request.POST.get("move", "")
    reason = request.POST.get("reason", "")[:500]
    verb = "standards.publish" if move in ("publish", "return") else "standards.draft"
    policy.require(actor, verb, standard or Standard(kind=Kind.CODE_SET, code=code))
    here = queries.href_of(standard) if standard else reverse("console-standards")
    if version is None:
        messages.error(request, gettext("没有正在办理的版本；请重新打开页面看看。"))
        return redirect(here)
    works: dict[str, Callable[[], HandedOn]] = {
        "submit": lambda: standard_approval.hand_on(version, actor=actor),
        "publish": lambda: standard_approval.decide(version, is_good=True, actor=actor, reason=reason),
        "return": lambda: standard_approval.decide(version, is_good=False, actor=actor, reason=reason),
        "drop": lambda: actions.drop_version(version, actor=actor, reason=reason),
    }
    if move in works and _tried(request, works[move]) is not None:
        messages.success(request, gettext("已办理。"))
    exists = standard is not None and Standard.objects.filter(pk=standard.pk).exists()
    return redirect(here if exists else reverse("console-standards"))


def _mapping_moved(request: HttpRequest, one: Mapping) -> HttpResponse:
    actor, move = actor_for(request), request.POST.get("move", "")
    policy.require(actor, "standards.publish" if move in ("publish", "return") else "standards.draft", one)
    told = {name.removeprefix("to-"): str(value).strip() for name, value in request.POST.items() if name.startswith("to-")}
    reason = request.POST.get("reason", "")[:500]
    works: dict[str, Callable[[], HandedOn]] = {
        "save": lambda: mapping.fill_mapping(one, told, actor=actor), "submit": lambda: standard_approval.hand_on(one, actor=actor),
        "publish": lambda: standard_approval.decide(one, is_good=True, actor=actor, reason=reason),
        "return": lambda: standard_approval.decide(one, is_good=False, actor=actor, reason=reason),
    }
    if move in works and _tried(request, works[move]) is not None:
        messages.success(request, gettext("已办理。"))
    return redirect(request.get_full_path())


def _tried(request: HttpRequest, work: Callable[[], T]) -> T | None:
    """What the work gives; None, and its sentence shown, when it cannot be done. Refusals go on."""
    try:
        return work()
    except SuixinError as error:
        if error.http_status == 403:
            raise
        messages.error(request, error.sentence)
        return None


def _crumbs(last: str) -> list[Crumb]:
    return console_crumbs((gettext("标准"), reverse("console-standards")), (last, ""))
