"""A contract with the very versions of its code sets, so that a whole batch is judged by them, whatever is published meanwhile.

Follows   an item that names a set is judged by the version in force when its batch is (`GB/T 2261.1` → `GB/T 2261.1@2003`)
Pinned    one that names a version keeps it; so do own codes, with the number of the mapping
Kept      by field: set, version, digest, number of the mapping, cells that had a value, cells outside (Batch.code_sets)
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any  # arrays of any element type

import pyarrow as pa

from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.ground.standards import CodeSet
from suixin.ground.standards import queries as standards


def pinned(contract: Contract) -> Contract:
    """The contract, each set named in its version and loaded; the same for one that is pinned already. Raises NotFound."""
    if not any(item.code_set for item in contract.items):
        return contract
    return contract.with_items(tuple(_pinned(item) if item.code_set else item for item in contract.items))


def texts_of(contract: Contract) -> Iterator[str]:
    """What the sets of a pinned contract say, for the digest of its rules."""
    for item in contract.items:
        if item.code_set:
            found = standards.translation(item.own_codes, item.code_set) if item.own_codes else None
            yield f"{item.field}:{standards.code_set(item.code_set).digest}:{found.digest if found else ''}"


def writing_sets(found: CodeSet) -> tuple[tuple[str, "pa.Array[Any]"], ...]:
    """Codes, names and other names of a set, as columns; made once for a version, however many batches ask."""
    return _writing_sets(found.reference, found.digest) if found.version else _columns(found)


@lru_cache(maxsize=64)
def _writing_sets(reference: str, _digest: str) -> tuple[tuple[str, "pa.Array[Any]"], ...]:
    return _columns(standards.code_set(reference))


def _columns(found: CodeSet) -> tuple[tuple[str, "pa.Array[Any]"], ...]:
    parts = (("code", found.entries), ("name", found.entries.values()), ("alias", found.aliases))
    return tuple((writing, pa.array(list(members), pa.string())) for writing, members in parts)


def used(
    contract: Contract, *, filled: Sequence[int], failures: Mapping[tuple[str | None, str], int], rows: int
) -> dict[str, dict[str, str | int]]:
    """What a batch keeps of a pinned contract's sets."""
    found: dict[str, dict[str, str | int]] = {}
    for place, item in enumerate(contract.items):
        if not item.code_set:
            continue
        one, mapping = standards.code_set(item.code_set), item.own_codes.rpartition("@")[2]
        cells = filled[place] if place < len(filled) else 0
        found[item.field] = {
            "set": one.code, "version": one.version, "digest": one.digest[:16], "mapping": int(mapping) if mapping.isdecimal() else 0,
            "cells": min(cells, rows), "outside": failures.get((item.name, "code_set"), 0),
        }
    return found


def _pinned(item: ItemSpec) -> ItemSpec:
    found = standards.code_set(item.code_set)
    len(found.entries)  # here, where there is a connection: judges have none
    if not item.own_codes:
        return replace(item, code_set=found.reference)
    mapping = standards.translation(item.own_codes, item.code_set)
    if mapping is None:
        return replace(item, code_set=found.reference)
    len(mapping.pairs)
    return replace(item, code_set=found.reference, own_codes=f"{mapping.own}@{mapping.number}")
