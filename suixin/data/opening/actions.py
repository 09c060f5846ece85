"""Writes of opening: publish, refresh, close and withdraw datasets."""

from collections.abc import Sequence
from itertools import chain, count

from django.db import transaction

from suixin.data.access import actions as access
from suixin.data.access import plans, versions
from suixin.data.access.models import Door, Grant, GrantState, SubjectKind
from suixin.data.catalog.contract import Level
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.doors.downloads import rest
from suixin.data.opening import finding, queries, rules
from suixin.data.opening.dependences import declare_use, forget_use
from suixin.data.opening.errors import MayNotOpen
from suixin.data.opening.models import Dataset, DatasetState, Distribution
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import PUBLIC, Actor

PREPARED_CELLS = 100_000
INDEXED_ROWS = 20_000


@transaction.atomic
def publish_dataset(resource: Resource, *, actor: Actor, reason: str) -> Dataset:
    """The resource on the open portal, with a grant to the public. Raises NotAllowed, MayNotOpen."""
    policy.require(actor, "opening.publish", resource)
    _refuse(resource, queries.faults_of(resource) or queries.faults_of_text(resource))
    return _publish([resource], actor=actor, reason=reason, group=None)


@transaction.atomic
def publish_group(group: ResourceGroup, *, actor: Actor, reason: str) -> Dataset:
    """All tables of a group that may be open, as one dataset; those that no longer may leave it, with their grant.

    Raises NotAllowed, MayNotOpen when none may be open.
    """
    policy.require(actor, "opening.publish", group)
    tables = [table for table in queries.openable_tables(group) if not queries.faults_of_text(table)]
    if not tables:
        raise MayNotOpen(f"目录组“{group.title}”没有可以开放的数据表。")
    dataset = _publish(tables, actor=actor, reason=reason, group=group)
    for unfit in dataset.distributions.exclude(resource__in=tables).select_related("resource"):
        _close(unfit.resource, actor=actor, reason="不再符合开放条件")
        unfit.delete()
        finding.index(dataset)
    declare_use(dataset)
    return dataset


@transaction.atomic
def withdraw_dataset(dataset: Dataset, *, actor: Actor, reason: str) -> Dataset:
    """The dataset off the portal and the public's grants revoked at once. Raises NotAllowed."""
    policy.require(actor, "opening.publish", dataset)
    for distribution in dataset.distributions.select_related("resource"):
        _close(distribution.resource, actor=actor, reason=reason)
    dataset.state = DatasetState.WITHDRAWN
    dataset.updated_at = clock.now()
    dataset.save(update_fields=["state", "updated_at"])
    finding.index(dataset)
    forget_use(dataset)
    audit.record(actor, "opening.withdrawn", dataset, basis=reason)
    return dataset


@transaction.atomic
def close_resource(resource: Resource, *, actor: Actor, reason: str) -> None:
    """Nobody reads a resource whose entry was withdrawn: its grants are revoked, its dataset shows it no more.

    Raises NotAllowed.
    """
    policy.require(actor, "opening.publish", resource)
    for grant in Grant.objects.for_resource(resource):
        access.revoke_grant(grant, actor=actor, reason=reason)
    distribution = Distribution.objects.select_related("dataset", "resource").filter(resource=resource).first()
    if distribution is None:
        return
    _take_off(distribution, actor=actor, reason=reason)


@transaction.atomic
def refresh_dataset(resource: Resource, *, actor: Actor, batch: int | None = None) -> None:
    """Row count and date of the dataset that shows the resource, after a new version; nothing when none does.

    When the rows of `batch` hold personal values in their text the resource leaves the portal at once; a person who
    has put it right publishes it again.
    """
    policy.require(actor, "opening.refresh", resource)
    distribution = Distribution.objects.select_related("dataset", "resource").filter(resource=resource).first()
    if distribution is None:
        return
    faults = queries.faults_of_text(resource, batch=batch) if batch is not None else []
    if faults:
        _take_off(distribution, actor=actor, reason="新入库的数据不能开放:" + ";".join(faults))
        return
    _count(distribution.dataset)
    transaction.on_commit(lambda: _index_large(resource, actor))


@transaction.atomic
def close_regraded(*, actor: Actor) -> list[str]:
    """Codes of the resources that left the portal because their table was graded since so that it may not be open."""
    policy.require(actor, "opening.refresh", None)
    regraded = Distribution.objects.select_related("dataset", "resource").filter(
        dataset__state=DatasetState.PUBLISHED, resource__floor__gt=int(Level.L1)
    ).order_by("pk")
    closed = []
    for distribution in regraded:
        _take_off(distribution, actor=actor, reason=f"整张表已定级为{Level(distribution.resource.floor).title},不能开放")
        closed.append(distribution.resource.code)
    return closed


def refresh_stale(*, actor: Actor) -> list[str]:
    """Slugs of the datasets brought up to their tables: a crash came between a commit and the news of it."""
    policy.require(actor, "opening.refresh", None)
    close_regraded(actor=actor)
    stale = [dataset for dataset in Dataset.objects.filter(state=DatasetState.PUBLISHED) if dataset.rows != _sum(dataset)]
    for dataset in stale:
        _count(dataset)
    return sorted(dataset.slug for dataset in stale)


