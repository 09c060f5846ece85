"""Bringing the catalogue in and out: a workbook with its verdict, all of it as XLSX, JSON or GB/T 21063.3 XML.

Promise  each entry is registered whole or not at all; good ones are kept as proposals, whatever became of the others;
         two people who bring the same sheet at once get it once, the second is told at the cell
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from django.db import transaction

from suixin.data.catalog import actions, queries, rules
from suixin.data.catalog.exchange import judging, reading, registering, writing
from suixin.data.catalog.exchange.judging import Candidate, Judged, Known
from suixin.data.catalog.exchange.layout import CATEGORIES, CODES, ITEMS, RESOURCES, SYSTEMS, sheets
from suixin.data.catalog.exchange.reading import Fault, Sheet, Workbook
from suixin.data.catalog.extensions import shown
from suixin.data.catalog.models import Category, Resource, ResourceState
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.ground.standards import queries as standards
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

CHUNK = 50


@dataclass
class Brought:
    """What became of a workbook: rows of resources, codes by row of those registered now, rows known already, every fault."""

    total: int
    codes: dict[int, str]
    known: dict[int, str]
    faults: list[Fault]
    categories: int = 0
    systems: int = 0
    annotated: bytes = field(default=b"", repr=False)


def bring_workbook(content: bytes, *, actor: Actor) -> Brought:
    """The good rows of a workbook as proposals, and the workbook annotated where it is not clean.

    Raises NotAllowed, and BadWorkbook when it is none at all; all else is a fault at its cell.
    """
    policy.require_anywhere(actor, "catalog.propose")
    book = reading.read_workbook(content)
    planted = _plant(book, actor)
    kept = registering.keep_systems(book, actor)
    judged = judging.judge(book, _known(actor)) if RESOURCES in book.sheets or ITEMS in book.sheets else Judged(list(book.faults))
    codes: dict[int, str] = {}
    for start in range(0, len(judged.candidates), CHUNK):
        codes |= _registered(judged.candidates[start : start + CHUNK], book.sheets[RESOURCES], judged.faults, actor)
    brought = Brought(judged.total, codes, judged.known, judged.faults, planted, kept)
    if judged.faults:
        brought.annotated = writing.annotated(book, judged.faults, judged.known | codes)
    told = {"rows": judged.total, "registered": len(codes), "faults": len(judged.faults), "categories": planted, "systems": kept}
    audit.record(actor, "catalog.workbook_brought", ("catalogue", "sheet"), detail=told)
    return brought


def template() -> bytes:
    """The workbook to fill in."""
    return writing.written({})


def whole_catalogue(*, actor: Actor) -> bytes:
    """Every entry that is not withdrawn as a workbook of the same layout; code lists of the sets that items name.

    Raises NotAllowed.
    """
    policy.require_anywhere(actor, "catalog.view")
    entries = list(_entries())
    named = {item.code_set for entry in entries for item in entry.items.all() if item.code_set}
    codes = [(one.code, code, name) for one in standards.code_sets() if one.code in named for code, name in one.entries.items()]
    tree = [(one.code, one.name, one.parent.code if one.parent else "") for one in Category.objects.select_related("parent")]
    return writing.written({
        RESOURCES: (resource_row(entry) for entry in entries), CODES: codes, CATEGORIES: tree,
        ITEMS: (row for entry in entries for row in item_rows(entry)), SYSTEMS: registering.system_rows(),
    })


def resource_row(entry: Resource) -> list[str]:
    """An entry as a row of the layout."""
    further = [one.category for one in entry.classifications.all() if not one.is_primary]
    told: dict[str, object] = {
        "provider": entry.provider.uscc, "further": "；".join(further),
        "source_department": entry.source_department.uscc if entry.source_department else "",
    }
    row = []
    for place in sheets()[RESOURCES]:
        if place.key.startswith("extension."):
            _, profile, name = place.key.split(".")
            row.append(shown(entry.extension.get(profile, {}).get(name, "")))
            continue
        value = told.get(place.key, getattr(entry, place.key, ""))
        row.append(place.choices.get(str(value), "") if place.choices else shown(value))
    return row


def item_rows(entry: Resource) -> Iterator[list[str]]:
    """An entry's items as rows of the layout."""
    for item in entry.items.all():
        row = []
        for place in sheets()[ITEMS]:
            value = entry.title if place.key == "resource" else getattr(item, place.key)
            plain = "" if value is None else str(int(value)) if isinstance(value, bool) else str(value)
            row.append(place.choices.get(plain, "") if place.choices else plain)
        yield row


