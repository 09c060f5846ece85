"""Writes of front machines: heard, chunks received once and in order, asked for again from a number.

Order    a stream's chunks are numbered from 1 by its agent; only the next one is taken, so a gap is noticed when it comes
Once     a number that was taken is answered as the first time when its bytes are the same
Late     a heartbeat that another has overtaken is answered and changes nothing
Again    the answer to a heartbeat says which number we want and the place before it: the agent goes back and reads from there
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django.db import IntegrityError, transaction
from pydantic import ValidationError

from suixin.data.collection import inbox
from suixin.data.collection.errors import FeedBusy, FeedStopped, SequenceDiffers, SourceBusy, WrongSource
from suixin.data.collection.feeding import start_run
from suixin.data.collection.models import (
    Drift,
    DriftState,
    Feed,
    FeedMode,
    FrontChunk,
    FrontMachine,
    FrontStream,
    RunState,
    Source,
)
from suixin.data.collection.runnable import require_open, require_runnable
from suixin.data.collection.sources import parcels
from suixin.data.collection.sources.base import Kind
from suixin.data.collection.sources.heartbeats import (
    MOST_FILES,
    MOST_STREAMS,
    Answer,
    Heartbeat,
    StreamAnswer,
    StreamTold,
)
from suixin.data.collection.sources.parcels import BadParcel, Parcel
from suixin.ground.audit import actions as audit
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.kit.errors import NotAllowed, NotFound
from suixin.kit.sm import sm3_hex

MOST_WAITING_BYTES = 4 << 30
WARNED_DAYS = 30
_PAUSE = timedelta(minutes=10)
_LATE = timedelta(minutes=1)  # by more the machine's clock was put back


def hear(slug: str, body: bytes, *, actor: Actor) -> Answer:
    """What the machine is answered; what it told is kept. Raises NotFound, NotAllowed, WrongSource, FeedStopped."""
    source = _source(slug, actor)
    require_open(source)
    try:
        told = Heartbeat.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise WrongSource(f"心跳里的“{where[:80]}”不对({first['type']});请升级前置机程序或底座。") from error
    now = clock.now()
    with transaction.atomic():
        held = FrontMachine.objects.select_for_update().filter(source=source).first()
        is_late = held is not None and timedelta(0) < _clock_of(held) - _instant_of(told.time_ms) < _LATE
        if not is_late:  # one that was overtaken on its way is answered, but says nothing new
            _require_streams(source, told)
            FrontMachine.objects.update_or_create(source=source, defaults={
                "version": told.version, "host": told.host, "heard_at": now, "skew_ms": told.time_ms - int(now.timestamp() * 1000),
                "spool_chunks": told.spool_chunks, "spool_bytes": told.spool_bytes, "spool_limit": told.spool_limit,
                "oldest_at": _instant(told.oldest_ms), "sentence": told.sentence,
            })
        answers = {one.name: _heard(source, one, is_late=is_late) for one in told.streams}
    for feed in _feeds(source):
        land_soon(feed)
    return Answer(time_ms=int(now.timestamp() * 1000), sentence=agreement_warning(source), streams=answers)


def receive(slug: str, name: str, sequence: int, *, body: bytes, sm3: str, actor: Actor) -> tuple[FrontChunk, bool]:
    """The chunk, and whether it is new; safe when this returns.

    Raises  NotFound, NotAllowed, FeedStopped - no such stream, another application's, not taken now
            BadParcel - damaged on its way, or no parcel
            SequenceDiffers - not the number that we want, or that number with other bytes
            SourceBusy - too much waits here
    """
    source = _source(slug, actor)
    feed = _feeds(source).filter(table=name).first()
    if feed is None:
        raise NotFound(f"底座还没有采集任务接收数据流“{name[:60]}”;请数据局或您单位在来源页添加采集任务。")
    require_runnable(feed)
    if sm3_hex(body) != sm3:
        raise BadParcel("数据块的 SM3 与写明的不符,可能在途中损坏;请重发。")
    stream = FrontStream.objects.filter(source=source, name=name).first()
    if stream is None or not 0 < sequence <= stream.received:
        _require_room(source)
        return _kept(source, name, sequence, body, sm3, actor, feed), True
    held = stream.chunks.filter(sequence=sequence).first()
    if held is None or held.sm3 != sm3:
        raise _differs(stream, sequence)
    return held, False


def land_soon(feed: Feed) -> None:
    """A run of the feed when chunks wait for it and nothing speaks against: no open run or change of columns, no fault just now."""
    waiting = FrontChunk.objects.filter(stream__source=feed.source_id, stream__name=feed.table, landed_at=None)
    if not waiting.exists() or Drift.objects.filter(feed=feed, state=DriftState.OPEN).exists():
        return
    last = feed.runs.order_by("-pk").first()
    if last is not None and (last.is_open or (last.state == RunState.FAILED and last.ended_at and clock.now() - last.ended_at < _PAUSE)):
        return
    try:
        start_run(feed, actor=SYSTEM)
    except (FeedBusy, FeedStopped):  # another process was first, or it is told on the feed's page
        return


def agreement_warning(source: Source) -> str:
    """A sentence when the supplier's agreement ends within a month; empty otherwise."""
    if source.expires_on is None:
        return ""
    days = (source.expires_on - clock.today()).days
    if days < 0:
        return f"与“{source.organisation}”的供数协议已于 {source.expires_on:%Y-%m-%d} 到期,不再接收数据;续签后请在来源页更新到期日。"
    if days > WARNED_DAYS:
        return ""
    return f"与“{source.organisation}”的供数协议将于 {source.expires_on:%Y-%m-%d} 到期(还有 {days} 天),到期后不再接收数据;请及早续签。"


