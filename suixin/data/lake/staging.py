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
from suixin.data.lake.rejects import RejectedRow, RejectsWriter
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.writer import BatchWriter, Staged


class Stage:
    """Takes the rows of one batch as they are judged; may be called from several threads, keeps their order of call."""

    def __init__(self, writer: BatchWriter, rejects: RejectsWriter) -> None:
        self._writer, self._rejects = writer, rejects
        self._lock = threading.Lock()

    def accept(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Keep typed rows. Raises DiskFull."""
        with self._lock:
            self._writer.write(rows)

    def reject(self, rows: Sequence[RejectedRow]) -> None:
        """Keep rejected rows. Raises DiskFull."""
        with self._lock:
            self._rejects.write(rows)

    def finish(self) -> Staged:
        """Everything at rest, waiting for `commit_batch`."""
        staged = self._writer.finish()
        try:
            return replace(staged, rejected=self._rejects.rows, rejects=self._rejects.publish())
        except BaseException:
            staged.abandon()
            raise


@contextmanager
def open_stage(contract: Contract, *, batch: Batch) -> Iterator[Stage]:
    """A stage for the batch; leaving it without `finish` removes what was written and the reservation."""
    first_id = snapshot(contract.table).next_row_id if delta.exists(contract.table) else 1
    draft = _draft_of(contract.table, batch)
    writer = BatchWriter(contract, batch_id=batch.pk, first_id=first_id)
    rejects = RejectsWriter(contract.table, batch_id=batch.pk, draft=draft, is_sealed=bool(contract.sealed))
    try:
        yield Stage(writer, rejects)
    except BaseException:
        Batch.objects.reserved().filter(pk=batch.pk).delete()
        deliveries.end(contract.table, batch.feed, batch.sequence)
        raise
    finally:
        writer.abandon()
        rejects.abandon()


def _draft_of(table: str, batch: Batch) -> Path:
    return storage.rejects_folder(table) / f".{batch.pk}-{secrets.token_hex(4)}.draft"
