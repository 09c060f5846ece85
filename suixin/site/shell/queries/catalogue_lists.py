"""What the page of the catalogue's lists shows: figures by department, who is late, responsibility and negative list.

Every list is one page of rows; figures are counted in SQL (`catalog.lists`), one row a department.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from suixin.data.catalog import lists, standing
from suixin.data.catalog.models import Resource, ShareType
from suixin.ground.people.models import Organisation
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Pages, Table
from suixin.site.shell.queries.links import pages_at
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

KINDS = (
    ("scores", gettext_noop("完整度与更新")), ("late", gettext_noop("逾期未更新")), ("responsibility", gettext_noop("责任清单")),
    ("negative", gettext_noop("负面清单")),
)
PAGE_SIZE = 50
Made = tuple[Table, Pages]


@dataclass(frozen=True, slots=True)
class ListsPage:
    """One page of one list, and the choice of them (value, label, whether it is this one)."""

    title: str
    table: Table
    pages: Pages
    kinds: Sequence[tuple[str, str, bool]]


def lists_page(parameters: QueryDict, *, actor: Actor) -> ListsPage:
    """The list asked for, the first of them when none is. Raises NotAllowed."""
    policy.require_anywhere(actor, "catalog.view")
    wanted = parameters.get("list", "")
    kind = wanted if wanted in dict(KINDS) else KINDS[0][0]
    makers: dict[str, Callable[[QueryDict], Made]] = {
        "scores": _scores, "late": _late, "responsibility": _responsibility, "negative": _negative,
    }
    table, pages = makers[kind](parameters)
    return ListsPage(gettext(dict(KINDS)[kind]), table, pages, [(one, gettext(label), one == kind) for one, label in KINDS])


def _scores(parameters: QueryDict) -> Made:
    columns = (
        Column(gettext("单位")), Column(gettext("已发布"), is_numeric=True), Column(gettext("编制中"), is_numeric=True),
        Column(gettext("在办变更"), is_numeric=True), Column(gettext("完整度"), is_numeric=True),
        Column(gettext("逾期未更新"), is_numeric=True), Column(gettext("待答复需求"), is_numeric=True),
        Column(gettext("逾期需求"), is_numeric=True), Column(gettext("信息系统"), is_numeric=True),
        Column(gettext("没有目录的系统"), is_numeric=True), Column(gettext("未明确数源的信息项"), is_numeric=True),
    )
    found = lists.figures(clock.today())
    pages = pages_at(len(found), parameters, size=PAGE_SIZE)
    rows = [
        (Cell(one.provider.name), Cell(number(one.published)), Cell(number(one.proposed)), Cell(number(one.changes)),
         Cell(f"{one.percent:.0f}%"), Cell(number(one.late)), Cell(number(one.demands)), Cell(number(one.overdue)),
         Cell(number(one.systems)), Cell(number(one.empty_systems)), Cell(number(one.unsourced), note=_share(one.unsourced, one.items)))
        for one in found[(pages.number - 1) * PAGE_SIZE : pages.number * PAGE_SIZE]
    ]
    return Table(gettext("各单位目录完整度"), columns, rows, gettext("还没有目录。")), pages


def _page(found: QuerySet[Resource], parameters: QueryDict) -> tuple[list[Resource], Pages]:
    """The entries of the page asked for, found by number first: a sort that carries whole rows is slow on late pages."""
    page = Paginator(found.values_list("pk", flat=True), PAGE_SIZE).get_page(parameters.get("page", "1"))
    keys = list(page.object_list)
    rows = {one.pk: one for one in found.order_by().filter(pk__in=keys)}
    return [rows[pk] for pk in keys if pk in rows], Pages(page.number, page.paginator.num_pages, page.paginator.count, PAGE_SIZE)


def _share(part: int, whole: int) -> str:
    return gettext("共 %(n)s 项") % {"n": number(whole)} if part else ""


def _late(parameters: QueryDict) -> Made:
    columns = (
        Column(gettext("资源名称")), Column(gettext("提供单位")), Column(gettext("更新周期")), Column(gettext("最近更新")),
        Column(gettext("逾期天数"), is_numeric=True),
    )
    today = clock.today()
    found, pages = _page(lists.late(today), parameters)
    rows = [
        (_link(one), Cell(one.provider.name), Cell(word(one.get_update_cycle_display())), Cell(moment(one.standing.data_on)),
         Cell(number(standing.days_late(one.standing.late_from, today))))
        for one in found
    ]
    return Table(gettext("逾期未更新的资源"), columns, rows, gettext("没有逾期未更新的资源。")), pages


def _responsibility(parameters: QueryDict) -> Made:
    columns = (
        Column(gettext("资源名称")), Column(gettext("提供单位")), Column(gettext("数源部门"), is_long=True),
        Column(gettext("信息项"), is_numeric=True), Column(gettext("更新周期")), Column(gettext("共享类型")),
    )
    found, pages = _page(lists.responsibilities().prefetch_related("items"), parameters)
    named = {item.source_department for one in found for item in one.items.all() if item.source_department}
    names = dict(Organisation.objects.filter(uscc__in=named).values_list("uscc", "name"))
    rows = [
        (_link(one), Cell(one.provider.name), Cell(lists.sources_of(one, names)), Cell(number(len(one.items.all()))),
         Cell(word(one.get_update_cycle_display())), Cell(word(one.get_share_type_display())))
        for one in found
    ]
    return Table(gettext("数据责任清单"), columns, rows, gettext("还没有已发布的目录。")), pages


def _negative(parameters: QueryDict) -> Made:
    columns = (
        Column(gettext("资源名称")), Column(gettext("提供单位")), Column(gettext("共享类型")), Column(gettext("开放类型")),
        Column(gettext("理由"), is_long=True), Column(gettext("依据"), is_long=True),
    )
    found, pages = _page(lists.negatives(), parameters)
    rows = [
        (_link(one), Cell(one.provider.name), Cell(word(one.get_share_type_display())), Cell(word(one.get_open_type_display())),
         Cell(one.withhold_reason), Cell(" ".join(filter(None, [one.basis_document, one.basis_number, one.basis_article]))
                                         if one.share_type == ShareType.WITHHELD else ""))
        for one in found
    ]
    return Table(gettext("负面清单"), columns, rows, gettext("没有不予共享、不予开放的目录。")), pages


def _link(entry: Resource) -> Cell:
    return Cell(entry.title, reverse("console-resource", args=[entry.table]), note=entry.code)
