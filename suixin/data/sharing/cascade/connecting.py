"""What the cascade gives the rest of the program: its door, and what each kind of letter does."""

from suixin.data.doors import lean
from suixin.data.sharing.cascade import (
    answering,
    applying,
    asking,
    catalogue,
    landing,
    objecting,
    rekeying,
    serving,
    violating,
)
from suixin.data.sharing.cascade.models import LetterKind
from suixin.data.sharing.violations import register_finder
from suixin.ground.link.keys import PURPOSE
from suixin.ground.security.keys import register_need


def declare() -> None:
    """Make it known; harmless when called again."""
    lean.register_post(r"/api/v1/cascade/(?P<name>[^/]{1,64})/?", "cascade", serving.take)
    applying.register(LetterKind.ENTRIES, catalogue.take_entries)
    applying.register(LetterKind.FLOW, landing.take_flow)
    applying.register(LetterKind.ROWS, landing.take_rows)
    applying.register(LetterKind.RECEIPT, landing.take_receipt)
    applying.register(LetterKind.ASK, answering.take_ask)
    applying.register(LetterKind.ANSWER, asking.take_answer)
    applying.register(LetterKind.DOUBT, objecting.take_doubt)
    applying.register(LetterKind.VERDICT, objecting.take_verdict)
    applying.register(LetterKind.KEYS, rekeying.take_keys)
    register_need(PURPOSE, rekeying.why_needed)
    register_finder(violating.not_returned)
