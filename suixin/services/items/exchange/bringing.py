"""Bringing items in and handing them out: a file with its verdict; all of it as XLSX or JSON.

Promise  each item is kept whole or not at all, as a draft; upper tiers first; one that stands there with the same content is
         left alone, so that a file brought twice, or again after whatever stopped it, changes nothing
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import orjson
from django.db import transaction
from django.db.models import QuerySet

from suixin.data.catalog.errors import BadWorkbook
from suixin.data.catalog.exchange import reading, writing
from suixin.data.catalog.exchange.reading import Fault
from suixin.ground.audit import actions as audit
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError
from suixin.services.items import actions, rules
from suixin.services.items.actions import ItemDraft
from suixin.services.items.drafting import draft_items
from suixin.services.items.elements import ELEMENTS, Content, Element, Kind
from suixin.services.items.errors import BadItemFile
from suixin.services.items.exchange import judging
from suixin.services.items.exchange.judging import JSON, Candidate
from suixin.services.items.exchange.layout import ITEMS, shape
from suixin.services.items.models import Item, ItemState, TierChoice
from suixin.services.items.tables import TABLES
from suixin.services.items.worded import shown_value

CHUNK = 200
ORDER = (rules.Tier.BASIC, rules.Tier.IMPLEMENTATION, rules.Tier.HANDLING)


@dataclass
class Brought:
    """What became of a file: how many items it has, codes by row of those drafted, revised, left alone; every fault."""

    total: int
    drafted: dict[int, str] = field(default_factory=dict)
    revised: dict[int, str] = field(default_factory=dict)
    same: dict[int, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    incomplete: int = 0
    annotated: bytes = field(default=b"", repr=False)


def bring(content: bytes, *, actor: Actor, report: Callable[[int, int], None] = lambda done, total: None) -> Brought:
    """The good items of a workbook or JSON as drafts; the workbook annotated where it is not clean.

    Raises NotAllowed, and BadItemFile when it is neither at all; all else is a fault at its place.
    """
    policy.require_anywhere(actor, "items.draft")
    book = None
    if content[:2] == b"PK":
        try:
            book = reading.read_workbook(content, shape())
        except BadWorkbook as error:
            raise BadItemFile(error.sentence) from error
        judged = judging.judge_workbook(book)
    else:
        judged = judging.judge_json(content)
    brought = Brought(judged.total, faults=judged.faults)
    _keep(judged.candidates, brought, actor, sheet=JSON if book is None else ITEMS, report=report)
    codes = [*brought.drafted.values(), *brought.revised.values(), *brought.same.values()]
    brought.incomplete = sum(
        Item.objects.filter(code__in=codes[start : start + 500], faults__gt=0).count() for start in range(0, len(codes), 500)
    )
    if book is not None and brought.faults:
        brought.annotated = writing.annotated(book, brought.faults, brought.drafted | brought.revised | brought.same)
    told = {"rows": brought.total, "drafted": len(brought.drafted), "revised": len(brought.revised), "faults": len(brought.faults)}
    audit.record(actor, "items.brought", ("items", "file"), detail=told)
    return brought


def template() -> bytes:
    """The workbook to fill in."""
    return writing.written({}, of=shape())


def as_workbook(items: QuerySet[Item], *, actor: Actor) -> bytes:
    """The items that the actor may see, with what each states itself. Raises NotAllowed."""
    held = list(_visible(items, actor))
    rows: dict[str, Iterable[list[str]]] = {table.title: _list_rows(held, table.key) for table in TABLES.values()}
    rows[ITEMS] = (_row(item) for item in held)
    return writing.written(rows, of=shape())


def as_json(items: QuerySet[Item], *, actor: Actor) -> bytes:
    """The same as JSON in the names of the national exchange; what each states itself. Raises NotAllowed."""
    told = [facts_of(item) | exchanged(item.content) for item in _visible(items, actor)]
    return orjson.dumps({"items": told}, option=orjson.OPT_INDENT_2)


def facts_of(item: Item) -> dict[str, object]:
    """Who, where and which version, in the names of the exchange."""
    codes = rules.taken_apart(item.code)
    place = item.organisation
    return {
        "rowGuid": str(item.uuid), "taskCode": item.code, "tier": item.tier, "catalogCode": codes.basic if codes else "",
        "taskHandleItem": f"{codes.basic}{codes.number}" if codes and codes.number else "", "useLevel": codes.level if codes else "",
        "deptName": place.name if place else "", "deptCode": place.uscc if place else "", "taskState": item.state,
        "taskVersion": item.version, "centralDept": codes.basic[4:6] if codes else "",
        "cdOperation": "D" if item.state == ItemState.WITHDRAWN else "U" if item.version > 1 else "I",
        "cdTime": item.updated_at.astimezone(clock.CHINA).isoformat(timespec="seconds"),
    }


def exchanged(content: Content) -> dict[str, object]:
    """A content in the names of the exchange; rows of lists numbered."""
    found: dict[str, object] = {ELEMENTS[key].wire: value for key, value in content.items() if key in ELEMENTS}
    for key, table in TABLES.items():
        rows = content.get(key)
        if isinstance(rows, list):
            names = {one.key: one.wire for one in table.columns}
            found[table.wire] = [
                {"orderNum": number, **{names.get(name, name): value for name, value in row.items()}} for number, row in enumerate(rows, 1)
            ]
    return found


def _keep(
    good: Sequence[Candidate], brought: Brought, actor: Actor, *, sheet: str, report: Callable[[int, int], None]
) -> None:
    """Tier by tier, since what stands below needs what is above; a chunk of a tier at once."""
    done = 0
    for tier in ORDER:
        candidates = [one for one in good if rules.tier_of(one.code) is tier]
        for start in range(0, len(candidates), CHUNK):
            report(done, len(good))
            chunk = candidates[start : start + CHUNK]
            _keep_chunk(chunk, brought, actor, sheet)
            done += len(chunk)


@transaction.atomic
def _keep_chunk(chunk: Sequence[Candidate], brought: Brought, actor: Actor, sheet: str) -> None:
    held = {one.code: one for one in Item.objects.filter(code__in=[one.code for one in chunk]).select_related("organisation", "parent")}
    fresh = {one.code: one for one in chunk if one.code not in held}
    drafted = draft_items([ItemDraft(one.code, one.content) for one in fresh.values()], actor=actor)
    brought.drafted |= {fresh[code].row: code for code in drafted.items}
    for code, refusal in drafted.refused.items():
        brought.faults.append(Fault(sheet, fresh[code].row, 0, refusal.sentence.rstrip("。")))
    for one in chunk:
        item = held.get(one.code)
        if item is None:
            continue
        if item.content == one.content:
            brought.same[one.row] = one.code
            continue
        try:
            with transaction.atomic():
                actions.revise_item(item, one.content, actor=actor)
                brought.revised[one.row] = one.code
        except SuixinError as error:
            brought.faults.append(Fault(sheet, one.row, 0, error.sentence.rstrip("。")))


def _visible(items: QuerySet[Item], actor: Actor) -> Iterator[Item]:
    policy.require_anywhere(actor, "items.view")
    order = {TierChoice.BASIC: 0, TierChoice.IMPLEMENTATION: 1, TierChoice.HANDLING: 2}
    found = items.filter(within(actor, "items.view", "organisation")).select_related("organisation", "parent")
    return iter(sorted(found, key=lambda one: (order[TierChoice(one.tier)], one.code)))


def _row(item: Item) -> list[str]:
    codes = rules.taken_apart(item.code)
    level = codes.level if codes else ""
    told = {
        "code": item.code, "body": codes.body if codes else "", "basic": codes.basic if codes else "",
        "number": codes.number if codes else "",
    }
    found = []
    for place in shape().columns[ITEMS]:
        if place.key == "level":
            found.append((place.choices or {}).get(level, ""))
        elif place.key in told:
            found.append(told[place.key])
        else:
            found.append(_cell(ELEMENTS[place.key], item.content.get(place.key)))
    return found


def _cell(element: Element, value: object) -> str:
    if element.kind is Kind.FILE:
        return str(value or "")
    return shown_value(element, value) if value is not None else ""


def _list_rows(items: Sequence[Item], key: str) -> Iterator[list[str]]:
    table = TABLES[key]
    for item in items:
        for row in item.content.get(key) or ():
            yield [item.code, *(_cell(column, row.get(column.key)) for column in table.columns)]

