"""A Gantt as shapes for SVG: days from left to right, one line for each row, what is not worked shaded.

Use      `{% with chart=gantt|gantt_chart %}` in `components/gantt.html`; the labels of rows stand beside the drawing, in HTML
Numbers  are texts already, in units of which sixteen are one rem; a row is 2.5 rem high, as its label is
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext

from suixin.site.shell.components import BarState, Gantt, GanttBar, GanttMark, GanttRow
from suixin.site.shell.lettering import width_of

_ROW, _BAR, _LETTER, _LANE, _AXIS = 40.0, 20.0, 12.0, 18.0, 40.0
_USUAL, _WIDEST, _MOST_SHADED = 860.0, 5_000.0, 1_500  # the width that a wide window has room for, and the most
_WIDEST_DAY, _NARROWEST_DAY = 48.0, 2.0
_ONE = timedelta(days=1)
_STATES: Sequence[BarState] = ("done", "open", "overdue", "stopped", "special", "planned")


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text, its left end on the line."""

    x: str
    y: str
    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle, or (no width) an upright line."""

    x: str
    y: str
    width: str
    height: str
    kind: str
    title: str = ""
    pattern: str = ""  # the fill's address on the page, for what is hatched


@dataclass(frozen=True, slots=True)
class Strip:
    """A row for narrow screens: its words, and its bars in percent of all days; `today` is where today lies, "" when outside."""

    label: str
    note: str
    is_critical: bool
    days: str
    bars: Sequence[Block]
    today: str


@dataclass(frozen=True, slots=True)
class GanttChart:
    """Everything drawn; `labels` of the rows beside it, (label, note, is_critical); `axis` is the height above the rows in rem."""

    width: str
    height: str
    rem_width: str
    rem_height: str
    axis: str
    labels: Sequence[tuple[str, str, bool]]
    shades: Sequence[Block]
    lines: Sequence[Block]
    bars: Sequence[Block]
    heads: Sequence[tuple[str, str, str]]  # marks of rows: (points, kind, title)
    texts: Sequence[Text]
    legend: Sequence[tuple[str, str]]
    strips: Sequence[Strip]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a day stands: its left side, when `first` stands at 0 and a day is `wide`."""

    first: date
    last: date
    wide: float
    axis: float

    def left(self, day: date) -> float:
        """Its left side; days outside stand at the edge."""
        return ((min(max(day, self.first), self.last + _ONE)) - self.first).days * self.wide

    @property
    def width(self) -> float:
        """All days."""
        return ((self.last - self.first).days + 1) * self.wide


def chart_of(gantt: Gantt) -> GanttChart | None:
    """The shapes; None when there is nothing to show."""
    if gantt.span is None:
        return None
    marks = _shown_marks(gantt)
    lanes, many = _lanes(gantt, marks)
    scale = _scale(gantt, many)
    height = scale.axis + _ROW * len(gantt.rows)
    bars = [block for at, row in enumerate(gantt.rows) for block in _bars(row, at, scale, gantt.name)]
    texts = [text for at, row in enumerate(gantt.rows) for text in _bar_texts(row, at, scale)]
    heads = [head for at, row in enumerate(gantt.rows) for head in _heads(row, at, scale)]
    texts += [*_ticks(scale), *_mark_texts(scale, lanes)]
    width = max([scale.width, *(float(one.x) + width_of(one.text, _LETTER) for one in texts)]) + 12
    rules = [Block("0", _n(scale.axis + _ROW * at), _n(width), "0", "rule") for at in range(len(gantt.rows))]
    lines = [Block(_n(_at(mark, scale)), _n(scale.axis - 4), "0", _n(height - scale.axis + 4), kind) for mark, kind in marks]
    return GanttChart(
        _n(width), _n(height), _n(width / 16), _n(height / 16), _n(scale.axis / 16),
        [(row.label, row.note, row.is_critical) for row in gantt.rows], _shades(gantt, scale, height), [*rules, *lines], bars,
        heads, texts, _legend(gantt), [_strip(row, gantt) for row in gantt.rows],
    )


