"""What time alone brings about, every minute: silence that decides, lights that turn, people who are told that it is late.

Silence     an open step past its due date whose node declares it is decided by the system, once (silence.py)
Faults      a step that cannot be told of is logged and keeps nothing else from its turn
Lights      green, amber, red; only ever forward, so a clock set back an hour changes nothing; the stopped keep theirs
Escalation  one message for each declared rung; the counter of the step is compared and set, so that of two sweeps one tells
Size        candidates are read from partial indexes and written in chunks of short transactions; on PostgreSQL rows that
            somebody holds are skipped until the next minute. Of escalations at most `limit` go out in one sweep
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Q, QuerySet

from suixin.ground.audit import actions as audit
from suixin.ground.flow import calendars, clocking, locating, silence, workdays
from suixin.ground.flow.declaration import Escalation
from suixin.ground.flow.models import Colour, Instance, InstanceStatus, Step, StepStatus, Transition
from suixin.ground.flow.orders import closing
from suixin.ground.flow.procedures import declaration_of
from suixin.ground.jobs.paging import paged
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError

ESCALATED = Kind("flow.escalated", "督办提醒", urgency="urgent")
LIMIT, CHUNK, READ = 2_000, 5_000, 200_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows (steps and instances) turned amber and red, how many steps silence decided, how many messages went out."""

    amber: int = 0
    red: int = 0
    silent: int = 0
    escalated: int = 0


def sweep(now: datetime | None = None, limit: int | None = None) -> Swept:
    """What was due by `now` is done; the same again changes nothing."""
    moment, most = now or clock.now(), LIMIT if limit is None else limit
    silent = silence.speak(moment, most)
    red = _turn(Step.objects.filter(_late(moment), status=StepStatus.OPEN), Colour.RED)
    red += _turn(Instance.objects.filter(_late(moment), status=InstanceStatus.RUNNING), Colour.RED)
    near = Q(colour=Colour.GREEN, amber_at__lte=moment)
    amber = _turn(Step.objects.filter(near, status=StepStatus.OPEN), Colour.AMBER)
    amber += _turn(Instance.objects.filter(near, status=InstanceStatus.RUNNING), Colour.AMBER)
    escalated = _escalate_all(moment, most)
    closing.abandon_lost()
    return Swept(amber, red, silent, escalated)


def lag() -> timedelta:
    """For how long a light that should have turned has not; zero when all have."""
    now = clock.now()
    waiting = Step.objects.filter(_late(now), status=StepStatus.OPEN).order_by("due_at").values_list("due_at", flat=True).first()
    return now - waiting if waiting else timedelta()


def _late(moment: datetime) -> Q:
    return Q(colour__in=[Colour.GREEN, Colour.AMBER], due_at__lt=moment)


def _turn(rows: QuerySet[Step] | QuerySet[Instance], colour: Colour) -> int:
    """How many of the rows have the colour now; each is asked again while it is held."""
    done = 0
    while pks := list(rows.order_by().values_list("pk", flat=True)[:READ]):
        before = done
        for start in range(0, len(pks), CHUNK):
            with transaction.atomic():
                done += rows.filter(pk__in=_held(rows, pks[start:start + CHUNK])).update(colour=colour)
        if len(pks) < READ or done == before:
            break
    return done


def _held(rows: QuerySet[Step] | QuerySet[Instance], pks: list[int]) -> list[int]:
    """Those of the rows that nobody else holds, locked where the database has locks of rows."""
    if not connection.features.has_select_for_update_skip_locked:
        return pks
    return list(rows.filter(pk__in=pks).select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))


def _escalate_all(moment: datetime, most: int) -> int:
    waiting = Step.objects.filter(status=StepStatus.OPEN, escalate_at__lt=moment)
    done = 0
    for step in paged(waiting.only("pk")):
        if done >= most:
            break
        try:
            with transaction.atomic():
                done += _escalate(step.pk, moment)
        except SuixinError as error:
            _log.warning("step %d could not be escalated: %s", step.pk, error.sentence)
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001  one that fails every time must not stand before all others
            _log.exception("step %d could not be escalated", step.pk)
    return done


def _escalate(pk: int, moment: datetime) -> int:
    """1 when the next rung of the step was told now; 0 when another sweep did, or the instance is held just now."""
    has_skip = connection.features.has_select_for_update_skip_locked
    held = Instance.objects.select_for_update(of=("self",), skip_locked=has_skip).select_related("version")
    instance = held.filter(steps=pk).first()
    step = Step.objects.filter(pk=pk, status=StepStatus.OPEN, escalate_at__lt=moment).select_related("organisation").first()
    if instance is None or step is None or step.due_at is None:
        return 0
    planned = clocking.escalations_of(step, declaration_of(instance.version).node(step.node))
    rung, after = step.escalated, step.escalated + 1
    following = planned[after].after if after < len(planned) else None
    at = workdays.shifted(step.due_at, following, calendars.current()) if following is not None else None
    mine = Step.objects.filter(pk=pk, status=StepStatus.OPEN, escalated=rung)
    if not mine.update(escalated=after, escalate_at=at) or rung >= len(planned):
        return 0
    _tell(instance, step, planned[rung])
    return 1


def _tell(instance: Instance, step: Step, rung: Escalation) -> None:
    place = locating.place_of(rung.organisation, step.organisation or instance.organisation, instance)
    if place is None:
        _log.warning("no organisation %s to tell of step %s", rung.organisation, step.uuid)
        return
    due = step.due_at.astimezone(clock.CHINA) if step.due_at else clock.now()
    how = "即将到期" if rung.after < 0 else f"超期已 {rung.after} 个工作日" if rung.after else "已超期"
    notify.send(
        [Recipient.post(place, rung.role)], kind=ESCALATED.name, title=f"{how}：{step.title}：{instance.title}"[:200],
        body=f"办理单位：{step.organisation or instance.organisation}；应于 {due:%Y-%m-%d %H:%M} 前办结。请督促办理。",
        href=f"/console/steps/{step.uuid}/", key=f"escalated:{step.uuid}:{step.escalated}", urgency="urgent",
    )
    _write(instance, step, f"{how}，提醒{place}")


def _write(instance: Instance, step: Step, reason: str) -> None:
    instance.sequence += 1
    instance.save(update_fields=["sequence"])
    Transition.objects.create(
        instance=instance, sequence=instance.sequence, step=step, node=step.node, action="escalated", from_status=step.status,
        to_status=step.status, actor_kind=SYSTEM.kind.value, actor_key=SYSTEM.key, actor_name=SYSTEM.name, reason=reason,
        data={"rows": {}}, at=clock.now(),
    )
    audit.record(SYSTEM, "flow.escalated", instance, basis=reason, detail={"step": str(step.uuid), "node": step.node})

