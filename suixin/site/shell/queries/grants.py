"""Tables of grants: who may read what, masked how, through which doors, until when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import log, quotas, usage
from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.data.catalog.models import Item
from suixin.ground.people.models import Application, Organisation
from suixin.ground.people.queries import within
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import mask, word

PAGE_SIZE = 30
UNUSED = "unused"
TONES: dict[str, Tone] = {"active": "good", "suspended": "warn", "revoked": "quiet"}


@dataclass(frozen=True, slots=True)
class GrantList:
    """One page of grants. `kinds`: label, value, whether chosen. `is_unused`: those to be withdrawn."""

    words: str
    table: Table
    pages: Pages
    kinds: Sequence[tuple[str, str, bool]]
    is_unused: bool


@dataclass(frozen=True, slots=True)
class GrantPage:
    """One grant. `moves`: what `actor` may do with it now, as value of the button and its label."""

    grant: Grant
    facts: Sequence[tuple[str, str]]
    state: Cell
    moves: Sequence[tuple[str, str]]


def grant_by(uuid: UUID) -> Grant:
    """The grant of that outside key. Raises NotFound."""
    found = Grant.objects.select_related("resource__provider", "dataset__group").filter(uuid=uuid).first()
    if found is None:
        raise NotFound("没有这个授权；请从授权列表进入。")
    return found


def grant_page(uuid: UUID, *, actor: Actor) -> GrantPage:
    """One grant in full. Raises NotFound, NotAllowed."""
    grant = grant_by(uuid)
    policy.require(actor, "access.view", grant.resource)
    subject, columns, masks, doors = _texts(grant, subject_names([grant]), _item_names([grant]))
    facts = [
        (gettext("授权对象"), subject), (gettext("对象标识"), grant.subject_key), (gettext("信息项"), columns), (gettext("脱敏"), masks),
        (gettext("行条件"), grant.row_filter), (gettext("通道"), doors), (gettext("生效时间"), moment(grant.valid_from)),
        (gettext("有效期"), _until(grant)), (gettext("依据"), grant.basis), (gettext("授权编号"), str(grant.uuid)),
        (gettext("按用途脱敏"), _purposes(grant, _item_names([grant]))), (gettext("数据集"), _dataset(grant)),
        (gettext("回执"), gettext("每次交换都留") if grant.is_receipted else gettext("调用方要时才留")), *_use(grant),
    ]
    moves = [
        (move, label) for move, label, state, verb in (
            ("suspend", gettext("暂停授权"), GrantState.ACTIVE, "access.suspended_grant"),
            ("resume", gettext("恢复授权"), GrantState.SUSPENDED, "access.active_grant"),
            ("revoke", gettext("撤销授权"), "", "access.revoked_grant"),
        ) if state in ("", grant.state) and grant.state != GrantState.REVOKED and policy.may(actor, verb, grant.resource)
    ]
    return GrantPage(grant, facts, Cell(word(str(GrantState(grant.state).label)), tone=TONES.get(grant.state, "")), moves)


def grant_list(parameters: QueryDict, *, actor: Actor) -> GrantList:
    """Grants on resources within the actor's reach under `q`, `kind` (of subject, or UNUSED), `page`; newest first."""
    words = parameters.get("q", "").strip()[:200]
    kind = parameters.get("kind", "")
    source = usage.unused(clock.now()) if kind == UNUSED else Grant.objects
    every = source.select_related("resource").filter(within(actor, "access.view", "resource__provider")).order_by("-pk")
    found = every.filter(subject_kind=kind) if kind in SubjectKind.values else every
    if words:
        found = found.filter(Q(resource__title__icontains=words) | Q(subject_key__icontains=words) | Q(basis__icontains=words))
    grants, pages = page_of(found, parameters, size=PAGE_SIZE)
    kinds = [(gettext("全部"), "", not kind), *((word(str(label)), value, value == kind) for value, label in SubjectKind.choices)]
    kinds.append((gettext("90 天没有使用"), UNUSED, kind == UNUSED))
    return GrantList(words, grants_table(grants), pages, kinds, kind == UNUSED)


def grants_table(grants: Iterable[Grant]) -> Table:
    """Grants as rows; two queries for the names of their subjects."""
    shown = list(grants)
    names = subject_names(shown)
    items = _item_names(shown)
    columns = (
        Column(gettext("资源")), Column(gettext("授权对象")), Column(gettext("状态")), Column(gettext("信息项")), Column(gettext("脱敏")),
        Column(gettext("行条件")), Column(gettext("通道")), Column(gettext("有效期")), Column(gettext("最近使用")),
        Column(gettext("依据")),
    )
    return Table(gettext("授权"), columns, [_row(grant, names, items) for grant in shown], gettext("还没有授权。"))


