"""Which rows are meant, and how one data file is asked for them.

By value   an item of text or whole numbers equals one of the values; texts without regard to case and blanks around, sealed
           items by their blind index, which takes the same for the same
By batch   rows that came with one of the batches
By day     an item of dates lies before a day
A file is asked by the columns that it has itself: older versions may hold an item in the clear, or not at all.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import pyarrow as pa

from suixin.data.catalog.contract import BATCH_COLUMN, Contract, ItemSpec, ItemType
from suixin.data.lake import sealing, storage
from suixin.data.lake.errors import NotSelectable
from suixin.kit import clock
from suixin.kit.keyring.ring import normalised

BY_VALUE = frozenset({ItemType.TEXT, ItemType.MEMO, ItemType.INTEGER})
BY_DAY = frozenset({ItemType.DATE, ItemType.DATETIME})
LEAST_INSIDE = 6  # characters from which a value counts when it stands inside another text
Condition = tuple[str, list[object]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows to be destroyed: exactly one of `values` (of `field`), `batches`, `before` (of `field`)."""

    field: str = ""
    values: tuple[str, ...] = ()
    batches: tuple[int, ...] = ()
    before: date | None = None


def checked(contract: Contract, selection: Selection) -> Selection:
    """The selection. Raises NotSelectable when the table cannot be asked so."""
    if selection.batches:
        return selection
    item = contract.item(selection.field)
    if item is None:
        raise NotSelectable(f"《{contract.title}》没有信息项“{selection.field}”；请重新选择。")
    if selection.before is not None:
        if item.type not in BY_DAY or item.is_sealed:
            raise NotSelectable(f"“{item.name}”不是日期，或加密存放，不能按它计算保存期限；请换一个日期项，或按入库时间计算。")
        return selection
    if item.type not in BY_VALUE:
        raise NotSelectable(f"“{item.name}”既不是文本也不是整数，不能按它的值销毁；请换用主键、证件号码等信息项。")
    if not selection.values or not all(value.strip() for value in selection.values):
        raise NotSelectable(f"没有给出“{item.name}”的值；请填写要销毁的是谁的数据。")
    if item.type is ItemType.INTEGER and not all(value.strip().lstrip("-").isdecimal() for value in selection.values):
        raise NotSelectable(f"“{item.name}”是整数，给出的值不是；请改正。")
    return selection


def condition(contract: Contract, selection: Selection, schema: pa.Schema) -> Condition:
    """SQL that is true of the rows meant in a file of that schema, and its parameters."""
    if selection.batches:
        return f"list_contains(?, {storage.quoted(BATCH_COLUMN)})", [list(selection.batches)]
    item = contract.item(selection.field)
    if item is None or schema.get_field_index(item.field) < 0:
        return "false", []
    if selection.before is not None:
        return f"{storage.quoted(item.field)} < ?", [_instant(item, selection.before)]
    if sealing.is_sealed_in(schema, item.field):
        blind = sealing.blind_values(contract.table, item, [_typed(item, value) for value in selection.values])
        return f"list_contains(?, {storage.quoted(item.blind_field)})", [blind]
    if item.type is ItemType.INTEGER:
        return f"list_contains(?, {storage.quoted(item.field)})", [[int(value) for value in selection.values]]
    column = f"lower(trim({storage.quoted(item.field)}))"
    return f"(list_contains($1, {column}))".replace("$1", "?"), [sorted({one for text in selection.values for one in _forms(text)})]


def needles_of(selection: Selection) -> tuple[str, ...]:
    """The values as they are sought in free text, normalised."""
    return tuple(normalised(value) for value in selection.values)


def mentions(text: str, needles: tuple[str, ...]) -> bool:
    """Whether a text is one of the values, or, of values long enough to be telling, holds one."""
    plain = normalised(text)
    return any(plain == one or (len(one) >= LEAST_INSIDE and one in plain) for one in needles)


def _forms(text: str) -> set[str]:
    return {text.strip().lower(), normalised(text)}


def _typed(item: ItemSpec, value: str) -> object:
    return int(value) if item.type is ItemType.INTEGER else value


def _instant(item: ItemSpec, day: date) -> object:
    return day if item.type is ItemType.DATE else datetime.combine(day, time.min, clock.CHINA).astimezone(UTC)
