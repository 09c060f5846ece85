"""What the pages of an entry's life show: versions, differences in words, impact, where a change stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.catalog import canon, changing, impact, versions
from suixin.data.catalog.impact import Impact
from suixin.data.catalog.models import Change, ChangeState, Resource, ResourceState, ResourceVersion
from suixin.data.catalog.versions import Difference
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import word

CHANGE_TONES: dict[str, Tone] = {
    ChangeState.DRAFT: "info", ChangeState.SUBMITTED: "warn", ChangeState.APPLIED: "good", ChangeState.REFUSED: "bad",
    ChangeState.DROPPED: "quiet",
}
SHOWN = 200


@dataclass(frozen=True, slots=True)
class VersionsPage:
    """An entry's versions, two of them compared, and its changes."""

    resource: Resource
    versions: Table
    older: int
    newer: int
    numbers: Sequence[int]
    differences: Table | None
    changes: Table
    live: Change | None
    may_change: bool


def versions_page(resource: Resource, *, actor: Actor, older: str = "", newer: str = "") -> VersionsPage:
    """The page, comparing the two versions asked for, else the newest with the one before. Raises NotFound."""
    policy.require(actor, "catalog.view", resource)
    found = list(resource.versions.all())
    numbers = [one.number for one in found]
    late = _number(newer, numbers, numbers[0] if numbers else 0)
    early = _number(older, numbers, max((one for one in numbers if one < late), default=late))
    by_number = {one.number: one for one in found}
    compared = None
    if early != late:
        compared = difference_table(versions.differences(by_number[early].content, by_number[late].content))
    made = changes_table(resource.changes.defer("content")[:SHOWN])
    return VersionsPage(
        resource, _versions(found), early, late, numbers, compared, made, changing.live_change(resource),
        resource.state == ResourceState.PUBLISHED and policy.may(actor, "catalog.propose", resource),
    )


def difference_table(found: Sequence[Difference]) -> Table:
    """Differences, one a row."""
    columns = (Column(gettext("内容")), Column(gettext("变更前"), is_long=True), Column(gettext("变更后"), is_long=True))
    rows = [
        (Cell(one.label), Cell(one.before), Cell(one.after)) if one.name
        else (Cell(one.label), Cell(one.before and gettext("有")), Cell(gettext("增加") if one.after else gettext("删除")))
        for one in found[:SHOWN]
    ]
    return Table(gettext("逐项变化"), columns, rows, gettext("没有变化。"))


def impact_table(found: Sequence[Impact]) -> Table:
    """Who would break or be affected, those that break first."""
    columns = (
        Column(gettext("影响")), Column(gettext("使用方")), Column(gettext("用途")), Column(gettext("因为"), is_long=True),
        Column(gettext("责任单位")),
    )
    rows = [
        (Cell(gettext("失效") if one.breaks else gettext("受影响"), tone="bad" if one.breaks else "warn"), Cell(one.dependence.title),
         Cell(word(one.dependence.get_use_display())),
         Cell(f"{one.altered.name} {word(one.altered.what.value)}".strip()),
         Cell(one.dependence.responsible.name if one.dependence.responsible else ""))
        for one in found[:SHOWN]
    ]
    return Table(gettext("影响到谁"), columns, rows, gettext("没有登记在用的授权、数据集、指标和归集受影响。"))


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A change: what it alters, whom it reaches, what forbids it to be handed on, where it stands."""

    change: Change
    differences: Table
    impact: Table
    broken: int
    faults: Sequence[str]
    case_href: str
    is_draft: bool
    may_edit: bool


def change_page(change: Change, *, actor: Actor) -> ChangePage:
    """The page of a change. Raises NotAllowed."""
    policy.require(actor, "catalog.view", change.resource)
    before = _base(change)
    reached = impact.impact_of_change(change) if change.state in (ChangeState.DRAFT, ChangeState.SUBMITTED) else []
    instance = changing.running(change)
    is_draft = changing.is_draft(change)
    return ChangePage(
        change, difference_table(versions.differences(before, change.content)), impact_table(reached),
        sum(one.breaks for one in reached), changing.faults_of(change) if is_draft else [],
        reverse("console-case", args=[instance.uuid]) if instance else "", is_draft,
        is_draft and policy.may(actor, "catalog.propose", change.resource),
    )


def change_of(uuid: UUID) -> Change:
    """The change of that uuid. Raises NotFound."""
    found = Change.objects.select_related("resource__provider", "successor").filter(uuid=uuid).first()
    if found is None:
        raise NotFound("没有这项目录变更；请从目录的“版本与变更”页进入。")
    return found


def _base(change: Change) -> canon.Content:
    held = change.resource.versions.filter(number=change.base).first()
    return held.content if held else canon.content_of(change.resource)


def _number(text: str, numbers: Sequence[int], default: int) -> int:
    if not text:
        return default
    if not text.isdecimal() or int(text[:9]) not in numbers:
        raise NotFound("没有这个版本；请从版本列表里选择。")
    return int(text)


def _versions(found: Sequence[ResourceVersion]) -> Table:
    columns = (
        Column(gettext("版本"), is_numeric=True), Column(gettext("生效时间")), Column(gettext("发布人")),
        Column(gettext("理由"), is_long=True),
        Column(gettext("内容摘要 SM3"), is_code=True),
    )
    rows = [
        (Cell(str(one.number)), Cell(moment(one.published_at)), Cell(one.published_by), Cell(one.reason), Cell(one.digest[:16]))
        for one in found
    ]
    return Table(gettext("目录版本"), columns, rows, gettext("还没有版本记录；下次变更时先记下现行内容。"), is_cards=True)


def changes_table(found: Iterable[Change]) -> Table:
    """Changes and withdrawals of an entry, one a row."""
    columns = (
        Column(gettext("变更")), Column(gettext("状态")), Column(gettext("原因"), is_long=True), Column(gettext("编制人")),
        Column(gettext("应报审")), Column(gettext("报审")),
    )
    rows = [
        (Cell(word(one.get_kind_display()), reverse("console-change", args=[one.uuid])),
         Cell(word(one.get_state_display()), tone=CHANGE_TONES[one.state]), Cell(one.reason), Cell(one.created_by),
         Cell(moment(one.due_on)), Cell(moment(one.submitted_at) if one.submitted_at else ""))
        for one in found
    ]
    return Table(gettext("变更与撤销"), columns, rows, gettext("没有办过变更。"))