def subject_names(grants: Iterable[Grant]) -> dict[str, str]:
    """Names of the organisations and applications that the grants are for, by their keys."""
    keys = {grant.subject_key for grant in grants if grant.subject_key}
    names = dict(Organisation.objects.filter(uscc__in=keys).values_list("uscc", "name"))
    return names | dict(Application.objects.filter(app_id__in=keys).values_list("app_id", "name"))


def _item_names(grants: Iterable[Grant]) -> dict[tuple[int, str], str]:
    """Names of items by (resource, field), one query."""
    found = Item.objects.filter(resource__in={grant.resource_id for grant in grants})
    return {(resource, field): name for resource, field, name in found.values_list("resource_id", "field", "name")}


def _texts(grant: Grant, names: Mapping[str, str], items: Mapping[tuple[int, str], str]) -> tuple[str, str, str, str]:
    """Subject, columns, masks and doors of a grant as a person reads them."""

    def item(field: str) -> str:
        return items.get((grant.resource_id, field), field)

    kind = word(str(SubjectKind(grant.subject_kind).label))
    doors = [word(str(Door(door).label)) for door in grant.doors if door in Door.values]
    masks = [f"{item(field)}：{mask(name)}" for field, name in grant.masks.items() if name]
    return (
        names.get(grant.subject_key, grant.subject_key) or kind, _short([item(field) for field in grant.columns]), "、".join(masks),
        gettext("全部通道") if len(doors) == len(Door.values) else "、".join(doors),
    )


def _row(grant: Grant, names: Mapping[str, str], items: Mapping[tuple[int, str], str]) -> tuple[Cell, ...]:
    subject, columns, masks, doors = _texts(grant, names, items)
    return (
        Cell(grant.resource.title, reverse("console-grant", args=[grant.uuid])),
        Cell(subject, note=word(str(SubjectKind(grant.subject_kind).label)) if grant.subject_key else ""),
        Cell(word(str(GrantState(grant.state).label)), tone=TONES.get(grant.state, "")),
        Cell(columns), Cell(masks), Cell(grant.row_filter), Cell(doors),
        Cell(moment(grant.valid_from), note=_until(grant)), Cell(_last_used(grant)),
        Cell(grant.basis),
    )


def _use(grant: Grant) -> list[tuple[str, str]]:
    """How often it may be used, how often it was today, and when last."""
    used = quotas.used(grant, spent=log.spent_path())
    today = gettext("%(used)s 次，共 %(most)s 次") % {"used": number(used.today), "most": number(used.per_day)} if used.per_day else ""
    rate = gettext("每秒 %(n)s 次") % {"n": number(used.per_second)} if used.per_second else gettext("不限")
    return [
        (gettext("频次"), rate), (gettext("今日已用"), today or gettext("不限次数")), (gettext("最近使用"), _last_used(grant)),
    ]


def _dataset(grant: Grant) -> str:
    """The dataset of whose grant this is one table's part, and how many tables that opens."""
    if grant.dataset is None:
        return ""
    tables = grant.dataset.grants.exclude(state=GrantState.REVOKED).count()
    told = {"title": grant.dataset.group.title, "n": number(tables)}
    return gettext("%(title)s（%(n)s 张表一起授权，办理时一起暂停、恢复、撤销）") % told


def _last_used(grant: Grant) -> str:
    return moment(grant.last_used_at) if grant.last_used_at else gettext("还没有使用")


def _purposes(grant: Grant, items: Mapping[tuple[int, str], str]) -> str:
    def told(masks: Mapping[str, str]) -> str:
        return "、".join(
            f"{items.get((grant.resource_id, field), field)}：{mask(name) if name else gettext('不脱敏')}" for field, name in masks.items()
        )

    return "；".join(f"{purpose}（{told(masks)}）" if masks else purpose for purpose, masks in grant.purposes.items())


def _until(grant: Grant) -> str:
    return gettext("到 %(end)s") % {"end": moment(grant.valid_until)} if grant.valid_until else gettext("长期")


def _short(columns: list[str]) -> str:
    first = "、".join(columns[:6])
    return first + gettext(" 等 %(n)d 项") % {"n": len(columns)} if len(columns) > 6 else first
