"""Joint visits: due once, when every part that shares it was accepted or has ended; a step of the lead department's inbox."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import transaction

from suixin.ground.audit import actions as audit
from suixin.ground.flow import moving, procedures, starting
from suixin.ground.flow.errors import UnknownProcedure
from suixin.ground.flow.models import Instance, InstanceStatus
from suixin.ground.flow.subjects import Subject
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.services.matters import rules
from suixin.services.matters.errors import WrongStateOfMatter
from suixin.services.matters.models import Matter, Part, Visit, VisitState
from suixin.services.themes.rules import Outcome, Standing, State

KIND = "matters.visit"
LATEST = timedelta(days=366)
_OVER = (VisitState.HELD, VisitState.DROPPED)


def objection(part: Part) -> str:
    """Why a part may not be granted yet: its joint visit has not been held; "" when nothing is missing."""
    for visit in part.matter.visits.exclude(state__in=_OVER):
        if part.name in visit.parts:
            return f"“{visit.title}”还没有完成；请等{part.matter.organisation}组织勘验后再决定（不予许可的可以现在决定）。"
    return ""


def follow_parts(matter: Matter, parts: Sequence[Part], found: Outcome) -> None:
    """The visits of the matter, begun where all is ready, dropped where nothing is left to look at. Inside `advance`."""
    for visit in matter.visits.exclude(state__in=_OVER):
        sharing = [one for one in parts if one.name in visit.parts]
        live = [one for one in sharing if found.states[one.name] in (State.STARTABLE, State.WAITING)]
        accepted = [one for one in live if one.case is not None and one.case.accepted_at is not None]
        if found.standing is not Standing.OPEN or not live:
            _drop(visit)
        elif visit.state == VisitState.WAITING and len(accepted) == len(live):
            _begin(matter, visit)


def follow(instance: Instance, actor: Actor) -> None:
    """The visit of the run, as it ended."""
    if instance.status != InstanceStatus.DONE:
        return
    visit = Visit.objects.filter(uuid=instance.subject_key).first()
    if visit is not None and visit.state == VisitState.DUE:
        Visit.objects.filter(pk=visit.pk).update(state=VisitState.HELD, held_at=clock.now())
        audit.record(actor, "matters.visit_held", visit, detail={"matter": visit.matter_id})


@transaction.atomic
def arrange(visit: Visit, on: date, *, actor: Actor, note: str) -> Visit:
    """The visit with the day that was agreed on. Raises NotAllowed, WrongStateOfMatter."""
    policy.require(actor, "cases.handle", visit)
    held = Visit.objects.select_for_update(of=("self",)).select_related("matter__organisation").get(pk=visit.pk)
    if held.state in _OVER:
        raise WrongStateOfMatter(f"“{held.title}”{held.get_state_display()}，不能再约；请刷新页面。")
    if on < clock.today():
        raise WrongStateOfMatter("约定的日期已经过去；请选今天或以后的日期。")
    if on > clock.today() + LATEST:
        raise WrongStateOfMatter("约定的日期太远；请选一年以内的日期。")
    held.planned_on, held.note = on, note.strip()[:200]
    held.save(update_fields=["planned_on", "note"])
    audit.record(actor, "matters.visit_arranged", held, detail={"on": on})
    return held


def ensure(slug: str, declared: dict[str, object]) -> None:
    """The procedure of that name in force, published now when nobody needed it before."""
    try:
        procedures.in_force(slug)
    except UnknownProcedure:
        procedures.publish_procedure(declared, actor=SYSTEM, note="一件事")


def _begin(matter: Matter, visit: Visit) -> None:
    slug = rules.visit_slug(visit.days)
    ensure(slug, rules.visit_procedure(visit.days))
    visit.run = starting.start(
        slug, Subject(KIND, str(visit.uuid)), actor=SYSTEM, title=f"{visit.title}：{matter.title}（{matter.number}）"[:300],
        parties={"lead": matter.organisation}, key=str(visit.uuid),
    )
    visit.state = VisitState.DUE
    visit.save(update_fields=["run", "state"])


def _drop(visit: Visit) -> None:
    if visit.run is not None and visit.run.is_live:
        moving.stop(visit.run, actor=SYSTEM, reason="没有要勘验的单项了")
    visit.state = VisitState.DROPPED
    visit.save(update_fields=["state"])
