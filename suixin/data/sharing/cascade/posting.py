"""Writing letters: numbered without gaps, in the transaction of what they tell."""

from collections.abc import Mapping
from typing import Any  # contents are JSON

from django.db import transaction

from suixin.data.sharing.cascade import envelopes
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import LetterKind, Link, Outgoing, Platform
from suixin.kit import clock

MOST_WAITING = 200  # letters that wait for a peer before nothing more is written to it


def platform() -> Platform:
    """Who we are. Raises WrongLink: nobody has said so yet."""
    found = Platform.objects.first()
    if found is None:
        raise WrongLink("本平台还没有登记级联身份；请先运行 suixin cascade identity，或在级联页填写。")
    return found


@transaction.atomic
def post(link: Link, kind: LetterKind, content: Mapping[str, Any], *, about: str = "", rows: int = 0) -> Outgoing:
    """The letter, written and signed; part of the caller's transaction."""
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    envelope = envelopes.sealed(
        platform().code, held.code, sequence=held.sent + 1, kind=kind.value, day=clock.today(), content=content, about=about, rows=rows,
        key_id=held.our_key,
    )
    written = Outgoing(
        link=held, sequence=envelope.sequence, kind=kind, about=about, rows=rows, day=envelope.day, digest=envelope.digest,
        signature=envelope.signature, written_at=clock.now(),
    )
    written.envelope = envelope.text.decode()
    written.save(force_insert=True)
    held.sent = envelope.sequence
    held.save(update_fields=["sent"])
    link.sent = held.sent
    return written


def has_room(link: Link) -> bool:
    """Whether more may be written: a peer that does not answer is not written to without end."""
    held = Link.objects.get(pk=link.pk)
    return held.sent - held.acknowledged < MOST_WAITING
