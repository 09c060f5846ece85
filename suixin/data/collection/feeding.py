"""Runs of feeds: started by one who may, claimed by one process, read, landed, ended with a sentence.

Promise  one run of a feed at a time, at most `concurrency` of a source; whatever fails, what landed stays and is there
         once, and the next run goes on behind it
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import IntegrityError, transaction

from suixin.data.collection import capturing, filewise, holding, rowwise, trying, wholewise
from suixin.data.collection.errors import FeedBusy, FeedStopped, SourceBusy, WrongSource
from suixin.data.collection.models import Feed, FeedMode, FeedRun, RunKind, RunState, Source
from suixin.data.collection.opening import connector_of
from suixin.data.collection.runnable import require_runnable
from suixin.data.collection.schedules import schedule_of
from suixin.data.collection.sources.base import FileConnector, RowConnector
from suixin.data.lake import storage
from suixin.data.lake.errors import DiskFull, is_disk_full
from suixin.ground.audit import actions as audit
from suixin.ground.jobs.actions import enqueue
from suixin.ground.security import policy
from suixin.kit import clock, origin
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

JOB = "collection.feed"
_WITH = ("feed__source__organisation", "feed__resource__provider")
Tell = Callable[[FeedRun], None]
_at_work: set[int] = set()
_lock = threading.Lock()


def start_run(
    feed: Feed, *, actor: Actor, kind: RunKind = RunKind.ORDINARY, range_: tuple[str, str] = ("", ""), in_background: bool = True
) -> FeedRun:
    """The run, waiting for a worker or for the caller's `work`; one whose process died is taken up again.

    Raises  NotAllowed, FeedStopped, FeedBusy - another one waits or works
            WrongSource - a range of a feed that has no cursor, or that appends
    """
    policy.require(actor, "collection.run_feed", feed)
    require_runnable(feed)
    if kind is not RunKind.DRY:
        holding.require_decided(feed)
    if kind is RunKind.BACKFILL:
        _require_range(feed, range_)
    with transaction.atomic():
        Feed.objects.select_for_update().get(pk=feed.pk)
        held = feed.runs.filter(state__in=(RunState.WAITING, RunState.RUNNING)).first()
        if held is not None and not _is_orphan(held):
            raise FeedBusy(f"“{feed}”已有一次采集{held.get_state_display()}(提交于 {held.created_at:%m-%d %H:%M});请等它结束。")
        run = held or _made(feed, actor, kind, range_)
        if in_background:
            enqueue(JOB, actor=actor, title=f"采集 {feed}", arguments={"run": str(run.uuid)})
    return run


def work(run: FeedRun, *, actor: Actor, tell: Tell | None = None) -> FeedRun:
    """The run, done; one that failed and that a later one has taken the place of stays as it is. Raises what stopped it."""
    policy.require(actor, "collection.run_feed", run)
    with _alone(run):
        claimed = _claimed(run)
        if claimed.state != RunState.RUNNING:
            return claimed
        try:
            sentence = _worked(claimed, actor, tell or (lambda run: None))
        except SuixinError as error:
            _end(claimed, RunState.FAILED, error.sentence, error.code, actor)
            raise
        except BaseException as error:
            if is_disk_full(error):  # wherever it struck: writing a chunk, unpacking one, a folder's name
                full = DiskFull("采集时磁盘空间不足;已入库的部分保留,请清理磁盘或扩容,再次运行会接着读。")
                _end(claimed, RunState.FAILED, full.sentence, full.code, actor)
                raise full from error
            _end(claimed, RunState.FAILED, f"采集出错({type(error).__name__});已入库的部分保留,详情在日志里。", "source-500", actor)
            raise
        _end(claimed, RunState.DONE, sentence, "", actor)
        return claimed


def enqueue_due(*, actor: Actor) -> list[FeedRun]:
    """Runs of feeds that are due, enqueued; each feed's next time is set, also of those that cannot run now."""
    policy.require(actor, "collection.enqueue_due", None)
    now = clock.now()
    started = []
    for feed in Feed.objects.filter(next_at__lte=now, is_paused=False).select_related("source__organisation", "resource__provider"):
        following = schedule_of(feed.schedule).next_after(now) if feed.schedule else None
        if not Feed.objects.filter(pk=feed.pk, next_at=feed.next_at).update(next_at=following):
            continue  # another worker was first
        try:
            started.append(start_run(feed, actor=actor))
        except (FeedBusy, FeedStopped):
            continue
    return started


def _worked(run: FeedRun, actor: Actor, tell: Tell) -> str:
    from suixin.data.collection.sources.databases import DatabaseConnector  # its library takes long to load

    source = run.feed.source
    assert source is not None  # noqa: S101 for the type checker: `require_runnable` saw to it
    with connector_of(source) as connector:
        match run.kind, connector:
            case RunKind.DRY, _:
                return trying.tried(run, connector)
            case _, FileConnector():
                return filewise.taken(run, connector, actor=actor, tell=tell)
            case _, DatabaseConnector() if run.feed.reads_log:
                return capturing.read(run, connector, actor=actor, tell=tell)
            case _, RowConnector():
                if run.feed.mode == FeedMode.SNAPSHOT:
                    return wholewise.read(run, connector, actor=actor, tell=tell)
                return rowwise.read(run, connector, actor=actor, tell=tell)
    raise AssertionError(source.kind)


