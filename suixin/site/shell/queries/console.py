"""What the console's lists show: the inbox, resources, the rejected rows of a batch."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from suixin.data.access import versions
from suixin.data.access.versions import KeptReject
from suixin.data.catalog import finding, publication
from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource, ResourceState
from suixin.data.catalog.queries import resource_by
from suixin.data.collection.models import Run, RunStatus
from suixin.data.lake.models import Batch
from suixin.ground.people.queries import below, within
from suixin.ground.search import finding as search
from suixin.ground.search.asking import Question, question
from suixin.ground.search.marking import pieces
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.kit.errors import NotFound
from suixin.site.shell.components import Cell, Column, Pages, Stat, Table, Tone
from suixin.site.shell.queries.links import page_of
from suixin.site.shell.queries.tables import level_cell
from suixin.site.shell.templatetags.suixin import moment, number
from suixin.site.shell.words import word

PAGE_SIZE = 30
REJECTS_SHOWN = 50
STATE_TONES: dict[str, Tone] = {"published": "good", "proposed": "warn", "withdrawn": "quiet"}
RUN_TONES: dict[str, Tone] = {"landed": "good", "known": "info", "refused": "bad", "proposed": "warn"}
RESOURCE_SORTS = {"title": "title", "provider": "provider__name", "level": "level", "updated": "updated_at"}


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits for a person, and what came lately; None where the person has no such work."""

    figures: Sequence[Stat]
    proposals: Table | None
    runs: Table | None
    are_own: bool  # whether the proposals are the reader's own to confirm


@dataclass(frozen=True, slots=True)
class ResourceList:
    """One page of resources; `states` and `desks` (whose resources): label, value, whether chosen."""

    words: str
    state: str
    table: Table
    pages: Pages
    states: Sequence[tuple[str, str, bool]]
    desks: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class RejectsPage:
    """Rejected rows of one batch; there are more when `has_more`."""

    resource: Resource
    batch: Batch
    table: Table
    has_more: bool
    next_offset: int
    may_order: bool = False


def inbox(actor: Actor) -> Inbox:
    """The console's home for `actor`: work of the subtree that it governs, as far as its roles go."""
    if not policy.may_anywhere(actor, "catalog.view"):
        return Inbox([], None, None, are_own=False)
    proposed = Resource.objects.proposed().filter(within(actor, "catalog.publish", "provider")).select_related("provider")
    ours, landed = within_desk(actor, "provider"), Batch.objects.landed().filter(within_desk(actor, "resource__provider"))
    runs, takes_files = Run.objects.filter(within_desk(actor, "resource__provider")), policy.may_anywhere(actor, "collection.run")
    figures = [
        Stat(gettext("已发布资源"), number(Resource.objects.published().filter(ours).count()), href=reverse("console-resources")),
        Stat(gettext("已入库批次"), number(landed.count())),
    ]
    confirms = policy.may_anywhere(actor, "catalog.publish")
    waiting = list(proposed) if confirms else []
    if confirms:
        figures.insert(0, Stat(gettext("待确认目录"), number(len(waiting))))
    if takes_files:
        figures += [
            Stat(gettext("被拒收文件"), number(runs.filter(status=RunStatus.REFUSED).count())),
            Stat(gettext("待更正行"), number(landed.aggregate(total=Sum("rejected"))["total"] or 0)),
        ]
    return Inbox(figures, _proposals(waiting) if waiting else None,
                 runs_table(runs.select_related("resource")[:12]) if takes_files else None,
                 are_own=all(publication.publishes_alone(actor, resource) for resource in waiting))


def within_desk(actor: Actor, field: str) -> Q:
    """The condition that rows are work of the actor's desk: of the subtree that it governs, of everybody at the root."""
    return Q() if actor.governs_all else below(actor, field)


def runs_table(runs: Iterable[Run]) -> Table:
    """What became of files."""
    columns = (
        Column(gettext("文件")), Column(gettext("结果")), Column(gettext("资源")), Column(gettext("收到"), is_numeric=True),
        Column(gettext("接受"), is_numeric=True), Column(gettext("拒绝"), is_numeric=True), Column(gettext("说明")),
        Column(gettext("时间")),
    )
    rows = [
        (Cell(run.file_name, note=run.table_name), Cell(word(run.get_status_display()), tone=RUN_TONES.get(run.status, "")),
         Cell(run.resource.title, _resource_href(run.resource)) if run.resource else Cell(""), Cell(number(run.rows_in)),
         Cell(number(run.accepted)), Cell(number(run.rejected)), Cell(run.message), Cell(moment(run.at)))
        for run in runs
    ]
    return Table(gettext("最近收到的文件"), columns, rows, gettext("还没有收到文件。可以在“上传归集”里上传。"))


