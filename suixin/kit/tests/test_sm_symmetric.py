"""SM3 and SM4: the vectors of standards/data.md 7.1."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from suixin.kit.sm import BrokenSeal, hmac_sm3_hex, new_sm3, sm3_hex, sm4_open, sm4_seal

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def test_sm3_vectors() -> None:
    assert sm3_hex(b"") == "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
    assert sm3_hex(b"abc") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    digest = new_sm3()
    digest.update(b"abc")
    assert digest.hexdigest() == sm3_hex(b"abc")


def test_hmac_sm3_vector() -> None:
    assert hmac_sm3_hex(b"demo-key", b"abc") == "9b9a47d4bc8498cfb754398700bd7cab312cf00dd27a812e32dc60bbbc08d5ed"


def test_sm4_vector() -> None:
    encryptor = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor()  # one block, only to check the cipher itself
    assert encryptor.update(KEY).hex() == "681edf34d206965e86b3e94f536e4246"


def test_sealed_message_opens_only_unchanged_and_for_its_purpose() -> None:
    sealed = sm4_seal(KEY, "密钥".encode(), b"app-1")
    assert sm4_open(KEY, sealed, b"app-1").decode() == "密钥"
    for changed, purpose in (
        (sealed[:-1] + bytes([sealed[-1] ^ 1]), b"app-1"),
        (sealed, b"app-2"),
        (b"short", b"app-1"),
    ):
        with pytest.raises(BrokenSeal):
            sm4_open(KEY, changed, purpose)