def _made(feed: Feed, actor: Actor, kind: RunKind, range_: tuple[str, str]) -> FeedRun:
    trace = origin.current().trace_id or origin.fresh().trace_id
    run = FeedRun.objects.create(
        feed=feed, kind=kind, range_from=range_[0][:60], range_to=range_[1][:60], by=actor.name[:128], created_at=clock.now(),
        trace_id=trace,
    )
    audit.record(actor, "collection.started_run", run, detail={"feed": str(feed), "kind": str(kind), "range": list(range_)})
    return run


def _require_range(feed: Feed, range_: tuple[str, str]) -> None:
    if not feed.cursor or feed.takes_files:
        raise WrongSource("这个采集任务没有增量列,每次都读全部,不用补采。")
    if feed.mode == FeedMode.APPEND:
        raise WrongSource("逐批追加的目录补采会重复已有的行,不能补采;请改用有主键、按主键更新的目录。")
    if not any(range_):
        raise WrongSource("请写明补采的起点或终点。")


def _is_orphan(run: FeedRun) -> bool:
    """Whether nobody works on the open run any more: its process is gone from this machine."""
    return run.state == RunState.RUNNING and storage.owner_lives(run.owner) is False


def _is_replaced(run: FeedRun) -> bool:
    """Whether the failed run is tried again too late: a later one reads, or has read, what it left."""
    later = run.feed.runs.filter(kind=RunKind.ORDINARY, pk__gt=run.pk)
    return run.state == RunState.FAILED and run.kind == RunKind.ORDINARY and later.exists()


@contextmanager
def _alone(run: FeedRun) -> Iterator[None]:
    """One thread of this process at the run. Raises FeedBusy."""
    with _lock:
        if run.pk in _at_work:
            raise FeedBusy("这次采集正在运行;请等它结束。")
        _at_work.add(run.pk)
    try:
        yield
    finally:
        with _lock:
            _at_work.discard(run.pk)


def _claimed(run: FeedRun) -> FeedRun:
    """The run, this process's. Raises FeedBusy, SourceBusy, FeedStopped."""
    me = storage.owner()
    try:
        with transaction.atomic():
            source = Source.objects.select_for_update().get(feeds__runs=run)
            held = FeedRun.objects.select_for_update(of=("self",)).select_related(*_WITH).get(pk=run.pk)
            if held.state == RunState.DONE or _is_replaced(held):
                return held
            if held.state == RunState.RUNNING and held.owner != me and storage.owner_lives(held.owner):
                raise FeedBusy(f"“{held.feed}”的这次采集正由另一个进程运行;请等它结束。")
            require_runnable(held.feed)
            others = FeedRun.objects.filter(feed__source=source, state=RunState.RUNNING).exclude(pk=held.pk)
            if sum(storage.owner_lives(owner) is not False for owner in others.values_list("owner", flat=True)) >= source.concurrency:
                raise SourceBusy(f"来源“{source}”同时最多运行 {source.concurrency} 个任务,现在已满;稍后会自动再试。")
            held.state, held.owner, held.started_at, held.ended_at = RunState.RUNNING, me, held.started_at or clock.now(), None
            held.sentence = held.code = ""
            held.save(update_fields=["state", "owner", "started_at", "ended_at", "sentence", "code"])
    except IntegrityError as error:
        raise FeedBusy(f"“{run.feed}”已有另一次采集在运行;请等它结束。") from error
    return held


def _end(run: FeedRun, state: RunState, sentence: str, code: str, actor: Actor) -> None:
    with transaction.atomic():
        run.state, run.sentence, run.code, run.ended_at, run.owner = state, sentence[:1000], code, clock.now(), ""
        run.save(update_fields=["state", "sentence", "code", "ended_at", "owner", "findings"])
        counts = {"rows": run.rows_in, "accepted": run.accepted, "rejected": run.rejected, "chunks": run.chunks}
        audit.record(actor, "collection.ended_run", run, code=code or "200", detail={"feed": str(run.feed), "state": str(state), **counts})


def rate(run: FeedRun) -> int | None:
    """Rows a second of a run at work, or of one that is over; None when nobody can tell."""
    if run.started_at is None or not run.seen:
        return None
    seconds = ((run.ended_at or clock.now()) - run.started_at).total_seconds()
    return round(run.seen / seconds) if seconds > 0 else None


def remaining(run: FeedRun) -> timedelta | None:
    """How long a running run may still need, by what it did so far; None when nobody can tell."""
    if run.state != RunState.RUNNING or not run.expected or not run.seen or run.started_at is None:
        return None
    left = max(0, run.expected - run.seen)
    return (clock.now() - run.started_at) * (left / run.seen)

