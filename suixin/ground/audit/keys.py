"""The keys of the log: one that authenticates each link, one that signs anchors; neither is used for anything else.

K_log is 32 random bytes in SUIXIN_HOME/keys/audit-log.key, sealed by the keyring; the signing key is the keyring's.
"""

import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from suixin.ground.audit.chain import Mac, keyed
from suixin.kit import keyring
from suixin.kit.kept import kept
from suixin.kit.keyring import Keyring

PURPOSE = "audit"
_AAD = b"audit-log"
_BYTES = 32


def ring() -> Keyring:
    """The installation's keys."""
    return keyring.of(settings.SUIXIN.keys)


def mac(message: bytes) -> bytes:
    """HMAC-SM3 of `message` under K_log."""
    return _log_mac(settings.SUIXIN.keys)(message)


def log_mac() -> Mac:
    """The function behind `mac`, for many messages."""
    return _log_mac(settings.SUIXIN.keys)


@lru_cache(maxsize=8)
def _log_mac(folder: Path) -> Mac:
    sealed = kept(folder / "audit-log.key", lambda: keyring.of(folder).seal(PURPOSE, os.urandom(_BYTES), _AAD).hex())
    return keyed(keyring.of(folder).open(PURPOSE, bytes.fromhex(sealed), _AAD))
