"""What was granted waits to be delivered with the rest of its matter: its clock stands meanwhile, the matter's own limits count.

Held      the step of delivery of each granted part, once, from `advance` on; a department is not late with what it may not do
Let go    when it is delivered: with the others, or by itself once the matter is beyond its day
Source    国办发〔2022〕32号 (统一送达). 行政许可法 art. 44 counts ten days from each decision; that who applies under a theme has asked
          for one delivery and waits for it is our reading: a city whose lawyers read it otherwise delivers parts alone
"""

from collections.abc import Iterable
from datetime import date

from suixin.ground.flow import stopping
from suixin.ground.flow.models import StepStatus
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.services.cases import handling, jointly
from suixin.services.cases.models import Case
from suixin.services.cases.models import State as CaseState
from suixin.services.matters.models import Matter, MatterState, Part

BASIS = "国办发〔2022〕32号"


def hold(matter: Matter, parts: Iterable[Part]) -> None:
    """The clocks of what was granted and waits for the others, stopped; each once."""
    for part in parts:
        if part.case is None or part.case.state != CaseState.GRANTED or part.case.delivered_to:
            continue
        step = handling.waiting_step(part.case)
        if step is not None and step.node == "deliver" and step.status == StepStatus.OPEN:
            stopping.suspend(
                step, actor=SYSTEM, reason=f"随“{matter.title}”一件事统一送达", document=matter.number, legal_basis=BASIS, key=_key(matter))


def release(case: Case) -> None:
    """The clock of a part going on, since it is handed over now."""
    step = handling.waiting_step(case)
    if step is None or step.node != "deliver" or step.status != StepStatus.STOPPED:
        return
    part = Part.objects.select_related("matter").filter(case=case).first()
    if part is not None and step.transitions.filter(key=_key(part.matter)).exists():
        stopping.resume(step, actor=SYSTEM, reason="送达")


def objection(part: Part) -> str:
    """Why a granted part may not be delivered by itself; "" once the matter is beyond its day."""
    matter = part.matter
    by = _day_of(matter)
    if by is not None and clock.today() > by:
        return ""
    return f"这个办件是“{matter.title}”一件事（{matter.number}）的一项，各项都办完后由{matter.organisation}一次送达。"


def _day_of(matter: Matter) -> date | None:
    """The day by which all of it is promised, and once it is settled the day by which it is to be delivered."""
    if matter.state == MatterState.DELIVERING and matter.delivery is not None:
        due = matter.delivery.due_at
        return due.astimezone(clock.CHINA).date() if due is not None else None
    return matter.due_on


def _key(matter: Matter) -> str:
    return f"{matter.number}{jointly.HELD}"
