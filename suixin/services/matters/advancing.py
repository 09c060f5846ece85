"""What follows from how parts ended: others begin, are left out or stopped, visits fall due, the whole is settled; exactly once.

Told     `follow` in the transaction of every move of a case: the part keeps its result and that it was touched; nothing else,
         so that two departments who decide at once never wait for each other
Done     `advance` after the commit, and by the job for whatever a crash left: one transaction, from the state before to the
         state after; running it again changes nothing
Locks    the matter, then runs (stopped or begun), then cases and parts; `follow` holds a run and its case and locks no matter
"""

import logging
from collections.abc import Sequence
from contextlib import suppress

from django.db import models, transaction

from suixin.ground import events
from suixin.ground.audit import actions as audit
from suixin.ground.flow import moving, starting
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.subjects import Subject
from suixin.ground.jobs.paging import paged
from suixin.ground.prepared import Prepared, given
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor
from suixin.services.cases import applying, opening
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.models import Case
from suixin.services.cases.models import State as CaseState
from suixin.services.cases.opening import Handed
from suixin.services.matters import holding, rules, visiting
from suixin.services.matters.events import MatterTouched
from suixin.services.matters.models import Matter, MatterState, Part, PartState
from suixin.services.themes import queries as themes
from suixin.services.themes import rules as theme_rules
from suixin.services.themes.declaration import Theme
from suixin.services.themes.rules import Outcome, Result, Standing, State

_log = logging.getLogger(__name__)
_STATES = {
    State.APPROVED: PartState.APPROVED, State.REFUSED: PartState.REFUSED, State.NOT_HANDLED: PartState.NOT_HANDLED,
    State.STOPPED: PartState.STOPPED, State.WAITING: PartState.WAITING, State.STARTABLE: PartState.HANDLED,
}

_FOLLOWING = Prepared(lambda: Part.objects.filter(case_id=given("case", models.BigIntegerField())).values_list("pk", "matter_id", "result"))
_OF_CASE = Prepared(
    lambda: Part.objects.select_related("matter__organisation", "matter__delivery").filter(case_id=given("case", models.BigIntegerField()))
)


def follow(case: Case, _: Actor) -> None:
    """The part of the case, with how it ended; what follows is done after the commit."""
    part = next(iter(_FOLLOWING.told(case=case.pk)), None)
    if part is None:
        return
    result = rules.result_of(case.state, case.decision) if not part[2] else None
    Part.objects.filter(pk=part[0]).update(touched_at=clock.now(), **({"result": result.value} if result else {}))
    events.emit_on_commit(MatterTouched(part[1]))


def objection(case: Case, node: str) -> str:
    """Why the case of a part may not be decided, or not be delivered by itself; "" for all other cases and steps."""
    if node not in ("decide", "deliver"):
        return ""
    part = _OF_CASE.one(case=case.pk)
    if part is None:
        return ""
    return holding.objection(part) if node == "deliver" else visiting.objection(part)


def advance_due(*, actor: Actor) -> int:
    """How many matters were brought forward that a crash, or a fault since mended, had left behind."""
    touched = Matter.objects.filter(pk__in=Part.objects.filter(touched_at__isnull=False).order_by().values("matter"))
    return sum(_advanced(one.pk, actor) for one in paged(touched.only("pk")))


def _advanced(number: int, actor: Actor) -> bool:
    try:
        advance(number, actor=actor)
    except Exception:  # noqa: BLE001  one faulty matter holds up nobody else's; it stays touched
        _log.exception("matter %s not brought forward", number)
        return False
    return True


@transaction.atomic
def advance(matter_id: int, *, actor: Actor) -> Matter:
    """The matter with everything done that follows from how its parts stand."""
    rows = Matter.objects.select_for_update(of=("self",)).select_related("application", "version__theme", "organisation")
    matter = rows.get(pk=matter_id)
    parts = list(matter.parts.select_related("case__reception", "case__handling", "version__item__organisation"))
    touched = {one.pk: one.touched_at for one in parts if one.touched_at is not None}
    if matter.state == MatterState.OPEN:
        theme = themes.published(matter.version).theme
        found = outcome_of(matter, theme, parts)
        if found.standing is Standing.REFUSED:
            _stop(parts, _reason(parts, found))
        _begin(matter, parts, found, actor)
        visiting.follow_parts(matter, parts, found)
        _write(parts, found)
        if found.standing is not Standing.REFUSED:
            holding.hold(matter, parts)
        if found.standing is not Standing.OPEN:
            _settle(matter, parts, found)
    for pk, at in touched.items():  # what was touched again meanwhile stays so
        Part.objects.filter(pk=pk, touched_at=at).update(touched_at=None)
    return matter


