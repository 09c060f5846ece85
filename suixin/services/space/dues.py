"""What is due for an applicant, by day: supplements, tolerated materials, joint visits, decisions and deliveries to be expected.

A thing of his own (`is_yours`) comes before what departments owe; what has no day is not in a calendar.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.services.cases import queries as cases
from suixin.services.cases.attached import Material, MaterialState
from suixin.services.cases.models import LIVE, Case, State
from suixin.services.matters import queries as matters
from suixin.services.matters.models import Matter, MatterState, Visit, VisitState

MOST = 500
TOLERATED = "补齐容缺材料：%(name)s"
_WORDS = {
    State.RECEIVED: "部门决定是否受理", State.SUPPLEMENT: "补正材料", State.ACCEPTED: "部门作出决定", State.GRANTED: "部门送达结果",
}


@dataclass(frozen=True, slots=True)
class Due:
    """One thing and its day. `key` stays the same while the thing is the same; `number`: of the case or matter it is about.

    `name`: what stands in the braces of the title, when it has some.
    """

    on: date
    title: str
    about: str
    number: str
    key: str
    is_yours: bool = False
    is_matter: bool = False
    note: str = ""
    name: str = ""


def dues(actor: Actor) -> list[Due]:
    """Everything that is due, the earliest first."""
    own = list(cases.own_cases(actor).filter(state__in=LIVE)[:MOST])
    found = [*_of_cases(own), *_tolerated(own), *_of_matters(actor)]
    return sorted(found, key=lambda one: (one.on, not one.is_yours, one.number))


def _of_cases(own: Sequence[Case]) -> Iterator[Due]:
    for case in own:
        then = cases.next_of(case)
        if then.by is not None and case.state in _WORDS:
            word = _WORDS[State(case.state)]
            yield Due(_day(then.by), word, case.title, case.number, f"{case.number}-{case.state}", then.is_yours)


def _tolerated(own: Sequence[Case]) -> Iterator[Due]:
    waiting = Material.objects.filter(case__in=own, state=MaterialState.TOLERATED).exclude(due_on=None).select_related("case")
    for one in waiting:
        if one.due_on is not None:
            number = one.case.number
            yield Due(one.due_on, TOLERATED, one.case.title, number, f"{number}-m{one.number}", is_yours=True, name=one.name)


def _of_matters(actor: Actor) -> Iterator[Due]:
    own = list(matters.own_matters(actor).filter(state__in=(MatterState.OPEN, MatterState.DELIVERING))[:MOST])
    for one in own:
        yield _whole(one)
    for visit in Visit.objects.filter(matter__in=own, state=VisitState.DUE).exclude(planned_on=None).select_related("matter"):
        if visit.planned_on is not None:
            yield Due(visit.planned_on, visit.title, visit.matter.title, visit.matter.number, f"visit-{visit.uuid}", is_yours=True,
                      is_matter=True, note=visit.note)


def _whole(matter: Matter) -> Due:
    run = matter.delivery
    if matter.state == MatterState.DELIVERING and run is not None and run.due_at is not None:
        return Due(_day(run.due_at), "牵头单位统一送达结果", matter.title, matter.number, f"{matter.number}-delivery", is_matter=True)
    return Due(matter.due_on, "各项承诺办完", matter.title, matter.number, f"{matter.number}-due", is_matter=True)


def _day(at: datetime) -> date:
    return at.astimezone(clock.CHINA).date()
