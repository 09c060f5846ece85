"""The keyring of this installation."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from suixin.kit import keyring
from suixin.kit.keyring import Kind
from suixin.kit.sm import sm2_private_from

_uses: dict[str, Callable[[], Mapping[int, int]]] = {}
_needs: dict[str, Callable[[Kind, int], str]] = {}
_lasting: dict[tuple[str, Kind], str] = {}


def ring() -> keyring.Keyring:
    """The keyring of SUIXIN_HOME/keys, with the provider that the start of the process set."""
    return keyring.of(folder())


def decryption_key(purpose: str, label: bytes, version: int = 0) -> tuple[int, bytes]:
    """(version, private SM2 key) that others encipher for: derived from the purpose's sealing key, 0 is the current version.

    Raises KeyMissing, KeyStateRefused.
    """
    number, material = ring().derived(purpose, Kind.SEAL, label, version)
    return number, sm2_private_from(material)


def folder() -> Path:
    """Where the key files lie."""
    return _keys_in(settings.SUIXIN.home)


@lru_cache(maxsize=64)
def _keys_in(home: Path) -> Path:
    return Path(home) / "keys"


def register_use(purpose: str, files_by_version: Callable[[], Mapping[int, int]]) -> None:
    """A version of the purpose's key that files still need is not retired; who keeps the files tells how many."""
    _uses[purpose] = files_by_version


def register_need(purpose: str, why: Callable[[Kind, int], str]) -> None:
    """A version of the purpose's key that `why` gives a sentence for is not retired; "" says that it may be."""
    _needs[purpose] = why


def need(purpose: str, kind: Kind, version: int) -> str:
    """Why that version may not be retired, as far as anybody registered tells; "" when it may."""
    return _needs[purpose](kind, version) if purpose in _needs else ""


def files_needing(purpose: str, version: int) -> int:
    """How many files that version of the purpose's sealing key is needed for, as far as anybody registered tells."""
    return _uses[purpose]().get(version, 0) if purpose in _uses else 0


def register_lasting(purpose: str, kind: Kind, why: str) -> None:
    """No version of that key is ever retired; `why` is a sentence for whoever tries."""
    _lasting[purpose, kind] = why


def lasting(purpose: str, kind: Kind) -> str:
    """Why no version of that key may be retired; "" when one may."""
    return _lasting.get((purpose, kind), "")
