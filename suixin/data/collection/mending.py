"""Where collection's rows and the lake disagree after a crash or after one of them was restored alone: found, and mended.

Lost batches     said to be landed, but no version of the table has them (lake older than the control database): landed
                 again from the archive when nothing landed after them: a file by `land_waiting`, a chunk by the feed's next run
Lost originals   a chunk that waits and whose archive file is gone is read from the source again: its place never moved on
Orphan runs      running by a process that is gone: they end, the next run goes on
Ahead            rows of a feed that is behind its table (control database older than the lake): keyed feeds go on behind what
                 landed; one that appends would double rows and is paused until a person has set its place
Nothing here removes an original; `forget_unnamed` does, for who asks for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Max

from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FeedMode, FeedRun, Run, RunState, RunStatus
from suixin.data.lake import archive, storage
from suixin.data.lake.models import Batch, DestroyedOriginal
from suixin.data.lake.repair import lost_batches
from suixin.data.quality.models import Correction
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import Actor

SPARED = timedelta(hours=24)  # a file that is just being brought is archived before anything names it
LOST = "数据湖里没有这一批(可能恢复过旧的备份),从归档的原件重新入库。"
ENDED = "运行它的进程中断了;已入库的部分保留,再次运行会接着读。"


@dataclass(frozen=True, slots=True)
class Disagreements:
    """What is found: batches (and of these, which can come back), chunks, runs, feeds, originals that nothing names."""

    lost: tuple[Batch, ...] = ()
    stuck: tuple[Batch, ...] = ()
    chunks: tuple[FeedChunk, ...] = ()
    runs: tuple[FeedRun, ...] = ()
    ahead: tuple[Feed, ...] = ()
    missing: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mended:
    """How many of each were put right, and which feeds were paused. `waiting`: batches that will land again."""

    waiting: int = 0
    read_again: int = 0
    ended: int = 0
    paused: tuple[str, ...] = ()


def disagreements() -> Disagreements:
    """All of them, looked for and left as they are; reads names of files and rows, never a content."""
    kept, named, destroyed = _kept(), _named(), set(DestroyedOriginal.objects.values_list("sm3", flat=True))
    sheets = set(Correction.objects.values_list("sm3", flat=True))  # of which none may have landed a row
    lost: list[Batch] = []
    stuck: list[Batch] = []
    for batch in lost_batches():
        (lost if _may_come_back(batch, kept) else stuck).append(batch)
    waiting = FeedChunk.objects.filter(state=ChunkState.ARCHIVED).select_related("feed__resource")
    oldest = clock.now().timestamp() - SPARED.total_seconds()
    return Disagreements(
        tuple(lost), tuple(stuck), tuple(chunk for chunk in waiting if archive.key_of(chunk.archive_path) not in kept),
        tuple(run for run in FeedRun.objects.filter(state=RunState.RUNNING) if storage.owner_lives(run.owner) is False),
        tuple(_ahead()), tuple(sorted(name for name in named - kept.keys() if Path(name).stem not in destroyed)),
        tuple(sorted(
            name for name, path in kept.items()
            if name not in named and Path(name).stem not in sheets and path.stat().st_mtime < oldest
        )),
    )


def mend(*, actor: Actor) -> Mended:
    """Everything put right that can be without loss; twice changes nothing more. Raises NotAllowed."""
    policy.require(actor, "collection.land_waiting", None)
    found = disagreements()
    for batch in sorted(found.lost, key=lambda one: (one.created_at, one.pk)):
        _let_wait(batch, actor)
    for chunk in found.chunks:
        audit.record(actor, "collection.forgot_chunk", chunk.feed, detail={"sequence": chunk.sequence, "rows": chunk.rows})
        chunk.delete()
    for run in found.runs:
        FeedRun.objects.filter(pk=run.pk, state=RunState.RUNNING, owner=run.owner).update(
            state=RunState.FAILED, sentence=ENDED, code="source-500", ended_at=clock.now(), owner=""
        )
    paused = [_paused(feed, actor) for feed in found.ahead]
    return Mended(len(found.lost), len(found.chunks), len(found.runs), tuple(paused))


def forget_unnamed(*, actor: Actor) -> list[str]:
    """Originals removed that no batch, run or chunk names and that are older than a day. Raises NotAllowed."""
    policy.require(actor, "collection.land_waiting", None)
    names, kept = disagreements().unnamed, _kept()
    for name in names:
        kept[name].unlink(missing_ok=True)
    if names:
        audit.record(actor, "collection.forgot_originals", ("archive", ""), detail={"count": len(names), "first": list(names[:20])})
    return list(names)


def _kept() -> dict[str, Path]:
    folder = storage.root() / "archive"
    found = [path for path in folder.glob("*/*") if path.is_file()] if folder.is_dir() else []
    return {archive.key_of(path.relative_to(storage.root()).as_posix()): path for path in found}


def _named() -> set[str]:
    """Every archive file that a batch, a run or a chunk names, whether it is there or not."""
    return {
        archive.key_of(name) for model in (Batch, Run, FeedChunk)
        for name in model.objects.exclude(archive_path="").values_list("archive_path", flat=True).distinct().iterator()
    }


def _may_come_back(batch: Batch, kept: dict[str, Path]) -> bool:
    """Whether its original is there and nothing that is in the table landed after it."""
    if batch.corrects is not None or batch.corrections.exists():
        return False  # its sheet, and sheets for it, name rows by this very batch
    if "inserted" in batch.changes and not FeedChunk.objects.filter(batch=batch).exists():
        return False  # a file that was the whole state: landed by key alone, its deletions would be lost
    lost = {one.pk for one in lost_batches(batch.resource.table)}
    later = Batch.objects.landed().filter(resource=batch.resource, created_at__gt=batch.created_at).exclude(pk__in=lost)
    return archive.key_of(batch.archive_path) in kept and not later.exists()


@transaction.atomic
def _let_wait(batch: Batch, actor: Actor) -> None:
    """The batch is none any more: its chunk waits for the feed's next run, its file for `land_waiting`."""
    if not FeedChunk.objects.filter(batch=batch).update(state=ChunkState.ARCHIVED, batch=None):
        first = Run.objects.filter(sm3=batch.sm3, table_name=batch.part, status=RunStatus.LANDED).order_by("pk").first()
        Run.objects.create(
            file_name=batch.file_name, table_name=batch.part, resource=batch.resource, sm3=batch.sm3, archive_path=batch.archive_path,
            status=RunStatus.PROPOSED, message=LOST, rows_in=batch.rows_in, at=clock.now(), by=actor.name,
            constants=first.constants if first is not None else {},  # what the file's name decided
        )
    audit.record(actor, "collection.lost_batch", batch, detail={"rows": batch.rows_in, "file": batch.file_name})
    batch.delete()


def _ahead() -> Iterator[Feed]:
    """Feeds that append and of which the table has chunks that the control database does not know."""
    feeds = Feed.objects.exclude(source=None).filter(mode=FeedMode.APPEND, is_paused=False)
    for feed in feeds.select_related("resource"):
        known = feed.chunks.aggregate(last=Max("sequence"))["last"] or 0
        if Batch.objects.landed().filter(feed=feed.delivery, sequence__gt=known).exists():
            yield feed


@transaction.atomic
def _paused(feed: Feed, actor: Actor) -> str:
    Feed.objects.filter(pk=feed.pk).update(is_paused=True)
    audit.record(actor, "collection.paused_feed", feed, basis="控制库比数据湖旧,继续采集会重复")
    return str(feed)
