"""Seal, open, index and sign by purpose; rotate, retire and destroy key versions.

Sealed     magic (1 byte) + key version (2 bytes) + nonce (12) + ciphertext + tag (16); purpose and version are
           authenticated, so a sealed value opens only for the purpose it was sealed for
Noticing   every call looks at the key file's identity (one `stat`), so a rotation elsewhere counts at once
Rotating   new keys seal, old ones open; an index key changes only when asked by kind, because every stored index
           must then be made anew (`blind_indexes` finds both meanwhile)
"""

import os
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from suixin.kit import clock
from suixin.kit.keyring import files
from suixin.kit.keyring.errors import KeyMissing, KeyStateRefused, KeyUnreadable
from suixin.kit.keyring.files import Key, KeyFile, Kind, State
from suixin.kit.keyring.providers import Provider, SoftwareProvider, unwrapped
from suixin.kit.sm import KEY_BYTES, BrokenSeal, hmac_sm3_hex, sm2_digest, sm2_verify, sm4_open, sm4_seal

MAGIC = b"\x01"
HEADER_BYTES = 3
INDEX_HEX = 32
_INDEX_KEY_BYTES = 32
_VERSIONS_LIMIT = 0xFFFF


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature and the key version that made it: `key_id` is purpose:version, `value` hex of r || s."""

    key_id: str
    value: str


@dataclass(frozen=True, slots=True)
class _Loaded:
    identity: tuple[int, int, int]
    content: KeyFile
    keys: dict[tuple[Kind, int], bytes]  # unwrapped, filled as they are needed

    def current(self, kind: Kind) -> Key | None:
        """The version that seals, indexes or signs now."""
        return next((key for key in self.content.keys if key.kind is kind and key.state is State.CURRENT), None)

    def find(self, kind: Kind, version: int) -> Key | None:
        """The version of that number."""
        return next((key for key in self.content.keys if key.kind is kind and key.version == version), None)


class Keyring:
    """The keys of one folder. One object serves all threads of a process; several processes may share the folder."""

    def __init__(self, folder: Path, provider: Provider | None = None) -> None:
        self.folder = folder
        self.provider: Provider = provider or SoftwareProvider(folder)
        self._known: dict[str, _Loaded] = {}
        self._guard = threading.RLock()

    def seal(self, purpose: str, plaintext: bytes, aad: bytes = b"") -> bytes:
        """`plaintext` sealed with the purpose's current key; the first call makes it. `aad` must be given again."""
        loaded, key = self._current(purpose, Kind.SEAL)
        header = MAGIC + key.version.to_bytes(2, "big")
        return header + sm4_seal(self._material(loaded, key), plaintext, _bound(purpose, header, aad))

    def open(self, purpose: str, sealed: bytes, aad: bytes = b"") -> bytes:
        """What was sealed. Raises BrokenSeal, KeyMissing, KeyStateRefused, KeyUnreadable."""
        header = sealed[:HEADER_BYTES]
        if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
            raise BrokenSeal(f"用途“{purpose}”的密文不是本系统的格式,或已损坏。", purpose=purpose)
        loaded, key = self._version(purpose, Kind.SEAL, sealed_version(sealed))
        if key.state not in (State.CURRENT, State.OLD):
            raise _refused(purpose, key)
        return sm4_open(self._material(loaded, key), sealed[HEADER_BYTES:], _bound(purpose, header, aad))

    def blind_index(self, purpose: str, text: str) -> str:
        """32 hex digits that are the same for the same text (width, case and blanks around aside) under one key."""
        loaded, key = self._current(purpose, Kind.INDEX)
        return _index(self._material(loaded, key), text)

    def blind_many(self, purpose: str, texts: Iterable[str]) -> tuple[str, ...]:
        """`blind_index` of each of many texts, with one look at the key."""
        wanted = tuple(texts)
        if not wanted:
            return ()
        loaded, key = self._current(purpose, Kind.INDEX)
        material = self._material(loaded, key)
        return tuple(_index(material, text) for text in wanted)

    def blind_indexes(self, purpose: str, text: str) -> tuple[str, ...]:
        """The index under every key that stored rows may still have, newest first: look up with IN."""
        loaded, _ = self._current(purpose, Kind.INDEX)
        usable = [key for key in loaded.content.keys if key.kind is Kind.INDEX and key.state in (State.CURRENT, State.OLD)]
        return tuple(_index(self._material(loaded, key), text) for key in sorted(usable, key=lambda key: -key.version))

    def derived(self, purpose: str, kind: Kind, label: bytes, version: int = 0) -> tuple[int, bytes]:
        """(version, key of 32 bytes) for one narrow use, such as a column: HMAC-SM3 of `label` under the purpose's key.

        For bulk work that a call a value would slow; the purpose's own key stays here. Version 0: the current one.
        Raises KeyMissing, KeyStateRefused, KeyUnreadable.
        """
        loaded, key = self._version(purpose, kind, version) if version else self._current(purpose, kind)
        if key.state not in (State.CURRENT, State.OLD):
            raise _refused(purpose, key)
        return key.version, bytes.fromhex(hmac_sm3_hex(self._material(loaded, key), b"suixin-derived\0" + label))

    def sign(self, purpose: str, message: bytes, key_id: str = "") -> Signature:
        """The SM2 signature of `message` by the purpose's current signing key (the first call makes it), or by an older one that is named.

        Raises KeyMissing, KeyStateRefused.
        """
        key = self._signing(purpose, key_id) if key_id else self._current(purpose, Kind.SIGN)[1]
        digest = sm2_digest(bytes.fromhex(key.public), message)
        context = _context(purpose, Kind.SIGN, key.version)
        try:
            value = self.provider.sign_digest(bytes.fromhex(key.handle), context, digest)
        except BrokenSeal as error:
            raise KeyUnreadable(f"{self._place(purpose)}的签名密钥与现在的主密钥不符;请从同一份备份恢复两者。") from error
        return Signature(f"{purpose}:{key.version}", value.hex())

    def verify(self, purpose: str, message: bytes, signature: Signature) -> bool:
        """Whether the purpose's key that the signature names signed `message`. Raises KeyMissing for none of ours."""
        try:
            value = bytes.fromhex(signature.value)
        except ValueError:
            return False
        return sm2_verify(self.public_key(purpose, signature.key_id), message, value)

    def public_key(self, purpose: str, key_id: str = "") -> bytes:
        """The public key (65 bytes) of a signing key, the current one when none is named. Raises KeyMissing."""
        if not key_id:
            return bytes.fromhex(self._current(purpose, Kind.SIGN)[1].public)
        name, _, number = key_id.partition(":")
        if name != purpose or not number.isdecimal():
            raise KeyMissing(f"签名密钥“{key_id}”不属于用途“{purpose}”。", purpose=purpose)
        return bytes.fromhex(self._version(purpose, Kind.SIGN, int(number))[1].public)

    def purposes(self) -> list[str]:
        """Every purpose that has keys, or had."""
        return files.purposes(self.folder)

    def versions(self, purpose: str) -> list[Key]:
        """All key versions of the purpose, by kind, oldest first; no key material. Empty when there is none yet."""
        loaded = self._load(purpose)
        return sorted(loaded.content.keys, key=lambda key: (key.kind, key.version)) if loaded else []

    def rotate(self, purpose: str, kind: Kind | None = None) -> int:
        """A new current version of `kind` (None: whatever seals or signs); the one before opens still. Its number."""
        with self._writing(purpose) as loaded:
            had = {key.kind for key in loaded.content.keys} if loaded else set()
            wanted = [kind] if kind else sorted(had - {Kind.INDEX}) or [Kind.SEAL]
            content = loaded.content if loaded else KeyFile(purpose, self.provider.name)
            for one in wanted:
                content = self._with_new(content, one)
            files.write(self.folder, content)
        return max(key.version for key in content.keys if key.kind in wanted and key.state is State.CURRENT)

    def retire(self, purpose: str, kind: Kind, version: int) -> None:
        """An old version opens nothing any more; it can be brought back. Raises KeyStateRefused."""
        self._move(purpose, kind, version, allowed=(State.OLD,), to=State.RETIRED)

    def bring_back(self, purpose: str, kind: Kind, version: int) -> None:
        """A retired version opens again. Raises KeyStateRefused."""
        self._move(purpose, kind, version, allowed=(State.RETIRED,), to=State.OLD)

    def destroy(self, purpose: str, kind: Kind, version: int) -> None:
        """A retired version's key is gone for good, its line and public key stay. Raises KeyStateRefused."""
        self._move(purpose, kind, version, allowed=(State.RETIRED,), to=State.DESTROYED)

    def _move(self, purpose: str, kind: Kind, version: int, *, allowed: tuple[State, ...], to: State) -> None:
        with self._writing(purpose) as loaded:
            key = loaded.find(kind, version) if loaded else None
            if loaded is None or key is None:
                raise KeyMissing(f"用途“{purpose}”没有第 {version} 版密钥({kind})。", purpose=purpose)
            if key.state not in allowed:
                raise _refused(purpose, key)
            moved = replace(key, state=to, handle="" if to is State.DESTROYED else key.handle)
            files.write(self.folder, replace(loaded.content, keys=tuple(
                moved if one is key else one for one in loaded.content.keys
            )))
            if to is State.DESTROYED:
                self.provider.forget(bytes.fromhex(key.handle))

    def _with_new(self, content: KeyFile, kind: Kind) -> KeyFile:
        version = 1 + max((key.version for key in content.keys if key.kind is kind), default=0)
        if version > _VERSIONS_LIMIT:
            raise KeyStateRefused(f"用途“{content.purpose}”的密钥版本号已用完({_VERSIONS_LIMIT});请换一个用途名。")
        context, public = _context(content.purpose, kind, version), b""
        if kind is Kind.SIGN:
            handle, public = self.provider.make_signing_key(context)
        else:
            handle = self.provider.wrap(os.urandom(KEY_BYTES if kind is Kind.SEAL else _INDEX_KEY_BYTES), context)
        new = Key(kind, version, State.CURRENT, clock.now().isoformat(timespec="seconds"), handle.hex(), public.hex())
        before = tuple(
            replace(key, state=State.OLD) if key.kind is kind and key.state is State.CURRENT else key
            for key in content.keys
        )
        return replace(content, keys=(*before, new))

    def _current(self, purpose: str, kind: Kind) -> tuple[_Loaded, Key]:
        loaded = self._load(purpose)
        key = loaded.current(kind) if loaded else None
        if loaded is not None and key is not None:
            return loaded, key
        with self._writing(purpose) as found:
            if found is None or found.current(kind) is None:
                content = found.content if found else KeyFile(purpose, self.provider.name)
                files.write(self.folder, self._with_new(content, kind))
        return self._current(purpose, kind)

    def _version(self, purpose: str, kind: Kind, version: int) -> tuple[_Loaded, Key]:
        """The version, looked for again on disk when this process does not know it."""
        for is_fresh in (False, True):
            loaded = self._load(purpose, is_fresh=is_fresh)
            key = loaded.find(kind, version) if loaded else None
            if loaded is not None and key is not None:
                return loaded, key
        raise KeyMissing(
            f"用途“{purpose}”没有第 {version} 版密钥;请核对密钥文件夹 {self.folder} 与数据是否出自同一套系统。", purpose=purpose
        )

    def _signing(self, purpose: str, key_id: str) -> Key:
        name, _, number = key_id.partition(":")
        if name != purpose or not number.isdecimal():
            raise KeyMissing(f"签名密钥“{key_id}”不属于用途“{purpose}”。", purpose=purpose)
        _, key = self._version(purpose, Kind.SIGN, int(number))
        if key.state not in (State.CURRENT, State.OLD):
            raise _refused(purpose, key)
        return key

    def _material(self, loaded: _Loaded, key: Key) -> bytes:
        place = (key.kind, key.version)
        material = loaded.keys.get(place)
        if material is None:
            context = _context(loaded.content.purpose, key.kind, key.version)
            material = unwrapped(self.provider, bytes.fromhex(key.handle), context, place=self._place(loaded.content.purpose))
            loaded.keys[place] = material
        return material

    def _load(self, purpose: str, *, is_fresh: bool = False) -> _Loaded | None:
        identity = _identity(files.path_of(self.folder, purpose))
        known = self._known.get(purpose)
        if known is not None and known.identity == identity and not is_fresh:
            return known
        with self._guard:
            content = files.read(self.folder, purpose)
            if content is None or identity is None:
                return None
            if content.provider != self.provider.name:
                raise KeyUnreadable(
                    f"{self._place(purpose)}由密码服务“{content.provider}”封装,现在配置的是“{self.provider.name}”;请改回配置。"
                )
            loaded = self._known[purpose] = _Loaded(identity, content, {})
            return loaded

    @contextmanager
    def _writing(self, purpose: str) -> Iterator[_Loaded | None]:
        """What the purpose's file says, while nobody else writes the folder."""
        with files.writing(self.folder):
            yield self._load(purpose, is_fresh=True)

    def _place(self, purpose: str) -> str:
        return f"密钥文件 {files.path_of(self.folder, purpose)} "


