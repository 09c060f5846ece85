"""A contract with the very versions of its code sets, so that a whole batch is judged by them, whatever is published meanwhile.

Follows   an item that names a set is judged by the version in force when its batch is (`GB/T 2261.1` → `GB/T 2261.1@2003`)
Pinned    one that names a version keeps it; so do own codes, with the number of the mapping
Kept      by field: set, version, digest, number of the mapping, cells that had a value, cells outside (Batch.code_sets)
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from suixin.data.catalog.coding import LARGE
from suixin.data.catalog.contract import Contract, ItemSpec
from suixin.data.quality.members import Few, Many, Members
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


def members_of(found: CodeSet) -> Members:
    """Everything that names an entry of a set; made once for a version, however many batches ask."""
    return _members_of(found.reference, found.digest) if found.version else _members(found)


def writing_sets(found: CodeSet) -> tuple[tuple[str, Members], ...]:
    """Codes, names and other names of a set; made once for a version likewise."""
    return _writing_sets(found.reference, found.digest) if found.version else _writings(found)


@lru_cache(maxsize=64)
def _members_of(reference: str, _digest: str) -> Members:
    return _members(standards.code_set(reference))


@lru_cache(maxsize=64)
def _writing_sets(reference: str, _digest: str) -> tuple[tuple[str, Members], ...]:
    return _writings(standards.code_set(reference))


def _members(found: CodeSet) -> Members:
    parts = _parts(found)
    return Many(parts) if found.total > LARGE else Few.of(set().union(*parts))


def _writings(found: CodeSet) -> tuple[tuple[str, Members], ...]:
    named = zip(("code", "name", "alias"), _parts(found), strict=True)
    return tuple((writing, Many((part,)) if found.total > LARGE else Few.of(part)) for writing, part in named)


def _parts(found: CodeSet) -> tuple[Collection[str], Collection[str], Collection[str]]:
    return found.entries, found.by_name if found.total > LARGE else set(found.entries.values()), found.aliases


def used(
    contract: Contract, *, filled: Sequence[int], failures: Mapping[tuple[str | None, str], int], rows: int
) -> dict[str, dict[str, str | int]]:
    """What a batch keeps of a pinned contract's sets."""
    found: dict[str, dict[str, str | int]] = {}
    for place, item in enumerate(contract.items):
        if not item.code_set:
            continue
        one, (own, _, mapping) = standards.code_set(item.code_set), item.own_codes.rpartition("@")
        cells = filled[place] if place < len(filled) else 0
        found[item.field] = {
            "set": one.code, "version": one.version, "digest": one.digest[:16], "mapping": int(mapping) if mapping.isdecimal() else 0,
            "cells": min(cells, rows), "outside": failures.get((item.name, "code_set"), 0), **({"own": own} if own else {}),
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
