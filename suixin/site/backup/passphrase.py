"""What a passphrase gives: a key that seals the folder of keys, and one that authenticates the manifest.

Derivation  PBKDF2-HMAC-SM3, 48 bytes: 16 for SM4-GCM, 32 for HMAC-SM3; salt and rounds stand in manifest.sig
"""

import hashlib
import io
import os
import tarfile
from dataclasses import dataclass
from pathlib import Path

from suixin.kit.sm import KEY_BYTES, BrokenSeal, hmac_sm3_hex, sm4_open, sm4_seal
from suixin.site.backup.errors import BrokenBackup, WrongPassphrase

ROUNDS = 600_000
_ROUNDS_ALLOWED = range(100_000, 10_000_001)
_LEAST_CHARACTERS = 12
_AAD = b"suixin backup keys 1"


@dataclass(frozen=True, slots=True)
class Derived:
    """The two keys, and what makes them again from the passphrase."""

    seal_key: bytes
    mac_key: bytes
    salt: bytes
    rounds: int


def derive(passphrase: str, *, salt: bytes = b"", rounds: int = ROUNDS) -> Derived:
    """The keys of a passphrase. Raises WrongPassphrase (too short), BrokenBackup (impossible rounds)."""
    if len(passphrase) < _LEAST_CHARACTERS:
        raise WrongPassphrase(f"备份口令至少 {_LEAST_CHARACTERS} 个字符;请换一个,并与备份分开妥善保管。")
    if rounds not in _ROUNDS_ALLOWED:
        raise BrokenBackup("备份签名文件 manifest.sig 的口令参数不合理;备份可能被改动。")
    salt = salt or os.urandom(16)
    made = hashlib.pbkdf2_hmac("sm3", passphrase.encode(), salt, rounds, KEY_BYTES + 32)
    return Derived(made[:KEY_BYTES], made[KEY_BYTES:], salt, rounds)


def mac(derived: Derived, message: bytes) -> str:
    """HMAC-SM3 of the message, in hex."""
    return hmac_sm3_hex(derived.mac_key, message)


def seal_folder(derived: Derived, folder: Path) -> bytes:
    """Every file of the folder, sealed."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                info = tarfile.TarInfo(path.relative_to(folder).as_posix())
                info.size, info.mode = len(data), 0o600
                archive.addfile(info, io.BytesIO(data))
    return sm4_seal(derived.seal_key, packed.getvalue(), _AAD)


def open_folder(derived: Derived, sealed: bytes, folder: Path) -> int:
    """The files of `seal_folder` written below `folder` (0600); how many. Raises WrongPassphrase."""
    try:
        packed = sm4_open(derived.seal_key, sealed, _AAD)
    except BrokenSeal as error:
        raise WrongPassphrase("备份口令不对,密钥无法解开;请核对口令。") from error
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    count = 0
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive:
            archive.extract(member, folder, filter="data")
            count += member.isfile()
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return count
