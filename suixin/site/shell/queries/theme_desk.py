"""What the console shows of themes: the list, one theme with what forbids publishing, its days, branches and versions."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext

from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.services.themes import branches, publishing, queries, rules
from suixin.services.themes.declaration import Refusal, Whole
from suixin.services.themes.errors import FaultyTheme
from suixin.services.themes.models import BankVersion, Theme, ThemeState
from suixin.services.themes.rules import Fault, Plan
from suixin.site.shell.components import Cell, Column, Gantt, Stat, Table, Tone
from suixin.site.shell.queries.themes import gantt_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

SHOWN_BRANCHES = 40
TONES: dict[str, Tone] = {ThemeState.DRAFT: "info", ThemeState.IN_USE: "good", ThemeState.PAUSED: "warn"}


@dataclass(frozen=True, slots=True)
class Desk:
    """The list of themes."""

    table: Table
    stats: Sequence[Stat]
    may_draft: bool
    bank: str


@dataclass(frozen=True, slots=True)
class ThemeDesk:
    """One theme as it is drafted."""

    theme: Theme
    state: Cell
    faults: Sequence[Fault]
    stats: Sequence[Stat]
    parts: Table | None
    gantt: Gantt | None
    branches: Table | None
    left_out: int
    versions: Table
    behind: str
    waits: str
    step_href: str
    public_href: str
    may_draft: bool
    may_submit: bool
    may_move: bool


def desk(actor: Actor) -> Desk:
    """Every theme that the actor may see. Raises NotAllowed."""
    policy.require_anywhere(actor, "themes.view")
    found = list(Theme.objects.select_related("lead").filter(within(actor, "themes.view", "lead")))
    columns = (
        Column(gettext("名称")), Column(gettext("牵头单位")), Column(gettext("状态")), Column(gettext("版本"), is_numeric=True),
        Column(gettext("问题"), is_numeric=True), Column(gettext("修改时间")),
    )
    changed = gettext("有未发布的修改")
    rows = [
        (Cell(one.title, reverse("console-theme", args=[one.slug]), note=one.slug), Cell(str(one.lead)),
         Cell(word(one.get_state_display()), tone=TONES[one.state], note=changed if one.is_changed and one.version else ""),
         Cell(number(one.version)), Cell(number(one.faults), tone="bad" if one.faults else ""), Cell(moment(one.updated_at)))
        for one in found
    ]
    stats = [Stat(word(str(label)), number(sum(one.state == value for one in found)), gettext("个")) for value, label in ThemeState.choices]
    newest = BankVersion.objects.first()
    told = gettext("还没有问题库")
    if newest:
        told = gettext("问题库第 %(n)d 版，%(time)s") % {"n": newest.number, "time": moment(newest.taken_at)}
    table = Table(gettext("一件事主题"), columns, rows, gettext("还没有主题。"))
    return Desk(table, stats, policy.may_anywhere(actor, "themes.draft"), told)


def theme_desk(slug: str, *, actor: Actor) -> ThemeDesk:
    """One theme. Raises UnknownTheme, NotAllowed."""
    theme = queries.theme_by(slug)
    policy.require(actor, "themes.view", theme)
    faults, whole = queries.faults_of(theme), _drafted(theme)
    parts, plan = _longest(whole) if whole and not faults else ((), None)
    shown = list(branches.table_of(whole)) if whole and not faults else []
    instance = publishing.running(theme)
    step = publishing.waiting_step(instance) if instance else None
    waits = step is not None and step.node != publishing.PREPARED
    newest = theme.versions.first()
    behind = gettext("、").join(queries.behind(newest)) if newest else ""
    may_draft = policy.may(actor, "themes.draft", theme)
    return ThemeDesk(
        theme, Cell(word(theme.get_state_display()), tone=TONES[theme.state]), faults,
        _stats(whole, plan, len(shown)) if whole and plan else [], _parts(whole) if whole else None,
        gantt_of(whole, parts, plan) if whole and plan else None, _branches(shown) if shown else None,
        max(0, len(shown) - SHOWN_BRANCHES), _versions(theme), behind,
        gettext("已提交，正在等待%(place)s“%(step)s”。") % {"place": step.organisation or "", "step": step.title} if step and waits else "",
        reverse("console-case", args=[instance.uuid]) if instance and policy.may_anywhere(actor, "flow.view") else "",
        reverse("theme", args=[theme.slug]) if theme.version else "", may_draft,
        may_draft and not faults and not waits and (theme.is_changed or bool(behind)),
        theme.state != ThemeState.DRAFT and policy.may(actor, "themes.publish", theme),
    )


def branches_of(slug: str, *, actor: Actor) -> list[list[str]]:
    """Every branch of the draft with its outcome, headed. Raises UnknownTheme, NotAllowed, UnsoundTheme."""
    theme = queries.theme_by(slug)
    policy.require(actor, "themes.view", theme)
    return [list(branches.COLUMNS), *branches.table_of(queries.require_sound(theme))]


def _drafted(theme: Theme) -> Whole | None:
    try:
        return queries.drafted(theme)
    except FaultyTheme:
        return None


def _longest(whole: Whole) -> tuple[Sequence[str], Plan]:
    """The parts of the situation that takes longest, and their days."""
    parts = [rules.chosen(whole.theme, one) for one in rules.branches(whole.theme) if not rules.failing(whole.theme, one)]
    plans = [(one, rules.plan_of(whole, one)) for one in dict.fromkeys(parts)]
    return max(plans, key=lambda one: (one[1].days, len(one[0])))


def _stats(whole: Whole, plan: Plan, walked: int) -> list[Stat]:
    departments = {one.department for one in whole.offers.values()}
    return [
        Stat(gettext("事项"), number(len(whole.offers)), gettext("个"), gettext("%(n)d 个部门") % {"n": len(departments)}),
        Stat(gettext("最长"), number(plan.days), gettext("个工作日"),
             gettext("承诺 %(n)d 个工作日") % {"n": whole.theme.promise_days}),
        Stat(gettext("走过的分支"), number(walked), gettext("条"), gettext("每种情形、每项不予办理")),
    ]


def _parts(whole: Whole) -> Table:
    columns = (
        Column(gettext("单项")), Column(gettext("部门")), Column(gettext("条件"), is_long=True), Column(gettext("前置")),
        Column(gettext("承诺")), Column(gettext("不予办理时")), Column(gettext("提问"), is_numeric=True),
    )
    rows = []
    for part in whole.theme.parts:
        offer = whole.offers.get(part.id)
        refusal = gettext("整体退回") if part.on_refusal is Refusal.WHOLE else gettext("部分办结")
        note = gettext("第 %(n)d 版指南") % {"n": offer.version} if offer else gettext("没有在用的指南")
        rows.append((
            Cell(whole.title(part.id), reverse("console-item", args=[offer.code]) if offer else "", note=note),
            Cell(offer.department if offer else part.by), Cell(part.when or gettext("都办")),
            Cell(gettext("、").join(map(whole.title, part.before))), Cell(offer.limit if offer else ""), Cell(refusal),
            Cell(number(len(offer.questions)) if offer else ""),
        ))
    return Table(gettext("单项"), columns, rows, gettext("没有单项。"))


def _branches(rows: Sequence[Sequence[str]]) -> Table:
    columns = tuple(Column(word(one), is_long=one in ("情形", "步骤")) for one in branches.COLUMNS)
    shown = [tuple(map(Cell, row)) for row in rows[:SHOWN_BRANCHES]]
    return Table(gettext("分支与结果"), columns, shown, gettext("没有分支。"))


def _versions(theme: Theme) -> Table:
    columns = (Column(gettext("版本"), is_numeric=True), Column(gettext("发布时间")), Column(gettext("发布人")),
               Column(gettext("理由"), is_long=True))
    rows = [
        (Cell(number(one.number)), Cell(moment(one.published_at)), Cell(one.published_by), Cell(one.reason))
        for one in theme.versions.all()[:30]
    ]
    return Table(gettext("版本"), columns, rows, gettext("还没有发布过。"))
