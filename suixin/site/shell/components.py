"""Values that the components of `site/templates/components/` draw: one dataclass for each.

A query fills them, a template includes the component; neither knows the other. Texts in them are
already in the reader's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from suixin.ground.search.marking import Piece

MAX_LINES = 200
Tone = Literal["", "info", "good", "warn", "bad", "quiet"]


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way here; the last one has no address."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Stat:
    """One key figure. `note` says of when or of what."""

    label: str
    value: str
    unit: str = ""
    note: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `sort` is the value of the `sort` parameter, empty when it cannot be sorted; `is_long`: sentences."""

    label: str
    sort: str = ""
    is_numeric: bool = False
    is_code: bool = False
    is_long: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: text, perhaps a link, perhaps drawn as a badge of that tone, perhaps a second quiet line.

    `pieces` and `note_pieces` are text and note parted, what was searched for marked.
    """

    text: str
    href: str = ""
    tone: Tone = ""
    note: str = ""
    pieces: Sequence[Piece] = ()
    note_pieces: Sequence[Piece] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns. `caption` is read out; `empty` is shown when there are none.

    `is_cards`: on small screens each row becomes a card, its cells under their labels (pages of residents).
    """

    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    empty: str = ""
    sort: str = ""
    is_cards: bool = False
    empty_title: str = ""

    @property
    def lines(self) -> list[list[tuple[Column, Cell]]]:
        """Rows with each cell beside its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One choice of a facet and how many entries it leaves; `href` takes it, or drops it when it is active."""

    label: str
    count: int
    href: str
    is_active: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """One group of choices; `name` is the query parameter."""

    name: str
    title: str
    values: Sequence[FacetValue]

    @property
    def active(self) -> FacetValue | None:
        """The value chosen, if any."""
        return next((value for value in self.values if value.is_active), None)


@dataclass(frozen=True, slots=True)
class Series:
    """One line or row of bars; None where there is no value."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with the table behind it.

    `kind`  line and bar read `labels` and `series`; districts reads `labels` as names, `codes` and the
            first series, on the outlines of `regions_src`; shapes draws the GeoJSON of `src`
    `src`   address of the JSON that `static/suixin/app.js` draws
    """

    kind: Literal["line", "bar", "districts", "shapes"]
    title: str
    src: str
    labels: Sequence[str] = ()
    series: Sequence[Series] = ()
    codes: Sequence[str] = ()
    unit: str = ""
    label_title: str = ""
    note: str = ""
    source_href: str = ""
    regions_src: str = ""

    @property
    def lines(self) -> list[tuple[str, list[float | None]]]:
        """Rows of the table behind the drawing."""
        return [(label, [one.values[i] for one in self.series]) for i, label in enumerate(self.labels)]

    @property
    def newest_lines(self) -> list[tuple[str, list[float | None]]]:
        """The last rows of that table, so that a page stays light."""
        return self.lines[-MAX_LINES:]

    @property
    def left_out(self) -> int:
        """How many rows `newest_lines` leaves out."""
        return max(0, len(self.labels) - MAX_LINES)

    def as_json(self) -> dict[str, object]:
        """What the browser draws."""
        return {
            "kind": self.kind, "title": self.title, "unit": self.unit, "labels": list(self.labels),
            "codes": list(self.codes), "regions": self.regions_src,
            "series": [{"name": one.name, "values": list(one.values)} for one in self.series],
        }


BarState = Literal["done", "open", "stopped", "special", "planned", "overdue"]
MarkKind = Literal["due", "old", "promised", "statutory"]


@dataclass(frozen=True, slots=True)
class GanttBar:
    """Days on which a row's thing is, was or will be so, both ends included; `label` stands in or behind it."""

    start: date
    end: date
    state: BarState
    label: str = ""


@dataclass(frozen=True, slots=True)
class GanttMark:
    """A day that matters: the end of a limit, or (`old`) where that was before it was moved."""

    day: date
    kind: MarkKind
    label: str = ""


@dataclass(frozen=True, slots=True)
class GanttRow:
    """One line of bars with the marks of its own; `note` is its second, quiet line."""

    label: str
    bars: Sequence[GanttBar]
    note: str = ""
    marks: Sequence[GanttMark] = ()
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class Gantt:
    """Rows of bars over days. `name` is distinct on the page; `marks` hold for all rows; the table says the same in words.

    `closed`       days without work among those shown
    `unpublished`  years whose calendar is not announced yet, computed as weekdays
    """

    name: str
    title: str
    rows: Sequence[GanttRow]
    table: Table
    today: date | None = None
    marks: Sequence[GanttMark] = ()
    closed: frozenset[date] = frozenset()
    unpublished: Sequence[int] = ()

    @property
    def span(self) -> tuple[date, date] | None:
        """The first and the last day that anything stands on; None when nothing does."""
        days = [day for row in self.rows for bar in row.bars for day in (bar.start, bar.end)]
        days += [mark.day for row in self.rows for mark in row.marks] + [mark.day for mark in self.marks]
        return (min(days), max(days)) if days else None


@dataclass(frozen=True, slots=True)
class Score:
    """Quality of a table: the total and its six dimensions, each 0..100; None when never judged."""

    total: float | None
    dimensions: Sequence[tuple[str, float | None]] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in a paged list."""

    number: int
    total_pages: int
    total: int
    size: int
    is_capped: bool = False  # there are more than are counted

    @property
    def first_row(self) -> int:
        """Number of the first entry shown, 1-based; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        """Number of the last entry shown."""
        return min(self.number * self.size, self.total)

    @property
    def window(self) -> list[int]:
        """Page numbers to offer; 0 stands for a gap."""
        near = {1, self.total_pages, *range(self.number - 1, self.number + 2)}
        numbers = sorted(n for n in near if 1 <= n <= self.total_pages)
        shown: list[int] = []
        for n in numbers:
            if shown and n - shown[-1] > 1:
                shown.append(0)
            shown.append(n)
        return shown


@dataclass(frozen=True, slots=True)
class Onward:
    """Where one is in a list too long for page numbers: `following` is the mark of the next page, empty on the last one."""

    following: str
    is_first: bool
    total: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lineage or a progress, in order."""

    title: str
    lines: Sequence[tuple[str, str]] = ()
    href: str = ""
    state: Literal["done", "now", "todo", "failed"] = "done"


@dataclass(frozen=True, slots=True)
class Preview:
    """A page of a resource's rows as its reader may see them; `next_after` is the token of the next page."""

    table: Table
    total: int | None
    next_after: str = ""
    is_first: bool = True
    refusal: str = ""
    masked: Sequence[str] = field(default_factory=tuple)
