"""Writes of collection: an annotated sheet that comes back; its rows are judged by the same rules and land as a batch of their own.

Order    read → claimed → archived → landed under `correction:<batch>:<SM3>` → settled; killed anywhere, the same sheet again ends it
Refused  whole, with a sentence: a sheet of another batch, a masked one, one with rows that are not open
"""

import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import python_calamine as calamine

from suixin.data.catalog.contract import Contract
from suixin.data.catalog.errors import WrongState
from suixin.data.catalog.models import ResourceState
from suixin.data.catalog.template_marks import MARK_SHEET
from suixin.data.collection import landing, readers
from suixin.data.collection.events import BatchLanded
from suixin.data.collection.landing import Delivery
from suixin.data.collection.models import Feed, Run, RunStatus
from suixin.data.collection.own_codes import own_codes_of, with_own_codes
from suixin.data.collection.readers.scratch import readable
from suixin.data.collection.readers.sheets import check_size
from suixin.data.lake import archive
from suixin.data.lake.archive import Archived
from suixin.data.lake.models import Batch
from suixin.data.lake.rejects import rejected_numbers
from suixin.data.quality.errors import SheetRefused
from suixin.data.quality.loop import corrections
from suixin.data.quality.loop.corrections import Returned
from suixin.data.quality.loop.marks import BATCH, CORRECT, GIVE_UP, HEADS, MASKED, MOST_ROWS, ROW, WISH
from suixin.data.quality.models import Correction
from suixin.data.quality.source import SourceBatch, SourceTable
from suixin.ground import events
from suixin.ground.security import policy
from suixin.kit import clock, crash
from suixin.kit.actor import Actor
from suixin.kit.errors import SuixinError