def resource_list(parameters: QueryDict, *, actor: Actor) -> ResourceList:
    """Resources under the request's parameters: `q`, `state`, `sort`, `page`; of the actor's desk unless `of` is all."""
    words, state, sort = parameters.get("q", "").strip()[:200], parameters.get("state", ""), parameters.get("sort", "-updated")
    every = parameters.get("of", "") == "all" or actor.governs_all
    found = Resource.objects.select_related("provider").filter(Q() if every else within_desk(actor, "provider"))
    if words:
        found = found.filter(Q(table__in=search.keys(finding.STAFF, words)) | Q(code__icontains=words) | Q(table__icontains=words))
    if state in ResourceState.values:
        found = found.filter(state=state)
    field = RESOURCE_SORTS.get(sort.lstrip("-"), "updated_at")
    resources, pages = page_of(found.order_by(("-" if sort.startswith("-") else "") + field, "pk"), parameters, size=PAGE_SIZE)
    states = [(gettext("全部"), "", not state), *((word(str(label)), value, state == value) for value, label in ResourceState.choices)]
    desks = [] if actor.governs_all else [(gettext("本机构范围"), "", not every), (gettext("全部目录"), "all", every)]
    return ResourceList(words, state, _resources(resources, sort, question(words)), pages, states, desks)


def rejects_page(table: str, batch_id: int, *, actor: Actor, offset: int = 0) -> RejectsPage:
    """Rejected rows of a batch with their reasons. Raises NotFound, NotAllowed (the originals are not masked)."""
    resource = resource_by(table)
    policy.require(actor, "quality.read_rejects", resource)
    batch = Batch.objects.landed().filter(resource=resource, pk=batch_id).first()
    if batch is None:
        raise NotFound(f"资源“{resource.title}”没有批次 {batch_id}；请从资源页面进入。")
    kept = versions.rejected_rows(resource, batch.pk, actor=actor, offset=offset, limit=REJECTS_SHOWN + 1)
    table_of = _rejected_rows(resource.contract, kept[:REJECTS_SHOWN])
    may_order = bool(batch.rejected) and policy.may(actor, "flow.open_order", resource)
    return RejectsPage(resource, batch, table_of, len(kept) > REJECTS_SHOWN, offset + REJECTS_SHOWN, may_order)


def _rejected_rows(contract: Contract, kept: Sequence[KeptReject]) -> Table:
    """Rows as they came, a column for each header of the file, the faulty cells marked."""
    texts = [_cells(reject.text) for reject in kept]
    headers = list(dict.fromkeys(header for cells in texts for header in cells))
    columns = [Column(gettext("数据行号（不含表头）"), is_numeric=True), Column(gettext("原因"), is_long=True), *map(Column, headers)]
    rows = []
    for reject, cells in zip(kept, texts, strict=True):
        faulty = {name for reason in reject.reasons for name in _names(contract, str(reason.get("item", "")))}
        told = "".join(str(reason.get("sentence", "")) for reason in reject.reasons)
        marked = [Cell(cells.get(header, ""), tone="bad" if header in faulty and cells.get(header) else "") for header in headers]
        rows.append([Cell(number(reject.row)), Cell(told), *marked])
    return Table(gettext("被拒绝的行"), columns, rows, gettext("这一批没有被拒绝的行。"), is_cards=True)


def _names(contract: Contract, item: str) -> set[str]:
    """Every header under which the item may have come."""
    found = contract.item(item)
    return {item} if found is None else {found.field, found.name, *found.source_names}


def _cells(text: str) -> dict[str, str]:
    """The original cells by header; a text that is not cells stands under one header."""
    try:
        found = json.loads(text)
    except ValueError:
        found = text
    if isinstance(found, list):
        found = {gettext("第 %(n)d 列") % {"n": place + 1}: value for place, value in enumerate(found)}
    if not isinstance(found, dict):
        found = {gettext("原始内容"): text}
    return {str(name): "" if value is None else str(value)[:200] for name, value in found.items()}


def _proposals(resources: Sequence[Resource]) -> Table:
    columns = (
        Column(gettext("建议的目录")), Column(gettext("提供单位")), Column(gettext("分级")), Column(gettext("信息项"), is_numeric=True),
        Column(gettext("待入库文件"), is_numeric=True), Column(gettext("提出时间")),
    )
    rows = [
        (Cell(r.title, reverse("console-proposal", args=[r.table]), note=r.code), Cell(r.provider.name), level_cell(r.level),
         Cell(number(r.items.count())), Cell(number(r.runs.filter(status=RunStatus.PROPOSED).count())), Cell(moment(r.created_at)))
        for r in resources[:100]
    ]
    return Table(gettext("待确认的目录建议"), columns, rows, gettext("没有待确认的目录。"))


def _resources(resources: Sequence[Resource], sort: str, asked: Question) -> Table:
    columns = (
        Column(gettext("资源名称"), sort="title"), Column(gettext("提供单位"), sort="provider"), Column(gettext("状态")),
        Column(gettext("分级"), sort="level"), Column(gettext("共享属性")), Column(gettext("开放属性")),
        Column(gettext("更新时间"), sort="updated"),
    )
    rows = [
        (Cell(r.title, _resource_href(r), note=r.code, pieces=pieces(r.title, asked)), Cell(r.provider.name),
         Cell(word(r.get_state_display()), tone=STATE_TONES.get(r.state, "")), level_cell(r.level),
         Cell(word(r.get_share_type_display())), Cell(word(r.get_open_type_display())), Cell(moment(r.updated_at)))
        for r in resources
    ]
    return Table(gettext("数据资源"), columns, rows, gettext("没有符合条件的资源。"), sort)


def _resource_href(resource: Resource) -> str:
    name = "console-proposal" if resource.state == ResourceState.PROPOSED else "console-resource"
    return reverse(name, args=[resource.table])
