"""A run by a database's log: the whole table once, then what changed, deletions too, transaction by transaction.

First    the log's place is taken (what follows it is kept from now on), the table is read as a whole in chunks, rows of earlier
         readings that it does not have any more go (what it has and today's rules reject stays); then the log, from that place:
         what the reading saw already comes again, and the key takes care of it. Up to where the reading ended the log lands
         in one commit.
Then     one look at the log is one chunk: whole transactions, of each key only its last state; archived, landed once under
         (feed, sequence), its place kept in the transaction that marks it landed, and only then told to the source
Promise  from the first commit by the log on every version of the table is its state behind one of the source's transactions; but a row
         that the log tells in part only (`Op.PARTIAL`) is asked for and may be newer than that
Lost     a place that is not in the log any more stops the feed with a sentence; `logkeeping.read_anew` is asked for by a person
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from suixin.data.collection import changing, chunks, drifting, refused
from suixin.data.collection.errors import FeedStopped, WrongSource
from suixin.data.collection.models import Feed, FeedChunk, FeedRun
from suixin.data.collection.operations import SWEEP
from suixin.data.collection.sources.base import Piece, Place, Reading
from suixin.data.collection.sources.logs import ChangeLog, Watched
from suixin.data.lake import storage
from suixin.kit import clock, crash
from suixin.kit.actor import Actor

if TYPE_CHECKING:
    from suixin.data.collection.sources.databases import DatabaseConnector

START, LOG, UNTIL, FIRST, UNREAD = "start", "log", "until", "first", "unread"
Tell = Callable[[FeedRun], None]


def watched_of(feed: Feed) -> Watched:
    """What the feed watches: the columns that it takes, and which of them are the entry's key. Raises WrongSource."""
    known = {one.name for one in feed.known_columns}
    columns = tuple(name for name in feed.mapping if name in known)
    by_field = {feed.mapping[name]: name for name in columns}
    key = tuple(by_field[field] for field in feed.resource.contract.key if field in by_field)
    if not key or len(key) < len(feed.resource.contract.key):
        raise WrongSource("按日志采集的目录必须有主键、按主键更新,而且主键的每一项都对应来源的一列;请先改目录或列对应。")
    return Watched(feed.table, columns, key, feed.uuid.hex[:16])


def read(run: FeedRun, connector: "DatabaseConnector", *, actor: Actor, tell: Tell) -> str:
    """The sentence of a run that read the log to where it ended when the run began. Raises as a reading by query, LogRefused, LogLost."""
    is_anew = run.feed.position is None
    for chunk in chunks.waiting_of(run.feed):
        chunks.land(chunk, run if chunk.run_id == run.pk else chunk.run, connector, actor=actor)
    if is_anew:  # what waited is older than the wish to begin anew
        Feed.objects.filter(pk=run.feed_id).update(position=None)
    run.feed.refresh_from_db()
    run.refresh_from_db()
    drifting.require_agreed(run.feed, connector.columns(run.feed.table))
    log = connector.log(watched_of(run.feed))
    log.require()
    if run.before is None:
        run.before = run.feed.position
        run.save(update_fields=["before"])
    if run.feed.position is None:
        _keep(run, {START: log.begin(), FIRST: chunks.next_sequence(run.feed)})
        _mark_read(run.feed)
        crash.point("log_begun")
    if START in _position(run):
        _read_whole(run, connector, log, actor, tell)
    _follow(run, connector, log, actor, tell)
    return _told(run)


