"""What equality on a masked column implies of the stored text: how it begins and ends.

138****0001 can only be the mask of a text that begins with 138 and ends with 0001; both are looked at many times faster
than a mask is evaluated, which then has few rows left. The condition on the shown value stays: this one only narrows.
"""

from collections.abc import Sequence

from suixin.data.access.query import Filter, Operator
from suixin.data.access.sqltext import identifier
from suixin.data.access.values import TEXTUAL
from suixin.data.lake.snapshots import Snapshot

_MAX_VALUES = 20
KEEPING = frozenset({  # masks whose value, before its first and after its last star, is how the text begins and ends
    "name", "resident_id", "resident_id_strict", "mobile", "landline", "bank_card", "bank_card_tail", "address", "address_town",
    "email", "passport", "permit", "plate", "uscc_person",
})  # fmt: skip


def narrowed_sql(filters: Sequence[Filter], snapshot: Snapshot) -> tuple[str, list[object]]:
    """(conditions to be appended, each with AND before it, parameters) that every row passing the filters meets."""
    parts: list[str] = []
    parameters: list[object] = []
    for one in filters:
        if not _is_narrowing(one, snapshot):
            continue
        name = identifier(one.column.field)
        ends = [ends_of(str(value)) for value in one.values]
        parts.append(f" AND ({' OR '.join(f'(starts_with({name}, ?) AND ends_with({name}, ?))' for _ in ends)})")
        parameters += [text for pair in ends for text in pair]
    return "".join(parts), parameters


def ends_of(shown: str) -> tuple[str, str]:
    """What stands before the first and after the last star; the whole twice without one."""
    return shown.split("*", 1)[0], shown.rsplit("*", 1)[-1]


def _is_narrowing(one: Filter, snapshot: Snapshot) -> bool:
    column = one.column
    return (
        column.mask in KEEPING
        and column.item.type in TEXTUAL
        and not column.item.is_sealed
        and one.operator in (Operator.EXACT, Operator.IN)
        and len(one.values) <= _MAX_VALUES
        and column.field in snapshot.schema.names
    )
