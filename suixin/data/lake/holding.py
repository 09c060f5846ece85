"""The lake as a backup sees it: which files make up the versions that a database snapshot knows, and their proofs.

Version   of a table: the newest one before the first landing that the snapshot does not know, so that table and Batch
          rows agree; compactions after the last known landing are taken along
Files     of that version alone (older versions live on in the log as history), the log up to it, every archived
          original (immutable, named by its SM3), the rejects of batches that the snapshot knows as landed, files handed
          in that still wait for their job
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import zstandard
from django.db.models import Sum

from suixin.data.catalog.models import Resource
from suixin.data.lake import delta, storage
from suixin.data.lake.archive import SEALED, open_archived
from suixin.data.lake.models import Batch, BatchState, DestroyedOriginal, DestroyedRows, Lease
from suixin.data.lake.rejects import rejects_file
from suixin.data.lake.repair import repair
from suixin.data.lake.snapshots import forget_snapshots, snapshot
from suixin.kit import holdings
from suixin.kit.errors import SuixinError
from suixin.kit.holdings import Held, HeldFile, Proof, Rows
from suixin.kit.sm import new_sm3

_CHUNK = 1 << 20
_FACTS = ("feed", "sequence", "sm3", "rows_in", "accepted", "rejected", "replaced")


class LakeHolding:
    """The lake's files at the instant of a database snapshot."""

    name = "lake"

    def root(self) -> Path:
        """The folder of the lake."""
        return storage.root()

    def held(self, rows: Rows) -> Held:
        """Versions and files that belong to the Batch rows of the snapshot."""
        tables = {row[0]: str(row[1]) for row in rows("catalog", "Resource", ("id", "table"))}
        landed: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for resource, number, version, state in rows("lake", "Batch", ("resource_id", "id", "table_version", "state")):
            if state == BatchState.LANDED:
                landed[tables[resource]].append((int(str(number)), int(str(version))))
        versions = {
            table: _pin(table, {version for _, version in landed[table]}) for table in storage.tables() if delta.exists(table)
        }
        files = [file for table, version in versions.items() for file in _files_of(table, version)]
        files += [_held(path) for path in sorted((storage.root() / "archive").rglob("*")) if path.is_file()]
        rejects = (rejects_file(table, number) for table, known in sorted(landed.items()) for number, _ in sorted(known))
        files += [_held(path) for path in rejects if path.is_file()]
        handed_in = (path for path in sorted((storage.root() / storage.INBOX).rglob("*")) if path.is_file())
        files += [HeldFile(path.relative_to(storage.root()).as_posix(), path, may_go=True) for path in handed_in]
        return Held(versions, tuple(files))

    def settle(self) -> str:
        """Leases and reservations of processes of the other installation dropped, indexes made."""
        forget_snapshots()
        Lease.objects.all().delete()
        dropped, _ = Batch.objects.reserved().delete()
        repair()
        return f"撤销备份时未完成的批次 {dropped} 个" if dropped else ""

    def proofs(self, *, has_keys: bool) -> Iterator[Proof]:
        """Each table with data: rows, files and every batch's receipt (commit, archived original, rejects).

        Without keys the sealed originals cannot be read: that they are there is all that is proven then.
        """
        for resource in Resource.objects.order_by("table"):
            batches = list(Batch.objects.landed().filter(resource=resource).order_by("pk"))
            if not batches and not delta.exists(resource.table):
                continue
            fault = next(_faults(resource.table, batches, has_keys=has_keys), "")
            held = snapshot(resource.table) if delta.exists(resource.table) else None
            told = f"第 {held.version} 版,{held.rows:,} 行,{len(batches)} 个批次" if held else f"{len(batches)} 个批次"
            yield Proof(resource.table, told, fault)


def register() -> None:
    """Make the lake known to backups."""
    holdings.register(LakeHolding())


def _pin(table: str, known: set[int]) -> int:
    """The newest version that holds no landing unknown to the snapshot."""
    version = max(known, default=-1)
    for entry in delta.log_entries(table, after=version):
        if "feed" in entry.facts:
            break
        version = entry.version
    return version


def _files_of(table: str, version: int) -> Iterator[HeldFile]:
    if version < 0:
        return
    log = storage.table_folder(table) / "_delta_log"
    for path in sorted(log.iterdir()):
        number = path.name.partition(".")[0]
        if path.name.endswith((".json", ".checkpoint.parquet")) and number.isdigit() and int(number) <= version:
            yield _held(path)
    yield from (_held(Path(path)) for path in sorted(snapshot(table, version).paths))


def _held(path: Path) -> HeldFile:
    return HeldFile(path.relative_to(storage.root()).as_posix(), path)


def _faults(table: str, batches: list[Batch], *, has_keys: bool) -> Iterator[str]:
    """What is wrong with the table, as sentences."""
    if not delta.exists(table):
        yield f"数据表 {table} 有 {len(batches)} 个批次记录,但没有数据。"
        return
    try:
        held = snapshot(table)
        for file in held.files:
            if pq.read_metadata(file.path).num_rows != file.rows:
                yield f"数据文件 {Path(file.path).name} 的行数与提交记录不符。"
    except (SuixinError, OSError, ValueError) as error:
        yield f"数据表 {table} 打不开:{error}"
        return
    ended = DestroyedRows.objects.filter(batch__in=batches).aggregate(rows=Sum("current"))["rows"] or 0
    wanted = sum(batch.accepted - batch.replaced for batch in batches) - ended
    if held.rows != wanted:
        yield f"数据表 {table} 有 {held.rows} 行,批次合计 {wanted} 行。"
    for batch in batches:
        yield from _batch_faults(table, batch, has_keys=has_keys)


def _batch_faults(table: str, batch: Batch, *, has_keys: bool) -> Iterator[str]:
    try:
        facts = delta.log_entry(table, batch.table_version or 0).facts
    except OSError:
        yield f"批次 {batch.pk} 的提交记录(第 {batch.table_version} 版)不在。"
        return
    differing = [name for name in _FACTS if name in facts and facts[name] != getattr(batch, name)]
    if differing:
        yield f"批次 {batch.pk} 与其提交记录不符:{'、'.join(differing)}。"
    is_destroyed = DestroyedOriginal.objects.filter(sm3=batch.sm3).exists()
    if batch.archive_path and not is_destroyed and not _is_original(batch, has_keys=has_keys):
        yield f"批次 {batch.pk} 的归档原件缺失或与 SM3 摘要不符:{batch.archive_path}。"
    rejects = rejects_file(table, batch.pk)
    kept = pq.read_metadata(rejects).num_rows if rejects.is_file() else 0
    ended = DestroyedRows.objects.filter(batch=batch).aggregate(rows=Sum("rejected"))["rows"] or 0
    if kept + ended != batch.rejected:
        yield f"批次 {batch.pk} 拒收 {batch.rejected} 行,留存 {kept} 行,销毁 {ended} 行。"


def _is_original(batch: Batch, *, has_keys: bool) -> bool:
    """Whether the archived original is there and has the bytes that came."""
    path = storage.root() / batch.archive_path
    if not has_keys:
        return path.exists() or path.with_suffix(SEALED).exists()
    digest = new_sm3()
    try:
        with open_archived(batch.archive_path) as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except (OSError, ValueError, SuixinError, zstandard.ZstdError):
        return False
    return digest.hexdigest() == batch.sm3
