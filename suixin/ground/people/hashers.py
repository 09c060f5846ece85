"""Start passwords: made by us at random, so that a thousand of them are hashed in milliseconds.

Why      a slow hash (argon2) protects passwords that people choose; 16 random characters of 31 (79 bits) need none.
         The first sign-in replaces it by argon2 of the same password (Django does, it is the preferred hasher), and
         the account must choose its own (`must_change_password`)
Promise  nothing but `start_password` is ever hashed so
"""

import secrets
from typing import Any

from django.contrib.auth.hashers import BasePasswordHasher, get_hasher
from django.utils.crypto import constant_time_compare

from suixin.kit.sm import hmac_sm3_hex

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 4


def start_password() -> str:
    """Sixteen random characters in groups of four, none that is easily misread."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))


def start_hash(password: str) -> str:
    """What is kept of a start password."""
    return StartPasswordHasher().encode(password, secrets.token_hex(8))


class StartPasswordHasher(BasePasswordHasher):
    """`start_sm3$<salt>$<HMAC-SM3 of the password under the salt>`."""

    algorithm = "start_sm3"

    def encode(self, password: str, salt: str) -> str:
        """The text that is kept."""
        return f"{self.algorithm}${salt}${hmac_sm3_hex(salt.encode(), password.encode())}"

    def verify(self, password: str, encoded: str) -> bool:
        """Whether the password is the one that was encoded; as slow as argon2, so that time tells no new account."""
        slow = get_hasher()
        slow.encode(password, slow.salt())
        return constant_time_compare(encoded, self.encode(password, self.decode(encoded)["salt"]))

    def decode(self, encoded: str) -> dict[str, Any]:  # Any: as Django declares it
        """Its parts."""
        algorithm, salt, digest = encoded.split("$", 2)
        return {"algorithm": algorithm, "salt": salt, "hash": digest}

    def safe_summary(self, encoded: str) -> Any:  # noqa: ANN401, ARG002 as Django declares it
        """What may be shown of it: nothing but the kind."""
        return {"algorithm": self.algorithm}

    def harden_runtime(self, password: str, encoded: str) -> None:
        """Nothing: there is no work factor to make up for."""
