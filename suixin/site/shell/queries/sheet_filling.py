"""What the fill-in page of a resource shows: a table of controls by the items' types, faults at their cells, what was filed before.

A page of it holds so many rows that a browser without script can post them (Django takes 1,000 fields); the draft holds all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog.bounds import NONE, Bounds, bounds_of
from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType
from suixin.data.catalog.generators.sentences import sentences_of
from suixin.data.catalog.models import Resource
from suixin.data.collection import filling
from suixin.data.collection.models import Filing, FillDraft
from suixin.data.collection.typed_rows import MAX_ROWS, Judgement, Row
from suixin.ground.files.models import Attachment
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import moment, number

BLANK, MOST_ROWS, MOST_CELLS = 10, 50, 800
FEW_CHOICES, MANY_CHOICES = 200, 3_000
FILED_SHOWN, FAULTS_SHOWN = 10, 20
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?")
_NUMBERS = (ItemType.NUMBER, ItemType.MONEY, ItemType.INTEGER, ItemType.DOUBLE, ItemType.FLOAT)


@dataclass(frozen=True, slots=True)
class Head:
    """A column: heading, whether it must be filled, its rules; the list from which its controls complete."""

    name: str
    is_required: bool
    hint: str
    list_id: str = ""
    listed: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One cell. `kind`: select, or the type of an input; `faults` say what is wrong with it."""

    name: str
    kind: str
    label: str
    value: str
    options: Sequence[tuple[str, str, bool]] = ()
    mode: str = ""
    max_length: int | None = None
    list_id: str = ""
    faults: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its number in the whole draft, what is wrong with it as a whole."""

    number: int
    controls: Sequence[Control]
    faults: Sequence[str]


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One page of the table."""

    resource: Resource
    heads: Sequence[Head]
    lines: Sequence[Line]
    token: UUID
    revision: int
    start: int
    held: int
    total: int
    page: int
    pages: int
    most: int
    blank: int
    attachments: Sequence[Attachment]
    faults: Sequence[tuple[str, str]]
    more_faults: int
    judgement: Judgement | None
    filed: Table | None
    saved_at: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be shown: rows of the whole draft, where the page is, how many blank rows, what was judged."""

    rows: Sequence[Row]
    page: int = 1
    blank: int = BLANK
    judgement: Judgement | None = None
    token: UUID | None = None
    revision: int | None = None


def page_size(contract: Contract) -> int:
    """Rows of one page. Raises BadRequest: not even one fits."""
    if not contract.items or len(contract.items) > MOST_CELLS:
        raise BadRequest(gettext("这个资源有 %(count)s 个信息项，不能在网页上填报；请下载采集模板填写。") % {"count": len(contract.items)})
    return min(MOST_ROWS, max(1, MOST_CELLS // len(contract.items)))


def sheet_page(resource: Resource, shown: Shown, *, draft: FillDraft | None) -> SheetPage:
    """The page. `draft` is the newest of the reader."""
    contract = resource.contract
    size = page_size(contract)
    pages = max(1, -(-len(shown.rows) // size))
    page = min(max(1, shown.page), pages)
    start = (page - 1) * size
    here = list(shown.rows[start : start + size])
    blank = min(size - len(here), max(shown.blank, 0)) if page == pages else 0
    heads = [_head(at, item, bounds) for at, (item, bounds) in enumerate(_items(contract))]
    judgement = shown.judgement
    lines = [
        Line(start + at + 1, [_control(at, place, item, row[place], number=start + at + 1, head=heads[place],
                                       faults=_cell_faults(judgement, start + at, place))
                              for place, item in enumerate(contract.items)],
             judgement.rows.get(start + at, ()) if judgement else ())
        for at, row in enumerate([*here, *[("",) * len(contract.items)] * blank])
    ]
    faults = _faults(contract, judgement, size, start) if judgement else []
    return SheetPage(
        resource, heads, lines, shown.token or (draft.token if draft else uuid4()),
        shown.revision if shown.revision is not None else draft.revision if draft else 0, start, len(here), len(shown.rows), page, pages,
        MAX_ROWS, shown.blank, filling.attachments_of(draft), faults[:FAULTS_SHOWN], max(0, len(faults) - FAULTS_SHOWN), judgement,
        _filed(resource), moment(draft.saved_at) if draft else "",
    )


def _items(contract: Contract) -> list[tuple[ItemSpec, Bounds]]:
    bounds = bounds_of(contract)
    return [(item, bounds.get(item.field, NONE)) for item in contract.items]


def _head(at: int, item: ItemSpec, bounds: Bounds) -> Head:
    choices = choices_of(item)
    is_listed = FEW_CHOICES < len(choices) <= MANY_CHOICES
    hint = "；".join(one for one in (*sentences_of(item, bounds)[1:], item.description) if one)
    is_required = item.is_key or not item.nullable
    return Head(item.name, is_required, hint, f"choices-{at}", list(choices.items())) if is_listed else Head(item.name, is_required, hint)


def _control(
    at: int, place: int, item: ItemSpec, value: str, *, number: int, head: Head, faults: Sequence[str]
) -> Control:
    name, label = f"r{at}-{place}", gettext("第 %(row)s 行 %(name)s") % {"row": number, "name": item.name}
    choices = choices_of(item) if not head.list_id else {}
    if item.type is ItemType.BOOLEAN:
        choices = {"是": gettext("是"), "否": gettext("否")}
    if choices and len(choices) <= FEW_CHOICES:
        known = {"": "", **choices}
        if value not in known:
            known[value] = value
        return Control(name, "select", label, value, [(key, text, key == value) for key, text in known.items()], faults=faults)
    kind, mode = "text", ""
    if item.type is ItemType.DATE and (not value or _is_day(value)):
        kind = "date"
    elif item.type is ItemType.DATETIME and (not value or _MOMENT.fullmatch(value)):
        kind, value = "datetime-local", value.replace(" ", "T")
    elif item.type in _NUMBERS:
        mode = "decimal"
    return Control(name, kind, label, value, mode=mode, list_id=head.list_id, faults=faults)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _cell_faults(judgement: Judgement | None, row: int, place: int) -> Sequence[str]:
    return judgement.cells.get((row, place), ()) if judgement else ()


def _faults(contract: Contract, judgement: Judgement, size: int, start: int) -> list[tuple[str, str]]:
    """Sentences with the address of their cell: on this page a mark, else the page."""
    found: list[tuple[str, str]] = []
    for row in judgement.wrong_rows:
        is_here = start <= row < start + size
        for place in range(len(contract.items)):
            href = f"#r{row - start}-{place}" if is_here else ""
            found += [(href, sentence) for sentence in judgement.cells.get((row, place), ())]
        found += [(f"#row-{row + 1}" if is_here else "", sentence) for sentence in judgement.rows.get(row, ())]
    return found


def _filed(resource: Resource) -> Table | None:
    """What was handed in lately, with its files."""
    filed = list(Filing.objects.filter(resource=resource)[:FILED_SHOWN])
    if not filed:
        return None
    columns = (Column(gettext("提交时间")), Column(gettext("填报人")), Column(gettext("行数"), is_numeric=True),
               Column(gettext("接受"), is_numeric=True), Column(gettext("拒绝"), is_numeric=True), Column(gettext("附件"), is_long=True))
    files: dict[str, list[Attachment]] = {}
    for held in Attachment.objects.filter(owner_kind=filling.FILING, owner_key__in=[str(one.token) for one in filed]):
        files.setdefault(held.owner_key, []).append(held)
    rows = [
        [Cell(moment(one.filed_at)), Cell(one.actor_name), Cell(number(one.rows_in)), Cell(number(one.accepted)),
         Cell(number(one.rejected)), _files(files.get(str(one.token), []))]
        for one in filed
    ]
    return Table(gettext("最近的填报"), columns, rows)


def _files(held: Sequence[Attachment]) -> Cell:
    """The first file as a link, the names of the others beside it."""
    if not held:
        return Cell("")
    return Cell(held[0].name, reverse("console-file", args=[held[0].uuid]), note="、".join(other.name for other in held[1:]))


def may_fill(resource: Resource, actor: Actor) -> bool:
    """Whether the reader may fill in rows of the resource."""
    return resource.state == "published" and policy.may(actor, "collection.run", resource)
