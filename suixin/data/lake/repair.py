"""Putting right what a crash left: run at start, and whenever in doubt; running it twice changes nothing more.

Batch rows that a commit remembers are made again; reservations of processes that are gone are dropped;
files that no version ever named, rejects of no batch, and scratch of processes that are gone are removed.
A table that another living process writes is left alone. `vacuum_table` removes files that versions once
named, after the time that readers may hold them; `vacuum` does so for all tables.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from suixin.data.catalog.models import Resource
from suixin.data.lake import delta, storage
from suixin.data.lake.actions import finish_from_log
from suixin.data.lake.errors import TableBusy, translated
from suixin.data.lake.index_build import build_index, current_version
from suixin.data.lake.lease import free_stale, hold_table
from suixin.data.lake.models import Batch, BatchState
from suixin.data.lake.snapshots import snapshot
from suixin.data.lake.whole import CHANGES
from suixin.kit import clock

SPARED = timedelta(hours=6)
_FOREIGN_SECONDS = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done: Batch rows made again, reservations dropped, paths removed (relative), tables that were busy, leases freed."""

    restored: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    removed: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()
    freed: tuple[str, ...] = ()


def repair() -> Repaired:
    """Every table of the lake, and the scratch of processes that are gone, put right."""
    with translated("修复数据湖"):
        removed = list(_clear_scratch())
        names = sorted({*storage.tables(), *Batch.objects.reserved().values_list("resource__table", flat=True)})
        restored: list[int] = []
        dropped: list[int] = []
        busy: list[str] = []
        for table in names:
            try:
                done = repair_table(table)
            except TableBusy:
                busy.append(table)
                continue
            restored += done.restored
            dropped += done.dropped
            removed += done.removed
        freed = free_stale()
    return Repaired(tuple(restored), tuple(dropped), tuple(removed), tuple(busy), tuple(freed))


def lost_batches(table: str = "") -> list[Batch]:
    """Batches that are said to be landed and that their table has lost, by resource and number.

    Lost is only what is surely so: its version is beyond the newest one, or is another delivery's.
    """
    landed = Batch.objects.landed().select_related("resource").order_by("resource_id", "pk")
    lost: list[Batch] = []
    for name in [table] if table else landed.order_by().values_list("resource__table", flat=True).distinct():
        newest = delta.open_table(name).version() if delta.exists(name) else -1
        deliveries = {entry.version: (entry.facts["feed"], entry.facts["sequence"]) for entry in _landings(name)}
        held = set(deliveries.values())
        lost += [
            one for one in landed.filter(resource__table=name)
            if (one.feed, one.sequence) not in held and ((one.table_version or 0) > newest or one.table_version in deliveries)
        ]
    return lost


def _landings(table: str) -> Iterator[delta.LogEntry]:
    return (entry for entry in delta.log_entries(table) if "feed" in entry.facts)


def repair_table(table: str) -> Repaired:
    """One table put right. Raises TableBusy when a living process holds it."""
    resource = Resource.objects.filter(table=table).first()
    with hold_table(table, wait_seconds=0):
        restored = _restore_rows(table, resource) if resource else []
        dropped = _drop_reservations(table)
        removed = [*_remove_leftovers(table), *_mend_index(table, resource)]
        return Repaired(tuple(restored), tuple(dropped), tuple(removed))


def vacuum_table(table: str, *, spared: timedelta = SPARED) -> list[str]:
    """Paths removed: data files that no version of the last `spared` time holds, change data of versions older than that.

    History keeps their names.

    Raises TableBusy when somebody writes the table.
    """
    if not delta.exists(table):
        return []
    limit = (clock.now() - spared).timestamp() * 1000
    if not _expired(table, limit):
        return []
    with hold_table(table, wait_seconds=0):
        removed = _expired(table, limit)
        for path in removed:
            path.unlink(missing_ok=True)
        for child in [*_data_folders(table), *_told_folders(table)]:
            if not any(child.iterdir()):
                child.rmdir()
    return [path.relative_to(storage.root()).as_posix() for path in removed]


def _expired(table: str, limit: float) -> list[Path]:
    folder, held = storage.table_folder(table), {Path(path) for path in snapshot(table).paths}
    entries = list(delta.log_entries(table))
    gone = {folder / name for entry in entries for name, at in entry.removed if at < limit}
    gone |= {folder / name for entry in entries if entry.at < limit for name in entry.told}
    return sorted(path for path in gone - held if path.exists())


