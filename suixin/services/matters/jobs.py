"""What a crash, or a fault since mended, left behind of matters: brought forward."""

from suixin.kit.actor import SYSTEM
from suixin.services.matters import advancing


def advance(_: object = None) -> str:
    """What was done, as a sentence."""
    return f"跟进一件事 {advancing.advance_due(actor=SYSTEM)} 件。"
