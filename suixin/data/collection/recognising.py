"""Files that came before, told by their bytes: whole files without opening them, tables of a file once it is open.

A whole file is told only when it holds one table: of several tables some may not have landed when a run was killed.
Told of are only resources that still stand and that the actor may bring data to.
"""

import time
from collections.abc import Iterable
from pathlib import Path

from suixin.data.catalog.models import ResourceState
from suixin.data.collection import landing
from suixin.data.collection.models import RunStatus
from suixin.data.collection.outcomes import FileOutcome
from suixin.data.lake.archive import Archived
from suixin.data.lake.models import Batch, BatchQuerySet
from suixin.ground.security import policy
from suixin.kit import sm
from suixin.kit.actor import Actor

_CHUNK = 1 << 20


def known_outcome(path: Path, name: str, *, actor: Actor, by_any_name: bool = False) -> FileOutcome | None:
    """The outcome "known" when these bytes landed under this file name, or any; None when it must be opened."""
    started = time.perf_counter()
    try:
        same_size = _standing().filter(size=path.stat().st_size, part="")
        if not same_size.exists():
            return None
        same = same_size.filter(sm3=_digest(path))
    except OSError:  # gone meanwhile: opening it tells the person
        return None
    named = [one for one in same if by_any_name or Path(one.file_name).name == path.name]
    batch = _allowed(named, actor)
    return outcome_of(batch, started, path=name) if batch else None


def known_table(archived: Archived, part: str, *, path: str, actor: Actor) -> FileOutcome | None:
    """The outcome "known" when that table of these bytes landed in any resource; None when it did not."""
    started = time.perf_counter()
    batch = _allowed(_standing().filter(feed=landing.feed_of(archived, part)), actor)
    return outcome_of(batch, started, path=path, table=part) if batch else None


def outcome_of(batch: Batch, started: float, *, path: str, table: str = "") -> FileOutcome:
    """The outcome "known" of a delivery that is that batch."""
    return FileOutcome(
        path,
        RunStatus.KNOWN,
        table,
        batch.resource.code,
        batch.rows_in,
        batch.accepted,
        batch.rejected,
        batch.table_version,
        time.perf_counter() - started,
        f"内容与 {batch.created_at:%Y-%m-%d %H:%M} 收到的批次相同,未重复入库。",
    )


def _standing() -> BatchQuerySet:
    landed = Batch.objects.landed().exclude(resource__state=ResourceState.WITHDRAWN)
    return landed.select_related("resource__provider")


def _allowed(batches: Iterable[Batch], actor: Actor) -> Batch | None:
    return next((one for one in batches if policy.may(actor, "collection.run", one.resource)), None)


def _digest(path: Path) -> str:
    digest = sm.new_sm3()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
