"""A run that reads everything as one state: one reading, one archived chunk, one version.

Promise  nothing is archived before the reading has ended well, so half a state is nothing and the next run reads anew;
         archived, it lands from there, killed or not; without a row it is a fault and never "all were deleted"
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from suixin.data.collection import chunks, drifting, holding
from suixin.data.collection.errors import ColumnsChanged, EmptyState, FeedStopped
from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FeedRun
from suixin.data.collection.rowwise import reading_of
from suixin.data.collection.sources.base import Column, Piece, RowConnector
from suixin.data.lake import storage
from suixin.data.lake.errors import TooManyDeletions
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

_TELL_ROWS = 100_000


def read(run: FeedRun, connector: RowConnector, *, actor: Actor, tell: Callable[[FeedRun], None]) -> str:
    """The sentence of a run whose state landed. Raises SourceFault, EmptyState, TooManyDeletions, what quality and lake raise."""
    holding.require_decided(run.feed)
    holding.require_key(run.feed.resource)
    for chunk in chunks.waiting_of(run.feed):
        own = chunk.run_id == run.pk
        _land(chunk, run if own else chunk.run, connector, actor)
        if own:
            return _told(chunk)
    run.refresh_from_db()
    drifting.require_agreed(run.feed, connector.columns(run.feed.table) or run.feed.known_columns)
    reading = replace(reading_of(run), after=None)
    run.expected = connector.count(reading)
    run.save(update_fields=["expected"])
    with storage.scratch() as folder:
        while True:
            try:
                pieces = _watched(connector.read(replace(reading, known=_known(run))), run, tell)
                file = next(chunks.chunked(pieces, rows=0, folder=folder), None)
            except ColumnsChanged as change:
                _agree(run.feed, change)
                continue
            break
        if file is None:
            raise EmptyState(f"来源“{run.feed.table}”一行也没有给;整表更新不把空的读取当作全部删除,没有改动。请与来源单位核对。")
        chunk = chunks.archived(file, run, is_whole=True)
    _land(chunk, run, connector, actor)
    return _told(chunk)


def _land(chunk: FeedChunk, run: FeedRun, connector: RowConnector, actor: Actor) -> None:
    try:
        chunks.land(chunk, run, connector, actor=actor)
    except TooManyDeletions as error:
        holding.hold(run.feed, error, sm3=chunk.sm3)
        raise
    except SuixinError as error:
        if not error.retry:  # it never will land, and what is tried next must be what the source says then
            FeedChunk.objects.filter(pk=chunk.pk, state=ChunkState.ARCHIVED).update(state=ChunkState.DROPPED)
        raise


def _watched(pieces: Iterator[Piece], run: FeedRun, tell: Callable[[FeedRun], None]) -> Iterator[Piece]:
    """The pieces, progress told now and then; a feed that is paused meanwhile stops. Raises FeedStopped."""
    run.read, told = 0, 0
    for piece in pieces:
        yield piece
        run.read += piece.data.num_rows
        if run.read - told >= _TELL_ROWS:
            told = run.read
            run.save(update_fields=["read"])
            tell(run)
            if Feed.objects.filter(pk=run.feed_id, is_paused=True).exists():
                raise FeedStopped(f"采集任务“{run.feed}”在读取中被暂停;整表更新没有入库,恢复后重新读取。")
    run.save(update_fields=["read"])


def _agree(feed: Feed, change: ColumnsChanged) -> None:
    more = change.fields.get("columns")
    if not isinstance(more, list):
        raise change
    drifting.require_agreed(feed, [*feed.known_columns, *(Column(str(name), "text", "json") for name in more)])


def _known(run: FeedRun) -> frozenset[str]:
    return frozenset(one.name for one in run.feed.known_columns)


def _told(chunk: FeedChunk) -> str:
    batch = chunk.batch
    assert batch is not None  # noqa: S101 for the type checker: it landed
    return f"整表 {batch.rows_in:,} 行,接收 {batch.accepted:,} 行,拒收 {batch.rejected:,} 行;{holding.changes_told(batch.changes)}"
