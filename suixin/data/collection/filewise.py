"""A run over files: each new or changed file is fetched and brought as if somebody had uploaded it, in order of time."""

from collections.abc import Callable
from datetime import UTC, datetime

from django.db import transaction

from suixin.data.collection import holding
from suixin.data.collection.actions import run_feed
from suixin.data.collection.errors import FeedStopped
from suixin.data.collection.holding import WholeState
from suixin.data.collection.inbox import safe_name
from suixin.data.collection.models import Feed, FeedFile, FeedRun, RunStatus
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.collection.sources.base import FileConnector, RemoteFile
from suixin.data.lake import storage
from suixin.data.lake.models import Batch
from suixin.kit import clock, crash
from suixin.kit.actor import Actor

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def taken(run: FeedRun, connector: FileConnector, *, actor: Actor, tell: Callable[[FeedRun], None]) -> str:
    """The sentence of a run that brought every new file. A refused file is its outcome and is not asked for again."""
    holding.require_decided(run.feed)
    whole = WholeState.of(run.feed)
    fresh = new_files(run.feed, connector)
    refused: list[str] = []
    for number, file in enumerate(fresh, 1):
        outcomes = _brought(run, connector, file, actor, whole)
        _kept(run, file, outcomes)
        refused += [f"{file.path}:{one.message}" for one in outcomes if one.status == RunStatus.REFUSED]
        tell(run)
        if whole is not None:
            holding.require_decided(run.feed)
        if number < len(fresh) and Feed.objects.filter(pk=run.feed_id, is_paused=True).exists():
            raise FeedStopped(f"采集任务“{run.feed}”在运行中被暂停;已收 {number} 个文件,恢复后会接着收。")
    if not fresh:
        return "没有新的或改动过的文件。"
    told = f"收到 {len(fresh)} 个文件,{run.rows_in:,} 行,接收 {run.accepted:,} 行,拒收 {run.rejected:,} 行。"
    return told + (f"有 {len(refused)} 处没有收:{refused[0]}" if refused else "")


def new_files(feed: Feed, connector: FileConnector) -> list[RemoteFile]:
    """Files that were not taken with this stamp, oldest first."""
    known = dict(FeedFile.objects.filter(feed=feed).values_list("path", "stamp"))
    found = [file for file in connector.files(feed.table) if known.get(file.path) != file.stamp]
    return sorted(found, key=lambda file: (file.changed_at or _EARLIEST, file.path))


def _brought(
    run: FeedRun, connector: FileConnector, file: RemoteFile, actor: Actor, whole: WholeState | None
) -> list[FileOutcome]:
    with storage.scratch() as folder:
        path = folder / safe_name(file.path)
        connector.fetch(file, path)
        outcomes = run_feed(path, actor=actor, resource=run.feed.resource, scope="", whole=whole, own_codes=run.feed.own_codes)
        crash.point("file_landed")
        return outcomes


@transaction.atomic
def _kept(run: FeedRun, file: RemoteFile, outcomes: list[FileOutcome]) -> None:
    """The file as taken, and the run's sums over what landed by it."""
    landed = [one for one in outcomes if one.status == RunStatus.LANDED or _landed_before_a_crash(run, one)]
    rows, accepted, rejected = (sum(getattr(one, name) for one in landed) for name in ("rows_in", "accepted", "rejected"))
    is_refused = not outcomes or any(one.status == RunStatus.REFUSED for one in outcomes)
    status = RunStatus.REFUSED if is_refused else outcomes[0].status
    FeedFile.objects.update_or_create(
        feed=run.feed, path=file.path[:1000],
        defaults={
            "stamp": file.stamp[:200], "status": status, "message": ";".join(one.message for one in outcomes if one.message)[:1000],
            "rows_in": rows, "accepted": accepted, "rejected": rejected, "at": clock.now(),
        },
    )
    run.rows_in, run.accepted, run.rejected = run.rows_in + rows, run.accepted + accepted, run.rejected + rejected
    run.chunks += 1
    run.save(update_fields=["rows_in", "accepted", "rejected", "chunks"])


def _landed_before_a_crash(run: FeedRun, outcome: FileOutcome) -> bool:
    """Whether this very run landed it before its process was killed, so that nobody has counted it yet."""
    if outcome.status != RunStatus.KNOWN:
        return False
    mine = Batch.objects.landed().filter(resource=run.feed.resource, file_name=outcome.path, part=outcome.table)
    return mine.filter(table_version=outcome.version, created_at__gte=run.created_at).exists()
