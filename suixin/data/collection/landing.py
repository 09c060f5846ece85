"""One table into one resource: judged, split, written, committed once, indexed.

Order    archived → judged → data files written → committed → row saved → index swapped; killed anywhere,
         `lake.repair` and a second run give the same end (design section 5)
Once     a delivery is known by its bytes: the feed of a file is its SM3 and the table inside it, so the
         same bytes again find themselves in the table's history, also after a crash
Beside   accepted rows pass the duplicate radar, which keeps a sketch of each item; what a crash leaves out it reads again
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource
from suixin.data.lake import actions as lake
from suixin.data.lake import index, removal, snapshots, storage
from suixin.data.lake.archive import Archived
from suixin.data.lake.deliveries import hold_delivery
from suixin.data.lake.lease import hold_table
from suixin.data.lake.models import Batch, BatchState
from suixin.data.lake.removal import Keys
from suixin.data.lake.staging import open_stage
from suixin.data.lake.writer import Whole
from suixin.data.quality import check
from suixin.data.quality.radar.keeping import Watch
from suixin.data.quality.reasons import Rejects
from suixin.data.quality.source import SourceTable
from suixin.ground.standards import held
from suixin.kit import crash
from suixin.kit.actor import Actor

_PART = 100
_told: ContextVar[Callable[[int], None]] = ContextVar("landing_told", default=lambda _: None)
_begun: ContextVar[Callable[[int], None]] = ContextVar("landing_begun", default=lambda _: None)
_SMALL_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """Under which name and number something is delivered, once."""

    feed: str
    sequence: int = 1


@dataclass(frozen=True, slots=True)
class Removals:
    """Rows that go in the commit that brings others: by `keys`, and all that the same delivery brought `before` a number.

    Of the latter those stay that are there and were rejected since: `refused` gives files of their keys (None: there are none).
    """

    keys: SourceTable | None = None
    before: int = 0
    refused: Callable[[Path], Keys | None] = field(default=lambda _: None)


@contextmanager
def telling(tell: Callable[[int], None], *, begin: Callable[[int], None] = lambda _: None) -> Iterator[None]:
    """Within, `tell` is called with the number of rows that were just judged, whatever is landed; `begin` with those that a table
    will have, about, before its first (0 where nobody knows)."""
    token, begun = _told.set(tell), _begun.set(begin)
    try:
        yield
    finally:
        _told.reset(token)
        _begun.reset(begun)


def feed_of(archived: Archived, part: str) -> str:
    """The feed under which a table of a file is delivered: its bytes and the table's name, so once."""
    return f"file:{archived.sm3}:{part[:_PART]}"


def known_batch(resource: Resource, archived: Archived, part: str) -> Batch | None:
    """The landed batch that holds the same table of the same bytes, if there is one."""
    return Batch.objects.landed().filter(resource=resource, feed=feed_of(archived, part)).first()


def known_state(resource: Resource, archived: Archived, part: str) -> Batch | None:
    """The same of a whole state: known only while nothing landed after it, else it says that what came since is to go."""
    newest = Batch.objects.landed().filter(resource=resource).order_by("-table_version").first()
    return newest if newest is not None and newest.feed == feed_of(archived, part) and newest.changes else None


def state_delivery(resource: Resource, archived: Archived, part: str) -> Delivery:
    """Under which a whole state is delivered: its bytes, and how often they came before."""
    feed = feed_of(archived, part)
    return Delivery(feed, Batch.objects.landed().filter(resource=resource, feed=feed).count() + 1)


def land(
    table: SourceTable, resource: Resource, archived: Archived, *, file_name: str, part: str, actor: Actor,
    delivery: Delivery | None = None, whole: Whole | None = None, removals: Removals | None = None, contract: Contract | None = None,
) -> Batch:
    """The batch that brought the table into the resource's current state. Raises what quality and lake raise.

    `contract` is the entry's, unless the source has codes of its own. `delivery` is by the bytes unless it is given: rows of a
    source may come again and mean something else by then. With `whole` the table is the whole state of the resource.
    """
    contract, by = contract or resource.contract, delivery or Delivery(feed_of(archived, part))
    with hold_delivery(contract.table, by.feed, by.sequence), _held(contract.table, table, archived):
        batch = lake.reserve_batch(
            resource, archived, feed=by.feed, sequence=by.sequence, file_name=file_name, part=part, contract=contract, actor=actor
        )
        if batch.state != BatchState.LANDED:  # landed: a crash came between commit and row; the row is complete now
            held.refresh()  # rows and keys that go are judged by the code sets in force now, however long this process has run
            with _gone(contract, batch, removals) as keys:
                _write(table, contract, batch, actor, whole=whole, gone=keys)
    if resource.has_lookup and contract.key:
        index.build_index(contract, snapshots.snapshot(contract.table))
    return batch


def _held(name: str, table: SourceTable, archived: Archived) -> AbstractContextManager[None]:
    """The table's lease from reserving to committing, for what takes a moment; a large file leaves it free meanwhile."""
    is_small = archived.size <= _SMALL_BYTES and _is_small(table)
    return hold_table(name) if is_small else nullcontext()


def _is_small(table: SourceTable) -> bool:
    """Whether the rows themselves are few bytes: what is packed may be large. Stops reading when it knows."""
    size = 0
    for batch in table.batches():
        size += batch.data.nbytes
        if size > _SMALL_BYTES:
            return False
    return True


@contextmanager
def _gone(contract: Contract, batch: Batch, removals: Removals | None) -> Iterator[Keys]:
    """Files of the keys that go, there until the commit is done. A key that cannot be typed is of no row that could land."""
    if removals is None:
        yield ()
        return
    with storage.scratch() as folder:
        found: Keys = ()
        if removals.keys is not None:
            told = removal.KeyFile(contract, folder / "keys.parquet")
            check.check_batch(
                removal.key_contract(contract), removals.keys, on_accepted=told.add, on_rejected=lambda rejects: None, extra="ignore"
            )
            found += told.finish()
        if removals.before:
            found += removal.keys_brought(
                contract, folder / "brought.parquet", feed=batch.feed, before=removals.before, spared=removals.refused(folder)
            )
        yield found


def _write(table: SourceTable, contract: Contract, batch: Batch, actor: Actor, *, whole: Whole | None, gone: Keys) -> None:
    watch = Watch(contract)

    tell = _told.get()
    _begun.get()(table.rows)

    def accept(rows: pa.RecordBatch) -> None:
        stage.accept(rows)
        watch.add(rows)
        tell(rows.num_rows)

    def reject(rows: Rejects) -> None:
        stage.reject(rows.block)
        tell(len(rows))

    with open_stage(contract, batch=batch, whole=whole) as stage:
        verdict = check.check_batch(
            contract, table, on_accepted=accept, on_rejected=reject, on_refused_keys=stage.keep_keys if whole else None
        )
        crash.point("judged")
        staged = replace(stage.finish(), gone=gone)
    facts = {
        "rows_in": verdict.rows_in,
        "accepted": verdict.accepted,
        "rejected": verdict.rejected,
        "normalised": dict(verdict.normalised),
        "scores": dict(verdict.scores),
        "indicators": dict(verdict.counts),
        "rule_version": verdict.rule_version,
        "rule_results": dict(verdict.rules),
        "code_sets": dict(verdict.code_sets),
    }
    lake.commit_batch(contract, staged, batch=batch, verdict=facts, actor=actor)
    watch.keep(batch)
