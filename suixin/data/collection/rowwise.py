"""A run over rows: what was archived lands first, columns are compared, then chunk after chunk."""

from collections.abc import Callable, Sequence

from suixin.data.collection import chunks, drifting
from suixin.data.collection.errors import ColumnsChanged, FeedStopped
from suixin.data.collection.models import Feed, FeedMode, FeedRun, RunKind, RunState
from suixin.data.collection.sources import places
from suixin.data.collection.sources.base import INBOX_KINDS, Column, Kind, Place, Reading, RowConnector
from suixin.data.lake import storage
from suixin.kit.actor import Actor


def read(run: FeedRun, connector: RowConnector, *, actor: Actor, tell: Callable[[FeedRun], None]) -> str:
    """The sentence of a run whose every row landed. Raises SourceFault, ColumnsChanged, what quality and lake raise."""
    for chunk in chunks.waiting_of(run.feed):
        held = run if chunk.run_id == run.pk else chunk.run
        chunks.land(chunk, held, connector, actor=actor)
    run.feed.refresh_from_db()
    run.refresh_from_db()
    now = connector.columns(run.feed.table)
    if now or run.feed.columns:
        drifting.require_agreed(run.feed, now or run.feed.known_columns)
    if run.before is None and run.position is None:
        run.before, run.position = run.feed.position, _left_off(run)
    elif run.position is not None and run.feed.cursor and run.kind == RunKind.ORDINARY:
        # taken up again: another run may have come further meanwhile, and rows of an entry that appends would double
        run.position = run.feed.position
    run.expected = _expected(run, connector)
    run.save(update_fields=["before", "position", "expected"])
    while True:
        try:
            _read_on(run, connector, actor, tell)
        except ColumnsChanged as change:
            more = change.fields.get("columns")
            if not isinstance(more, list):
                raise
            drifting.require_agreed(run.feed, [*run.feed.known_columns, *(Column(str(name), "text", "json") for name in more)])
            continue
        return _told(run)


def reading_of(run: FeedRun) -> Reading:
    """What the run has still to read."""
    feed = run.feed
    order = tuple(dict.fromkeys([*([feed.cursor] if feed.cursor else []), *feed.order]))
    known = frozenset(one.name for one in feed.known_columns)
    columns = tuple(name for name in feed.mapping if name in known)
    after: Place | None = run.position
    not_before: object = None
    if after is None and feed.cursor and run.kind != RunKind.BACKFILL and feed.position:
        after, not_before = _behind(feed)
    return Reading(
        feed.table, columns, order, feed.cursor, after, not_before, (run.range_from, run.range_to), piece_rows=feed.chunk_rows, known=known,
        key=_key(feed, columns),
    )


def _key(feed: Feed, columns: Sequence[str]) -> tuple[str, ...]:
    """The key's columns of what comes by itself: who sends a row again means that it stands for the one before."""
    if feed.mode != FeedMode.UPSERT or feed.source is None or feed.source.kind not in INBOX_KINDS:
        return ()
    key = feed.resource.contract.key
    return tuple(name for name in columns if feed.mapping[name] in key)


def _behind(feed: Feed) -> tuple[Place | None, object]:
    """Where a new run by the cursor starts: strictly behind the last row, or at the overlap before its value."""
    position: Place | None = feed.position
    if position is None:
        return None, None
    order = position.get(places.ORDER)
    last = order[0] if isinstance(order, list) and order else None
    is_web = feed.source is not None and feed.source.kind == Kind.HTTP
    if last is not None and (is_web or (feed.overlap and feed.mode == FeedMode.UPSERT)):
        return None, places.lessened(last, feed.overlap)
    return position, None


def _left_off(run: FeedRun) -> Place | None:
    """Where the last reading of everything stopped half-way; a run by a cursor goes by the feed's own place."""
    if run.feed.cursor or run.kind != RunKind.ORDINARY:
        return None
    last = run.feed.runs.filter(kind=RunKind.ORDINARY, pk__lt=run.pk).order_by("-pk").first()
    return last.position if last is not None and last.state == RunState.FAILED else None


def _expected(run: FeedRun, connector: RowConnector) -> int | None:
    left = connector.count(reading_of(run))
    return None if left is None else run.rows_in + left


def _read_on(run: FeedRun, connector: RowConnector, actor: Actor, tell: Callable[[FeedRun], None]) -> None:
    reading = reading_of(run)
    with storage.scratch() as folder:
        for file in chunks.chunked(connector.read(reading), rows=run.feed.chunk_rows, folder=folder, key=reading.key):
            chunks.land(chunks.archived(file, run), run, connector, actor=actor)
            tell(run)
            if Feed.objects.filter(pk=run.feed_id, is_paused=True).exists():
                raise FeedStopped(f"采集任务“{run.feed}”在运行中被暂停;已入库 {run.rows_in:,} 行,恢复后会接着读。")


def _told(run: FeedRun) -> str:
    if not run.rows_in:
        return "来源没有新的行。"
    return f"来源 {run.rows_in:,} 行,接收 {run.accepted:,} 行,拒收 {run.rejected:,} 行,共 {run.chunks} 块。"
