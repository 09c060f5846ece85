"""Keyed digests (HMAC-SM3) of what is compared and never read again: tokens, recovery codes, marks.

Without the key file a stolen table says nothing. After a rotation what was kept under the old key version is found
still, until that version is retired; tokens and recovery codes made before must be made anew then.
"""

from suixin.ground.security.keys import ring
from suixin.kit.sm import sm3_hex

PURPOSE = "sign-in"


def digest(what: str, secret: str) -> str:
    """32 hexadecimal digits under the current key."""
    return ring().blind_index(PURPOSE, _text(what, secret))


def digests(what: str, secret: str) -> tuple[str, ...]:
    """The digest under every key version that rows may still have: look up with IN."""
    return ring().blind_indexes(PURPOSE, _text(what, secret))


def _text(what: str, secret: str) -> str:
    return f"{what}:{sm3_hex(secret.encode())}"  # hexadecimal, so that the index's folding of case loses nothing
