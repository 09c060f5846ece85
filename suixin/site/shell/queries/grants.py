"""Tables of grants: who may read what, masked how, through which doors, until when."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.ground.people.models import Application, Organisation
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment
from suixin.site.shell.words import mask, word

PAGE_SIZE = 30
TONES: dict[str, Tone] = {"active": "good", "suspended": "warn", "revoked": "quiet"}


@dataclass(frozen=True, slots=True)
class GrantList:
    """One page of grants."""

    words: str
    table: Table
    pages: Pages


def grant_list(parameters: QueryDict) -> GrantList:
    """Grants under the request's parameters: `q`, `page`; newest first."""
    words = parameters.get("q", "").strip()[:200]
    found = Grant.objects.select_related("resource").order_by("-pk")
    if words:
        found = found.filter(Q(resource__title__icontains=words) | Q(subject_key__icontains=words) | Q(basis__icontains=words))
    grants, pages = page_of(found, parameters, size=PAGE_SIZE)
    return GrantList(words, grants_table(grants), pages)


def grants_table(grants: Iterable[Grant]) -> Table:
    """Grants as rows; two queries for the names of their subjects."""
    shown = list(grants)
    names = subject_names(shown)
    columns = (
        Column(gettext("资源")), Column(gettext("授权对象")), Column(gettext("状态")), Column(gettext("信息项")), Column(gettext("脱敏")),
        Column(gettext("行条件")), Column(gettext("通道")), Column(gettext("有效期")), Column(gettext("依据")),
    )
    return Table(gettext("授权"), columns, [_row(grant, names) for grant in shown], gettext("还没有授权。"))


def subject_names(grants: Iterable[Grant]) -> dict[str, str]:
    """Names of the organisations and applications that the grants are for, by their keys."""
    keys = {grant.subject_key for grant in grants if grant.subject_key}
    names = dict(Organisation.objects.filter(uscc__in=keys).values_list("uscc", "name"))
    return names | dict(Application.objects.filter(app_id__in=keys).values_list("app_id", "name"))


def _row(grant: Grant, names: dict[str, str]) -> tuple[Cell, ...]:
    kind = word(str(SubjectKind(grant.subject_kind).label))
    doors = "、".join(word(str(Door(door).label)) for door in grant.doors if door in Door.values)
    masks = "、".join(f"{field}:{mask(name)}" for field, name in grant.masks.items() if name)
    return (
        Cell(grant.resource.title, reverse("console-resource", args=[grant.resource.table])),
        Cell(names.get(grant.subject_key, grant.subject_key) or kind, note=kind if grant.subject_key else ""),
        Cell(word(str(GrantState(grant.state).label)), tone=TONES.get(grant.state, "")),
        Cell(_short(grant.columns)), Cell(masks), Cell(grant.row_filter), Cell(doors),
        Cell(moment(grant.valid_from), note=_until(grant)),
        Cell(grant.basis),
    )


def _until(grant: Grant) -> str:
    return gettext("到 %(end)s") % {"end": moment(grant.valid_until)} if grant.valid_until else gettext("长期")


def _short(columns: list[str]) -> str:
    first = "、".join(columns[:6])
    return first + gettext(" 等 %(n)d 项") % {"n": len(columns)} if len(columns) > 6 else first