_SLICE = 16_384
_NOT_XLSX = "文件“{name}”不是能打开的 XLSX；请上传从这里下载、改好后存成 XLSX 的更正表。"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet as read: rows to land, beside them what it says of each."""

    table: SourceTable
    returned: Returned


def take_back(batch: Batch, path: Path, *, actor: Actor, reason: str = "") -> Correction:
    """What became of the sheet for that batch; the same bytes again give the same answer.

    `reason` says why rows are given up. Raises NotAllowed, WrongState, SheetRefused, RowsTaken, and what judging raises.
    """
    policy.require(actor, "collection.run", batch.resource)
    if batch.resource.state != ResourceState.PUBLISHED:
        raise WrongState(f"目录“{batch.resource.title}”还没有发布或已撤销，不能更正数据。")
    root = corrections.root_of(batch)
    _require_own(path, root)
    archived = archive.archive_file(path, table=root.resource.table)
    with readers.open_file(path) as opened:
        if not opened.tables:
            raise SheetRefused("；".join(one.sentence for one in opened.refusals) or "更正表里没有行。")
        sheet = _parted(opened.tables[0], root, archived.sm3, reason)
        correction = corrections.claim(root, sheet.returned, actor=actor)
        if correction.is_done:
            return correction
        crash.point("claimed")
        return _landed(correction, sheet, archived, actor=actor, name=path.name)


def _landed(correction: Correction, sheet: _Sheet, archived: Archived, *, actor: Actor, name: str) -> Correction:
    root, started, landed = correction.batch, time.perf_counter(), None
    if sheet.returned.rows:
        try:
            landed = landing.land(
                sheet.table, root.resource, archived, file_name=name, part="", actor=actor,
                delivery=Delivery(corrections.feed_of(root, archived.sm3)), contract=_contract_of(root),
            )
        except SuixinError:
            corrections.release(correction, actor=actor)
            raise
    crash.point("corrected")
    settled = corrections.settle(correction, landed, actor=actor)
    if landed is not None:
        _log(landed, archived, time.perf_counter() - started, actor)
        events.emit_on_commit(BatchLanded(root.resource_id, landed.pk, landed.table_version or 0))
    return settled


def _contract_of(root: Batch) -> Contract:
    """By which the batch was judged: with the codes of its source or file, where that has its own."""
    if own := own_codes_of(root):
        return with_own_codes(root.resource.contract, own)
    uuid = root.feed.removeprefix("source:") if root.feed.startswith("source:") else ""
    feed = Feed.objects.select_related("resource").filter(uuid=uuid).first() if uuid else None
    return feed.contract if feed is not None else root.resource.contract


def _require_own(path: Path, root: Batch) -> None:
    """Nothing for a sheet of that batch that shows its values. Raises SheetRefused, UnreadableFile."""
    if not zipfile.is_zipfile(path):
        raise SheetRefused(_NOT_XLSX.format(name=path.name))
    with readable(path.name, "XLSX"):  # before calamine makes room for every cell up to the last one
        check_size(path, path.name)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        lines = [str(row[0]) if row else "" for row in book.get_sheet_by_name(MARK_SHEET).iter_rows()] if (
            MARK_SHEET in book.sheet_names
        ) else []
    except (calamine.CalamineError, OSError) as error:
        raise SheetRefused(_NOT_XLSX.format(name=path.name)) from error
    named = next((line.removeprefix(BATCH) for line in lines if line.startswith(BATCH)), "")
    if not named:
        raise SheetRefused(f"文件“{path.name}”不是更正表；请从这里下载更正表，改好后上传。整批重报请用“上传归集”。")
    if named != str(root.pk):
        raise SheetRefused(f"这张更正表是批次 {named} 的，不是批次 {root.pk} 的；请到批次 {named} 的页面上传。")
    if MASKED in lines:
        raise SheetRefused("这张更正表里的敏感值已脱敏，不能入库；请由能看原值的数据提供单位下载、更正、上传。")


def _parted(table: SourceTable, root: Batch, sm3: str, reason: str) -> _Sheet:
    """The rows of the sheet without our columns, and what these say. Raises SheetRefused."""
    if ROW not in table.columns or WISH not in table.columns:
        raise SheetRefused("更正表的灰色行或前几列被改动了，认不出是哪些行；请重新下载更正表，把改好的值粘贴进去。")
    rows = _whole(table)
    numbers = _numbers(rows, open_rows=set(rejected_numbers(root.resource.table, root.pk)))
    wishes = [(str(wish).strip() if wish is not None else CORRECT) for wish in rows.column(WISH).to_pylist()]
    for number, wish in zip(numbers, wishes, strict=True):
        if wish not in (CORRECT, GIVE_UP):
            raise SheetRefused(f"数据第 {number} 行的“处理”是“{wish[:20]}”，只能是“{CORRECT}”或“{GIVE_UP}”；请改好后再上传。")
    dropped = [number for number, wish in zip(numbers, wishes, strict=True) if wish == GIVE_UP]
    if dropped and not reason.strip():
        raise SheetRefused(f"有 {len(dropped):,} 行注明“{GIVE_UP}”；请写明理由再上传。")
    is_kept = pa.array([wish == CORRECT for wish in wishes], pa.bool_())
    columns = [name for name in rows.column_names if name not in HEADS]
    kept = rows.filter(is_kept).select(columns).combine_chunks()
    returned = Returned(sm3, [number for number, wish in zip(numbers, wishes, strict=True) if wish == CORRECT], dropped, reason.strip())
    table = replace(table, columns=tuple(columns), batches=lambda: _slices(kept), resource_code=root.resource.code)
    return _Sheet(table, returned)


def _whole(table: SourceTable) -> pa.Table:
    """All rows in memory: a sheet has at most MOST_ROWS. Raises SheetRefused."""
    found, rows = [], 0
    for batch in table.batches():
        if batch.broken:
            raise SheetRefused(f"更正表第 {batch.broken[0].row} 行读不出来：{batch.broken[0].reason}；请改好后再上传。")
        rows += batch.data.num_rows
        if rows > MOST_ROWS:
            raise SheetRefused(f"更正表超过 {MOST_ROWS:,} 行；请分几次更正。")
        found.append(batch.data)
    if not rows:
        raise SheetRefused("更正表里没有行；请至少留一行。")
    return pa.Table.from_batches(found)


def _numbers(rows: pa.Table, *, open_rows: set[int]) -> list[int]:
    """The row of the batch that each row of the sheet corrects. Raises SheetRefused."""
    found: list[int] = []
    seen: set[int] = set()
    for place, text in enumerate(rows.column(ROW).to_pylist(), 1):
        number = int(text) if text is not None and str(text).isdecimal() and len(str(text)) < 16 else 0
        if number not in open_rows:
            raise SheetRefused(
                f"更正表第 {place} 行的“{HEADS[ROW]}”是“{str(text or '')[:20]}”，这一批没有拒绝过这样一行；"
                "请不要改动这一列，新增的行请用“上传归集”。"
            )
        if number in seen:
            raise SheetRefused(f"数据第 {number} 行在更正表里出现了两次；请只留一行。")
        seen.add(number)
        found.append(number)
    return found


def _slices(rows: pa.Table) -> Iterator[SourceBatch]:
    first = 1
    for batch in rows.to_batches(max_chunksize=_SLICE):
        yield SourceBatch(batch, first)
        first += batch.num_rows


def _log(landed: Batch, archived: Archived, seconds: float, actor: Actor) -> None:
    Run.objects.create(
        file_name=landed.file_name, resource=landed.resource, sm3=archived.sm3, archive_path=archived.relative_path,
        status=RunStatus.LANDED, message=f"更正批次 {landed.corrects} 被拒绝的行。", rows_in=landed.rows_in, accepted=landed.accepted,
        rejected=landed.rejected, version=landed.table_version, seconds=seconds, at=clock.now(), by=actor.name,
    )
