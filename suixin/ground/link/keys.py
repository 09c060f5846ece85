"""This installation's own keys for exchange: what it signs with, what others encipher for it.

Purpose  `link` of the keyring; the decryption key of version n is derived from its sealing key n, so it rotates with it
"""

from suixin.ground.link.errors import PackageNotOurs
from suixin.ground.link.packing import Receiver
from suixin.ground.security.keys import decryption_key, ring
from suixin.kit.sm import sm2_public_of

PURPOSE = "link"
_LABEL = b"sm2-packages"
_LONGEST_VERSION = 6


def sign(message: bytes, key_id: str = "") -> tuple[str, str]:
    """(key id, signature in hex) by our current signing key: what `pack` wants; or by an older one that is named.

    Raises KeyMissing, KeyStateRefused.
    """
    made = ring().sign(PURPOSE, message, key_id)
    return made.key_id, made.value


def signing_key(key_id: str = "") -> bytes:
    """Our public signing key, the current one when none is named. Raises KeyMissing."""
    return ring().public_key(PURPOSE, key_id)


def current() -> tuple[str, str]:
    """What we call our current signing and encryption keys."""
    return sign(b"")[0], receiver().key_id


def receiver() -> Receiver:
    """Our public encryption key, for whoever packs for us."""
    version, private = decryption_key(PURPOSE, _LABEL)
    return Receiver(sm2_public_of(private), f"{PURPOSE}:{version}")


def private_key(key_id: str) -> bytes:
    """Our decryption key of that id: what `open_package` wants. Raises PackageNotOurs, KeyMissing, KeyStateRefused."""
    purpose, _, number = key_id.partition(":")
    if purpose != PURPOSE or not number.isdecimal() or len(number) > _LONGEST_VERSION or int(number) == 0:
        raise PackageNotOurs(f"数据包是给密钥“{key_id[:40]}”的,本平台没有这把密钥;请发送方用本平台的公钥重新打包。")
    return decryption_key(PURPOSE, _LABEL, int(number))[1]
