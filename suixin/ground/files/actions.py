"""Taking and giving up attachments. Who may is decided, and recorded, by the module that they belong to."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from suixin.ground.files.models import Attachment
from suixin.ground.files.readers import signature
from suixin.ground.files.taking import Taken
from suixin.kit import clock
from suixin.kit.actor import Actor


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
