"""The contract of one table: what its columns are, what must hold, who may see how much.

A `Contract` is the frozen value that every other module works from. It is made from a published
catalogue entry (`Resource.contract`), or proposed from a profile before there is an entry.
"""

from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

import pyarrow as pa

BATCH_COLUMN = "__batch"  # id of the batch that brought the row, int64
ROW_COLUMN = "__id"  # row number, unique within the table, int64, grows with arrival
BLIND_PREFIX = "__bx_"  # before a sealed item's field: the column by which it is found, 32 hex digits of HMAC-SM3
SYSTEM_FIELDS = (pa.field(ROW_COLUMN, pa.int64(), nullable=False), pa.field(BATCH_COLUMN, pa.int64(), nullable=False))


SHARING_OF_ITEM = (
    "share_type", "share_condition", "withhold_reason", "open_type", "open_condition", "update_cycle", "is_secret", "source_department",
    "share_method",
)


class ItemType(StrEnum):
    """Type letters of the compilation guide of 2017, annex (standards/data.md 1.5)."""

    TEXT = "C"
    NUMBER = "N"
    MONEY = "Y"
    DATE = "D"
    DATETIME = "T"
    BOOLEAN = "L"
    MEMO = "M"
    GEOMETRY = "G"
    DOUBLE = "B"
    INTEGER = "I"
    FLOAT = "F"


class Level(IntEnum):
    """Level of general data, higher is more sensitive; above them important data. A resource takes the highest of its items.

    Source  GB/T 43697-2024 (general, important, core; core data never enter), L1 to L4 after its annex H
    """

    L1 = 1
    L2 = 2
    L3 = 3
    L4 = 4
    IMPORTANT = 5

    @property
    def title(self) -> str:
        """As people say it: L1 to L4, 重要数据."""
        return "重要数据" if self is Level.IMPORTANT else self.name


class WriteMode(StrEnum):
    """What a batch does to the current state."""

    APPEND = "append"
    UPSERT = "upsert"


@dataclass(frozen=True, slots=True)
class ItemSpec:
    """One item (信息项). `field` is the stable physical name, `name` the Chinese one (works as alias).

    `length` counts characters, or digits of a number; `scale` decimals; `unit` is what a value is
    measured in. `mask` names a mask of `ground.security.masks`; `sensitive` the kind found by the
    scanner. `source_names` are further headers under which the item may arrive. `is_sealed`: its values lie
    enciphered in the lake, beside a blind index. What of sharing, opening and update is empty follows the entry
    (SHARING_OF_ITEM); `own_codes` is the set of a department's own codes in which values arrive, to be translated into `code_set` by
    the mapping in force; `source_department` is a credit code (数源部门); `is_secret` items never enter.
    """

    field: str
    name: str
    type: ItemType
    length: int | None = None
    scale: int | None = None
    is_key: bool = False
    nullable: bool = True
    code_set: str = ""
    level: Level = Level.L1
    mask: str = ""
    sensitive: str = ""
    unit: str = ""
    description: str = ""
    is_indexed: bool = False
    is_provisional: bool = False
    source_names: tuple[str, ...] = ()
    is_sealed: bool = False
    share_type: str = ""
    share_condition: str = ""
    withhold_reason: str = ""
    open_type: str = ""
    open_condition: str = ""
    update_cycle: str = ""
    is_secret: bool = False
    source_department: str = ""
    share_method: str = ""
    own_codes: str = ""

    @property
    def arrow_type(self) -> pa.DataType:
        """The type of the item's values."""
        return _arrow_type(self)

    @property
    def stored_type(self) -> pa.DataType:
        """The type of the item's column in the lake: bytes when it is sealed."""
        return pa.binary() if self.is_sealed else _arrow_type(self)

    @property
    def blind_field(self) -> str:
        """The column in which a sealed item is found by equality."""
        return BLIND_PREFIX + self.field

    @property
    def sought_field(self) -> str:
        """The column that equality, order at rest and keys go by: the item's own, or its blind index."""
        return self.blind_field if self.is_sealed else self.field


@dataclass(frozen=True, slots=True)
class Rule:
    """One check beyond those that follow from the items.

    `expression` is a boolean of `kit.expressions` over the items' fields and must not be false.
    `dimension` is one of the six of GB/T 36344-2018.
    """

    code: str
    expression: str
    message: str
    dimension: str = "accuracy"


@dataclass(frozen=True, slots=True)
class Contract:
    """All that is promised about a table. Item order is column order. `floor`: the level of the table as a whole."""

    code: str
    table: str
    title: str
    items: tuple[ItemSpec, ...]
    rules: tuple[Rule, ...] = ()
    write_mode: WriteMode = WriteMode.APPEND
    version: int = 1
    floor: Level = Level.L1

    @property
    def key(self) -> tuple[str, ...]:
        """Fields of the key, in item order; empty when the table has none."""
        return tuple(item.field for item in self.items if item.is_key)

    @property
    def sealed(self) -> tuple[ItemSpec, ...]:
        """Items whose values lie enciphered; empty for most tables."""
        return tuple(item for item in self.items if item.is_sealed)

    @property
    def stored_key(self) -> tuple[str, ...]:
        """Columns of the key as they lie in the lake; rows are in their order and unique by them."""
        return tuple(item.sought_field for item in self.items if item.is_key)

    @property
    def level(self) -> Level:
        """The highest level of any item, and not below the table's own (就高从严)."""
        return max((self.floor, *(item.level for item in self.items)))

    @property
    def schema(self) -> pa.Schema:
        """Columns as they lie in the lake: the items, the blind indexes of sealed ones, then the system columns."""
        columns = [pa.field(item.field, item.stored_type, nullable=True) for item in self.items]
        blind = [pa.field(item.blind_field, pa.string(), nullable=True) for item in self.sealed]
        return pa.schema([*columns, *blind, *SYSTEM_FIELDS])

    def item(self, name: str) -> ItemSpec | None:
        """The item of that field name or Chinese name."""
        return next((i for i in self.items if name in (i.field, i.name)), None)

    def with_items(self, items: tuple[ItemSpec, ...]) -> "Contract":
        """The same contract over other items."""
        return replace(self, items=items)


def _arrow_type(item: ItemSpec) -> pa.DataType:
    match item.type:
        case ItemType.TEXT | ItemType.MEMO | ItemType.GEOMETRY:
            return pa.string()
        case ItemType.NUMBER | ItemType.MONEY:
            return _decimal(item)
        case ItemType.DATE:
            return pa.date32()
        case ItemType.DATETIME:
            return pa.timestamp("us", tz="UTC")
        case ItemType.BOOLEAN:
            return pa.bool_()
        case ItemType.INTEGER:
            return pa.int64()
        case ItemType.DOUBLE | ItemType.FLOAT:
            return pa.float64()


def _decimal(item: ItemSpec) -> pa.DataType:
    scale = item.scale if item.scale is not None else (2 if item.type is ItemType.MONEY else 0)
    precision = min(38, max(item.length or 18, scale + 1))
    return pa.decimal128(precision, scale)