_rings: dict[Path, Keyring] = {}


def of(folder: Path) -> Keyring:
    """The keyring of a folder, one per process, with the provider in software unless another was set."""
    ring = _rings.get(folder)
    return ring if ring is not None else _rings.setdefault(folder, Keyring(folder))


def set_provider(folder: Path, provider: Provider) -> None:
    """From now on the folder's keyring in this process uses `provider`; called once, at start."""
    _rings[folder] = Keyring(folder, provider)


def sealed_version(sealed: bytes) -> int:
    """The number of the key version that sealed a value."""
    return int.from_bytes(sealed[1:HEADER_BYTES], "big")


def normalised(text: str) -> str:
    """The text as it is indexed: NFKC, case-folded, without blanks around."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _index(key: bytes, text: str) -> str:
    return hmac_sm3_hex(key, normalised(text).encode())[:INDEX_HEX]


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _context(purpose: str, kind: Kind, version: int) -> bytes:
    return f"suixin-key\0{purpose}\0{kind}\0{version}".encode()


def _bound(purpose: str, header: bytes, aad: bytes) -> bytes:
    return b"suixin-seal\0" + purpose.encode() + b"\0" + header + aad


def _refused(purpose: str, key: Key) -> KeyStateRefused:
    words = {State.CURRENT: "正在使用", State.OLD: "仍用于解封", State.RETIRED: "已停用", State.DESTROYED: "已销毁"}
    return KeyStateRefused(
        f"用途“{purpose}”的第 {key.version} 版密钥{words[key.state]},不能这样做;停用的可以先恢复,销毁的无法找回。",
        purpose=purpose, version=key.version, state=key.state.value,
    )
