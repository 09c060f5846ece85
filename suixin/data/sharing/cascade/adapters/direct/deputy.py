"""Letters in the name of a platform that writes none: made here from what it answered, signed by a key of ours that stands for it.

The key is of its own purpose and never retired, so that letters stay provable; it proves that this installation took the answer.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any  # contents are JSON

from suixin.data.sharing.cascade import envelopes
from suixin.data.sharing.cascade.adapters.base import Told
from suixin.data.sharing.cascade.models import Link
from suixin.ground.link import keys
from suixin.ground.link.introductions import introduce
from suixin.ground.link.models import Peer
from suixin.ground.security.keys import register_lasting, ring
from suixin.kit import clock
from suixin.kit.keyring import KeyMissing, Kind

PURPOSE = "direct"
_LONGEST_VERSION = 6
register_lasting(PURPOSE, Kind.SIGN, "数据直达平台的来件由它代签，停用后无从核验。")


def introduction(code: str, name: str, address: str) -> bytes:
    """The platform's introduction, as its deputy here makes it."""
    key_id, _ = sign(b"")
    made = (ring().public_key(PURPOSE, key_id), key_id, keys.receiver())
    return introduce(code, name, address, keys=made, made_at=clock.now().isoformat(timespec="seconds"), sign=sign)


def is_for(peer: Peer) -> bool:
    """Whether the deputy stands for that peer: its key is one of ours, whatever it is called."""
    name, _, version = peer.signing_key_id.partition(":")
    if name != PURPOSE or not version.isdecimal() or len(version) > _LONGEST_VERSION:
        return False
    with suppress(KeyMissing):
        return ring().public_key(PURPOSE, peer.signing_key_id).hex() == peer.signing_key
    return False


def letter(link: Link, kind: str, content: Mapping[str, Any], *, ours: str, sequence: int, about: str = "", rows: int = 0) -> Told:
    """A letter of the platform to us in wire form; 0 is a word."""
    def by_deputy(message: bytes) -> tuple[str, str]:
        return sign(message, link.peer.signing_key_id)

    return envelopes.sealed(
        link.code, ours, sequence=sequence, kind=kind, day=clock.today(), content=content, about=about, rows=rows, sign=by_deputy,
    ).as_dict()


def sign(message: bytes, key_id: str = "") -> tuple[str, str]:
    """(key id, signature in hex) by the deputy's key."""
    made = ring().sign(PURPOSE, message, key_id)
    return made.key_id, made.value
