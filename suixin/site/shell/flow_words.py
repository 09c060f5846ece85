"""Procedures in words: when a step is due, what it asks for, what happened, each as a sentence in the reader's language."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time

from django.utils.translation import get_language, gettext, gettext_noop, ngettext

from suixin.ground.flow.declaration import Declaration, Node
from suixin.ground.flow.models import Colour, InstanceStatus, Step, StepKind, StepStatus, Transition
from suixin.ground.flow.workdays import WorkCalendar
from suixin.kit import clock
from suixin.site.shell.components import Cell, Tone
from suixin.site.shell.words import word

COLOUR_TONES: Mapping[str, Tone] = {Colour.GREEN: "good", Colour.AMBER: "warn", Colour.RED: "bad"}
STATUS_TONES: Mapping[str, Tone] = {
    InstanceStatus.RUNNING: "info", InstanceStatus.SUSPENDED: "warn", InstanceStatus.SUPPLEMENT: "warn",
    InstanceStatus.DONE: "good", InstanceStatus.REJECTED: "bad", InstanceStatus.WITHDRAWN: "quiet", InstanceStatus.STOPPED: "quiet",
}
STEP_TONES: Mapping[str, Tone] = {
    StepStatus.OPEN: "info", StepStatus.STOPPED: "warn", StepStatus.DONE: "good", StepStatus.SKIPPED: "quiet",
    StepStatus.CANCELLED: "quiet",
}
_QUOTED = re.compile(r"('(?:[^']|'')*')")
_TOLD = tuple((re.compile(pattern, re.IGNORECASE), told) for pattern, told in (
    (r"\s*(?<![<>!])=\s*false\b", "为否"), (r"\s*(?<![<>!])=\s*true\b", "为是"), (r"\s+is\s+not\s+null\b", "已填"),
    (r"\s+is\s+null\b", "未填"), (r"\s*\band\b\s*", "，且"), (r"\s*\bor\b\s*", "，或"), (r"\bnot\b\s*", "非"),
    (r"\s*>=\s*", "不少于"), (r"\s*<=\s*", "不超过"), (r"\s*(?:<>|!=)\s*", "不是"), (r"\s*>\s*", "大于"),
    (r"\s*<\s*", "小于"), (r"\s*=\s*", "为"),
))
_END_OF_DAY = time(23, 59, 59)
# what a transition is called when the declaration has no label for it
ACTIONS: Mapping[str, str] = {
    "start": gettext_noop("发起"), "approve": gettext_noop("同意"), "reject": gettext_noop("不同意"),
    "supplement": gettext_noop("要求补正"), "answer": gettext_noop("已补正"), "return": gettext_noop("退回"),
    "withdraw": gettext_noop("撤回"), "stop": gettext_noop("终止"), "suspend": gettext_noop("挂起"), "resume": gettext_noop("恢复"),
    "extend": gettext_noop("延长"), "ask_suspend": gettext_noop("申请挂起"), "ask_extend": gettext_noop("申请延长"),
    "claim": gettext_noop("认领"), "release": gettext_noop("放回"), "hand_over": gettext_noop("移交"),
    "recomputed": gettext_noop("日历变更，重算时限"), "silent": gettext_noop("逾期默认"), "escalated": gettext_noop("督办"),
    "measured": gettext_noop("复测"),
}
# of an approval or a supplement, which stand beside the node that they are about
BESIDE = (StepKind.APPROVAL, StepKind.SUPPLEMENT)
RULED: Mapping[str, str] = {
    "approve": gettext_noop("批准申请"), "reject": gettext_noop("不批准申请"), "answer": gettext_noop("已补正"),
}
REQUESTS: Mapping[str, str] = {"suspend": gettext_noop("挂起"), "extend": gettext_noop("延长")}


def condition_words(condition: str) -> str:
    """A condition as Chinese readers read it, its quoted values untouched; the condition itself for others."""
    if not (get_language() or "zh").startswith("zh"):
        return condition
    parts = _QUOTED.split(condition)
    for at in range(0, len(parts), 2):
        for pattern, told in _TOLD:
            parts[at] = pattern.sub(told, parts[at])
    return "".join(part if at % 2 == 0 else f"“{part[1:-1]}”" for at, part in enumerate(parts)).strip()


def colour_cell(colour: str) -> Cell:
    """The colour as a word, drawn in it."""
    return Cell(word(str(Colour(colour).label)), tone=COLOUR_TONES[colour])


def status_cell(status: str) -> Cell:
    """Where an instance stands."""
    return Cell(word(str(InstanceStatus(status).label)), tone=STATUS_TONES[status])


def step_cell(step: Step) -> Cell:
    """Where a step stands."""
    return Cell(word(str(StepStatus(step.status).label)), tone=STEP_TONES[step.status])


def day_words(day: date) -> str:
    """A day without its year when that is this one."""
    if day.year == clock.today().year:
        return gettext("%(month)d月%(day)d日") % {"month": day.month, "day": day.day}
    return gettext("%(year)d年%(month)d月%(day)d日") % {"year": day.year, "month": day.month, "day": day.day}


def deadline_words(due: datetime) -> str:
    """11月26日前; with the hour when it is not the end of the day."""
    local = due.astimezone(clock.CHINA)
    if local.time().replace(microsecond=0) == _END_OF_DAY:
        return gettext("%(day)s前") % {"day": day_words(local.date())}
    return gettext("%(day)s %(hour)s前") % {"day": day_words(local.date()), "hour": local.strftime("%H:%M")}


def due_words(due: datetime | None, calendar: WorkCalendar) -> str:
    """还剩2个工作日，11月26日前; says so when the working days of its year are not announced yet."""
    if due is None:
        return gettext("没有时限")
    today, day, before = clock.today(), due.astimezone(clock.CHINA).date(), deadline_words(due)
    if due < clock.now():
        late = calendar.workdays_between(day, today)
        told = ngettext("已超期%(n)d个工作日", "已超期%(n)d个工作日", late) % {"n": late} if late else gettext("已超期")
        return gettext("%(late)s，应在%(before)s办结") % {"late": told, "before": before}
    if day == today:
        return gettext("今天到期，%(before)s") % {"before": before}
    left = calendar.workdays_between(today, day)
    told = gettext("%(left)s，%(before)s") % {
        "left": ngettext("还剩%(n)d个工作日", "还剩%(n)d个工作日", left) % {"n": left}, "before": before,
    }
    return told if calendar.is_official(day.year) else gettext("%(due)s（%(year)d年工作日安排未公布）") % {"due": told, "year": day.year}


def hint_words(step: Step, node: Node | None) -> str:
    """A sentence of what to do: the declaration's hint, else who decides between what."""
    if step.kind == StepKind.SUPPLEMENT:
        missing = step.request.get("missing")
        items = [str(one) for one in missing] if isinstance(missing, list) else []
        return gettext("请补正：%(items)s。") % {"items": gettext("、").join(items)} if items else gettext("请补正后交回。")
    if step.kind == StepKind.APPROVAL:
        asked = str(step.request.get("action", ""))
        return gettext("请审批%(what)s申请：%(reason)s") % {
            "what": word(REQUESTS.get(asked, asked)), "reason": str(step.request.get("reason", "")) or gettext("没有写理由。"),
        }
    if node is not None and node.hint:
        return word(node.hint)
    labels = gettext(" / ").join(word(label) for label in node.actions.values()) if node else ""
    place = str(step.organisation) if step.organisation else gettext("您")
    return gettext("请%(place)s办理：%(labels)s。") % {"place": place, "labels": labels or step.title}


def action_words(transition: Transition, declaration: Declaration | None) -> str:
    """What happened, by the label that the node gives it; what was asked beside the node has words of its own."""
    node = declaration.node(transition.node) if declaration else None
    if transition.step is not None and transition.step.kind in BESIDE and transition.action in RULED:
        return word(RULED[transition.action])
    if node is not None and transition.action in node.actions:
        return word(node.actions[transition.action])
    return word(ACTIONS.get(transition.action, transition.action))
