"""Writes of opening: publish and withdraw datasets."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from suixin.data.access import actions as access
from suixin.data.access import plans, versions
from suixin.data.access.models import Door, GrantState, SubjectKind
from suixin.data.catalog.models import Resource, ResourceGroup
from suixin.data.doors.downloads import rest
from suixin.data.opening import rules
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
    return _publish([resource], actor=actor, reason=reason, group=None)


@transaction.atomic
def publish_group(group: ResourceGroup, *, actor: Actor, reason: str) -> Dataset:
    """All tables of a group that may be open, as one dataset. Raises NotAllowed, MayNotOpen when none may."""
    policy.require(actor, "opening.publish", group)
    tables = [r for r in group.resources.filter(state="published").order_by("title", "pk") if not _faults(r)]
    if not tables:
        raise MayNotOpen(f"目录组“{group.title}”没有可以开放的数据表。")
    return _publish(tables, actor=actor, reason=reason, group=group)


@transaction.atomic
def withdraw_dataset(dataset: Dataset, *, actor: Actor, reason: str) -> Dataset:
    """The dataset off the portal and the public's grants revoked at once. Raises NotAllowed."""
    policy.require(actor, "opening.publish", dataset)
    for distribution in dataset.distributions.select_related("resource"):
        for grant in distribution.resource.grants.filter(subject_kind=SubjectKind.PUBLIC):
            access.revoke_grant(grant, actor=actor, reason=reason)
    dataset.state = DatasetState.WITHDRAWN
    dataset.updated_at = clock.now()
    dataset.save(update_fields=["state", "updated_at"])
    audit.record(actor, "opening.withdrawn", dataset, basis=reason)
    return dataset


@transaction.atomic
def refresh_dataset(resource: Resource, *, actor: Actor) -> None:
    """Row count and date of the dataset that shows the resource, after a new version; nothing when none does."""
    policy.require(actor, "opening.refresh", resource)
    distribution = Distribution.objects.select_related("dataset").filter(resource=resource).first()
    if distribution is None:
        return
    dataset = distribution.dataset
    tables = [d.resource for d in dataset.distributions.select_related("resource")]
    dataset.rows = sum(_rows(table) for table in tables)
    dataset.updated_at = clock.now()
    dataset.save(update_fields=["rows", "updated_at"])
    transaction.on_commit(lambda: _index_large(resource, actor))


def refresh_stale(*, actor: Actor) -> list[str]:
    """Slugs of the datasets brought up to their tables: a crash came between a commit and the news of it."""
    policy.require(actor, "opening.refresh", None)
    newer = Distribution.objects.filter(resource__batches__created_at__gt=F("dataset__updated_at"))
    stale = list(newer.select_related("resource", "dataset").distinct())
    for distribution in stale:
        refresh_dataset(distribution.resource, actor=actor)
    return sorted({distribution.dataset.slug for distribution in stale})


def _publish(tables: Sequence[Resource], *, actor: Actor, reason: str, group: ResourceGroup | None) -> Dataset:
    for table in tables:
        faults = _faults(table)
        if faults:
            raise MayNotOpen(
                f"“{table.title}”不能开放:" + ";".join(faults) + "。请先脱敏、定级或入库数据。", faults=faults
            )
    dataset = _write_dataset(tables, group)
    for position, table in enumerate(tables, 1):
        Distribution.objects.update_or_create(resource=table, defaults={"dataset": dataset, "position": position})
        if not table.grants.filter(subject_kind=SubjectKind.PUBLIC).exclude(state=GrantState.REVOKED).exists():
            access.give_grant(table, actor=actor, subject_kind=SubjectKind.PUBLIC, basis=reason)
    audit.record(actor, "opening.published", dataset, basis=reason)
    transaction.on_commit(lambda: _prepare_doors(tables, actor))
    return dataset


def _prepare_doors(tables: Sequence[Resource], actor: Actor) -> None:
    """What makes the first reader's wait short: files of small tables (larger ones on demand), key indexes of large ones."""
    for table in tables:
        rest.prepare(plans.open_plan(PUBLIC, table, door=Door.DOWNLOAD), cells=PREPARED_CELLS)
        _index_large(table, actor)


def _index_large(table: Resource, actor: Actor) -> None:
    if _rows(table) >= INDEXED_ROWS:
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
    slug = (group.slug if group else first.table).replace("_", "-")
    return Dataset.objects.update_or_create(slug=slug, defaults=shown, create_defaults={**shown, "published_at": now})[
        0
    ]


def _words(tables: Sequence[Resource]) -> list[str]:
    words = [tables[0].provider.name, tables[0].abstract, *tables[0].keywords]
    for table in tables:
        words += [table.title, table.table, *(item.name for item in table.contract.items)]
    return words


def _faults(resource: Resource) -> list[str]:
    return rules.faults_of(resource.contract, rows=_rows(resource))


def _rows(resource: Resource) -> int:
    return versions.row_count(resource.table)
