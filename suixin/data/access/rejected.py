"""Rejected rows as one may see them: whole for who reads the resource whole, else masked as its items say.

Values   stand in a row three times: as cells, as the value of a reason, and in its sentence; all are masked alike
Unknown  a cell under a heading that today's entry does not know is hidden: it may be a masked item renamed or gone since
Unread   a row that could not be parted into cells is hidden whole when any item is masked: nobody knows what stands where
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

import orjson

from suixin.data.catalog.models import Resource
from suixin.data.lake.rejects import KeptReject
from suixin.ground.security import policy
from suixin.ground.security.masks import MASKS, Mask
from suixin.kit.actor import Actor

HIDDEN = "（已脱敏）"
SHOWN = 200  # characters of a value that a sentence repeats


def masks_for(resource: Resource, *, actor: Actor) -> Mapping[str, Mask]:
    """The mask of each heading under which a masked item may come; empty for who reads the resource whole."""
    if policy.may(actor, "access.read_whole", resource):
        return {}
    return {
        plain(name): MASKS[item.mask]
        for item in resource.contract.items if item.mask for name in (item.field, item.name, *item.source_names)
    }


def shown(kept: Sequence[KeptReject], resource: Resource, *, actor: Actor) -> Sequence[KeptReject]:
    """The rows as the actor may see them."""
    masks = masks_for(resource, actor=actor)
    known = {plain(name) for item in resource.contract.items for name in (item.field, item.name, *item.source_names)}
    return [_masked(one, masks, known) for one in kept] if masks else kept


def plain(heading: str) -> str:
    """A heading without blanks and case, as headings are compared."""
    return "".join(heading.split()).lower()


def _masked(kept: KeptReject, masks: Mapping[str, Mask], known: AbstractSet[str]) -> KeptReject:
    try:
        cells = orjson.loads(kept.text)
    except orjson.JSONDecodeError:
        cells = None
    if not isinstance(cells, dict):
        reasons = tuple({**reason, "value": "", "sentence": f"数据第 {kept.row} 行读不出来。"} for reason in kept.reasons)
        return replace(kept, text=HIDDEN, reasons=reasons)
    hidden: dict[str, str] = {}
    for heading, value in cells.items():
        mask, is_known = masks.get(plain(str(heading))), plain(str(heading)) in known
        if (mask is not None or not is_known) and value not in (None, ""):
            cells[heading] = mask.apply(str(value)) or "" if mask is not None else HIDDEN
            hidden[str(value)] = str(cells[heading])
    return replace(kept, text=orjson.dumps(cells).decode(), reasons=tuple(_told(reason, hidden) for reason in kept.reasons))


def _told(reason: dict[str, object], hidden: Mapping[str, str]) -> dict[str, object]:
    """A reason in which no masked value stands, the longest first: one may be part of another."""
    value, sentence = str(reason.get("value", "")), str(reason.get("sentence", ""))
    for raw in sorted(hidden, key=len, reverse=True):
        for form in dict.fromkeys((raw, " ".join(raw.splitlines()), " ".join(raw.splitlines())[:SHOWN])):
            value = value.replace(form, hidden[raw])
            sentence = sentence.replace(f"“{form}", f"“{hidden[raw]}").replace(f"+ {form}", f"+ {hidden[raw]}")
    return {**reason, "value": value, "sentence": sentence}
