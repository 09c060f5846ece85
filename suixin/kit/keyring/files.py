"""Key files: one JSON file per purpose, mode 0600, replaced whole or not at all, one writer at a time.

Layout   <folder>/<purpose>.json   {"format": 1, "purpose", "provider", "keys": [{kind, version, state, ...}]}
         <folder>/.lock            flock of whoever writes
         <folder>.register         names of all purposes that ever had keys; outside the folder, so that a lost folder
                                   is noticed
Promise  a version's number never comes again; a destroyed version stays as a line without its key
"""

import fcntl
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from suixin.kit import crash
from suixin.kit.keyring.errors import KeyMissing, KeyUnreadable

FORMAT = 1
_PURPOSE = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Kind(StrEnum):
    """What a key is for."""

    SEAL = "seal"  # SM4, 16 bytes
    INDEX = "index"  # HMAC-SM3, 32 bytes
    SIGN = "sign"  # SM2


class State(StrEnum):
    """What a key version still does."""

    CURRENT = "current"  # seals and opens
    OLD = "old"  # opens and verifies
    RETIRED = "retired"  # verifies signatures, opens nothing; can be brought back
    DESTROYED = "destroyed"  # the key is gone


@dataclass(frozen=True, slots=True)
class Key:
    """One version of one key as it lies in the file; `handle` is hex of what the provider gave, `public` hex."""

    kind: Kind
    version: int
    state: State
    created: str
    handle: str
    public: str = ""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The keys of one purpose."""

    purpose: str
    provider: str
    keys: tuple[Key, ...] = ()


def path_of(folder: Path, purpose: str) -> Path:
    """Where the keys of a purpose lie. Raises ValueError for a name that cannot be one."""
    if not _PURPOSE.fullmatch(purpose):
        raise ValueError(f"not the name of a purpose: {purpose!r}")
    return folder / f"{purpose}.json"


def purposes(folder: Path) -> list[str]:
    """Every purpose that has, or had, keys."""
    return sorted({path.stem for path in folder.glob("*.json")} | _registered(folder))


def read(folder: Path, purpose: str) -> KeyFile | None:
    """The key file, None when there never was one. Raises KeyMissing, KeyUnreadable."""
    path = path_of(folder, purpose)
    try:
        return _parsed(json.loads(path.read_text("utf-8")), purpose)
    except FileNotFoundError:
        if lost := sorted(name for name in _registered(folder) if not path_of(folder, name).exists()):
            raise KeyMissing(
                f"密钥文件夹 {folder} 里少了 {'、'.join(f'{name}.json' for name in lost)}(登记簿 {_register(folder)} 里有);"
                "请从备份恢复密钥文件夹,不要删除登记簿重新生成,否则已加密的数据都打不开。"
            ) from None
        return None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise KeyUnreadable(f"密钥文件 {path} 读不出来;请核对权限,或从备份恢复该文件,不要新建。") from error


def write(folder: Path, content: KeyFile) -> None:
    """Replace the file of a purpose at once; a crash leaves the old one or the new one. Hold `writing` meanwhile."""
    path = path_of(folder, content.purpose)
    text = json.dumps({"format": FORMAT, **asdict(content)}, indent=1)
    _replace(path, text)
    crash.point("keyring.replaced")
    known = _registered(folder)
    if content.purpose not in known:
        _replace(_register(folder), "\n".join(sorted(known | {content.purpose})) + "\n")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Only one process (and thread) writes key files of the folder inside the block."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        for scratch in folder.glob(".*.json.*"):  # what a crash left: wrapped, never used
            scratch.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)


def _parsed(data: dict[str, object], purpose: str) -> KeyFile:
    if data["format"] != FORMAT or data["purpose"] != purpose or not isinstance(data["keys"], list):
        raise ValueError(purpose)
    keys = tuple(Key(**{**line, "kind": Kind(line["kind"]), "state": State(line["state"])}) for line in data["keys"])
    return KeyFile(purpose, str(data["provider"]), keys)


def _register(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.register"


def _registered(folder: Path) -> set[str]:
    register = _register(folder)
    return set(register.read_text("ascii").split()) if register.exists() else set()


def _replace(path: Path, text: str) -> None:
    descriptor, scratch = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    crash.point("keyring.written")
    os.replace(scratch, path)  # noqa: PTH105 beside mkstemp's path as text
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
