"""Who holds the root of all keys: the `Provider` interface, and the one in software.

Three layers (GB/T 39786-2021): the root key stays with the provider; keys of purposes lie wrapped in files and are
unwrapped into memory; signing keys are never unwrapped by anybody but the provider: it keeps them behind a handle.
A hardware module (PKCS#11, GM/T 0018) or a cloud service implements these five methods and nothing else changes.
"""

import os
from pathlib import Path
from typing import Protocol

from suixin.kit.kept import kept
from suixin.kit.keyring.errors import KeyMissing, KeyUnreadable
from suixin.kit.sm import KEY_BYTES, BrokenSeal, sm2_keypair, sm2_sign_digest, sm4_open, sm4_seal

MASTER = "master.key"


class Provider(Protocol):
    """Wraps and unwraps keys, makes signing keys and signs with them. Calls may come from several threads."""

    @property
    def name(self) -> str:
        """Stands in the key files; files of another provider are refused."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """`key` (16 or 32 bytes) sealed under the root key; `context` must be given again to unwrap."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """The key that was wrapped. Raises BrokenSeal when anything differs."""

    def make_signing_key(self, context: bytes) -> tuple[bytes, bytes]:
        """A new SM2 key: its handle (at most 1,024 bytes) and its public key (65 bytes)."""

    def sign_digest(self, handle: bytes, context: bytes, digest: bytes) -> bytes:
        """The signature r || s (64 bytes) of a digest e = SM3(Z || message)."""

    def forget(self, handle: bytes) -> None:
        """A signing key or wrapped key is destroyed: the provider drops what it holds of it."""


class SoftwareProvider:
    """The root key is `master.key` beside the key files (mode 0600); a handle is the wrapped private key."""

    name = "software"

    def __init__(self, folder: Path) -> None:
        self._path = folder / MASTER

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return sm4_seal(self._master(), key, context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return sm4_open(self._master(), wrapped, context)

    def make_signing_key(self, context: bytes) -> tuple[bytes, bytes]:
        private, public = sm2_keypair()
        return self.wrap(private, context), public

    def sign_digest(self, handle: bytes, context: bytes, digest: bytes) -> bytes:
        return sm2_sign_digest(self.unwrap(handle, context), digest)

    def forget(self, handle: bytes) -> None:
        """Nothing: all there is of the key is the wrapped text in its file, which the ring removes."""

    def _master(self) -> bytes:
        if not self._path.exists() and any(self._path.parent.glob("*.json")):
            raise KeyMissing(
                f"主密钥文件 {self._path} 不在了,而由它封装的密钥文件还在;请从备份恢复该文件,不要新建,否则已加密的数据都打不开。"
            )
        return read_master(self._path)


def read_master(path: Path) -> bytes:
    """The 16 bytes of a master key file, made when there is none. Raises KeyUnreadable."""
    try:
        key = bytes.fromhex(kept(path, lambda: os.urandom(KEY_BYTES).hex()))
    except (ValueError, OSError) as error:
        raise KeyUnreadable(f"主密钥文件 {path} 读不出密钥;请核对权限,或从备份恢复,不要新建。") from error
    if len(key) != KEY_BYTES:
        raise KeyUnreadable(f"主密钥文件 {path} 内容不完整;请从备份恢复,不要新建,否则已加密的数据都打不开。")
    return key


def unwrapped(provider: Provider, wrapped: bytes, context: bytes, *, place: str) -> bytes:
    """The key, or a sentence that names its file. Raises KeyUnreadable."""
    try:
        return provider.unwrap(wrapped, context)
    except BrokenSeal as error:
        raise KeyUnreadable(
            f"{place}不是由现在的主密钥封装的,或被改动过;请核对密钥文件夹与主密钥是否出自同一份备份。"
        ) from error
