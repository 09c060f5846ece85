"""SM3 digests, HMAC-SM3, SM4-GCM seals.

Source   GB/T 32905 (SM3), GB/T 32907 (SM4); test vectors in standards/data.md 7.1
Layout   a sealed message is nonce (12 bytes) + ciphertext + tag (16 bytes)
Limit    nonces are random: rotate a key long before 2^32 seals (NIST SP 800-38D, 8.3)
"""

import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suixin.kit.sm.errors import BrokenSeal

if TYPE_CHECKING:
    from hashlib import _Hash

KEY_BYTES = 16
NONCE_BYTES = 12
TAG_BYTES = 16


def new_sm3() -> "_Hash":
    """An empty SM3 digest with the interface of hashlib."""
    return hashlib.new("sm3")


def sm3_hex(message: bytes) -> str:
    """The SM3 digest of `message`, 64 lower-case hexadecimal digits."""
    return hashlib.new("sm3", message).hexdigest()


def hmac_sm3_hex(key: bytes, message: bytes) -> str:
    """The HMAC-SM3 of `message` under `key`, 64 lower-case hexadecimal digits."""
    return hmac.new(key, message, "sm3").hexdigest()


def sm4_seal(key: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """`plaintext` sealed with SM4-GCM under a fresh nonce; `aad` must be given again to open it."""
    nonce = os.urandom(NONCE_BYTES)
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    return nonce + encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def sm4_open(key: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
    """The plaintext of `sm4_seal`. Raises BrokenSeal when anything differs."""
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise BrokenSeal("密文不完整,无法解封;请核对密钥文件与数据库是否出自同一套系统。")
    nonce, body, tag = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:-TAG_BYTES], sealed[-TAG_BYTES:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(aad)
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag as error:
        raise BrokenSeal("密文校验不通过,可能换过密钥或内容被改动;请核对密钥文件 keys/master.key。") from error