def _strip(row: GanttRow, gantt: Gantt) -> Strip:
    """The row as it stands on a narrow screen, below the others instead of beside its label."""
    first, last = gantt.span or (date.min, date.min)
    share = 100 / ((last - first).days + 1)
    bars = [
        Block(_n((bar.start - first).days * share), "0", _n(max(((bar.end - bar.start).days + 1) * share, 1.5)), "100", bar.state)
        for bar in row.bars
    ]
    starts, ends = [bar.start for bar in row.bars], [bar.end for bar in row.bars]
    days = f"{min(starts):%m-%d} – {max(ends):%m-%d}" if starts else ""
    label = next((bar.label for bar in reversed(row.bars) if bar.label), "")
    is_within = gantt.today is not None and first <= gantt.today <= last
    today = _n(((gantt.today - first).days + .5) * share) if gantt.today is not None and is_within else ""
    return Strip(row.label, row.note, row.is_critical, " · ".join(part for part in (days, label) if part), bars, today)


def _shown_marks(gantt: Gantt) -> list[tuple[GanttMark, str]]:
    marks = [(mark, str(mark.kind)) for mark in gantt.marks]
    span = gantt.span
    if gantt.today is not None and span is not None and span[0] <= gantt.today <= span[1] + 7 * _ONE:
        marks.append((GanttMark(gantt.today, "due", gettext("今天")), "today"))
    return sorted(marks, key=lambda one: one[0].day)


def _scale(gantt: Gantt, lanes: int) -> _Scale:
    first, last = gantt.span or (date.min, date.min)
    if gantt.today is not None and last < gantt.today <= last + 7 * _ONE:
        last = gantt.today
    first, last = first - _ONE, last + _ONE
    days = (last - first).days + 1
    wide = min(_WIDEST_DAY, max(_NARROWEST_DAY, _USUAL / days))
    return _Scale(first, last, min(wide, _WIDEST / days), _AXIS + _LANE * lanes)


def _lanes(gantt: Gantt, marks: Sequence[tuple[GanttMark, str]]) -> tuple[list[tuple[GanttMark, str, int]], int]:
    """Each mark's label in the first lane where it meets no other."""
    scale, ends, placed = _scale(gantt, 0), list[float](), []
    for mark, kind in marks:
        x = _at(mark, scale)
        lane = next((at for at, end in enumerate(ends) if end < x), len(ends))
        ends[lane : lane + 1] = [x + width_of(mark.label, _LETTER) + 14]
        placed.append((mark, kind, lane))
    return placed, len(ends)


def _bars(row: GanttRow, at: int, scale: _Scale, name: str) -> Iterator[Block]:
    top = scale.axis + _ROW * at + (_ROW - _BAR) / 2
    for bar in row.bars:
        left, right = scale.left(bar.start), scale.left(bar.end + _ONE)
        is_over = bar.state in ("stopped", "special")  # drawn over what it stops
        y, high = (top + 4, _BAR - 8) if is_over else (top, _BAR)
        pattern = f"url(#{name}-{bar.state})" if bar.state in ("stopped", "special", "overdue") else ""
        critical = " gantt-critical" if row.is_critical else ""
        yield Block(_n(left + 1), _n(y), _n(max(right - left - 2, 3)), _n(high), bar.state + critical, _told(row, bar), pattern)


def _bar_texts(row: GanttRow, at: int, scale: _Scale) -> Iterator[Text]:
    """A bar's label behind the last bar of the row, or within a bar that is wide enough."""
    y, last = scale.axis + _ROW * at + _ROW / 2 + 4, max((bar.end for bar in row.bars), default=None)
    is_behind, is_covered = False, any(bar.state in ("stopped", "special") for bar in row.bars)
    edge = max([scale.left(mark.day + _ONE) + 8 for mark in row.marks] + [scale.left(last + _ONE)]) if last else 0.0
    for bar in row.bars:
        left, right = scale.left(bar.start), scale.left(bar.end + _ONE)
        is_dark = bar.state in ("done", "open") and not is_covered
        if is_dark and bar.label and width_of(bar.label, _LETTER) + 12 <= right - left:
            yield Text(_n(left + 7), _n(y), bar.label, "inside")
        elif bar.label and bar.end == last and not is_behind:
            is_behind = True
            yield Text(_n(edge + 5), _n(y), bar.label, "behind")


