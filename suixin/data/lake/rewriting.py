"""Files written again without some of their rows, in the order they have; what upserts and whole states replace by."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any  # arrays of any element type

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from suixin.data.catalog.contract import ROW_COLUMN, Contract
from suixin.data.lake import storage
from suixin.data.lake.parquet import GROUP_ROWS, FileSeries, WrittenFile
from suixin.data.lake.writer import indexed_fields, new_folder

Ids = np.ndarray[Any, np.dtype[np.int64]]


def without(contract: Contract, gone: Mapping[str, Ids], *, batch_id: int) -> list[WrittenFile]:
    """The rows of those files but for the numbers named, in new files, each in the order of its own."""
    folder = new_folder(contract.table, f"u{batch_id}")
    series = [FileSeries(folder, contract.schema, indexed=indexed_fields(contract), prefix=f"{number}-") for number in range(len(gone))]
    try:
        with ThreadPoolExecutor(max_workers=settings.SUIXIN.threads, thread_name_prefix="lake-rewrite") as pool:
            for done in [pool.submit(_copy, path, np.sort(ids), one) for one, (path, ids) in zip(series, gone.items(), strict=True)]:
                done.result()
    except BaseException:
        for one in series:
            one.abandon()
        raise
    files = [file for one in series for file in one.files]
    if files:
        storage.sync_folder(folder)
        storage.sync_folder(folder.parent)
    return files


def numbered_sql(columns: str, files: int, *, first: int, condition: str = "TRUE") -> str:
    """Rows of so many files, whose paths are the parameters from `first` on, each with its file's number as f."""
    parts = (f"SELECT {columns}, {number} AS f FROM read_parquet(${first + number}) WHERE {condition}" for number in range(files))
    return " UNION ALL ".join(parts)


def note_ids(found: dict[str, list[Ids]], paths: Sequence[str], *, files: "pa.Array[Any]", ids: "pa.Array[Any]") -> None:
    """Row numbers put to the file that each is in; `files` are places in `paths`."""
    places, numbers = files.to_numpy(), ids.to_numpy()
    for place in np.unique(places):
        found.setdefault(paths[int(place)], []).append(numbers[places == place])


def _copy(path: str, gone: Ids, series: FileSeries) -> None:
    with pq.ParquetFile(Path(path)) as source:
        for batch in source.iter_batches(GROUP_ROWS):
            ids = batch.column(ROW_COLUMN).to_numpy()
            goes = gone[np.minimum(np.searchsorted(gone, ids), len(gone) - 1)] == ids
            kept = batch.filter(pa.array(~goes)) if goes.any() else batch
            series.add(pa.Table.from_batches([kept]).cast(series.schema))
    series.close()