def _source(slug: str, actor: Actor) -> Source:
    source = Source.objects.select_related("organisation").filter(slug=slug, kind=Kind.AGENT).first()
    if source is None:
        raise NotFound(f"没有名为“{slug[:60]}”的前置机来源;请核对前置机配置里的 source。")
    if actor.kind is not ActorKind.APPLICATION or actor.key != source.options.get("application"):
        raise NotAllowed(f"应用“{actor.key[:64]}”不是来源“{source.name}”登记的前置机应用;请用登记的应用签名,或请数据局改登记。")
    return source


def _feeds(source: Source):  # type: ignore[no-untyped-def]  # noqa: ANN202 a QuerySet
    return Feed.objects.filter(source=source).select_related("source__organisation", "resource__provider").order_by("pk")


def _clock_of(machine: FrontMachine) -> datetime:
    """What the machine's own clock said in its last heartbeat."""
    return machine.heard_at + timedelta(milliseconds=machine.skew_ms)


def _require_streams(source: Source, told: Heartbeat) -> None:
    """Nothing while the source has few streams; first those that it tells of no more and that brought nothing go. Raises WrongSource."""
    names = {one.name for one in told.streams}
    others = FrontStream.objects.filter(source=source).exclude(name__in=names)
    if others.count() + len(names) <= MOST_STREAMS:
        return
    others.filter(received=0).delete()
    if others.count() + len(names) > MOST_STREAMS:
        raise WrongSource(f"来源“{source.name}”的数据流超过 {MOST_STREAMS} 个;请在前置机的配置里沿用原来的名称,或另登记一个来源。")


