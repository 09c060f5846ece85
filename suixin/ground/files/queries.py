"""Reads of attachments."""

from collections.abc import Collection
from uuid import UUID

from suixin.ground.files.errors import UnknownAttachment
from suixin.ground.files.models import Attachment
from suixin.ground.files.readers import may_read
from suixin.kit.actor import Actor


def attachment_of(uuid: UUID, *, actor: Actor) -> Attachment:
    """The attachment, when the actor may read it. Raises UnknownAttachment, which does not tell the two cases apart."""
    found = Attachment.objects.filter(uuid=uuid).first()
    if found is None or not may_read(actor, found):
        raise UnknownAttachment("没有这个附件，或您不能查看；请从所属的页面打开。")
    return found


def attachments_of(owner_kind: str, owner_key: str) -> list[Attachment]:
    """Everything that belongs to the owner, oldest first."""
    return list(Attachment.objects.filter(owner_kind=owner_kind, owner_key=owner_key))


def named(uuids: Collection[str]) -> dict[str, Attachment]:
    """Attachments by their uuid as text."""
    return {str(one.uuid): one for one in Attachment.objects.filter(uuid__in=list(uuids))} if uuids else {}
