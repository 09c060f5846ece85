"""Archived originals destroyed: the whole file, under every table that it was sent for; its SM3 stays, so nobody sends it again.

An original is evidence as a whole or not at all: rewritten without some rows it would no longer be what its SM3 names.
"""

from collections.abc import Iterable
from pathlib import Path

from suixin.data.lake import storage
from suixin.data.lake.models import DestroyedOriginal, Destruction
from suixin.kit import clock, crash


def copies_of(sm3: str) -> list[Path]:
    """Where an original lies: once for each table that it was sent for."""
    folder = storage.root() / "archive"
    return sorted(path for path in folder.glob(f"*/{sm3}.*") if path.is_file()) if folder.is_dir() and sm3 else []


def destroy_originals(sm3s: Iterable[str], destruction: Destruction) -> None:
    """These originals are gone, and remembered as destroyed before that."""
    for sm3 in sorted(set(sm3s)):
        DestroyedOriginal.objects.get_or_create(sm3=sm3, defaults={"destruction": destruction, "at": clock.now()})
        crash.point("purge_original_noted")
        for path in copies_of(sm3):
            path.unlink(missing_ok=True)
            storage.sync_folder(path.parent)
