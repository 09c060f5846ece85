"""The job that measures again: it asks what the node names, and advances the step with what was found.

A job given up leaves the step open, and nobody's inbox shows it: the bureau and the lead are told, the job waits among the failed.
"""

from suixin.ground.flow import advancing, locating, notices, subjects
from suixin.ground.flow.declaration import Action
from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.graphs import graph_of
from suixin.ground.flow.models import Step, StepStatus
from suixin.ground.flow.subjects import Subject
from suixin.ground.jobs.registry import Given
from suixin.kit.actor import SYSTEM


def measure(given: Given) -> str:
    """Measure for a step and decide it: well goes on; not well is returned where the node says, else refused."""
    step = Step.objects.select_related("instance__version").get(pk=int(given.text("step")))
    if step.status != StepStatus.OPEN:
        return f"“{step.title}”现在是“{step.get_status_display()}”,没有复测。"
    node = graph_of(step.instance.version).nodes[step.node]
    work = subjects.measures.get(node.measure)
    if work is None:
        raise WrongMove(f"环节“{step.title}”要做的复测“{node.measure}”没有登记;请运维人员核对 site/wiring.py。")
    instance = step.instance
    found = work(Subject(instance.subject_kind, instance.subject_key), instance.data)
    action = Action.APPROVE if found.is_well else Action.RETURN if node.returns_to else Action.REJECT
    measured = {"is_well": found.is_well, "sentence": found.sentence, "figures": dict(found.figures)}
    advancing.decide(
        step, action.value, actor=SYSTEM, reason=found.sentence or "复测", key=f"measure-{step.pk}", data={"measured": measured},
    )
    return found.sentence


def measure_failed(given: Given, sentence: str) -> None:
    """Tell the bureau's officers and the heads of the lead that a step could not be measured, and why."""
    step = Step.objects.select_related("instance__organisation").filter(pk=int(given.text("step") or 0)).first()
    if step is not None and step.status == StepStatus.OPEN:
        lead = step.instance.organisation
        notices.tell_stuck(step, sentence, lead=lead, bureau=locating.place_of(locating.BUREAU, lead, step.instance))
