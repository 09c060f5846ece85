"""What a module above says of cases that belong together: told of their moves, asked before they are decided or delivered.

Told       inside the transaction of every change of a case's state
Objection  why the case may not take that step of its handling yet; "" when nothing speaks against it. Asked as guards of
           the flow engine are: when somebody agrees, not when somebody refuses, and never when the system itself does
Release    what held the case back until it is handed over, ended; inside the transaction in which it is
Pending    of which applications a case is still to be opened
Concern    whether a field of the one form of several cases is asked for that case, so that its department sees it
"""

from collections.abc import Callable
from functools import reduce
from operator import or_

from django.db.models import Q

from suixin.kit.actor import Actor
from suixin.services.cases.models import Case

Told = Callable[[Case, Actor], None]
Objection = Callable[[Case, str], str]
Release = Callable[[Case], None]
Concern = Callable[[Case, str], bool]

HELD = ":held"  # how the keys end under which whoever holds a case back stops its clock
_told: dict[str, Told] = {}
_objections: dict[str, Objection] = {}
_releases: dict[str, Release] = {}
_concerns: dict[str, Concern] = {}
_pending: dict[str, Q] = {}


def register(name: str, *, told: Told, objection: Objection, release: Release, concern: Concern, pending: Q) -> None:
    """Let that module follow cases, object, let go of them, say which fields concern them; registering a name again replaces it.

    `pending`: the condition on applications of which a case is still to be opened.
    """
    _told[name], _objections[name], _releases[name], _concerns[name], _pending[name] = told, objection, release, concern, pending


def moved(case: Case, actor: Actor) -> None:
    """Everybody who follows cases, told that this one went to its state."""
    for told in _told.values():
        told(case, actor)


def objection(case: Case, node: str) -> str:
    """The first objection to that step; "" when there is none."""
    return next((found for one in _objections.values() if (found := one(case, node))), "")


def release(case: Case) -> None:
    """The case let go of by whoever held it back until it is handed over."""
    for one in _releases.values():
        one(case)


def concerns(case: Case, field: str) -> bool:
    """Whether the field of the form concerns that case: all of its own form do."""
    return all(one(case, field) for one in _concerns.values())


def pending() -> Q:
    """The condition on applications of which a case is still to be opened."""
    return reduce(or_, _pending.values(), Q(pk__in=[]))
