"""A draft on its way into force, of whatever kind: its preparer hands it on, others agree, the last decision publishes it.

Catalogue entries, service items and themes go this way. The procedure of each begins with the task `prepared`; what is special of
a kind (what makes a draft sound, what publishing does) stays in its module.
"""

from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from suixin.ground.flow import moving, rights
from suixin.ground.flow.models import ACTIVE, LIVE, Instance, Step, StepKind
from suixin.ground.flow.subjects import Subject
from suixin.kit.actor import SYSTEM, Actor

PREPARED, ALONE = "prepared", "主管部门直接发布"


def publications(slug: str, subject: Subject) -> QuerySet[Instance]:
    """Publications of the draft by that procedure, the newest first."""
    found = Instance.objects.filter(subject_kind=subject.kind, subject_key=subject.key, procedure__slug=slug)
    return found.order_by("-pk")


def under_way(slug: str, subject: Subject) -> QuerySet[Instance]:
    """Those of them that are not over."""
    return publications(slug, subject).filter(status__in=LIVE)


def hold(slug: str, subject: Subject) -> None:
    """Those under way, locked for this transaction: always before what they publish, as their last step does."""
    list(under_way(slug, subject).select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def waiting_step(instance: Instance) -> Step | None:
    """The step of a publication that is active now."""
    return instance.steps.filter(status__in=ACTIVE).select_related("organisation", "assignee").order_by("-pk").first()


def handed_on_at(instance_id: int) -> datetime | None:
    """When the draft was last handed on in that publication, on its page or in the inbox; None while it just is."""
    steps = Step.objects.filter(instance_id=instance_id, node=PREPARED, kind=StepKind.TASK).order_by("-pk")
    return steps.values_list("done_at", flat=True).first()


def own(
    instance: Instance | None, *, actor: Actor, begin: Callable[[], Instance], refusal: Callable[[Step], Exception | None]
) -> Instance:
    """The publication in which the actor takes the first step; one that a colleague began gives way to it.

    `refusal` is asked of the step that waits elsewhere: what it answers is raised, None lets that publication give way too.
    """
    if instance is not None:
        step = waiting_step(instance)
        if step is not None and step.node == PREPARED and step.kind == StepKind.TASK and rights.may_act(actor, step):
            return instance
        if step is not None and step.node != PREPARED and (error := refusal(step)) is not None:
            raise error
        moving.stop(instance, actor=SYSTEM, reason=f"由{actor.name}重新提交")
    return begin()