def _entries() -> Iterable[Resource]:
    found = Resource.objects.exclude(state=ResourceState.WITHDRAWN).select_related("provider", "source_department")
    return found.prefetch_related("items", "classifications")


def _known(actor: Actor) -> Known:
    mine = set(Organisation.objects.filter(within(actor, "catalog.propose")).values_list("uscc", flat=True))
    return Known(
        dict(Organisation.objects.values_list("uscc", "name")), frozenset(one.code for one in standards.code_sets()),
        dict(Resource.objects.values_list("code", "title")), mine.__contains__,
    )


@transaction.atomic
def _registered(some: list[Candidate], sheet: Sheet, faults: list[Fault], actor: Actor) -> dict[int, str]:
    """Codes by row. The providers' rows are locked, so that of two who bring the same at once the second sees the first's."""
    providers = sorted({one.draft.provider for one in some})
    list(Organisation.objects.select_for_update().filter(uscc__in=providers).order_by("pk").values_list("pk"))
    held = Resource.objects.exclude(state=ResourceState.WITHDRAWN).filter(provider__uscc__in=providers)
    titles = {(uscc, title): code for uscc, title, code in held.values_list("provider__uscc", "title", "code")}
    codes = {}
    for one in some:
        number, draft = one.line.number, one.draft
        other = titles.get((draft.provider, draft.contract.title))
        if other:
            faults.append(Fault(RESOURCES, number, sheet.column_of("title"), f"该单位已有同名目录 {other}；请改名，或在那条目录上办理变更"))
            continue
        is_free = queries.free_table_name(draft.contract.table)
        if one.line["table"] and is_free != draft.contract.table:
            faults.append(Fault(RESOURCES, number, sheet.column_of("table"), f"数据表名“{draft.contract.table}”已被使用；请换一个或留空"))
            continue
        try:
            with transaction.atomic():
                made = actions.propose_resource(replace(draft, contract=replace(draft.contract, table=is_free)), actor=actor)
        except SuixinError as error:
            faults.append(Fault(RESOURCES, number, sheet.column_of("title"), error.sentence))
            continue
        codes[number] = titles[draft.provider, made.title] = made.code
    return codes


@transaction.atomic
def _plant(book: Workbook, actor: Actor) -> int:
    """How many categories of the workbook are new; its faults are added to the workbook's."""
    sheet = book.sheets.get(CATEGORIES)
    held = dict(Category.objects.values_list("code", "name"))
    at = judging.Marker(book.faults)
    fresh = [
        line for line in (sheet.lines if sheet else ())
        if line["code"] not in held and sheet is not None and judging.values_of(sheet, line, at) is not None
    ]
    if sheet is None or not fresh:
        return 0
    if not policy.may(actor, "catalog.keep_tree", None):
        book.faults.append(Fault(CATEGORIES, fresh[0].number, 0, "目录分类由市数据主管部门维护；请把这一行报给他们登记"))
        return 0
    parents = dict(Category.objects.values_list("code", "parent__code"))
    tree = {code: parent or "" for code, parent in parents.items()} | {line["code"]: line["parent"] for line in fresh}
    told = rules.category_faults(tree)
    made = 0
    for line in sorted(fresh, key=lambda one: len(one["code"])):
        sentence = told.get(line["code"], "")
        parent = Category.objects.filter(code=line["parent"]).first()
        if not sentence and line["parent"] and parent is None:
            sentence = f"上级类目“{line['parent']}”没有登记成功；请先改正它"
        if sentence:
            book.faults.append(Fault(CATEGORIES, line.number, sheet.column_of("parent" if "上级" in sentence else "code"), sentence))
            continue
        Category.objects.get_or_create(code=line["code"], defaults={"name": line["name"], "parent": parent})
        made += 1
    return made
