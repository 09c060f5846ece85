"""A source whose columns are not those agreed on: told before anything is loaded, and decided by a person."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db import transaction

from suixin.data.catalog.contract import Contract
from suixin.data.collection import gaps
from suixin.data.collection.drift import Changes, changes_between, is_harmless
from suixin.data.collection.errors import ColumnsChanged, WrongSource
from suixin.data.collection.models import Drift, DriftPolicy, DriftState, Feed
from suixin.data.collection.sources.base import Column, Kind
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

_FREE_FORM = frozenset({Kind.HTTP, Kind.PUSH})


def require_agreed(feed: Feed, now: Sequence[Column]) -> Feed:
    """The feed, whose columns are those of the source; harmless changes are taken in where its policy says so.

    Raises ColumnsChanged: the run ends before it has read anything.
    """
    changes = _told(feed, now)
    if not changes:
        Drift.objects.filter(feed=feed, state=DriftState.OPEN).update(state=DriftState.GONE, decided_at=clock.now())
        return feed
    if feed.drift_policy == DriftPolicy.EVOLVE and is_harmless(changes, feed.mapping, feed.order):
        return _taken_in(feed, now, changes)
    if feed.drift_policy == DriftPolicy.REFUSE:
        raise ColumnsChanged(
            f"来源“{feed.table}”的列变了:{changes.sentence}。本次没有采集;请来源单位恢复原来的列,或把“列变动时”改为等人决定。"
        )
    with transaction.atomic():
        drift, _ = Drift.objects.update_or_create(
            feed=feed, state=DriftState.OPEN, defaults={"columns": [one.as_dict() for one in now], "changes": changes.as_dict()},
            create_defaults={"columns": [one.as_dict() for one in now], "changes": changes.as_dict(), "found_at": clock.now()},
        )
        audit.record(SYSTEM, "collection.found_drift", drift, detail={"feed": str(feed.uuid), "changes": changes.sentence})
    raise ColumnsChanged(f"来源“{feed.table}”的列变了:{changes.sentence}。没有采集,已停下等人决定;请在采集任务页对照新旧列后决定。")


@transaction.atomic
def take_drift(drift: Drift, *, renames: Mapping[str, str], actor: Actor, reason: str) -> Feed:
    """The feed, agreed on the source's columns as they are now; `renames` {old column: new} carry their mapping over.

    What is new stays out of the entry until the entry has an item for it and the feed is edited.
    Raises NotAllowed, WrongSource: decided already, or an item that must not be empty would have no column.
    """
    policy.require(actor, "collection.decide_drift", drift)
    held = _held(drift)
    feed = Feed.objects.select_for_update().get(pk=held.feed_id)
    now = [Column.of(one) for one in held.columns]
    names = {one.name for one in now}
    if unknown := [new for new in renames.values() if new not in names]:
        raise WrongSource(f"来源现在没有列“{unknown[0][:60]}”;请刷新页面后重新选择。")
    if feed.reads_log and any(feed.mapping.get(old) in feed.resource.contract.key for old in renames):
        feed.position = None  # what the log told before under the key's old name can no longer be laid to a row: all is read anew
    mapping = {renames.get(name, name): field for name, field in feed.mapping.items()}
    mapping = {name: field for name, field in mapping.items() if name in names}
    require_mapped(feed.resource.contract, mapping)
    order = [renames.get(name, name) for name in feed.order]
    cursor = renames.get(feed.cursor, feed.cursor)
    if not {*order, *([cursor] if cursor else [])} <= names:
        raise WrongSource("来源主键或增量列不在了,不能接受;请指明它改成了哪一列,或重新设置这个采集任务。")
    feed.mapping, feed.order, feed.cursor, feed.columns = mapping, order, cursor, held.columns
    feed.save(update_fields=["mapping", "order", "cursor", "columns", "position"])
    _decide(held, DriftState.TAKEN, actor, reason)
    return feed


@transaction.atomic
def keep_drift_out(drift: Drift, *, actor: Actor, reason: str) -> Feed:
    """The feed, paused: the source shall have its old columns again. Raises NotAllowed, WrongSource."""
    policy.require(actor, "collection.decide_drift", drift)
    held = _held(drift)
    feed = Feed.objects.select_for_update().get(pk=held.feed_id)
    feed.is_paused = True
    feed.save(update_fields=["is_paused"])
    gaps.forget_drifted(feed)
    _decide(held, DriftState.KEPT_OUT, actor, reason)
    return feed


def require_mapped(contract: Contract, mapping: Mapping[str, str]) -> None:
    """Nothing, when every item that must not be empty has a column and no item has two. Raises WrongSource."""
    fields = list(mapping.values())
    items = {item.field: item for item in contract.items}
    if unknown := [field for field in fields if field not in items]:
        raise WrongSource(f"目录里没有信息项“{unknown[0][:60]}”;请重新选择对应关系。")
    if doubled := [field for field in fields if fields.count(field) > 1]:
        raise WrongSource(f"信息项“{items[doubled[0]].name}”对应了两列;请只留一列。")
    needed = [item for item in contract.items if (item.is_key or not item.nullable) and item.field not in fields]
    if needed:
        raise WrongSource(f"信息项“{needed[0].name}”不能为空,却没有对应的来源列;请选择一列。")


def _told(feed: Feed, now: Sequence[Column]) -> Changes:
    """What changed. Rows of JSON leave out what is empty, so a field that is away is only told where it is needed."""
    changes = changes_between(feed.known_columns, now)
    if feed.source is None or Kind(feed.source.kind) not in _FREE_FORM or changes.added or changes.renamed:
        return changes
    needed = {item.field for item in feed.resource.contract.items if item.is_key or not item.nullable}
    sources = {name for name, field in feed.mapping.items() if field in needed}
    return replace(changes, dropped=tuple(name for name in changes.dropped if name in sources))


@transaction.atomic
def _taken_in(feed: Feed, now: Sequence[Column], changes: Changes) -> Feed:
    known = {one.name: one for one in feed.known_columns if Kind(feed.source.kind) in _FREE_FORM} if feed.source else {}
    feed.columns = [one.as_dict() for one in {**known, **{one.name: one for one in now}}.values()]
    feed.save(update_fields=["columns"])
    audit.record(SYSTEM, "collection.took_drift", feed, detail={"changes": changes.sentence})
    return feed


def _held(drift: Drift) -> Drift:
    held = Drift.objects.select_for_update().get(pk=drift.pk)
    if held.state != DriftState.OPEN:
        raise WrongSource(f"这次列变动已经是“{DriftState(held.state).label}”;请刷新页面。")
    return held


def _decide(drift: Drift, state: DriftState, actor: Actor, reason: str) -> None:
    drift.state, drift.decided_at, drift.decided_by, drift.reason = state, clock.now(), actor.name, reason[:300]
    drift.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    audit.record(actor, "collection.decided_drift", drift, basis=reason, detail={"state": str(state), "changes": drift.changes})
