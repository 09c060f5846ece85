"""Rejected rows of a table rewritten without those that are meant.

A rejected row never became a typed one, so it is sought by what its cells and reasons say: a cell that is the value, or, of
values long enough to be telling, holds it. Rows of a batch go with their file.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any  # JSON

import orjson

from suixin.data.lake import rejects, storage
from suixin.data.lake.purging.selecting import Selection, mentions, needles_of


def find_rejected(table: str, selection: Selection) -> dict[int, int]:
    """How many such rows each batch's rejects hold."""
    found = {}
    for path in _files(table):
        if rows := rejects.count_rejects(table, path, lambda one, path=path: _is_meant(one, path, selection)):  # type: ignore[misc]  # bound now
            found[int(path.stem)] = rows
    return found


def purge_rejected(table: str, selection: Selection, batches: dict[int, int]) -> None:
    """No such row is left in the rejects of these batches. Raises DiskFull, Unopened."""
    for batch in batches:
        path = rejects.rejects_file(table, batch)
        if path.exists():
            rejects.drop_rejects(table, path, lambda one, path=path: _is_meant(one, path, selection))  # type: ignore[misc]  # bound now


def _is_meant(kept: rejects.KeptReject, path: Path, selection: Selection) -> bool:
    if not selection.values:
        return int(path.stem) in selection.batches
    needles = needles_of(selection)
    return any(mentions(text, needles) for text in _texts_of(kept))


def _texts_of(kept: rejects.KeptReject) -> Iterator[str]:
    try:
        yield from _leaves(orjson.loads(kept.text))
    except orjson.JSONDecodeError:  # a broken row is kept as the text that came
        yield kept.text
    for reason in kept.reasons:
        yield from _leaves(reason)


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 JSON
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif value is not None:
        yield str(value)


def _files(table: str) -> list[Path]:
    folder = storage.rejects_folder(table)
    found = folder.glob("*.parquet") if folder.is_dir() else ()
    return sorted(path for path in found if path.stem.isdigit())
