"""Masks by purpose: a grant names purposes, each with its masks; who states none gets the strictest of each column.

A grant without purposes shows the same for any; one with purposes refuses a purpose that it does not name.
"""

from collections.abc import Iterable, Mapping

from suixin.data.catalog.contract import ItemSpec
from suixin.ground.security.masks import MASKS

Masks = Mapping[str, str]
LONGEST = 60
# the stricter first, each hides whatever the next hides
_CHAINS = (
    ("resident_id_strict", "resident_id"), ("bank_card_tail", "bank_card"), ("address", "address_town"),
    ("birth_decade", "birthday"), ("coordinate_grid", "coordinate"),
)
_ALL = ("suppress", "empty")


def mask_of(masks: Masks, item: ItemSpec, door: str) -> str:
    """What the masks say for this door (`field@door`), else for the field, else the item's own mask."""
    return masks.get(f"{item.field}@{door}", masks.get(item.field, item.mask))


def stated(masks: Masks, purpose: Masks, item: ItemSpec, *, door: str) -> str:
    """The mask of the item for a purpose: what it says, else what the grant says without it."""
    return purpose.get(f"{item.field}@{door}", purpose.get(item.field, mask_of(masks, item, door)))


def unstated(masks: Masks, purposes: Mapping[str, Masks], item: ItemSpec, *, door: str) -> str:
    """The mask of the item for who states no purpose."""
    return strictest([mask_of(masks, item, door), *(stated(masks, one, item, door=door) for one in purposes.values())])


def strictest(names: Iterable[str]) -> str:
    """The mask that hides whatever any of them hides; of masks that hide different parts, the one that hides all."""
    found = {name for name in names if name}
    for name in _ALL:
        if name in found:
            return name
    for strict, mild in _CHAINS:
        if strict in found:
            found.discard(mild)
    return (found.pop() if found else "") if len(found) < 2 else "suppress"


def faults_of(purposes: Mapping[str, Masks]) -> list[str]:
    """What is wrong with the names of purposes, as sentences."""
    wrong = [one for one in purposes if not one.strip() or len(one) > LONGEST or one != one.strip() or not one.isprintable()]
    unknown = sorted({mask for masks in purposes.values() for mask in masks.values() if mask and mask not in MASKS})
    return [f"用途“{one[:LONGEST]}”要写成 1 到 {LONGEST} 个可见字符,前后不留空格。" for one in wrong] + [
        f"没有名为 {mask} 的脱敏规则。" for mask in unknown
    ]
