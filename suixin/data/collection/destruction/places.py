"""What other modules keep of a resource's rows: each place is told what must end, in the order of registration.

A place does what it says in its title, answers with a count, and may be told again. What is left elsewhere (backups, copies
that were handed out) nobody here can destroy: those who know of it say so, and the certificate repeats it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from suixin.data.catalog.models import Resource
from suixin.data.lake.purging.selecting import Selection


@dataclass(frozen=True, slots=True)
class Ending:
    """Rows of one resource that must end, and the SM3 of originals that were destroyed for it."""

    resource: Resource
    selection: Selection
    originals: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Place:
    """`destroy` answers with how many things it removed or made anew."""

    name: str
    title: str
    destroy: Callable[[Ending], int]


Closing = Callable[[Sequence[Ending]], str]
Remains = Callable[[Sequence[Resource]], Iterable[str]]
_places: dict[str, Place] = {}
_closings: dict[str, Closing] = {}
_remains: dict[str, Remains] = {}


def register(place: Place) -> None:
    """Let destructions reach this place; the same name again replaces it."""
    _places[place.name] = place


def register_closing(name: str, work: Closing) -> None:
    """Done once, after all tables: a sentence, "" when there was nothing. Raises to say that something is left."""
    _closings[name] = work


def register_remains(name: str, work: Remains) -> None:
    """Who knows of copies that are out of reach: a sentence each."""
    _remains[name] = work


def places() -> tuple[Place, ...]:
    """Every place."""
    return tuple(_places.values())


def close(endings: Sequence[Ending]) -> list[str]:
    """What the closing steps did, in sentences."""
    return [told for work in _closings.values() if (told := work(endings))]


def remains(resources: Sequence[Resource]) -> list[str]:
    """What is left out of reach."""
    return [sentence for work in _remains.values() for sentence in work(resources)]
