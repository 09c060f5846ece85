"""Writing one batch: accepted rows on one side, rejected ones on the other, nothing kept unless finished."""

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from suixin.data.catalog.contract import Contract
from suixin.data.lake import deliveries, delta, storage
from suixin.data.lake.models import Batch
from suixin.data.lake.reject_blocks import RejectBlock, RejectedRow
from suixin.data.lake.rejects import RejectsWriter
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.writer import BatchWriter, Staged, Whole


class Stage:
    """Takes the rows of one batch as they are judged; may be called from several threads, keeps their order of call."""

    def __init__(self, writer: BatchWriter, rejects: RejectsWriter, whole: Whole | None = None) -> None:
        self._writer, self._rejects, self._whole = writer, rejects, whole
        self._kept: list[pa.Table] = []
        self._unreadable = 0
        self._lock = threading.Lock()

    def accept(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Keep typed rows. Raises DiskFull."""
        with self._lock:
            self._writer.write(rows)

    def reject(self, rows: RejectBlock | Sequence[RejectedRow]) -> None:
        """Keep rejected rows. Raises DiskFull."""
        with self._lock:
            self._rejects.write(rows)

    def keep_keys(self, keys: pa.Table, unreadable: int) -> None:
        """Of a whole state: keys of rejected rows, whose rows of before are not to be deleted; how many cannot be read."""
        with self._lock:
            self._kept.append(keys)
            self._unreadable += unreadable

    def finish(self) -> Staged:
        """Everything at rest, waiting for `commit_batch`."""
        staged = self._writer.finish()
        kept = pa.concat_tables(self._kept) if self._kept else None
        try:
            return replace(
                staged, rejected=self._rejects.rows, rejects=self._rejects.publish(), whole=self._whole, kept_keys=kept,
                unreadable=self._unreadable,
            )
        except BaseException:
            staged.abandon()
            raise


@contextmanager
def open_stage(contract: Contract, *, batch: Batch, whole: Whole | None = None) -> Iterator[Stage]:
    """A stage for the batch; leaving it without `finish` removes what was written and the reservation.

    With `whole` the batch is the whole state of a table with a key, to be compared when it is committed.
    """
    held = snapshot(contract.table) if delta.exists(contract.table) else None
    first_id = held.next_row_id if held else 1
    draft = _draft_of(contract.table, batch)
    writer = BatchWriter(contract, batch_id=batch.pk, first_id=first_id, is_draft=whole is not None and held is not None and held.rows > 0)
    rejects = RejectsWriter(contract.table, batch_id=batch.pk, draft=draft, is_sealed=bool(contract.sealed))
    try:
        yield Stage(writer, rejects, whole)
    except BaseException:
        Batch.objects.reserved().filter(pk=batch.pk).delete()
        deliveries.end(contract.table, batch.feed, batch.sequence)
        raise
    finally:
        writer.abandon()
        rejects.abandon()


def _draft_of(table: str, batch: Batch) -> Path:
    return storage.rejects_folder(table) / f".{batch.pk}-{secrets.token_hex(4)}.draft"
