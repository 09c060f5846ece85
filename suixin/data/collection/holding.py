"""Whole states: how much one may delete, and those that would delete more, which wait until a person has decided."""

from dataclasses import dataclass

from django.db import transaction

from suixin.data.catalog.models import Resource
from suixin.data.collection.errors import FeedStopped, WrongSource
from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FeedFile, FeedMode, Hold, HoldState
from suixin.data.lake.errors import TooManyDeletions
from suixin.data.lake.writer import Whole
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock
from suixin.kit.actor import SYSTEM, Actor

MOST_DELETED = 20


@dataclass(frozen=True, slots=True)
class WholeState:
    """That what comes is the whole state of its entry: by a feed, or by a person who says how much it may delete."""

    most_percent: int = MOST_DELETED
    feed: Feed | None = None

    @staticmethod
    def of(feed: Feed) -> "WholeState | None":
        """As the feed is set; None when it brings changes only."""
        return WholeState(feed.most_deleted, feed) if feed.mode == FeedMode.SNAPSHOT else None

    def limits(self, sm3: str) -> Whole:
        """How much the state of those bytes may delete: more, when a person agreed to these very bytes."""
        agreed = Hold.objects.filter(feed=self.feed, sm3=sm3, state=HoldState.TAKEN).first() if self.feed else None
        return Whole(self.most_percent, agreed.deleted if agreed else 0)


def require_key(resource: Resource | None) -> None:
    """Nothing, when the entry has a key by which a whole state can be compared. Raises WrongSource."""
    if resource is None or not resource.contract.key:
        raise WrongSource("整表更新按主键比对:请指明归入的目录,它要有主键。")


def require_decided(feed: Feed) -> None:
    """Nothing, when no whole state of the feed waits for a person. Raises FeedStopped."""
    if (held := feed.holds.filter(state=HoldState.OPEN).first()) is not None:
        raise FeedStopped(f"“{feed}”有一次整表更新会删除 {held.deleted:,} 行,正等人决定;请在采集任务页同意或作废后再运行。")


@transaction.atomic
def hold(feed: Feed, error: TooManyDeletions, *, sm3: str, path: str = "") -> Hold:
    """The state, waiting for a person."""
    rows, deleted = int(str(error.fields["rows"])), int(str(error.fields["deleted"]))
    kept = {"sm3": sm3, "path": path[:1000], "rows": rows, "deleted": deleted}
    fresh = {**kept, "found_at": clock.now()}
    made, _ = Hold.objects.update_or_create(feed=feed, state=HoldState.OPEN, defaults=kept, create_defaults=fresh)
    audit.record(SYSTEM, "collection.held_state", made, detail={"feed": str(feed.uuid), "rows": rows, "deleted": deleted})
    return made


@transaction.atomic
def decide(held: Hold, *, is_taken: bool, actor: Actor, reason: str) -> Hold:
    """The state let in by the next run, deletions and all, or dropped, so that the next run reads anew.

    Raises NotAllowed, WrongSource: decided already.
    """
    policy.require(actor, "collection.decide_drift", held)
    found = Hold.objects.select_for_update().select_related("feed").get(pk=held.pk)
    if found.state != HoldState.OPEN:
        raise WrongSource(f"这次整表更新已经是“{HoldState(found.state).label}”;请刷新页面。")
    found.state = HoldState.TAKEN if is_taken else HoldState.DROPPED
    found.decided_at, found.decided_by, found.reason = clock.now(), actor.name, reason[:300]
    found.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    if is_taken:  # a file is asked for again only when its stamp is not the one that was refused
        FeedFile.objects.filter(feed=found.feed, path=found.path).delete()
    else:
        FeedChunk.objects.filter(feed=found.feed, sm3=found.sm3, state=ChunkState.ARCHIVED).update(state=ChunkState.DROPPED)
    audit.record(actor, "collection.decided_hold", found, basis=reason, detail={"state": str(found.state), "deleted": found.deleted})
    return found

def changes_told(changes: dict[str, int]) -> str:
    """What a whole state changed, as a sentence."""
    told = (
        f"新增 {changes.get('inserted', 0):,} 行,更新 {changes.get('updated', 0):,} 行,删除 {changes.get('deleted', 0):,} 行,"
        f"未变 {changes.get('unchanged', 0):,} 行。"
    )
    kept = changes.get("kept", 0)
    return told + (f"有 {kept:,} 行这次不合格或主键读不出,保留原来的内容,没有删除。" if kept else "")