def _heads(row: GanttRow, at: int, scale: _Scale) -> Iterator[tuple[str, str, str]]:
    """A rhomb at the end of the day on which a row is due, hollow where it was due before."""
    middle = scale.axis + _ROW * at + _ROW / 2
    for mark in row.marks:
        x = _at(mark, scale)
        points = ((x - 6, middle), (x, middle - 9), (x + 6, middle), (x, middle + 9))
        yield " ".join(f"{_n(a)},{_n(b)}" for a, b in points), mark.kind, f"{mark.label} {mark.day}".strip()


def _ticks(scale: _Scale) -> Iterator[Text]:
    """Months, and days as often as there is room for them."""
    days = [scale.first + at * _ONE for at in range((scale.last - scale.first).days + 1)]
    room, end = width_of("2026-12", _LETTER) + 8, -1.0
    months = [day for day in days if day.day == 1]
    if not months or scale.left(months[0]) >= room:
        months.insert(0, scale.first)
    for day in months:
        if scale.left(day) > end:
            end = scale.left(day) + room
            yield Text(_n(scale.left(day) + 3), "15", f"{day.year}-{day.month:02}", "month")
    step = next((step for step in (1, 7) if step * scale.wide >= 20), 0)
    for day in days:
        if step == 1 or (step == 7 and day.weekday() == 0):
            yield Text(_n(scale.left(day) + 3), "33", str(day.day), "day")


def _mark_texts(scale: _Scale, lanes: Sequence[tuple[GanttMark, str, int]]) -> Iterator[Text]:
    for mark, kind, lane in lanes:
        yield Text(_n(_at(mark, scale) + 3), _n(_AXIS + _LANE * (lane + 1) - 6), mark.label, f"mark-{kind}")


def _shades(gantt: Gantt, scale: _Scale, height: float) -> list[Block]:
    """What is not worked, neighbouring days as one; years without a calendar under the axis."""
    shades, since = list[Block](), None
    days = (scale.last - scale.first).days + 2
    for at in range(days if days <= _MOST_SHADED else 0):
        day = scale.first + at * _ONE
        is_closed = day in gantt.closed and day <= scale.last
        if is_closed and since is None:
            since = day
        elif not is_closed and since is not None:
            left, right = scale.left(since), scale.left(day)
            shades.append(Block(_n(left), "20", _n(right - left), _n(height - 20), "closed"))
            since = None
    for year in gantt.unpublished:
        left, right = scale.left(date(year, 1, 1)), scale.left(date(year, 12, 31) + _ONE)
        if right > left:
            title = gettext("%(year)d 年工作日安排未公布，按星期推算") % {"year": year}
            shades.append(Block(_n(left), "20", _n(right - left), "20", "unpublished", title, f"url(#{gantt.name}-unpublished)"))
    return shades


def _told(row: GanttRow, bar: GanttBar) -> str:
    return f"{row.label}：{bar_words(bar.state)} {bar.start} – {bar.end} {bar.label}".strip()


def _at(mark: GanttMark, scale: _Scale) -> float:
    return scale.left(mark.day + _ONE) if mark.label != gettext("今天") else scale.left(mark.day) + scale.wide / 2


def _legend(gantt: Gantt) -> list[tuple[str, str]]:
    states = {bar.state for row in gantt.rows for bar in row.bars}
    kinds = {mark.kind for row in gantt.rows for mark in row.marks}
    found = [(str(state), bar_words(state)) for state in _STATES if state in states]
    found += [("due", gettext("到期"))] if "due" in kinds else []
    found += [("old", gettext("原到期"))] if "old" in kinds else []
    found += [("critical", gettext("最长路径（粗框）"))] if any(row.is_critical for row in gantt.rows) else []
    found += [("closed", gettext("非工作日"))] if gantt.closed else []
    return found + ([("unpublished", gettext("工作日安排未公布"))] if gantt.unpublished else [])


def bar_words(state: BarState) -> str:
    """What a bar of that state means."""
    words = {
        "done": gettext("已办"), "open": gettext("在办"), "overdue": gettext("超期"), "stopped": gettext("停钟"),
        "special": gettext("特别程序"), "planned": gettext("预计"),
    }
    return words[state]


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
