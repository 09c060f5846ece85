"""Rows read from a source as chunks: a Parquet file of text, archived under its SM3, then landed once.

Order    written → archived → FeedChunk row → landed → places moved on; killed anywhere the next run lands what was
         archived, from the archive, before it reads on from the place behind it
"""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import Max, Sum
from django.db.models.functions import Coalesce

from suixin.data.collection import landing, operations
from suixin.data.collection.events import BatchLanded
from suixin.data.collection.holding import WholeState
from suixin.data.collection.landing import Removals
from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FeedRun
from suixin.data.collection.readers.columnar import open_parquet
from suixin.data.collection.sources.base import Piece, Place, RowConnector
from suixin.data.collection.sources.cells import hashed_keys
from suixin.data.lake import archive, storage
from suixin.data.lake.archive import Archived
from suixin.data.lake.errors import translated
from suixin.data.lake.models import Batch
from suixin.data.lake.parquet import repetitive
from suixin.data.lake.removal import Keys
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.ground import events
from suixin.kit import clock, crash
from suixin.kit.actor import Actor

CHUNK_BYTES = 256 << 20


class ChunkFile:
    """A chunk while it is written."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows, self.bytes = path, 0, 0
        self.place: Place = {}
        self._writer: pq.ParquetWriter | None = None

    def add(self, piece: Piece) -> None:
        """More rows."""
        if self._writer is None:
            repeat = repetitive(pa.Table.from_batches([piece.data]))
            self._writer = pq.ParquetWriter(
                self.path, piece.data.schema, compression="zstd", compression_level=1,
                use_dictionary=repeat,  # type: ignore[arg-type]  # the stub knows no list of columns
            )
        self._writer.write_batch(piece.data)
        self.rows += piece.data.num_rows
        self.bytes += piece.data.nbytes
        self.place = merged(self.place, piece.place)

    def finish(self) -> None:
        """Everything is in the file."""
        if self._writer is not None:
            self._writer.close()


def merged(before: Place, after: Place) -> Place:
    """The place behind both: the later one; lists of messages are put together."""
    held, more = before.get("messages"), after.get("messages")
    return {**after, "messages": [*held, *more]} if isinstance(held, list) and isinstance(more, list) else after


def chunked(pieces: Iterator[Piece], *, rows: int, folder: Path, key: Sequence[str] = ()) -> Iterator[ChunkFile]:
    """The pieces as finished chunk files of about so many rows (0: one file); each is the caller's until it asks for the next.

    A piece that brings a `key` again comes into the next file: of rows judged together the first of a key would win.
    """
    held: ChunkFile | None = None
    seen: set[int] = set()
    for number, piece in enumerate(pieces):
        keys = hashed_keys(piece.data, key)
        if held is not None and not seen.isdisjoint(keys):
            yield from _handed_over(held)
            held, seen = None, set()
        held = held or ChunkFile(folder / f"{number}.parquet")
        with translated("写入采集的数据块"):
            step = rows or max(1, piece.data.num_rows)
            for start in range(0, max(1, piece.data.num_rows), step):
                held.add(replace(piece, data=piece.data.slice(start, step)))
        seen |= keys
        if rows and (held.rows >= rows or held.bytes >= CHUNK_BYTES):
            yield from _handed_over(held)
            held, seen = None, set()
    if held is not None and held.rows:
        yield from _handed_over(held)


def _handed_over(file: ChunkFile) -> Iterator[ChunkFile]:
    file.finish()
    yield file
    file.path.unlink(missing_ok=True)


def archived(file: ChunkFile, run: FeedRun, *, is_whole: bool = False) -> FeedChunk:
    """The chunk's row, its bytes safe in the archive."""
    kept = archive.archive_file(file.path, table=run.feed.resource.table)
    crash.point("chunk_archived")
    with transaction.atomic():
        feed = Feed.objects.select_for_update().get(pk=run.feed_id)
        return FeedChunk.objects.create(
            feed=feed, run=run, sequence=next_sequence(feed), sm3=kept.sm3, size=kept.size, archive_path=kept.relative_path,
            rows=file.rows, place=file.place, is_whole=is_whole, at=clock.now(),
        )


def next_sequence(feed: Feed) -> int:
    """The number of the feed's next chunk.

    The table may know more than we do, when the control database was restored alone: its numbers are taken.
    """
    last = FeedChunk.objects.filter(feed=feed).aggregate(last=Max("sequence"))["last"]
    landed = Batch.objects.filter(feed=feed.delivery).aggregate(last=Max("sequence"))["last"]
    return max(last or 0, landed or 0) + 1


