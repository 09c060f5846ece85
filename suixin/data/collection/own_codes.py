"""A department's own codes in one source or one file: which sets, and the entry's contract with them."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from suixin.data.catalog.contract import Contract
from suixin.data.collection.errors import WrongSource
from suixin.data.lake.models import Batch
from suixin.ground.standards import queries as standards


def with_own_codes(contract: Contract, own: Mapping[str, str]) -> Contract:
    """What rows are judged by whose source has these items in sets of its own, whatever the entry says of them."""
    if not own:
        return contract
    return replace(contract, items=tuple(replace(item, own_codes=own.get(item.field, item.own_codes)) for item in contract.items))


def require_mapped_sets(contract: Contract, given: Mapping[str, str], *, taken: Collection[str] | None = None) -> dict[str, str]:
    """The sets by item, each with a mapping in force to the item's set; `taken`: fields that are collected. Raises WrongSource."""
    found = {name: code for name, code in given.items() if code}
    for name, code in found.items():
        item = contract.item(name)
        if item is None or not item.code_set or (taken is not None and name not in taken):
            raise WrongSource(f"信息项“{item.name if item else name[:60]}”没有代码集,或没有采集它;请去掉它的“来源代码集”。")
        if standards.translation(code, item.code_set) is None:
            raise WrongSource(
                f"代码集“{code[:64]}”还没有到“{item.code_set}”的已发布对照,认不出“{item.name}”的代码;请先在“标准”里办好代码对照。"
            )
    return found


def own_codes_of(batch: Batch) -> dict[str, str]:
    """By which sets of a department the batch was judged, by field."""
    kept = batch.code_sets if isinstance(batch.code_sets, dict) else {}
    return {field: str(one["own"]) for field, one in kept.items() if isinstance(one, dict) and one.get("own")}
