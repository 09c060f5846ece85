"""The one list of ways out: every route and command is a door that the proof drives, or returns no rows, with the reason.

How to register what you add (a place nobody declares, and a declaration of a place that is gone, fail
`tests/proof/test_places.py`)
  1. Make a file of your own in `tests/proof/drivers/` (they are found by themselves; nobody else edits yours).
  2. Rows can leave there:
         @door("lean /gateway/*/verify", by=Door.VERIFY, asked_by=("application",))
         def verify(scene: Scene) -> Iterable[Left]:
             for key in scene.keys:
                 yield Left(scene.get(f"/gateway/{scene.table}/verify?code={key}"))
     A driver asks for as much as the door can give (every row, every column, every format) and yields what left, read
     whole and in the clear: unpack, decrypt and decompress first; `Left(bytes | str | object)` (rows of a database as
     lists or dicts). A refusal is yielded like any other answer: it must not hold a value either.
     A door that answers only yes or no says what it gave away: `Left(body, confirmed=frozenset({(number, "field")}))`.
     A way out that is no route (rows pushed to a webhook, into a receiver's database, a package in a folder) is
     registered under a name of its own, `door("push webhook", by=Door.SUBSCRIPTION, ...)`: `push` places need no route.
  3. No rows can leave there: `no_rows("says who may call", "api show_me", "command keys list")`.
Names of places (`tests/proof/places.py` finds them)
  front NAME       a callable that `site/wsgi.py` asks before Django
  lean PATTERN     a pattern of `data/doors/lean.py`, `*` for what varies
  page NAME        a Django address by its name; api OPERATION: an operation of the JSON API by its id
  command WORDS    a command of `suixin`, with its sub-command; push NAME: a way out without a route
What the proof does   for random grants (columns, filters, masks by door and purpose, doors, validity, state, subject) it
  calls every driver as every asker it names, and searches what left for every cell that the grant does not show: each
  cell of the scene is a text or number that occurs nowhere else. A driver that never shows a granted cell proves nothing
  and fails too (`reveals=False` for doors that show no values; `shows` for a door that refuses some items: the others must all come)
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from suixin.data.access.models import Door
from tests.proof.scene import FIELDS, Left, Scene

Driver = Callable[[Scene], Iterable[Left]]


@dataclass(frozen=True, slots=True)
class Declared:
    """A door and how it is driven. `by` is the door that a grant must name; None for a door that no grant opens."""

    places: tuple[str, ...]
    drive: Driver
    by: Door | None
    asked_by: tuple[str, ...]
    reveals: bool
    examples: int
    shows: tuple[str, ...] = FIELDS

    @property
    def name(self) -> str:
        """The first of its places."""
        return self.places[0]


DOORS: list[Declared] = []
NO_ROWS: dict[str, str] = {}


def door(
    *places: str, by: Door | None, asked_by: tuple[str, ...] = ("application",), reveals: bool = True, examples: int = 8,
    shows: tuple[str, ...] = FIELDS,
) -> Callable[[Driver], Driver]:
    """Declare that rows can leave at those places, and that the function drives them. `shows`: what it gives when all that is granted."""

    def declare(drive: Driver) -> Driver:
        DOORS.append(Declared(places, drive, by, asked_by, reveals, examples, shows))
        return drive

    return declare


def no_rows(reason: str, *places: str) -> None:
    """Declare that no row of a resource can leave at those places, and why."""
    for place in places:
        assert place not in NO_ROWS, f"{place} is declared twice"
        NO_ROWS[place] = reason


def named(kind: str, names: str, between: str = " ") -> list[str]:
    """Places of one kind from a text of their names."""
    return [f"{kind} {name}" for name in names.split(between)]


def load() -> None:
    """Import every file of drivers, once."""
    from tests.proof import drivers

    for found in pkgutil.iter_modules(drivers.__path__):
        importlib.import_module(f"{drivers.__name__}.{found.name}")
