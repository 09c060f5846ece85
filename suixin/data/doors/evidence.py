"""What doors that push leave in the access log: one line for each delivery, as a call leaves one."""

from suixin.data.access import log
from suixin.data.access.plans import Plan
from suixin.data.access.predicates import delivered
from suixin.kit import clock, origin


def note_delivery(plan: Plan, *, action: str, rows: int, version: int | None) -> None:
    """Rows went to whom the plan is for; call it once they are there. A delivery of nothing leaves no line."""
    if rows == 0 or version is None:
        return
    here = origin.current()
    log.write(log.Access(
        here.trace_id or origin.fresh().trace_id, int(clock.now().timestamp() * 1000), plan.actor, plan.door.value, action,
        plan.contract.code, "200", 0, plan, rows, address=here.address, terminal=here.terminal, delivered=delivered(plan, version),
    ))
