"""What collection keeps of rows beside the lake: drafts of the fill-in page, messages not landed, places of feeds, uploads.

Places of feeds name the key of the last row that was read. In the history of runs and chunks they are forgotten; the
place where a feed goes on keeps its cursor, and for the key gets what sorts behind every key of that cursor.
"""

import json

import orjson
from django.db import transaction
from django.db.models import F, Q

from suixin.data.collection import inbox
from suixin.data.collection.destruction.meant import sought_of
from suixin.data.collection.destruction.places import Ending
from suixin.data.collection.filling import FILING
from suixin.data.collection.models import (
    ChunkState,
    Feed,
    FeedChunk,
    FeedRun,
    Filing,
    FillDraft,
    FrontChunk,
    FrontStream,
    PushMessage,
    RunState,
    Source,
)
from suixin.data.collection.pushing import rows_of
from suixin.data.collection.sources.places import ORDER
from suixin.data.lake.errors import TableBusy
from suixin.data.lake.purging.selecting import mentions, needles_of
from suixin.ground.files import actions as files
from suixin.ground.files import store
from suixin.ground.files.models import Attachment
from suixin.ground.jobs.models import Job, JobState
from suixin.kit.actor import SYSTEM

BEHIND = "\U0010ffff"
_MOST = 2**63 - 1


def require_quiet(ending: Ending) -> None:
    """Nothing, while no delivery for the table is under way. Raises TableBusy: what lands later would not be reached."""
    resource = ending.resource
    runs = FeedRun.objects.filter(feed__resource=resource, state__in=(RunState.WAITING, RunState.RUNNING))
    chunks = FeedChunk.objects.filter(feed__resource=resource, state=ChunkState.ARCHIVED)
    pushed = FrontChunk.objects.filter(
        stream__source__feeds__resource=resource, stream__source__feeds__table=F("stream__name"), landed_at=None
    )
    uploads = Job.objects.filter(
        Q(arguments__table=resource.table) | Q(arguments__table=""), kind=inbox.KIND, state__in=(JobState.WAITING, JobState.RUNNING)
    )
    if runs.exists() or chunks.exists() or pushed.exists() or uploads.exists():
        raise TableBusy(f"《{resource.title}》还有采集任务或上传的文件没有处理完，暂不能销毁；处理完后会自动继续。", table=resource.table)


def forget_drafts(ending: Ending) -> int:
    """Rows of drafts that mention a value, taken out."""
    sought, dropped = sought_of(ending), 0
    for key in FillDraft.objects.filter(resource=ending.resource).values_list("pk", flat=True) if sought else ():
        with transaction.atomic():
            draft = FillDraft.objects.select_for_update().get(pk=key)
            held = orjson.loads(draft.sealed) if draft.sealed else {"rows": []}
            fields = held.get("fields", [])
            stays = [row for row in held["rows"] if not sought.in_cells(dict(zip(fields, row, strict=False)))]
            if gone := len(held["rows"]) - len(stays):
                draft.sealed, draft.rows = orjson.dumps({**held, "rows": stays}).decode(), len(stays)
                draft.revision += 1
                draft.save(update_fields=["sealed", "rows", "revision"])
                dropped += gone
    return dropped


def forget_messages(ending: Ending) -> int:
    """Rows of messages that wait to be landed and mention a value, taken out."""
    sought, dropped = sought_of(ending), 0
    sources = Source.objects.filter(feeds__resource=ending.resource)
    waiting = PushMessage.objects.filter(source__in=sources, landed_at=None).values_list("pk", flat=True)
    for key in waiting if sought else ():
        with transaction.atomic():
            message = PushMessage.objects.select_for_update().get(pk=key)
            rows = rows_of(message.body) if message.body else []
            stays = [row for row in rows if not sought.in_cells(row)]
            if len(stays) < len(rows):
                message.body, message.rows = json.dumps(stays, ensure_ascii=False), len(stays)
                message.save(update_fields=["body", "rows"])
                dropped += len(rows) - len(stays)
    return dropped


def forget_places(ending: Ending) -> int:
    """Places of feeds that name a value, forgotten or moved behind it."""
    needles, resource, count = needles_of(ending.selection), ending.resource, 0
    if not needles:
        return 0
    for run in FeedRun.objects.filter(feed__resource=resource):
        if _names(run.before, needles) or _names(run.position, needles):
            FeedRun.objects.filter(pk=run.pk).update(before=None, position=None)
            count += 1
    for key, place in FeedChunk.objects.filter(feed__resource=resource).values_list("pk", "place"):
        if _names(place, needles):
            FeedChunk.objects.filter(pk=key).update(place={})
            count += 1
    for feed in Feed.objects.filter(resource=resource):
        if _names(feed.position, needles):
            Feed.objects.filter(pk=feed.pk).update(position=_behind(feed.position, needles))
            count += 1
    return count + _forget_fronts(ending, needles)


def _forget_fronts(ending: Ending, needles: tuple[str, ...]) -> int:
    """Places of front machines, sealed here and told to them when they have forgotten theirs, moved behind the value."""
    streams = FrontStream.objects.filter(source__feeds__resource=ending.resource, source__feeds__table=F("name")).distinct()
    told: list[FrontStream | FrontChunk] = [*streams, *FrontChunk.objects.filter(stream__in=streams).iterator()]
    count = 0
    for held in told:
        place = json.loads(held.place or "{}")
        if _names(place, needles):
            held.place = json.dumps(_behind(place, needles) or {})
            held.save(update_fields=["place"])
            count += 1
    return count


def forget_uploads(_: Ending) -> int:
    """Sealed files of uploads that were processed go now, not in an hour."""
    return inbox.forget_done()


def release_attachments(ending: Ending) -> int:
    """Attachments of filings whose original was destroyed go with it."""
    tokens = [str(token) for token in Filing.objects.filter(
        resource=ending.resource, sm3__in=ending.originals
    ).values_list("token", flat=True)]
    held = Attachment.objects.filter(owner_kind=FILING, owner_key__in=tokens)
    contents, count = set(held.values_list("sm3", flat=True)), held.count()
    for token in tokens:
        files.release(owner_kind=FILING, owner_key=token, actor=SYSTEM)
    for sm3 in contents - set(Attachment.objects.filter(sm3__in=contents).values_list("sm3", flat=True)):
        store.path_of(sm3).unlink(missing_ok=True)
    return count


def _names(place: object, needles: tuple[str, ...]) -> bool:
    if isinstance(place, dict):
        return any(_names(one, needles) for one in place.values())
    if isinstance(place, list):
        return any(_names(one, needles) for one in place)
    return place is not None and mentions(str(place), needles)


def _behind(place: dict[str, object] | None, needles: tuple[str, ...]) -> dict[str, object] | None:
    order = place.get(ORDER) if place is not None else None
    if place is None or not isinstance(order, list) or not order or _names(order[0], needles):
        return None  # the cursor itself: the next run reads everything
    moved = [
        (_MOST if isinstance(one, int) else BEHIND) if number and _names(one, needles) else one for number, one in enumerate(order)
    ]
    rest = {name: one for name, one in place.items() if name != ORDER and not _names(one, needles)}
    return {**rest, ORDER: moved}
