"""Who may read an attachment: the module that owns it answers, or one that uses it; an owner that nobody answers for is nobody's."""

from collections.abc import Callable

from suixin.ground.files.models import Attachment
from suixin.kit.actor import Actor

_answers: dict[str, Callable[[Actor, str], bool]] = {}
_uses: dict[str, Callable[[Actor, Attachment], bool]] = {}


def register_owner(kind: str, may_read: Callable[[Actor, str], bool]) -> None:
    """Attachments of owners of that kind are read by whom `may_read(actor, key of the owner)` lets."""
    _answers[kind] = may_read


def register_use(kind: str, may_read: Callable[[Actor, Attachment], bool]) -> None:
    """Single attachments of owners of that kind are also read by whom `may_read(actor, attachment)` lets."""
    _uses[kind] = may_read


def may_read(actor: Actor, attachment: Attachment) -> bool:
    """Whether the attachment's owner, or who uses it, lets the actor read it; unclaimed ones are for who handed them in."""
    if not attachment.owner_kind:
        return attachment.kept_by == signature(actor)
    answer, use = _answers.get(attachment.owner_kind), _uses.get(attachment.owner_kind)
    if answer is not None and answer(actor, attachment.owner_key):
        return True
    return use is not None and use(actor, attachment)


def signature(actor: Actor) -> str:
    """Who handed something in, as its row says it."""
    return f"{actor.kind.value}:{actor.key}"[:180]
