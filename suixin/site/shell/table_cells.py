"""The cells of a table and the values of a facet as HTML, made by hand: a page of the catalogue has some three hundred of them, and
the template's own ifs and includes took two thirds of its time.

Promise   every text and address goes through `safe`; what is marked is nothing but `<mark>` around that, and Chinese on an English page
          is said to be Chinese
"""

from collections.abc import Iterable, Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from suixin.ground.search.marking import Piece
from suixin.site.shell.components import Cell, Column, FacetValue
from suixin.site.shell.tongues import marked, safe

_CHOSEN = ' aria-current="true"'
_NULL = '<span class="null">—</span>'


def cells_html(line: Iterable[tuple[Column, Cell]], *, is_cards: bool = False) -> SafeString:
    """One row's cells."""
    return SafeString("".join([_cell(column, cell, is_cards=is_cards) for column, cell in line]))


def facet_html(values: Iterable[FacetValue]) -> SafeString:
    """A facet's values, each a link that takes or drops it."""
    dropped = f' <span class="visually-hidden">{safe(gettext("（已选，再点取消）"))}</span>'
    return SafeString("".join([
        f'<li><a href="{safe(value.href)}"{_CHOSEN if value.is_active else ""}>'
        f"<span>{marked(value.label)}{dropped if value.is_active else ''}</span>"
        f'<span class="count">{value.count:,}</span></a></li>'
        for value in values
    ]))


def _cell(column: Column, cell: Cell, *, is_cards: bool) -> str:
    label = f' data-label="{safe(column.label)}"' if is_cards else ""
    kind = "numeric" if column.is_numeric else "code" if column.is_code else "long" if column.is_long else ""
    shown = f' class="{kind}"' if kind else ""
    return f"<td{label}{shown}>{_text(column, cell)}{_note(cell)}</td>"


def _text(column: Column, cell: Cell) -> str:
    if cell.tone:
        return f'<span class="tag tag-{safe(cell.tone)}">{marked(cell.text)}</span>'
    if cell.href:
        return f'<a href="{safe(cell.href)}">{_marked(cell.pieces) or marked(cell.text)}</a>'
    if cell.text == "":
        return _NULL
    if column.is_numeric and cell.text == "0":
        return '<span class="null">0</span>'
    return _marked(cell.pieces) or marked(cell.text)


def _note(cell: Cell) -> str:
    note = _marked(cell.note_pieces) or marked(cell.note)
    return f'<span class="cell-note">{note}</span>' if note else ""


def _marked(pieces: Sequence[Piece]) -> str:
    return "".join([
        f"<mark>{safe(text)}</mark>" if is_marked else safe(text) for text, is_marked in pieces
    ])
