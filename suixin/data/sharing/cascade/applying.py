"""Letters that came, done in order, each once: what a letter does and the mark that it is done are one transaction.

What cannot be done (`SuixinError`), or has not the form that it should, is done with all the same, its sentence kept: the letters
behind it must not wait for it for ever. Anything else that fails is tried again.
"""

import logging
from collections.abc import Callable

import orjson
from django.core.exceptions import ValidationError
from django.db import DataError, transaction

from suixin.data.sharing.cascade.models import Incoming, LetterKind, Link
from suixin.ground.audit import actions as audit
from suixin.kit import clock, crash
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import SuixinError

Content = dict[str, object]
Doer = Callable[[Incoming, Content], None]
_doers: dict[str, Doer] = {}
_logger = logging.getLogger(__name__)


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
        _note_fault(letter, held, error.sentence, error.code)
    except (ValueError, KeyError, TypeError, OverflowError, ValidationError, DataError):
        _logger.exception("letter %s of %s has not the form that it should", letter.sequence, held.code)
        _note_fault(letter, held, "信件的内容不合格式，没有办理；请两端核对版本。", "cascade-400")
    letter.applied_at = clock.now()
    letter.save(update_fields=["applied_at", "sentence"])
    Link.objects.filter(pk=held.pk).update(applied=letter.sequence)
    return True


def _note_fault(letter: Incoming, link: Link, sentence: str, code: str) -> None:
    letter.sentence = sentence[:600]
    audit.record(SYSTEM, "cascade.not_done", link, code=code, detail={"sequence": letter.sequence, "kind": letter.kind})


def content_of(letter: Incoming) -> Content:
    """What the letter says."""
    said = orjson.loads(letter.envelope)["content"]
    return dict(said)
