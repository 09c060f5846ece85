"""Letters that came, done in order, each once: what a letter does and the mark that it is done are one transaction.

What a letter of our own making does not fit (`SuixinError`) is done all the same, with the sentence kept: the letters behind it
must not wait for it for ever. Anything else that fails is tried again.
"""

from collections.abc import Callable

import orjson
from django.db import transaction

from suixin.data.sharing.cascade.models import Incoming, LetterKind, Link
from suixin.ground.audit import actions as audit
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError

Content = dict[str, object]
Doer = Callable[[Incoming, Content], None]
_doers: dict[str, Doer] = {}


def register(kind: LetterKind, doer: Doer) -> None:
    """Let `doer` do what letters of that kind say."""
    _doers[kind.value] = doer


def apply_waiting(link: Link) -> int:
    """How many letters were done now."""
    done = 0
    while _apply_next(link):
        crash.point("letter_applied")
        done += 1
    link.refresh_from_db()
    return done


@transaction.atomic
def _apply_next(link: Link) -> bool:
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    letter = held.incoming.select_related("link").filter(sequence=held.applied + 1).first()
    if letter is None:
        return False
    letter.link = held
    try:
        with transaction.atomic():
            _doers[letter.kind](letter, content_of(letter))
    except SuixinError as error:
        letter.sentence = error.sentence[:600]
        audit.record(SYSTEM, "cascade.not_done", held, code=error.code, detail={"sequence": letter.sequence, "kind": letter.kind})
    letter.applied_at = clock.now()
    letter.save(update_fields=["applied_at", "sentence"])
    Link.objects.filter(pk=held.pk).update(applied=letter.sequence)
    return True


def content_of(letter: Incoming) -> Content:
    """What the letter says."""
    said = orjson.loads(letter.envelope)["content"]
    return dict(said)