def _refuse(resource: Resource, faults: Sequence[str]) -> None:
    if faults:
        sentence = f"“{resource.title}”不能开放:" + ";".join(faults) + "。请先脱敏、定级或入库数据。"
        raise MayNotOpen(sentence, faults=list(faults))


def _take_off(distribution: Distribution, *, actor: Actor, reason: str) -> None:
    """The resource no longer open: its dataset withdrawn when it shows nothing else, else without it."""
    dataset, resource = distribution.dataset, distribution.resource
    if dataset.distributions.count() == 1:
        withdraw_dataset(dataset, actor=actor, reason=reason)
        return
    _close(resource, actor=actor, reason=reason)
    distribution.delete()
    declare_use(dataset)
    _count(dataset)
    finding.index(dataset)
    audit.record(actor, "opening.taken_off", dataset, basis=reason, detail={"resource": resource.code})


def _close(resource: Resource, *, actor: Actor, reason: str) -> None:
    for grant in Grant.objects.for_resource(resource).filter(subject_kind=SubjectKind.PUBLIC):
        access.revoke_grant(grant, actor=actor, reason=reason)


def _sum(dataset: Dataset) -> int:
    tables = dataset.distributions.values_list("resource__table", flat=True)
    return sum(versions.row_count(table) for table in tables)


def _count(dataset: Dataset) -> None:
    dataset.rows = _sum(dataset)
    dataset.updated_at = clock.now()
    dataset.save(update_fields=["rows", "updated_at"])


def _publish(tables: Sequence[Resource], *, actor: Actor, reason: str, group: ResourceGroup | None) -> Dataset:
    dataset = _write_dataset(tables, group)
    for position, table in enumerate(tables, 1):
        Distribution.objects.update_or_create(resource=table, defaults={"dataset": dataset, "position": position})
        if not table.grants.filter(subject_kind=SubjectKind.PUBLIC).exclude(state=GrantState.REVOKED).exists():
            access.give_grant(table, actor=actor, subject_kind=SubjectKind.PUBLIC, basis=reason)
    finding.index(dataset)
    declare_use(dataset)
    audit.record(actor, "opening.published", dataset, basis=reason)
    transaction.on_commit(lambda: _prepare_doors(tables, actor))
    return dataset


def _prepare_doors(tables: Sequence[Resource], actor: Actor) -> None:
    """What makes the first reader's wait short: files of small tables (larger ones on demand), key indexes of large ones."""
    for table in tables:
        rest.prepare(plans.open_plan(PUBLIC, table, door=Door.DOWNLOAD), cells=PREPARED_CELLS)
        _index_large(table, actor)


def _index_large(table: Resource, actor: Actor) -> None:
    """The key index of a large table whose key is one item: pages in its order are read from it."""
    if len(table.contract.key) == 1 and _rows(table) >= INDEXED_ROWS:
        access.index_keys(table, actor=actor)


def _write_dataset(tables: Sequence[Resource], group: ResourceGroup | None) -> Dataset:
    first = tables[0]
    title = group.title if group else first.title
    formats = rules.formats_of(first.contract)
    now = clock.now()
    shown = {
        "title": title,
        "description": group.abstract if group else first.abstract,
        "group": group,
        "provider_name": first.provider.name,
        "theme": first.theme,
        "update_cycle": first.update_cycle,
        "formats": formats,
        "keywords": first.keywords,
        "is_simulated": first.is_simulated,
        "search_text": rules.search_text(title, _words(tables), formats),
        "state": DatasetState.PUBLISHED,
        "updated_at": now,
        "rows": sum(_rows(table) for table in tables),
    }
    dataset = _dataset_of(first, group)
    if dataset is None:
        return Dataset.objects.create(slug=_free_slug(first, group), published_at=now, **shown)
    for name, value in shown.items():
        setattr(dataset, name, value)
    dataset.save(update_fields=list(shown))
    return dataset


def _dataset_of(first: Resource, group: ResourceGroup | None) -> Dataset | None:
    """The dataset that shows the group, or the resource alone, already."""
    if group is not None:
        return Dataset.objects.filter(group=group).first()
    return Dataset.objects.filter(group=None, distributions__resource=first).first()


def _free_slug(first: Resource, group: ResourceGroup | None) -> str:
    """The address of a new dataset: of its group or table, numbered when another dataset or table has it."""
    wanted = (group.slug if group else first.table).replace("_", "-")
    others = Resource.objects.exclude(pk=first.pk) if group is None else Resource.objects.all()

    def is_taken(slug: str) -> bool:
        return Dataset.objects.filter(slug=slug).exists() or others.filter(table=slug.replace("-", "_")).exists()

    numbered = (f"{wanted[:110]}-{number}" for number in count(2))
    return next(slug for slug in chain([wanted], numbered) if not is_taken(slug))


def _words(tables: Sequence[Resource]) -> list[str]:
    words = [tables[0].provider.name, tables[0].abstract, *tables[0].keywords]
    for table in tables:
        words += [table.title, table.table, *(item.name for item in table.contract.items)]
    return words



def _rows(resource: Resource) -> int:
    return versions.row_count(resource.table)
