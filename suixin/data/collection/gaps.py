"""Chunks of front machines that shall come again: forgotten here, and asked for in the answer to the next heartbeat."""

from django.db import transaction

from suixin.data.collection.models import ChunkState, Feed, FeedChunk, FrontStream
from suixin.data.collection.sources.base import Kind
from suixin.ground.audit import actions as audit
from suixin.kit.actor import SYSTEM


def forget_from(stream: FrontStream, sequence: int) -> int:
    """The number that is now wanted: chunks from `sequence` on that nobody has archived are forgotten and come again."""
    with transaction.atomic():
        held = FrontStream.objects.select_for_update().get(pk=stream.pk)
        archived = FeedChunk.objects.filter(feed__source=held.source_id, feed__table=held.name, state=ChunkState.ARCHIVED)
        safe = {number for place in archived.values_list("place", flat=True) for number in place.get("messages", ())}
        gone = held.chunks.filter(sequence__gte=sequence, landed_at=None).exclude(pk__in=safe).order_by("sequence")
        first = gone.values_list("sequence", flat=True).first()
        if first is None:
            return held.received + 1
        gone.delete()
        before = held.chunks.filter(sequence=first - 1).first()
        held.received, held.place = first - 1, before.place if before else ""
        held.save(update_fields=["received", "place"])
        audit.record(SYSTEM, "collection.asked_again", held.source, detail={"stream": held.name, "from": first})
        return first


def forget_drifted(feed: Feed) -> None:
    """Chunks of a change of columns that was kept out are forgotten, so that the agent reads their rows anew."""
    if feed.source is None or feed.source.kind != Kind.AGENT:
        return
    stream = FrontStream.objects.filter(source=feed.source, name=feed.table).first()
    first = stream.chunks.filter(landed_at=None).first() if stream is not None else None
    if stream is not None and first is not None:
        forget_from(stream, first.sequence)
