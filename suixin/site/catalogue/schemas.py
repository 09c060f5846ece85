"""What the catalogue's addresses answer, for the description of the interface."""

from typing import Any, Literal  # contents are JSON

from ninja import Schema
from pydantic import Field

from suixin.data.opening.answers import Fault, Links


class FaultAt(Schema):
    """One fault of what was sent; `path` is like items[3].name, empty when it is about the whole."""

    path: str
    sentence: str


class Faulty(Fault):
    """A refusal; every fault of what was sent at once."""

    faults: list[FaultAt] = Field(default_factory=list)


class EntryOut(Schema):
    """An entry. `content` is canonical: for staff whole, for everybody what the page of the catalogue shows. `sm3` is of the whole."""

    table: str
    code: str
    title: str
    state: Literal["proposed", "published", "withdrawn"]
    version: int
    sm3: str
    provider: str
    provider_name: str
    category: str
    level: int
    write_mode: str
    publish_date: str | None
    updated_at: str
    superseded_by: str | None
    url: str
    content: dict[str, Any]


class ProgressOut(Schema):
    """Where a publication or a change stands."""

    status: str
    step: str | None
    waits_for: str | None
    due_at: str | None


class WrittenOut(EntryOut):
    """An entry after a write, and where its publication stands."""

    progress: ProgressOut | None


class EntryLine(Schema):
    """An entry in a list."""

    table: str
    code: str
    title: str
    state: str
    version: int
    provider: str
    provider_name: str
    level: int
    updated_at: str
    url: str


class EntryPage(Schema):
    """Entries by their table, from one on."""

    data: list[EntryLine]
    links: Links


class ItemsOut(Schema):
    """The items of an entry, in their order."""

    data: list[dict[str, Any]]


class VersionLine(Schema):
    """One version."""

    number: int
    sm3: str
    at: str


class VersionsOut(Schema):
    """Versions, the newest first."""

    data: list[VersionLine]
    links: Links


class EntryVersionOut(VersionLine):
    """One version with what it said."""

    content: dict[str, Any]


class DifferenceOut(Schema):
    """One difference: of an item (its field), or of the entry; as values are read by people."""

    item: str
    name: str
    label: str
    before: str
    after: str
    sentence: str


class DiffOut(Schema):
    """What two versions say otherwise."""

    older: int
    newer: int
    differences: list[DifferenceOut]


class ImpactLine(Schema):
    """One user of items that would break, or go on otherwise."""

    breaks: bool
    sentence: str
    by_kind: str
    by_key: str
    title: str
    item: str
    use: str
    responsible: str | None


class ImpactOut(Schema):
    """Who would be reached; `total` may be more than are listed."""

    total: int
    broken: int
    data: list[ImpactLine]


class CodeOut(Schema):
    """One code and its name."""

    code: str
    name: str


class CodeSetOut(Schema):
    """A code set that items of the entry name; of a large one the first codes."""

    code: str
    name: str
    version: str
    total: int
    entries: list[CodeOut]


class CodeSetsOut(Schema):
    """Every code set that items of the entry name."""

    data: list[CodeSetOut]


class ChangeOut(Schema):
    """A change or withdrawal of an entry on its way."""

    id: str
    table: str
    kind: Literal["change", "withdrawal"]
    state: str
    base_version: int
    reason: str
    happened_on: str
    due_on: str
    created_by: str
    successor: str | None
    faults: list[str]
    sm3: str
    content: dict[str, Any]
    url: str
    progress: ProgressOut | None


class RegisteredOut(Schema):
    """One entry of a list that was registered."""

    index: int
    code: str
    table: str


class ListedFault(FaultAt):
    """One fault of one entry of a list."""

    index: int


class ListedOut(Schema):
    """What became of a list: good ones are registered, the others told by index."""

    total: int
    registered: list[RegisteredOut]
    faults: list[ListedFault]


class EventOut(Schema):
    """One thing that became of an entry. `sm3` is null for what stood before versions were kept."""

    cursor: int
    kind: Literal["published", "changed", "withdrawn", "superseded"]
    table: str
    code: str
    title: str
    provider: str
    provider_name: str
    version: int
    sm3: str | None
    at: str
    superseded_by: str | None
    url: str


class EventsOut(Schema):
    """Events after a cursor, oldest first. `cursor` is where to go on next time; `has_more`: at once."""

    data: list[EventOut]
    cursor: int
    has_more: bool
    links: Links
