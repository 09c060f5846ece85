"""Every branch of a theme walked: each situation, nothing refused or one part refused, step by step to its outcome.

Table    one row a branch; stands beside a city's theme as what is expected, and on its page in the console
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from suixin.services.themes import rules
from suixin.services.themes.declaration import Theme, Whole
from suixin.services.themes.rules import Outcome, Result, Standing, State
from suixin.services.themes.rules.checking import situation

COLUMNS = (
    "情形", "不予办理", "单项", "步骤", "工作日", "逐个办的工作日", "提问", "逐项提问", "材料", "要交的材料", "逐项材料", "结果", "交付",
    "不再办理",
)
STANDINGS = {
    Standing.DONE: "全部办成", Standing.PARTLY: "部分办结", Standing.REFUSED: "整体退回", Standing.OPEN: "在办",
}
NOT_ELIGIBLE, NOTHING = "不能办理", "无"


@dataclass(frozen=True, slots=True)
class Walked:
    """A branch at its end: what was handled in each step, and the outcome."""

    steps: Sequence[tuple[str, ...]]
    outcome: Outcome


def walk(theme: Theme, parts: Sequence[str], refused: str = "") -> Walked:
    """These parts handled, as soon as each may be, until nothing is open; `refused` ends in a refusal, all others are approved."""
    results: dict[str, Result] = {}
    steps = []
    while ready := rules.startable(theme, parts, results):
        steps.append(ready)
        results |= {name: Result.REFUSED if name == refused else Result.APPROVED for name in ready}
    return Walked(steps, rules.outcome(theme, parts, results))


def table_of(whole: Whole) -> Iterator[list[str]]:
    """A row for every branch, in the order of the questions."""
    theme = whole.theme
    for answers in rules.branches(theme):
        told = situation(answers)
        if failing := rules.failing(theme, answers):
            yield [told, NOTHING, *[""] * 9, NOT_ELIGIBLE, failing[0].fault, ""]
            continue
        parts = rules.chosen(theme, answers)
        plan, merged = rules.plan_of(whole, parts), rules.merge(whole, parts, answers)
        for refused in ("", *parts):
            walked = walk(theme, parts, refused)
            found = walked.outcome
            lost = [name for name, state in found.states.items() if state in (State.NOT_HANDLED, State.STOPPED)]
            yield [
                told, refused or NOTHING, _listed(parts), " → ".join(_listed(step) for step in walked.steps),
                str(rules.days_until(plan, found)), str(plan.serial_days), str(merged.asked), str(merged.questions_alone),
                str(len(merged.materials)), str(merged.handed_in), str(merged.materials_alone), STANDINGS[found.standing],
                _listed(found.delivered) or NOTHING, _listed(lost) or NOTHING,
            ]


def _listed(names: Sequence[str]) -> str:
    return " ".join(names)
