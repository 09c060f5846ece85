"""A table brought to what its contract promises and to the newest key: sealed items sealed, under the current version.

Rows     do not change: same values, same numbers, same order; readers of versions and of the change feed see nothing
Steps    one data file a commit when only the key is newer, others land in between; the whole table in one commit when an
         item is sealed for the first time. Then rejected rows, originals and the key index
Again    running it again does what is left and nothing else; killed anywhere, nothing is half there (`repair` removes
         what no version names)
First    after an item is sealed for the first time nothing of it may stay in the clear: older data files are removed at
         once, its least and greatest values leave the log, checkpoints are made anew
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.catalog.models import Resource
from suixin.data.lake import archive, delta, rejects, sealing, storage
from suixin.data.lake.errors import translated
from suixin.data.lake.index_build import build_index, current_version, index_file
from suixin.data.lake.lease import hold_table, renew
from suixin.data.lake.models import Batch
from suixin.data.lake.parquet import GROUP_ROWS, FileSeries, WrittenFile
from suixin.data.lake.scrubbing import forget_cleared
from suixin.data.lake.snapshots import snapshot, snapshot_of
from suixin.data.lake.writer import indexed_fields, new_folder, sort_files
from suixin.ground.audit.actions import record
from suixin.ground.security import policy
from suixin.kit import crash, sealed_cells
from suixin.kit.actor import Actor

Progress = Callable[[str, int, int], None]  # table, files done, files in all


@dataclass(frozen=True, slots=True)
class Resealed:
    """What was done to one table: data files, rows in them, files of rejected rows, originals."""

    table: str
    files: int = 0
    rows: int = 0
    rejects: int = 0
    originals: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether the table was as it should be."""
        return not (self.files or self.rejects or self.originals)


def reseal_table(resource: Resource, *, actor: Actor, progress: Progress | None = None) -> Resealed:
    """The table as its contract promises, under the newest key. Raises NotAllowed, TableBusy, Unopened, DiskFull."""
    policy.require(actor, "lake.reseal", resource)
    contract = resource.contract
    table, report = contract.table, progress or _silent
    files = rows = 0
    with translated(f"重新加密数据表“{table}”"):
        if contract.sealed and delta.exists(table):
            files, rows = _seal_first(contract, report) or _reseal_files(contract, report)
        kept = sum(rejects.reseal_rejects(table, path) for path in _rejects_of(contract))
        paths = Batch.objects.filter(resource=resource).exclude(archive_path="").values_list("archive_path", flat=True)
        originals = sum(archive.reseal_archived(path) for path in sorted(set(paths)))
        _mend_index(contract)
    done = Resealed(table, files, rows, kept, originals)
    if not done.is_nothing:
        record(actor, "lake.resealed", resource, detail={"files": files, "rows": rows, "rejects": kept, "originals": originals})
    return done


def versions_in_use() -> dict[int, int]:
    """How many files need each version of the key, files that readers may still hold included; a version that is not
    among them may be retired."""
    found: dict[int, int] = {}
    folders = [storage.root() / "std", storage.root() / "rejects"]
    for path in (path for folder in folders if folder.is_dir() for path in folder.rglob("*.parquet")):
        if "_delta_log" not in path.parts:
            for version in _versions_of(path):
                found[version] = found.get(version, 0) + 1
    for version in archive.versions_in_use():
        found[version] = found.get(version, 0) + 1
    return dict(sorted(found.items()))


def _seal_first(contract: Contract, report: Progress) -> tuple[int, int] | None:
    """Files and rows rewritten because items are sealed for the first time; None when all of them are already."""
    with hold_table(contract.table):
        base = delta.open_table(contract.table)
        held = snapshot_of(contract.table, base)
        fresh = [item for item in contract.sealed if not sealing.is_sealed_in(held.schema, item.field)]
        if fresh:
            files = _rewritten_whole(contract, [Path(file.path) for file in held.files], fresh, report)
            crash.point("resealed")
            change = delta.Change(files, [Path(file.path) for file in held.files], is_rearrangement=True)
            delta.commit_schema(base, contract, change, facts={"resealed": len(files)})
            crash.point("schema_committed")
        forget_cleared(contract)
        return (len(held.files), held.rows) if fresh else None


