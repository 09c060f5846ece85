"""One table into one resource: judged, split, written, committed once, indexed.

Order    archived → judged → data files written → committed → row saved → index swapped; killed anywhere,
         `lake.repair` and a second run give the same end (design section 5)
Once     a delivery is known by its bytes: the feed of a file is its SM3 and the table inside it, so the
         same bytes again find themselves in the table's history, also after a crash
"""

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.models import Resource
from suixin.data.lake import actions as lake
from suixin.data.lake import index, lease, rejects, snapshots
from suixin.data.lake.archive import Archived
from suixin.data.lake.models import Batch
from suixin.data.lake.writer import BatchWriter
from suixin.data.quality import check
from suixin.data.quality.source import SourceTable
from suixin.kit import crash

_PART = 100
_ONLY = 1


def feed_of(archived: Archived, part: str) -> str:
    """The feed under which a table of a file is delivered: its bytes and the table's name, so once."""
    return f"file:{archived.sm3}:{part[:_PART]}"


def known_batch(resource: Resource, archived: Archived, part: str) -> Batch | None:
    """The landed batch that holds the same table of the same bytes, if there is one."""
    return Batch.objects.landed().filter(resource=resource, feed=feed_of(archived, part)).first()


def land(table: SourceTable, resource: Resource, archived: Archived, *, file_name: str, part: str) -> Batch:
    """The batch that brought the table into the resource's current state. Raises what quality and lake raise."""
    contract, feed = resource.contract, feed_of(archived, part)
    with lease.hold_table(contract.table):
        ticket = lake.reserve_batch(resource, feed=feed, sequence=_ONLY, file_name=file_name, archived=archived)
        if ticket.landed is None:
            try:
                _write(table, contract, ticket, feed)
            except BaseException:
                lake.release_batch(ticket.batch)
                raise
        ticket.batch.refresh_from_db()
    if resource.has_lookup and contract.key:
        index.build_index(contract, snapshots.snapshot(contract.table))
    return ticket.batch


def _write(table: SourceTable, contract: Contract, ticket: lake.Ticket, feed: str) -> None:
    batch = ticket.batch
    with (
        BatchWriter(contract, batch_id=batch.pk, first_id=ticket.first_id) as writer,
        rejects.RejectWriter(contract.table, batch.pk) as refused,
    ):
        verdict = check.check_batch(contract, table, on_accepted=writer.write, on_rejected=refused.write)
        crash.point("judged")
        staged = writer.finish()
        refused.finish()
        batch.rows_in, batch.accepted, batch.rejected = verdict.rows_in, verdict.accepted, verdict.rejected
        batch.normalised, batch.scores = dict(verdict.normalised), dict(verdict.scores)
        lake.commit_batch(contract, staged, feed=feed, sequence=_ONLY, batch=batch)
