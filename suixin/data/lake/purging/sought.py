"""Values as they are sought in cells that were never typed: rejected rows, drafts, messages, originals.

Telling  a value of six characters or more: a cell of any item that is it or holds it is meant
Short    "12" stands in every second row, so it is sought by column: a cell of the item itself that is it, whole. The item is known
         by its name, field and source names; where none of these heads a column, columns that no other item is known by are looked
         at (the item under a name of before). A line that could not be parted is meant when one of its parts is the value
Numbers  of an item of whole numbers 12, 012 and 12.0 are the same
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any  # JSON

from suixin.data.catalog.contract import Contract, ItemType
from suixin.data.lake.purging.selecting import LEAST_INSIDE, Selection, mentions
from suixin.kit.keyring.ring import normalised

_WHOLE = re.compile(r"([+-]?\d+)\.0+")
_PARTS = re.compile(r"[\s,;|\"'“”‘’，；、]+")


@dataclass(frozen=True, slots=True)
class Sought:
    """`values` as they were asked for; `names`: headings of the item, `others`: those of all other items; plain ones."""

    values: tuple[str, ...]
    names: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    is_number: bool = False
    needles: tuple[str, ...] = field(init=False)  # the values normalised
    is_short: bool = field(init=False)  # whether a value is too short to be told by itself
    _forms: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        needles = tuple(map(normalised, self.values))
        object.__setattr__(self, "needles", needles)
        object.__setattr__(self, "is_short", any(len(one) < LEAST_INSIDE for one in needles))
        object.__setattr__(self, "_forms", frozenset(map(self._form, needles)))

    def __bool__(self) -> bool:
        return bool(self.values)

    def in_cells(self, cells: Mapping[str, object]) -> bool:
        """Whether a row, by its headings, is meant."""
        asked = self.asked(list(cells)) if self.is_short else list(cells)
        return any(self.in_cell(cells[name]) for name in asked)

    def in_cell(self, value: object) -> bool:
        """Whether a cell of a column that is asked is meant."""
        return any(self._is(text) for text in leaves(value))

    def in_line(self, text: str) -> bool:
        """Whether a text that nobody could part into cells is meant."""
        return any(map(self._is, _PARTS.split(text))) if self.is_short else mentions(text, self.needles)

    def asked(self, headings: Sequence[str]) -> list[str]:
        """Under which of the headings a short value is looked for."""
        own = [name for name in headings if plain(name) in self.names]
        return own or [name for name in headings if plain(name) not in self.others]

    def knows(self, headings: Iterable[str]) -> bool:
        """Whether one of the headings is of the table."""
        return any(plain(name) in self.names or plain(name) in self.others for name in headings)

    def _is(self, text: str) -> bool:
        return self._form(text) in self._forms if self.is_short else mentions(text, self.needles)

    def _form(self, text: str) -> str:
        told = normalised(text)
        if whole := _WHOLE.fullmatch(told):
            told = whole[1]
        return str(int(told)) if self.is_number and re.fullmatch(r"[+-]?\d{1,40}", told) else told


def sought_in(contract: Contract, selection: Selection, aliases: Mapping[str, str] | None = None) -> Sought:
    """The values of a selection, with the headings of its table; `aliases` are columns of sources by the field they are taken for."""
    item = contract.item(selection.field) if selection.values else None
    if item is None:
        return Sought(selection.values)
    told = {one.field: {plain(name) for name in (one.field, one.name, *one.source_names)} for one in contract.items}
    for column, taken in (aliases or {}).items():
        told.get(taken, set()).add(plain(column))
    names = frozenset(told[item.field])
    others = frozenset(name for one, headings in told.items() if one != item.field for name in headings) - names
    return Sought(selection.values, names, others, item.type is ItemType.INTEGER)


def plain(heading: str) -> str:
    """A heading without blanks and case, as headings are compared."""
    return "".join(str(heading).split()).lower()


def leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 JSON
    """Every text and number of a value of JSON, as texts."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for one in value:
            yield from leaves(one)
    elif value is not None:
        yield str(value)
