"""Taking and giving up attachments. Who may is decided, and recorded, by the module that they belong to."""

from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO
from uuid import UUID

from django.db import transaction

from suixin.ground.files import scanning, store
from suixin.ground.files.errors import FileRefused
from suixin.ground.files.limits import Upload, limit_of_all, refusal_of
from suixin.ground.files.models import Attachment
from suixin.ground.files.names import kept_name
from suixin.ground.files.readers import signature
from suixin.ground.files.sniffing import FileType, type_of
from suixin.ground.files.store import Stored
from suixin.kit import clock
from suixin.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Taken:
    """Bytes on disk that passed, not yet an attachment; without one they go after a day."""

    name: str
    media_type: str
    stored: Stored


def take(upload: Upload, *, types: Collection[str] = (), max_bytes: int = 0) -> Taken:
    """The bytes, looked at by the scanner, which may take a minute: not within a transaction. Raises FileRefused, ScannerSilent."""
    sentence = refusal_of(upload, types=types, max_bytes=max_bytes)
    if sentence:
        raise FileRefused(sentence)
    found: FileType = type_of(upload.file or BytesIO())
    stored = store.put(upload.chunks(), limit=max_bytes or limit_of_all())
    scanning.scan(store.path_of(stored.sm3))  # what it refuses nothing points to: the cleaner takes it away
    return Taken(kept_name(upload.name), found.media_type, stored)


def keep(taken: Taken, *, actor: Actor, owner_kind: str = "", owner_key: str = "") -> Attachment:
    """The attachment of what was taken."""
    return Attachment.objects.create(
        name=taken.name, media_type=taken.media_type, size=taken.stored.size, sm3=taken.stored.sm3, owner_kind=owner_kind,
        owner_key=owner_key, kept_by=signature(actor), kept_at=clock.now(),
    )


@transaction.atomic
def claim(uuids: Collection[str | UUID], *, owner_kind: str, owner_key: str, actor: Actor) -> int:
    """How many attachments now belong to that owner: only those that this actor handed in."""
    mine = Attachment.objects.filter(uuid__in=list(uuids), kept_by=signature(actor))
    return mine.update(owner_kind=owner_kind, owner_key=owner_key)


def release(*, owner_kind: str, owner_key: str, uuids: Collection[str | UUID] | None = None, actor: Actor) -> int:
    """How many attachments of the owner were given up (all, or those named); the bytes go with the next cleaning."""
    held = Attachment.objects.filter(owner_kind=owner_kind, owner_key=owner_key)
    return (held if uuids is None else held.filter(uuid__in=list(uuids))).delete()[0]
