"""Filters and tags of the pages: numbers, sizes, levels, sort links, icons."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from suixin.kit import clock
from suixin.site.shell.components import Cell, Column, FacetValue, Gantt
from suixin.site.shell.gantts import GanttChart, chart_of
from suixin.site.shell.table_cells import cells_html, facet_html
from suixin.site.shell.tongues import marked
from suixin.site.shell.words import KINDS, word

register = template.Library()

LEVELS = {1: "L1 一级", 2: "L2 二级", 3: "L3 三级", 4: "L4 四级", 5: "重要数据"}
LEVEL_TONES = {1: "good", 2: "info", 3: "warn", 4: "bad", 5: "bad"}
ICONS = {
    "inbox": "M3 13h5l2 3h4l2-3h5M3 13l3-9h12l3 9v7H3z",
    "table": "M3 5h18v14H3zM3 10h18M9 10v9",
    "upload": "M12 16V4M7 9l5-5 5 5M4 20h16",
    "key": "M8 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 12h9M18 12v4M15 12v3",
    "list": "M8 6h12M8 12h12M8 18h12M4 6h0M4 12h0M4 18h0",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM20 20l-4.9-4.9",
    "download": "M12 4v12M7 11l5 5 5-5M4 20h16",
    "chart": "M4 20V4M4 20h16M8 16v-5M12 16V8M16 16v-8",
    "map": "M9 4 3 6.5v13L9 17l6 3 6-2.5v-13L15 7zM9 4v13M15 7v13",
    "lock": "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    "check": "M4 12.5 9.5 18 20 6.5",
    "warn": "M12 4 2.5 20h19zM12 10v5M12 17.5v.5",
    "info": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 7.5v.5",
    "menu": "M4 6h16M4 12h16M4 18h16",
    "tree": "M9 3h6v4H9zM12 7v4M5 15v-4h14v4M2 15h6v5H2zM16 15h6v5h-6zM9 15h6v5H9zM12 11v4",
    "bell": "M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 21h4",
    "send": "M3 11.5 21 4l-6.5 17-3.5-7zM11 14l10-10",
    "user": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-4 4-6 8-6s7 2 8 6",
}


@register.filter
def number(value: object) -> str:
    """A number with thousands separators and at most two decimals; a dash for none."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")


@register.simple_tag
def cells(line: Iterable[tuple[Column, Cell]], is_cards: bool = False) -> SafeString:
    """The cells of one row of a table."""
    return cells_html(line, is_cards=bool(is_cards))


@register.simple_tag
def facet_values(values: Iterable[FacetValue]) -> SafeString:
    """The choices of one facet."""
    return facet_html(values)


@register.filter
def native(text: object) -> SafeString:
    """A text of the city's, marked as Chinese where an English page has no English of it."""
    return SafeString(marked(text))


@register.filter
def words(text: object) -> str:
    """A word of a lower storey (a state, a type) in the reader's language."""
    return word(str(text))


@register.filter
def kind_word(kind: str) -> str:
    """A kind of sensitive value in the reader's words."""
    return word(KINDS.get(kind, kind))


@register.filter
def filesize(value: object) -> str:
    """Bytes as a short text with a binary unit."""
    if not isinstance(value, int):
        return "—"
    size = float(value)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("the loop returns at GB")


@register.filter
def moment(value: object) -> str:
    """An instant in China time to the minute, a date as it is, a dash for none."""
    if isinstance(value, datetime):
        return value.astimezone(clock.CHINA).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return "—"


@register.filter
def bar(value: object) -> str:
    """A score as a width of 0..100 for an SVG attribute."""
    return f"{min(100.0, max(0.0, float(value))):.1f}" if isinstance(value, int | float) else "0"


@register.filter
def gantt_chart(gantt: Gantt) -> GanttChart | None:
    """The shapes of a Gantt; None when there is nothing to show."""
    return chart_of(gantt)


@register.filter
def sort_next(column_sort: str, current: str) -> str:
    """Value of the sort parameter that a click on the column asks for: ascending, then descending."""
    return f"-{column_sort}" if current == column_sort else column_sort


@register.filter
def sort_state(column_sort: str, current: str) -> str:
    """The column's `aria-sort`."""
    if not column_sort or current.lstrip("-") != column_sort:
        return "none"
    return "descending" if current.startswith("-") else "ascending"


def level_text(level: int) -> str:
    """A data level in words: "L1 一级", "重要数据"."""
    mark, _, name = LEVELS.get(level, "未定级").rpartition(" ")
    return f"{mark} {gettext(name)}".strip()


@register.simple_tag
def level_badge(level: int) -> SafeString:
    """Badge of a data level; the words say it, the colour repeats it."""
    tone = LEVEL_TONES.get(level, "quiet")
    return format_html('<span class="tag tag-{}">{}</span>', tone, level_text(level))


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A line icon that assistive technology passes over."""
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>', ICONS[name]
    )


@register.simple_tag
def menu(groups: Sequence[tuple[str, Sequence[tuple[str, str, str]]]], here: str) -> SafeString:
    """The console's menu (`shell.menu.console_menu`); `here`: name of the address that is shown."""
    kept = tuple((group, tuple(entries)) for group, entries in groups)
    return _menu(kept, here if any(here == name for _, entries in kept for name, _, _ in entries) else "")


@lru_cache(maxsize=512)
def _menu(groups: tuple[tuple[str, tuple[tuple[str, str, str], ...]], ...], here: str) -> SafeString:
    """Made once for those who see the same entries in the same language at the same place: it was a quarter of a page's time."""
    return mark_safe(render_to_string("components/console_menu.html", {"groups": groups, "here": here}))  # noqa: S308 a template's own answer
