"""Silence that decides: an open step past its due date, whose node declares what silence says, is decided by the system, once.

Faults   a step that cannot be decided (an effect that fails, say) keeps no other from its turn. It is tried again after a minute, then
         after twice as long each time, a day at most; why it fails is kept beside it
Told     the bureau, once, when a step failed TOLD times: nobody else looks at what should have passed by itself
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import OperationalError, transaction
from django.db.models import Q

from suixin.ground.audit import actions as audit
from suixin.ground.flow import advancing
from suixin.ground.flow.declaration import Silent
from suixin.ground.flow.models import ProcedureVersion, SilentTrial, Step, StepKind, StepStatus
from suixin.ground.flow.procedures import declaration_of
from suixin.ground.flow.taking import take
from suixin.ground.jobs.paging import paged
from suixin.ground.notify import actions as notify
from suixin.ground.notify.kinds import Kind
from suixin.ground.notify.recipients import Recipient
from suixin.ground.people.queries import bureau_of
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError

STUCK = Kind("flow.silence_stuck", "默示办理没有成功", urgency="urgent")
TOLD, FIRST, LONGEST = 5, timedelta(minutes=1), timedelta(days=1)
TOLD_ROLES = ("data_officer", "operator")
_WORDS = {Silent.DEEMED_APPROVED: "approve", Silent.DEEMED_REJECTED: "reject"}
_log = logging.getLogger(__name__)


def speak(moment: datetime, most: int) -> int:
    """How many steps silence decided now, about `most`; one that fails is passed over, however many there are."""
    done = 0
    for step, action in _silent(moment):
        done += _decide(step, action, moment)
        if done >= most:
            break
    SilentTrial.objects.exclude(_waits(moment, "step__")).delete()
    return done


def stuck() -> int:
    """How many steps silence should have decided, failed to, and the bureau was told of."""
    return SilentTrial.objects.filter(_waits(clock.now(), "step__"), tries__gte=TOLD).count()


def trial_of(step: Step) -> SilentTrial | None:
    """What became of silence at a step that still waits; None while it did not fail."""
    return SilentTrial.objects.filter(_waits(clock.now(), "step__"), step=step).first()


def delay(tries: int) -> timedelta:
    """How long after that many failures it is tried again."""
    return min(FIRST * (1 << min(tries - 1, 20)), LONGEST)


def _waits(moment: datetime, of: str = "") -> Q:
    return Q(**{f"{of}status": StepStatus.OPEN, f"{of}due_at__lt": moment})


def _silent(moment: datetime) -> Iterator[tuple[Step, str]]:
    """Open steps past their due date of nodes where silence says something, with what it says."""
    resting = SilentTrial.objects.filter(retry_at__gt=moment).values("step")
    for version in ProcedureVersion.objects.defer("declaration").order_by("pk"):
        words = {node.id: _WORDS[node.silent] for node in declaration_of(version).nodes if node.silent}
        if not words:
            continue
        late = Step.objects.filter(
            _waits(moment), instance__version=version, node__in=words, kind__in=(StepKind.TASK, StepKind.JOINT),
        )
        for step in paged(late.exclude(pk__in=resting)):
            yield step, words[step.node]


def _decide(step: Step, action: str, moment: datetime) -> int:
    """1 when silence decided the step now; 0 when somebody was first, or gave it more time, or it failed."""
    try:
        with transaction.atomic():
            take(step.instance_id, SYSTEM)  # locks what is above it first, as everybody does
            if not Step.objects.filter(_waits(moment), pk=step.pk).exists():
                return 0
            advancing.decide(step, action, actor=SYSTEM, key=f"silent:{step.uuid}", reason="到期未办，按默示规则办理")
            return 1
    except SuixinError as error:
        _log.warning("silence could not decide step %s: %s", step.uuid, error.sentence)
        _note(step, error.sentence, moment)
    except OperationalError:  # of the database, not of the step
        raise
    except Exception as error:  # noqa: BLE001  an effect of a module that fails must not keep the lights of all others from turning
        _log.exception("silence could not decide step %s", step.uuid)
        _note(step, f"办理时出错（{type(error).__name__}），详情在作业进程的日志里。", moment)
    return 0


@transaction.atomic
def _note(step: Step, reason: str, moment: datetime) -> None:
    trial, _ = SilentTrial.objects.select_for_update().get_or_create(step=step, defaults={"retry_at": moment})
    trial.tries, trial.reason = min(trial.tries + 1, 1_000), reason[:500]
    trial.retry_at = moment + delay(trial.tries)
    trial.save(update_fields=["tries", "reason", "retry_at"])
    if trial.tries == TOLD:
        try:
            with transaction.atomic():
                _tell(step, trial)
        except OperationalError:
            raise
        except Exception:  # noqa: BLE001  the count stands, and the others go on
            _log.exception("nobody could be told that silence is stuck at step %s", step.uuid)


def _tell(step: Step, trial: SilentTrial) -> None:
    instance = step.instance
    place = bureau_of(step.organisation or instance.organisation) or instance.organisation
    again = trial.retry_at.astimezone(clock.CHINA)
    notify.send(
        [Recipient.post(place, role) for role in TOLD_ROLES], kind=STUCK.name,
        title=f"默示办理没有成功：{step.title}：{instance.title}"[:200],
        body=f"这个环节到期未办，应由系统按默示规则办理，已试 {trial.tries} 次都没有成功。原因：{trial.reason}"
        f"{again:%m-%d %H:%M} 起会再试，间隔逐次加倍；请消除原因，或由{step.organisation or place}直接办理。",
        href=f"/console/steps/{step.uuid}/", key=f"silence-stuck:{step.uuid}", urgency="urgent",
    )
    audit.record(SYSTEM, "flow.silence_stuck", instance, basis=trial.reason, detail={"step": str(step.uuid), "tries": trial.tries})
