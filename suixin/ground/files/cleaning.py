"""What nobody claimed goes: attachments without owner after a day, then bytes that no attachment points to."""

from datetime import timedelta
from pathlib import Path

from suixin.ground.files import store
from suixin.ground.files.models import Attachment
from suixin.kit import clock

PATIENCE = timedelta(days=1)
PORTION = 500


def forget_orphans() -> tuple[int, int]:
    """(attachments forgotten, files removed); harmless when run twice or beside people who hand in the same bytes."""
    before = clock.now() - PATIENCE
    rows = Attachment.objects.filter(owner_kind="", kept_at__lt=before).delete()[0]
    removed = 0
    portion: list[Path] = []
    for path in store.stored():
        if path.stat().st_mtime < before.timestamp():
            portion.append(path)
        if len(portion) >= PORTION:
            removed += _remove(portion, before.timestamp())
            portion = []
    return rows, removed + _remove(portion, before.timestamp())


def _remove(paths: list[Path], before: float) -> int:
    pointed_to = set(Attachment.objects.filter(sm3__in=[path.name for path in paths]).values_list("sm3", flat=True))
    return sum(store.remove_if_old(path, before) for path in paths if path.name not in pointed_to)
