"""Who may read an attachment: the module that owns it answers; an owner that nobody answers for is nobody's."""

from collections.abc import Callable

from suixin.ground.files.models import Attachment
from suixin.kit.actor import Actor

_answers: dict[str, Callable[[Actor, str], bool]] = {}


def register_owner(kind: str, may_read: Callable[[Actor, str], bool]) -> None:
    """Attachments of owners of that kind are read by whom `may_read(actor, key of the owner)` lets."""
    _answers[kind] = may_read


def may_read(actor: Actor, attachment: Attachment) -> bool:
    """Whether the attachment's owner lets the actor read it; unclaimed ones are for who handed them in."""
    if not attachment.owner_kind:
        return attachment.kept_by == signature(actor)
    answer = _answers.get(attachment.owner_kind)
    return answer is not None and answer(actor, attachment.owner_key)


def signature(actor: Actor) -> str:
    """Who handed something in, as its row says it."""
    return f"{actor.kind.value}:{actor.key}"[:180]
