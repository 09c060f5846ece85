"""What a module above says of cases that belong together: told of their moves, asked before they are decided or delivered.

Told       inside the transaction of every change of a case's state
Objection  why the case may not take that step of its handling yet; "" when nothing speaks against it. Asked as guards of
           the flow engine are: when somebody agrees, not when somebody refuses, and never when the system itself does
"""

from collections.abc import Callable

from suixin.kit.actor import Actor
from suixin.services.cases.models import Case

Told = Callable[[Case, Actor], None]
Objection = Callable[[Case, str], str]

_told: dict[str, Told] = {}
_objections: dict[str, Objection] = {}


def register(name: str, *, told: Told, objection: Objection) -> None:
    """Let that module follow cases and object; registering a name again replaces it."""
    _told[name], _objections[name] = told, objection


def moved(case: Case, actor: Actor) -> None:
    """Everybody who follows cases, told that this one went to its state."""
    for told in _told.values():
        told(case, actor)


def objection(case: Case, node: str) -> str:
    """The first objection to that step; "" when there is none."""
    return next((found for one in _objections.values() if (found := one(case, node))), "")
