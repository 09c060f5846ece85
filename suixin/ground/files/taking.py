"""Bytes of an upload, taken: judged, written to the store, looked at by the scanner. No row yet, so nobody's action."""

from collections.abc import Collection
from dataclasses import dataclass
from io import BytesIO

from suixin.ground.files import scanning, store
from suixin.ground.files.errors import FileRefused
from suixin.ground.files.limits import Upload, limit_of_all, refusal_of
from suixin.ground.files.names import kept_name
from suixin.ground.files.sniffing import FileType, type_of
from suixin.ground.files.store import Stored


@dataclass(frozen=True, slots=True)
class Taken:
    """Bytes on disk that passed, not yet an attachment; without one they go after a day."""

    name: str
    media_type: str
    stored: Stored


def take(upload: Upload, *, types: Collection[str] = (), max_bytes: int = 0) -> Taken:
    """The bytes, looked at by the scanner, which may take a minute: not within a transaction. Raises FileRefused, ScannerSilent."""
    sentence = refusal_of(upload, types=types, max_bytes=max_bytes)
    if sentence:
        raise FileRefused(sentence)
    found: FileType = type_of(upload.file or BytesIO())
    stored = store.put(upload.chunks(), limit=max_bytes or limit_of_all())
    scanning.scan(store.path_of(stored.sm3))  # what it refuses nothing points to: the cleaner takes it away
    return Taken(kept_name(upload.name), found.media_type, stored)
