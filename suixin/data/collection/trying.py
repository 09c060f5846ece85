"""A dry run: the first rows are read and judged, nothing is archived, landed or moved on."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from suixin.data.catalog.contract import Contract
from suixin.data.collection import drift, logkeeping, readers
from suixin.data.collection.chunks import mapped
from suixin.data.collection.errors import NothingToCollect
from suixin.data.collection.filewise import new_files
from suixin.data.collection.inbox import safe_name
from suixin.data.collection.models import FeedRun
from suixin.data.collection.rowwise import reading_of
from suixin.data.collection.sources.base import Connector, FileConnector, RowConnector
from suixin.data.lake import storage
from suixin.data.quality import check
from suixin.data.quality.reasons import Reject
from suixin.data.quality.source import SourceBatch, SourceTable

ROWS = 1000
SHOWN = 20


def tried(run: FeedRun, connector: Connector) -> str:
    """The sentence of a dry run; what was seen is in `run.findings`. Raises as a run would."""
    if isinstance(connector, FileConnector):
        return _tried_files(run, connector)
    assert isinstance(connector, RowConnector)  # noqa: S101 for the type checker: there is no third kind
    changes = drift.changes_between(run.feed.known_columns, connector.columns(run.feed.table))
    if changes:
        run.findings = {"changes": changes.sentence}
        return f"试运行:来源的列变了:{changes.sentence}。正式运行会按“列变动时”的设置处理。"
    if run.feed.reads_log:
        logkeeping.require_log(run.feed, connector)
    pieces: list[pa.RecordBatch] = []
    reading = replace(reading_of(run), limit=ROWS)
    for piece in connector.read(reading):
        pieces.append(piece.data.slice(0, ROWS - sum(one.num_rows for one in pieces)))
        if sum(one.num_rows for one in pieces) >= ROWS:
            break
    table = _table(run.feed.table, reading.columns, pieces)
    told = _judged(run, mapped(table, run.feed.mapping))
    return f"试运行:{told}没有入库。"


def _tried_files(run: FeedRun, connector: FileConnector) -> str:
    found = new_files(run.feed, connector)
    run.findings = {"files": [file.path for file in found[:SHOWN]], "count": len(found)}
    if not found:
        return "试运行:没有新的或改动过的文件。"
    with storage.scratch() as folder:
        path = folder / safe_name(found[0].path)
        connector.fetch(found[0], path)
        with readers.open_file(path) as opened:
            if not opened.tables:
                raise NothingToCollect(f"文件“{found[0].path}”里没有可以读取的表;请与来源单位核对。")
            told = _judged(run, opened.tables[0])
    return f"试运行:有 {len(found)} 个新文件;第一个“{found[0].path}”{told}没有入库。"


def _judged(run: FeedRun, table: SourceTable) -> str:
    contract: Contract = run.feed.contract
    rejects: list[Reject] = []
    verdict = check.check_batch(contract, table, on_accepted=lambda batch: None, on_rejected=lambda more: rejects.extend(more[:SHOWN]))
    reasons = Counter(verdict.reasons).most_common(SHOWN)
    # no values: they may be of persons, and a run is kept in the clear
    samples = [{"row": one.row, "reasons": "、".join(f"{r.item}/{r.rule}" for r in one.reasons)} for one in rejects[:SHOWN]]
    run.findings = {**run.findings, "reasons": dict(reasons), "rejects": samples}
    run.rows_in, run.accepted, run.rejected = verdict.rows_in, verdict.accepted, verdict.rejected
    return f"读了 {verdict.rows_in:,} 行,可接收 {verdict.accepted:,} 行,会拒收 {verdict.rejected:,} 行,"


def _table(name: str, columns: Sequence[str], pieces: Sequence[pa.RecordBatch]) -> SourceTable:
    def batches() -> Iterator[SourceBatch]:
        first = 1
        for data in pieces:
            yield SourceBatch(data, first)
            first += data.num_rows

    return SourceTable(name, tuple(columns), batches, "database")
