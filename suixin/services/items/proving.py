"""What modules above know against publishing: `cases` proves the procedure by which a version would be handled.

Use      `register(prover)`, once, in the wiring; a prover is given what would be published and gives faults like those of `checking`
"""

from collections.abc import Callable, Sequence

from suixin.services.items.checking import Fault
from suixin.services.items.elements import Content
from suixin.services.items.models import Item, TierChoice

Prover = Callable[[Item, Content], Sequence[Fault]]
_provers: dict[str, Prover] = {}


def register(name: str, prover: Prover) -> None:
    """Let the prover of that name be asked before anything is published."""
    _provers[name] = prover


def faults_of(item: Item, content: Content) -> list[Fault]:
    """What the provers find; nothing runs by the basic catalogue, so that they are not asked about it."""
    if item.tier == TierChoice.BASIC:
        return []
    return [fault for prover in _provers.values() for fault in prover(item, content)]