def vacuum() -> list[str]:
    """The same of every table; one that is being written waits for the next time."""
    removed: list[str] = []
    with translated("清理数据湖"):
        for table in storage.tables():
            with suppress(TableBusy):
                removed += vacuum_table(table)
    return removed


def _restore_rows(table: str, resource: Resource) -> list[int]:
    if not delta.exists(table):
        return []
    known = set(Batch.objects.landed().filter(resource=resource).values_list("table_version", flat=True))
    return [
        finish_from_log(resource, entry).pk
        for entry in delta.log_entries(table)
        if entry.version not in known and "feed" in entry.facts
    ]


def _drop_reservations(table: str) -> list[int]:
    gone = [
        batch.pk
        for batch in Batch.objects.reserved().filter(resource__table=table)
        if not _may_work(batch.owner, clock.now().timestamp() - batch.created_at.timestamp())
    ]
    Batch.objects.filter(pk__in=gone, state=BatchState.RESERVED).delete()
    return gone


def _remove_leftovers(table: str) -> Iterator[str]:
    """Data folders that no version names and no living batch fills; rejects without a batch."""
    alive = set(Batch.objects.filter(resource__table=table).values_list("pk", "state"))
    working = {number for number, state in alive if state == BatchState.RESERVED}
    orphans = [child for child in [*_data_folders(table), *_told_folders(table)] if _batch_number(child.name) not in working]
    if delta.exists(table):
        held = {Path(path).parent.name for path in snapshot(table).paths}
        orphans = [child for child in orphans if child.name not in held]
        if orphans:
            named = {Path(name).parent.name for entry in delta.log_entries(table) for name in (*entry.added, *entry.told)}
            orphans = [child for child in orphans if child.name not in named]
    folder = storage.rejects_folder(table)
    kept = {number for number, _ in alive}
    lost = [path for path in folder.iterdir() if _batch_number(path.name) not in kept] if folder.is_dir() else []
    drafts = (
        [path for path in folder.glob(".*.draft") if _batch_number(path.name) not in working] if folder.is_dir() else []
    )
    for path in dict.fromkeys([*orphans, *lost, *drafts]):
        storage.remove(path)
        yield path.relative_to(storage.root()).as_posix()


def _mend_index(table: str, resource: Resource | None) -> Iterator[str]:
    """Drafts of index builders that are gone; an index in force that is behind the table is brought up to it."""
    folder = storage.index_folder(table)
    drafts = [path for path in folder.glob(".*") if not storage.owner_lives(path.name[1:].rpartition("-")[0])]
    for path in drafts:
        storage.remove(path)
        yield f"index/{table}/{path.name}"
    if resource is not None and delta.exists(table):
        contract, held = resource.contract, snapshot(table)
        is_wanted = resource.has_lookup or current_version(table) is not None
        if is_wanted and contract.key and held.files and current_version(table) != held.version:
            build_index(contract, held)


def _data_folders(table: str) -> Iterator[Path]:
    folder = storage.table_folder(table)
    if folder.is_dir():
        yield from (child for child in folder.iterdir() if child.is_dir() and not child.name.startswith("_"))


def _told_folders(table: str) -> list[Path]:
    """Folders of change data, one of each commit that told its changes."""
    folder = storage.table_folder(table) / CHANGES
    return list(folder.iterdir()) if folder.is_dir() else []


def _batch_number(name: str) -> int | None:
    """Batch of a data folder `b17-…` or `u17-…`, of a rejects file `17.parquet` or its draft `.17-….draft`."""
    digits = name.lstrip(".bu").partition("-")[0].partition(".")[0]
    return int(digits) if digits.isdigit() else None


def _clear_scratch() -> Iterator[str]:
    folder = storage.root() / "tmp"
    for path in folder.iterdir() if folder.is_dir() else ():
        if not _may_work(path.name.rpartition("-")[0], time.time() - path.stat().st_mtime):
            storage.remove(path)
            yield path.relative_to(storage.root()).as_posix()


def _may_work(owner: str, age_seconds: float) -> bool:
    """Whether that process may still be at it: it lives, or it is on another host and began within a day."""
    lives = storage.owner_lives(owner)
    return age_seconds < _FOREIGN_SECONDS if lives is None else lives
