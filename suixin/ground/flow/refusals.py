"""Why a step is not decided: it is over, it is stopped, something is not given."""

import contextlib

from suixin.ground.flow.errors import MissingReason, StepDecided, WrongMove
from suixin.ground.flow.graphs import graph_of
from suixin.ground.flow.models import ACTIVE, BESIDE, Step, StepStatus
from suixin.kit import clock

_GIVEN = {"reason": "理由", "document": "文号", "legal_basis": "依据", "missing": "缺少的材料"}
_RULED = {"approve": "同意", "reject": "不同意", "answer": "已补正"}  # of what stands beside a node and has no labels


def require_waiting(step: Step) -> None:
    """Nothing, when the step waits for a decision. Raises StepDecided, WrongMove."""
    if step.status not in ACTIVE:
        raise decided(step)
    if step.status == StepStatus.STOPPED:
        raise WrongMove(f"“{step.title}”正在停钟,暂不能办;请先恢复,或等所停的事项办完。")


def require_reason(title: str, action: str, **given: str) -> None:
    """Nothing, when each of these is given (reason, document ...). Raises MissingReason."""
    missing = [_GIVEN[name] for name, text in given.items() if not text.strip()]
    if missing:
        raise MissingReason(f"“{title}”要{action},须写明{'、'.join(missing)};请补写后再提交。")


def decided(step: Step) -> StepDecided:
    """Why the step cannot be decided any more: who decided what, and when."""
    when = f"{(step.done_at or step.opened_at).astimezone(clock.CHINA):%Y-%m-%d %H:%M}"
    if step.status != StepStatus.DONE:
        return StepDecided(f"“{step.title}”已于 {when} {step.get_status_display()},不用再办;请刷新页面。", step=str(step.uuid))
    word = _RULED.get(step.outcome, step.outcome) if step.kind in BESIDE else step.outcome
    with contextlib.suppress(KeyError, ValueError):
        if step.kind not in BESIDE:
            word = graph_of(step.instance.version).nodes[step.node].actions.get(step.outcome, step.outcome)
    return StepDecided(
        f"“{step.title}”已由{step.decided_by}于 {when} 办理,结果是“{word}”;请刷新页面。",
        step=str(step.uuid), decided_by=step.decided_by, outcome=step.outcome,
    )