def _heard(source: Source, told: StreamTold, *, is_late: bool) -> StreamAnswer:
    columns = [one.model_dump() for one in told.columns]
    kept = {
        "what": told.what, "is_repeated": told.is_repeated, "sentence": told.sentence, "read_at": _instant(told.read_ms),
        **({"columns": columns} if columns else {}),
    }
    if is_late:
        stream = FrontStream.objects.filter(source=source, name=told.name).first() or FrontStream(source=source, name=told.name)
    else:
        stream, _ = FrontStream.objects.update_or_create(source=source, name=told.name, defaults=kept)
    feed = _feeds(source).filter(table=told.name).first()
    if feed is None:
        sentence = "底座还没有采集任务接收它;请数据局或您单位在来源页添加采集任务。"
        return StreamAnswer(is_taken=False, sentence=sentence, next=stream.received + 1)
    is_taken, sentence = True, ""
    try:
        require_runnable(feed)
    except FeedStopped as error:
        is_taken, sentence = False, error.sentence
    files: dict[str, str] = {}
    if told.has_forgotten:
        taken = stream.chunks.exclude(file="").filter(is_last=True).order_by("-sequence").values_list("file", "stamp")[:MOST_FILES]
        files = dict(reversed(taken))
    return StreamAnswer(
        is_taken=is_taken, sentence=sentence, next=stream.received + 1, place=json.loads(stream.place or "{}"),
        may_repeat=feed.mode != FeedMode.APPEND, files=files,
    )


def _require_room(source: Source) -> None:
    sizes = FrontChunk.objects.filter(stream__source=source, landed_at=None).values_list("size", flat=True)
    if sum(sizes) > MOST_WAITING_BYTES:
        raise SourceBusy(f"来源“{source.name}”有 {len(sizes):,} 块数据还没有入库,暂不再收;请数据局检查它的采集任务,前置机稍后会自动重发。")


def _kept(source: Source, name: str, sequence: int, body: bytes, sm3: str, actor: Actor, feed: Feed) -> FrontChunk:
    _require_next(source, name, sequence)  # before anything is unpacked or kept; again below, under the lock
    parcel = parcels.unpacked(body)
    place = json.dumps(dict(parcel.place))
    key = inbox.keep("chunk.zst", [body])
    crash.point("chunk_kept")
    try:
        chunk = _noted(source, name, sequence, parcel, actor=actor, given={"sm3": sm3, "size": len(body), "inbox": key, "place": place})
    except SequenceDiffers:
        inbox.forget(key)
        raise
    land_soon(feed)
    return chunk


def _require_next(source: Source, name: str, sequence: int) -> None:
    stream = FrontStream.objects.filter(source=source, name=name).first() or FrontStream(source=source, name=name)
    if sequence != stream.received + 1:
        raise _differs(stream, sequence)


def _noted(
    source: Source, name: str, sequence: int, parcel: Parcel, *, actor: Actor, given: Mapping[str, object]
) -> FrontChunk:
    """The chunk's row, the stream behind it. Raises SequenceDiffers."""
    with transaction.atomic():
        made, _ = FrontStream.objects.get_or_create(source=source, name=name)
        stream = FrontStream.objects.select_for_update().get(pk=made.pk)
        if sequence != stream.received + 1:
            raise _differs(stream, sequence)
        try:
            with transaction.atomic():
                chunk = FrontChunk.objects.create(
                    stream=stream, sequence=sequence, received_at=clock.now(), **given, **_facts(parcel)
                )
        except IntegrityError as error:
            raise _differs(stream, sequence) from error
        stream.received, stream.place = sequence, chunk.place
        stream.save(update_fields=["received", "place"])
        detail = {"stream": name, "sequence": sequence, "rows": len(parcel.rows), "sm3": chunk.sm3}
        audit.record(actor, "collection.received_chunk", source, detail=detail)
    return chunk


def _facts(parcel: Parcel) -> Mapping[str, object]:
    columns = [one.as_dict() for one in parcel.columns]
    return {
        "rows": len(parcel.rows), "columns": columns, "file": parcel.file, "stamp": parcel.stamp, "is_last": parcel.is_last,
    }


def _differs(stream: FrontStream, sequence: int) -> SequenceDiffers:
    return SequenceDiffers(
        f"数据流“{stream.name}”应从第 {stream.received + 1} 块续传,来的是第 {sequence} 块,或内容与以前收到的不同;"
        "前置机会按心跳的答复退回续传。"
    )


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else _instant_of(milliseconds)


def _instant_of(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(min(milliseconds, 2**41) / 1000, UTC)