def _rewritten_whole(
    contract: Contract, paths: Sequence[Path], fresh: Sequence[ItemSpec], report: Progress
) -> list[WrittenFile]:
    folder = new_folder(contract.table, "r")
    files: list[WrittenFile] = []
    try:
        for number, path in enumerate(paths):
            report(contract.table, number, len(paths))
            renew(contract.table)
            files += _rewritten(contract, path, folder, prefix=f"{number}-")
        if files and any(item.is_key for item in fresh):
            arrived = [file.path for file in files]
            files = sort_files(contract, arrived, folder, prefix="s")
            for path in arrived:
                path.unlink()
        if files:
            storage.sync_folder(folder)
            storage.sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return files


def _reseal_files(contract: Contract, report: Progress) -> tuple[int, int]:
    """Files and rows brought under the newest key, a commit each; the table is free in between."""
    files = rows = 0
    version = sealing.current_version()
    total = sum(_is_outdated(Path(file.path), version) for file in snapshot(contract.table).files)
    passed: set[str] = set()
    while (moved := _reseal_next(contract, version, passed)) is not None:
        files, rows = files + 1, rows + moved
        report(contract.table, files, max(total, files))
    return files, rows


def _reseal_next(contract: Contract, version: int, passed: set[str]) -> int | None:
    """Rows of the next file that was sealed under an older key, rewritten; None when there is none."""
    with hold_table(contract.table):
        base = delta.open_table(contract.table)
        for file in snapshot_of(contract.table, base).files:
            if file.path in passed:
                continue
            passed.add(file.path)
            if not _is_outdated(Path(file.path), version):
                continue
            folder = new_folder(contract.table, "r")
            try:
                files = _rewritten(contract, Path(file.path), folder, prefix="")
                storage.sync_folder(folder)
                storage.sync_folder(folder.parent)
                crash.point("resealed")
                change = delta.Change(files, [Path(file.path)], is_rearrangement=True)
                delta.commit(base, contract.table, change, facts={"resealed": 1})
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            crash.point("reseal_committed")
            return file.rows
    return None


def _rewritten(contract: Contract, path: Path, folder: Path, *, prefix: str) -> list[WrittenFile]:
    """The rows of one file, sealed items under the newest key."""
    series = FileSeries(folder, contract.schema, indexed=indexed_fields(contract), prefix=prefix)
    try:
        with pq.ParquetFile(path) as source:
            for batch in source.iter_batches(GROUP_ROWS):
                rows = pa.Table.from_batches([batch])
                for item in contract.sealed:
                    rows = _with_newest(contract, item, rows)
                series.write(rows.select(contract.schema.names).cast(contract.schema))
        series.close()
    except BaseException:
        series.abandon()
        raise
    return series.files


def _with_newest(contract: Contract, item: ItemSpec, rows: pa.Table) -> pa.Table:
    place = rows.schema.get_field_index(item.field)
    stored = rows.column(place).combine_chunks()
    if pa.types.is_binary(stored.type):
        texts = sealing.open_texts(f"{contract.table}.{item.field}", stored)
    else:
        texts = sealing.texts_of(item, stored.cast(item.arrow_type))
    rows = rows.set_column(place, item.field, sealing.seal_texts(contract.table, item.field, texts))
    if item.blind_field in rows.column_names:
        return rows
    return rows.append_column(item.blind_field, sealing.blind_texts(contract.table, item.field, texts))


def _is_outdated(path: Path, version: int) -> bool:
    return bool(_versions_of(path) - {version})


def _versions_of(path: Path) -> set[int]:
    """The versions of the key under which values of a data file lie sealed."""
    found: set[int] = set()
    with pq.ParquetFile(path) as source:
        sealed = [field.name for field in source.schema_arrow if pa.types.is_binary(field.type)]
        for batch in source.iter_batches(GROUP_ROWS, columns=sealed) if sealed else ():
            for column in batch.columns:
                heads = pc.unique(pc.binary_slice(column, 0, 3)).to_pylist()
                found |= {sealed_cells.version_of(head) for head in heads if head is not None}
    return found


def _rejects_of(contract: Contract) -> Iterator[Path]:
    folder = storage.rejects_folder(contract.table)
    if contract.sealed and folder.is_dir():
        yield from sorted(path for path in folder.glob("*.parquet") if not path.name.startswith("."))


def _mend_index(contract: Contract) -> None:
    """The key index made of the newest version; older ones, which may hold what was in the clear, go."""
    if current_version(contract.table) is None or not delta.exists(contract.table):
        return
    build_index(contract, snapshot(contract.table))
    kept = current_version(contract.table)
    for path in storage.index_folder(contract.table).glob("*.sqlite"):
        if kept is not None and path != index_file(contract.table, kept):
            path.unlink(missing_ok=True)


def _silent(table: str, done: int, total: int) -> None:
    """Nobody asked."""