def _read_whole(run: FeedRun, connector: "DatabaseConnector", log: ChangeLog, actor: Actor, tell: Tell) -> None:
    held = _position(run)
    start = {name: held[name] for name in (START, FIRST)}
    known = frozenset(one.name for one in run.feed.known_columns)
    columns = tuple(name for name in run.feed.mapping if name in known)
    after: Place | None = held if "order" in held else None
    reading = Reading(run.feed.table, columns, tuple(run.feed.order), after=after, piece_rows=run.feed.chunk_rows, known=known)
    left = connector.count(reading)
    run.expected = None if left is None else run.rows_in + left
    run.save(update_fields=["expected"])

    def placed() -> Iterator[Piece]:
        for piece in connector.read(reading):
            yield replace(piece, place={**start, **piece.place})

    with storage.scratch() as folder:
        for file in chunks.chunked(placed(), rows=run.feed.chunk_rows, folder=folder):
            _land(file, run, connector, actor, tell)
        log_place = {LOG: held[START], UNTIL: log.now()}
        if FeedChunk.objects.filter(feed=run.feed, sequence__lt=int(str(held[FIRST]))).exists():
            unread = refused.unreadable_since(run.feed, int(str(held[FIRST])))
            swept = {} if unread else {SWEEP: held[FIRST]}
            _land(changing.nothing(columns, folder, place={**log_place, UNREAD: unread, **swept}), run, connector, actor, tell)
    if START in _position(run):
        _keep(run, log_place)


def _follow(run: FeedRun, connector: "DatabaseConnector", log: ChangeLog, actor: Actor, tell: Tell) -> None:
    """The log from the feed's place to where it ended when this began."""
    goal = log.now()
    while True:
        held = _position(run)
        after, until = _part(held, LOG), held.get(UNTIL)
        log.settle(after)
        drifting.require_agreed(run.feed, connector.columns(run.feed.table))
        with storage.scratch() as folder:
            looked = changing.looked(
                log.changes(after, most=run.feed.chunk_rows, until=until if isinstance(until, dict) else None), connector,
                watched_of(run.feed), folder=folder,
            )
            if looked.file is not None:
                looked.file.place = {LOG: looked.place, **looked.told}
                _land(looked.file, run, connector, actor, tell)
            elif looked.place is not None:
                _keep(run, {LOG: looked.place})
        if looked.place is None or looked.place == after or not changing.is_before(looked.place, goal):
            log.settle(_part(_position(run), LOG))
            _mark_read(run.feed)
            return


def _mark_read(feed: Feed) -> None:
    feed.log_state = {**feed.log_state, "read_at": clock.now().isoformat()}
    feed.save(update_fields=["log_state"])


def _land(file: chunks.ChunkFile, run: FeedRun, connector: "DatabaseConnector", actor: Actor, tell: Tell) -> None:
    chunks.land(chunks.archived(file, run), run, connector, actor=actor)
    tell(run)
    if Feed.objects.filter(pk=run.feed_id, is_paused=True).exists():
        raise FeedStopped(f"采集任务“{run.feed}”在运行中被暂停;已入库 {run.rows_in:,} 行,恢复后会接着读。")


def _keep(run: FeedRun, place: Place) -> None:
    """The feed at a place behind which no row lies."""
    with transaction.atomic():
        run.feed.position = run.position = place
        Feed.objects.filter(pk=run.feed_id).update(position=place)
        run.save(update_fields=["position"])


def _position(run: FeedRun) -> Place:
    held: Place = run.feed.position or {}
    return held


def _part(place: Place, name: str) -> Place:
    found = place[name]
    assert isinstance(found, dict)  # noqa: S101 for the type checker: this module wrote it
    return found


def _told(run: FeedRun) -> str:
    gone = sum(int(str(chunk.place.get("gone", 0))) for chunk in run.landed_chunks.all())
    if not run.chunks:
        return "来源的日志里没有这张表的新改动。"
    told = f"来源新增或改动 {run.rows_in:,} 行,接收 {run.accepted:,} 行,拒收 {run.rejected:,} 行;来源删除 {gone:,} 行;共 {run.chunks} 块。"
    unread = sum(int(str(chunk.place.get(UNREAD, 0))) for chunk in run.landed_chunks.all())
    return told if not unread else f"{told}重读时 {unread:,} 行的主键读不出来,来源可能已没有的行没有清除;请更正主键后再次重读。"
