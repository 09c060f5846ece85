"""Keys of an installation: by purpose, with versions, wrapped, never leaving this package in the clear.

Layout   ring (what others call), files (one file per purpose, written whole), providers (who wraps and signs)
Promise  what was sealed opens as long as its key version is not destroyed, in every process, during rotation too;
         a key file that is lost or unreadable is a sentence, never a new key over existing data
Errors   KeyMissing, KeyUnreadable, KeyStateRefused (errors.py); BrokenSeal (kit.sm)
Words    purpose 用途, key version 密钥版本, rotation 轮换, provider 密码服务
"""

from suixin.kit.keyring.errors import KeyMissing, KeyStateRefused, KeyUnreadable
from suixin.kit.keyring.files import Key, Kind, State
from suixin.kit.keyring.providers import Provider, SoftwareProvider
from suixin.kit.keyring.ring import Keyring, Signature, of

__all__ = [
    "Key", "KeyMissing", "KeyStateRefused", "KeyUnreadable", "Keyring", "Kind", "Provider", "Signature",
    "SoftwareProvider", "State", "of",
]