def land(chunk: FeedChunk, run: FeedRun, connector: RowConnector, *, actor: Actor) -> None:
    """The chunk in the table, once, and the feed behind it. Raises what quality and lake raise."""
    feed, resource = run.feed, run.feed.resource
    with opened(chunk, feed) as (table, removals, kept):
        batch = landing.land(
            table, resource, kept, file_name=f"{feed.source}:{feed.table}"[:500], part="", actor=actor,
            delivery=landing.Delivery(feed.delivery, chunk.sequence), removals=removals, contract=feed.contract,
            whole=WholeState(feed.most_deleted, feed).limits(chunk.sm3) if chunk.is_whole else None,
        )
    crash.point("chunk_landed")
    with transaction.atomic():
        chunk.state, chunk.batch = ChunkState.LANDED, batch
        chunk.save(update_fields=["state", "batch"])
        connector.settle(chunk.place)
        _move_on(run, chunk)
        events.emit_on_commit(BatchLanded(resource.pk, batch.pk, batch.table_version or 0))


def waiting_of(feed: Feed) -> list[FeedChunk]:
    """Chunks that were archived and did not land, oldest first."""
    return list(FeedChunk.objects.filter(feed=feed, state=ChunkState.ARCHIVED).order_by("sequence"))


@contextmanager
def opened(chunk: FeedChunk, feed: Feed) -> Iterator[tuple[SourceTable, Removals | None, Archived]]:
    """The chunk's rows as the entry wants them, and those that go, from the archive."""
    with storage.scratch() as scratch:
        path = scratch / "chunk.parquet"
        with archive.open_archived(chunk.archive_path) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        table, removals = operations.parted(open_parquet(path, name=feed.table), chunk)
        if removals is not None and removals.keys is not None:
            removals = replace(removals, keys=mapped(removals.keys, feed.mapping), refused=_refused(chunk, feed))
        yield mapped(table, feed.mapping), removals, Archived(chunk.sm3, chunk.size, chunk.archive_path)


def _refused(chunk: FeedChunk, feed: Feed) -> Callable[[Path], Keys | None]:
    """Of a sweep: which keys of the reading were rejected."""
    from suixin.data.collection import refused  # which reads chunks

    first = int(str(chunk.place.get(operations.SWEEP) or 0))
    return lambda folder: refused.keys_since(feed, first, before=chunk.sequence, folder=folder) if first else None


def mapped(table: SourceTable, mapping: Mapping[str, str]) -> SourceTable:
    """The table with the entry's fields for names, in the mapping's order; what is not mapped is left out."""
    taken = [(name, field) for name, field in mapping.items() if name in table.columns]
    sources, fields = [name for name, _ in taken], [field for _, field in taken]

    def batches() -> Iterator[SourceBatch]:
        for batch in table.batches():
            chosen = batch.data.select(sources)
            yield replace(batch, data=pa.RecordBatch.from_arrays(chosen.columns, names=fields))

    return replace(table, columns=tuple(fields), batches=batches, format="database", notes=())


def _move_on(run: FeedRun, chunk: FeedChunk) -> None:
    """Counts and places after a landed chunk; the feed's own place only by its cursor or log, and never for a range."""
    place = merged(run.position or {}, chunk.place) if "messages" not in chunk.place else None
    sums = FeedChunk.objects.filter(run=run, state=ChunkState.LANDED).aggregate(
        rows_in=Coalesce(Sum("batch__rows_in"), 0), accepted=Coalesce(Sum("batch__accepted"), 0),
        rejected=Coalesce(Sum("batch__rejected"), 0),
    )
    run.chunks = FeedChunk.objects.filter(run=run, state=ChunkState.LANDED).count()
    run.rows_in, run.accepted, run.rejected = sums["rows_in"], sums["accepted"], sums["rejected"]
    run.position = place
    run.save(update_fields=["chunks", "rows_in", "accepted", "rejected", "position"])
    feed = run.feed
    if (feed.cursor or feed.reads_log) and run.kind == "ordinary":
        feed.position = place
        moved = Feed.objects.filter(pk=feed.pk)
        if feed.reads_log:  # a wish to read anew stands, whatever lands of the time before it
            moved = moved.filter(position__isnull=False)
        moved.update(position=place)

