"""Rows that go: keys that a source deleted, written so that the commit of a batch leaves their rows out.

Keys     a Parquet file of the columns of the contract's stored key (of sealed items the blind indexes)
By       keys that were told one by one (`KeyFile`), or all rows that earlier batches of one delivery brought
         (`keys_brought`): a table that was emptied, or one that was read anew as a whole
Where    in the caller's scratch; the commit only reads them (`Staged.gone`)
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from suixin.data.catalog.contract import BATCH_COLUMN, Contract
from suixin.data.lake import delta, engine, sealing, storage
from suixin.data.lake.models import CORRECTION, Batch
from suixin.data.lake.parquet import GROUP_ROWS
from suixin.data.lake.snapshots import snapshot

Keys = tuple[Path, ...]


def key_contract(contract: Contract) -> Contract:
    """The contract of its key alone, by which keys are typed as the rows that they name were."""
    return Contract(
        contract.code, contract.table, contract.title, tuple(item for item in contract.items if item.is_key),
        write_mode=contract.write_mode, version=contract.version, floor=contract.floor,
    )


class KeyFile:
    """Takes typed keys, batch by batch; `finish` gives the file, none when there were no keys."""

    def __init__(self, contract: Contract, path: Path) -> None:
        self._path, self._key, self._keyed = path, list(contract.stored_key), key_contract(contract)
        self._writer: pq.ParquetWriter | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Further keys, in the clear; those of sealed items are told by their blind index."""
        table = sealing.sealed_table(self._keyed, pa.Table.from_batches([batch])).select(self._key)
        self._writer = self._writer or pq.ParquetWriter(self._path, table.schema, compression="zstd", compression_level=1)
        self._writer.write_table(table, row_group_size=GROUP_ROWS)

    def finish(self) -> Keys:
        """All keys at rest."""
        if self._writer is None:
            return ()
        self._writer.close()
        return (self._path,)


def corrections_of(table: str) -> list[int]:
    """The batches that brought corrected rows of rejected ones."""
    return sorted(Batch.objects.landed().filter(resource__table=table, feed__startswith=CORRECTION).values_list("pk", flat=True))


def _with_corrections(table: str, numbers: list[int]) -> list[int]:
    """These batches and those that brought corrected rows of them."""
    corrections = [(one.pk, one.corrects) for one in Batch.objects.landed().filter(resource__table=table, feed__startswith=CORRECTION)]
    found = set(numbers)
    for pk, of in sorted(corrections):
        if of in found:
            found.add(pk)
    return sorted(found)


def keys_brought(contract: Contract, path: Path, *, feed: str, before: int, spared: Keys | None = None) -> Keys:
    """Keys of the rows that batches of `feed` with a number below `before` brought last; no file when there are none.

    `spared`: files of keys of rows that are there and were rejected since; they stay, and so do corrected rows, which may stand
    for one of them under another key.
    """
    brought = Batch.objects.landed().filter(resource__table=contract.table, feed=feed, sequence__lt=before)
    numbers = list(brought.values_list("pk", flat=True))
    numbers = _with_corrections(contract.table, numbers) if spared is None else numbers
    if not numbers or not delta.exists(contract.table):
        return ()
    files = [file.path for file in snapshot(contract.table).files]
    if not files:
        return ()
    columns = ", ".join(storage.quoted(name) for name in contract.stored_key)
    sql = f"SELECT {columns} FROM read_parquet($1) WHERE {storage.quoted(BATCH_COLUMN)} IN (SELECT unnest($2::BIGINT[]))"
    params: list[object] = [engine.names(files), numbers]
    if spared:
        same = " AND ".join(f"s.{storage.quoted(name)} = b.{storage.quoted(name)}" for name in contract.stored_key)
        sql = f"SELECT b.* FROM ({sql}) AS b WHERE NOT EXISTS (SELECT 1 FROM read_parquet($3) AS s WHERE {same})"
        params.append(engine.names(spared))
    schema = pa.schema([contract.schema.field(name) for name in contract.stored_key])
    rows = 0
    with storage.scratch() as scratch, engine.connection(scratch) as con, pq.ParquetWriter(path, schema) as writer:
        for batch in engine.stream(con, sql, params):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema), row_group_size=GROUP_ROWS)
            rows += batch.num_rows
    return (path,) if rows else ()
