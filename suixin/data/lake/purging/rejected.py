"""Rejected rows of a table rewritten without those that are meant.

A rejected row never became a typed one, so it is sought by what its cells and reasons say: a cell that is the value, or, of
values long enough to be telling, holds it (`sought`). Rows of a batch go with their file.
"""

from collections.abc import Callable
from pathlib import Path

import orjson

from suixin.data.catalog.contract import Contract
from suixin.data.lake import rejects, storage
from suixin.data.lake.purging.selecting import Selection
from suixin.data.lake.purging.sought import Sought, leaves, sought_in

Meant = Callable[[rejects.KeptReject], bool]


def find_rejected(contract: Contract, selection: Selection) -> dict[int, int]:
    """How many such rows each batch's rejects hold."""
    found, sought = {}, sought_in(contract, selection)
    for path in _files(contract.table):
        if rows := rejects.count_rejects(contract.table, path, _meant(path, selection, sought)):
            found[int(path.stem)] = rows
    return found


def purge_rejected(contract: Contract, selection: Selection, batches: dict[int, int]) -> None:
    """No such row is left in the rejects of these batches. Raises DiskFull, Unopened."""
    sought = sought_in(contract, selection)
    for batch in batches:
        path = rejects.rejects_file(contract.table, batch)
        if path.exists():
            rejects.drop_rejects(contract.table, path, _meant(path, selection, sought))


def _meant(path: Path, selection: Selection, sought: Sought) -> Meant:
    is_whole = int(path.stem) in selection.batches
    return lambda one: _names(one, sought) if selection.values else is_whole


def _names(kept: rejects.KeptReject, sought: Sought) -> bool:
    try:
        cells = orjson.loads(kept.text)
    except orjson.JSONDecodeError:  # a broken row is kept as the text that came
        return sought.in_line(kept.text) or _is_told(kept, sought)
    if isinstance(cells, dict):
        return sought.in_cells(cells) or _is_told(kept, sought)
    return sought.in_cell(cells) or _is_told(kept, sought)


def _is_told(kept: rejects.KeptReject, sought: Sought) -> bool:
    """Whether a reason names a value that is telling; of a short one the cells tell all."""
    return not sought.is_short and any(sought.in_line(text) for reason in kept.reasons for text in leaves(reason))


def _files(table: str) -> list[Path]:
    folder = storage.rejects_folder(table)
    found = folder.glob("*.parquet") if folder.is_dir() else ()
    return sorted(path for path in found if path.stem.isdigit())