def outcome_of(matter: Matter, theme: Theme, parts: Sequence[Part]) -> Outcome:
    """Where the matter stands by the rules of its theme; once it was taken back nothing begins any more."""
    names = [one.name for one in parts]
    results = {one.name: Result(one.result) for one in parts if one.result}
    if not matter.reason:
        return theme_rules.outcome(theme, names, results)
    states = {one.name: State(one.result) if one.result else State.STOPPED for one in parts}
    standing = Standing.PARTLY if State.APPROVED in states.values() else Standing.REFUSED
    return Outcome(standing, states)


def _stop(parts: Sequence[Part], reason: str) -> None:
    """What is still under way, also what waits to be handed over, stopped: the theme went back as a whole."""
    for part in parts:
        case = part.case
        if case is None:
            continue
        run = case.run
        if run is not None and run.is_live:
            with suppress(WrongMove):  # it ended a moment ago
                moving.stop(run, actor=SYSTEM, reason=reason)
        elif run is None and case.state == CaseState.SIGNING:
            applying.withdraw(case, actor=SYSTEM, reason=reason)


def _begin(matter: Matter, parts: Sequence[Part], found: Outcome, actor: Actor) -> None:
    """A case for each part that may be handled now and has none."""
    for part in parts:
        if found.states[part.name] is not State.STARTABLE or part.case is not None or found.standing is not Standing.OPEN:
            continue
        handed = {int(number): Handed(MaterialState(state), files, note) for number, (state, files, note) in part.handed.items()}
        part.case = opening.open_case(
            matter.application, part.version, actor=actor, handed=handed, answers=part.answers, is_checked=True,
        )
        part.opened_at = clock.now()
        audit.record(actor, "matters.part_begun", matter, detail={"part": part.name, "case": part.case.number})


def _write(parts: Sequence[Part], found: Outcome) -> None:
    """The rows of the parts as the outcome says; nobody else writes these columns."""
    now = clock.now()
    for part in parts:
        state = _STATES[found.states[part.name]]
        if state is PartState.REFUSED and part.case is not None and part.case.state == CaseState.WITHDRAWN:
            state = PartState.WITHDRAWN  # counts as not granted, and is called what it is
        if state == part.state:
            continue
        part.state = state
        if state not in (PartState.WAITING, PartState.HANDLED):
            part.settled_at = part.settled_at or now
        part.save(update_fields=["state", "case", "opened_at", "settled_at"])


def _settle(matter: Matter, parts: Sequence[Part], found: Outcome) -> None:
    """The end of the handling: to be delivered once, or over."""
    matter.settled_at = clock.now()
    if found.delivered:
        matter.state = MatterState.DELIVERING
        visiting.ensure(rules.DELIVERY, rules.delivery_procedure())
        matter.delivery = starting.start(
            rules.DELIVERY, Subject("matters.matter", matter.number), actor=SYSTEM,
            title=f"{matter.title}：{matter.application.shown_name}"[:300], parties={"lead": matter.organisation}, key=matter.number,
        )
    else:
        matter.state = MatterState.WITHDRAWN if matter.reason else MatterState.REFUSED
        matter.reason = matter.reason or _reason(parts, found)[:1000]
        matter.ended_at = matter.settled_at
    matter.save(update_fields=["state", "settled_at", "delivery", "reason", "ended_at"])
    audit.record(SYSTEM, "matters.settled", matter, detail={"standing": found.standing.value, "delivered": list(found.delivered)})


def _reason(parts: Sequence[Part], found: Outcome) -> str:
    titles = "、".join(f"“{one.title}”" for one in parts if one.name in found.because)
    return f"{titles}不予办理，整件事退回" if titles else "申请人撤回"
