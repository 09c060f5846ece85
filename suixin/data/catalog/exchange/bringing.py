"""Bringing the catalogue in and out: a workbook with its verdict, all of it as XLSX, JSON or GB/T 21063.3 XML.

Promise  each entry is registered whole or not at all; good ones are kept as proposals, whatever became of the others;
         two people who bring the same sheet at once get it once, the second is told at the cell; a workbook brought
         again under its `key`, after whatever stopped it, goes on where it stopped
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import transaction

from suixin.data.catalog import actions, codes, finding, queries, rules
from suixin.data.catalog.exchange import judging, own_lists, reading, system_sheet, writing
from suixin.data.catalog.exchange.judging import Candidate, Judged, Known
from suixin.data.catalog.exchange.layout import CATEGORIES, CODES, ITEMS, RESOURCES, SYSTEMS, sheets
from suixin.data.catalog.exchange.reading import Fault, Sheet, Workbook
from suixin.data.catalog.extensions import shown
from suixin.data.catalog.models import BroughtRow, Category, Resource, ResourceState
from suixin.ground.audit import actions as audit
from suixin.ground.people.models import Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.ground.standards import queries as standards
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

CHUNK = 50
KEPT = timedelta(days=30)


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


def bring_workbook(
    content: bytes, *, actor: Actor, key: str = "", report: Callable[[int, int], None] = lambda done, total: None
) -> Brought:
    """The good rows of a workbook as proposals, and the workbook annotated where it is not clean.

    `key` names this bringing: rows that were registered under it before count as registered. Raises NotAllowed, and
    BadWorkbook when it is none at all; all else is a fault at its cell.
    """
    policy.require_anywhere(actor, "catalog.propose")
    book = reading.read_workbook(content)
    planted = _plant(book, actor)
    kept = system_sheet.keep_systems(book, actor)
    judged = judging.judge(book, _known(actor)) if RESOURCES in book.sheets or ITEMS in book.sheets else Judged(list(book.faults))
    own_lists.keep_lists(book, judged, actor)
    registered = dict(BroughtRow.objects.filter(workbook=key).values_list("row", "resource__code")) if key else {}
    left = [one for one in judged.candidates if one.line.number not in registered]
    for start in range(0, len(left), CHUNK):
        report(len(judged.candidates) - len(left) + start, len(judged.candidates))
        made, faults = _registered(left[start : start + CHUNK], book.sheets[RESOURCES], actor, key)
        registered |= made
        judged.faults += faults
    brought = Brought(judged.total, registered, judged.known, judged.faults, planted, kept)
    if judged.faults:
        brought.annotated = writing.annotated(book, judged.faults, judged.known | registered)
    told = {"rows": judged.total, "registered": len(registered), "faults": len(judged.faults), "categories": planted, "systems": kept}
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
    lists = [(one.code, code, name) for one in standards.code_sets() if one.code in named for code, name in one.entries.items()]
    tree = [(one.code, one.name, one.parent.code if one.parent else "") for one in Category.objects.select_related("parent")]
    return writing.written({
        RESOURCES: (resource_row(entry) for entry in entries), CODES: lists, CATEGORIES: tree,
        ITEMS: (row for entry in entries for row in item_rows(entry)), SYSTEMS: system_sheet.system_rows(),
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
        dict(Organisation.objects.values_list("uscc", "name")), {one.code: one for one in standards.code_sets()},
        dict(Resource.objects.values_list("code", "title")), mine.__contains__,
    )


@transaction.atomic
def _registered(some: list[Candidate], sheet: Sheet, actor: Actor, key: str) -> tuple[dict[int, str], list[Fault]]:
    """Codes by row, and faults. The providers' rows are locked, so that of two who bring the same at once the second sees the first's."""
    providers = sorted({one.draft.provider for one in some})
    list(Organisation.objects.select_for_update(no_key=True).filter(uscc__in=providers).order_by("pk").values_list("pk"))
    held = Resource.objects.exclude(state=ResourceState.WITHDRAWN).filter(provider__uscc__in=providers)
    titles = {(uscc, title): code for uscc, title, code in held.values_list("provider__uscc", "title", "code")}
    codes.hold(category for one in some for category in (one.draft.category, *one.draft.further_categories))
    taken = set(Resource.objects.filter(table__in=[one.draft.contract.table for one in some]).values_list("table", flat=True))
    faults: list[Fault] = []
    made: dict[int, Resource] = {}
    with finding.together():
        for one in some:
            found = _propose(one, sheet, titles, taken, actor)
            if isinstance(found, Fault):
                faults.append(found)
            else:
                made[one.line.number] = found
                titles[one.draft.provider, found.title] = found.code
                taken.add(found.table)
    if key:
        now = clock.now()
        BroughtRow.objects.bulk_create(BroughtRow(workbook=key, row=row, resource=entry, at=now) for row, entry in made.items())
    return {row: entry.code for row, entry in made.items()}, faults


def _propose(
    one: Candidate, sheet: Sheet, titles: Mapping[tuple[str, str], str], taken: set[str], actor: Actor
) -> Resource | Fault:
    number, draft = one.line.number, one.draft
    if other := titles.get((draft.provider, draft.contract.title)):
        return Fault(RESOURCES, number, sheet.column_of("title"), f"该单位已有同名目录 {other}；请改名，或在那条目录上办理变更")
    table = draft.contract.table
    if table in taken:
        if one.line["table"]:
            return Fault(RESOURCES, number, sheet.column_of("table"), f"数据表名“{table}”已被使用；请换一个或留空")
        table = queries.free_table_name(table)
    try:
        with transaction.atomic():
            return actions.propose_resource(replace(draft, contract=replace(draft.contract, table=table)), actor=actor)
    except SuixinError as error:
        return Fault(RESOURCES, number, sheet.column_of("title"), error.sentence)


def forget_brought() -> int:
    """How many rows of workbooks were forgotten: their jobs are long over."""
    return BroughtRow.objects.filter(at__lt=clock.now() - KEPT).delete()[0]


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
