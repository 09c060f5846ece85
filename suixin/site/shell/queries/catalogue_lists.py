"""What the page of the catalogue's lists shows: responsibility, negative list, completeness and lateness by department."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog import lists
from suixin.data.catalog.models import Resource, ShareType
from suixin.data.lake.models import Batch
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

KINDS = (
    ("scores", gettext_noop("完整度与更新")), ("late", gettext_noop("逾期未更新")), ("responsibility", gettext_noop("责任清单")),
    ("negative", gettext_noop("负面清单")),
)
SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class ListsPage:
    """One list, and the choice of them (value, label, whether it is this one)."""

    title: str
    table: Table
    kinds: Sequence[tuple[str, str, bool]]


def lists_page(parameters: Mapping[str, str], *, actor: Actor) -> ListsPage:
    """The list asked for, the first of them when none is. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    wanted = parameters.get("list", "")
    kind = wanted if wanted in dict(KINDS) else KINDS[0][0]
    made = {"scores": _scores, "late": _late, "responsibility": _responsibility, "negative": _negative}[kind]
    return ListsPage(gettext(dict(KINDS)[kind]), made(), [(one, gettext(label), one == kind) for one, label in KINDS])


def _last_updated() -> dict[int, date]:
    rows = Batch.objects.landed().values("resource").annotate(last=Max("created_at")).values_list("resource", "last")
    return {pk: last.astimezone(clock.CHINA).date() for pk, last in rows if last is not None}


def _scores() -> Table:
    columns = (
        Column(gettext("提供单位")), Column(gettext("已发布"), is_numeric=True), Column(gettext("编制中"), is_numeric=True),
        Column(gettext("完整度"), is_numeric=True), Column(gettext("逾期未更新"), is_numeric=True),
    )
    rows = [
        (Cell(one.provider.name), Cell(number(one.published)), Cell(number(one.proposed)), Cell(f"{one.percent:.0f}%"),
         Cell(number(len(one.late))))
        for one in lists.scores(_last_updated(), clock.today())[:SHOWN]
    ]
    return Table(gettext("各单位目录完整度"), columns, rows, gettext("还没有目录。"))


def _late() -> Table:
    columns = (
        Column(gettext("资源名称")), Column(gettext("提供单位")), Column(gettext("更新周期")), Column(gettext("最近更新")),
        Column(gettext("逾期天数"), is_numeric=True),
    )
    last, today = _last_updated(), clock.today()
    found = [(entry, lists.days_late(entry.update_cycle, last.get(entry.pk), today)) for entry in lists.responsibilities()]
    rows = [
        (_link(entry), Cell(entry.provider.name), Cell(word(entry.get_update_cycle_display())), Cell(moment(last[entry.pk])),
         Cell(number(days)))
        for entry, days in sorted(found, key=lambda pair: -pair[1])[:SHOWN] if days
    ]
    return Table(gettext("逾期未更新的资源"), columns, rows, gettext("没有逾期未更新的资源。"))


def _responsibility() -> Table:
    columns = (
        Column(gettext("资源名称")), Column(gettext("提供单位")), Column(gettext("数源部门"), is_long=True),
        Column(gettext("信息项"), is_numeric=True), Column(gettext("更新周期")), Column(gettext("共享类型")),
    )
    names = dict(Organisation.objects.values_list("uscc", "name"))
    rows = [
        (_link(one), Cell(one.provider.name), Cell(lists.sources_of(one, names)), Cell(number(len(one.items.all()))),
         Cell(word(one.get_update_cycle_display())), Cell(word(one.get_share_type_display())))
        for one in lists.responsibilities()[:SHOWN]
    ]
    return Table(gettext("数据责任清单"), columns, rows, gettext("还没有已发布的目录。"))


def _negative() -> Table:
    columns = (
        Column(gettext("资源名称")), Column(gettext("提供单位")), Column(gettext("共享类型")), Column(gettext("开放类型")),
        Column(gettext("理由"), is_long=True), Column(gettext("依据"), is_long=True),
    )
    rows = [
        (_link(one), Cell(one.provider.name), Cell(word(one.get_share_type_display())), Cell(word(one.get_open_type_display())),
         Cell(one.withhold_reason), Cell(" ".join(filter(None, [one.basis_document, one.basis_number, one.basis_article]))
                                         if one.share_type == ShareType.WITHHELD else ""))
        for one in lists.negatives()[:SHOWN]
    ]
    return Table(gettext("负面清单"), columns, rows, gettext("没有不予共享、不予开放的目录。"))


def _link(entry: Resource) -> Cell:
    return Cell(entry.title, reverse("console-resource", args=[entry.table]), note=entry.code)
