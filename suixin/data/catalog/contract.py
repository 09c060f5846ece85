"""The contract of one table: what its columns are, what must hold, who may see how much.

A `Contract` is the frozen value that every other module works from. It is made from a published
catalogue entry (`Resource.contract`), or proposed from a profile before there is an entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum

import pyarrow as pa

BATCH_COLUMN = "__batch"  # id of the batch that brought the row, int64
ROW_COLUMN = "__id"  # row number, unique within the table, int64, grows with arrival
BLIND_PREFIX = "__bx_"  # before a sealed item's field: the column by which it is found, 32 hex digits of HMAC-SM3
TODAY = "__today"  # in rules: the day on which a batch is judged
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


class RuleKind(StrEnum):
    """What a rule looks at."""

    ROW = "row"  # one row: `expression`
    REFERENCE = "reference"  # values of items are keys of another resource
    UNIQUE = "unique"  # no two rows hold the same values
    MONOTONIC = "monotonic"  # within a group, in order of time, a number does not fall
    TOTAL = "total"  # by group, sums or counts of a batch agree with another resource
    FRESH = "fresh"  # the latest day of a batch is not too long ago


class Severity(StrEnum):
    """What becomes of a row that breaks a rule."""

    REJECT = "reject"
    MARK = "mark"  # counted in the indicators, the row is accepted


OF_BATCH = frozenset({RuleKind.TOTAL, RuleKind.FRESH})  # say something of the batch as a whole, so they only mark


@dataclass(frozen=True, slots=True)
class Rule:
    """One check beyond those that follow from the items.

    `expression` is a boolean of `kit.expressions` over the items' fields (and TODAY) that must not be false; empty for other
    kinds, which say in `parameters` what they look at. `dimension` is one of the six of GB/T 36344-2018. `template` names the
    entry of the rule library that it was made from.
    """

    code: str
    expression: str
    message: str
    dimension: str = "accuracy"
    severity: str = Severity.REJECT.value
    kind: str = RuleKind.ROW.value
    template: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def is_marking(self) -> bool:
        """Whether rows that break it are accepted."""
        return self.severity == Severity.MARK

    @property
    def other_table(self) -> str:
        """The other resource that it looks at; "" for most."""
        return str(self.parameters.get("table", "")) if self.kind in (RuleKind.REFERENCE, RuleKind.TOTAL) else ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Of a rule without expression, the items of its own entry that it looks at."""
        return self._named("items", "group", "order", "item")

    @property
    def other_fields(self) -> tuple[str, ...]:
        """The items of the other resource that it looks at, in the order of its own."""
        return self._named("keys", "other_group", "other_item")

    def _named(self, *names: str) -> tuple[str, ...]:
        found: list[str] = []
        for name in names:
            told = self.parameters.get(name, ())
            found += [told] if isinstance(told, str) and told else [str(one) for one in told] if isinstance(told, list | tuple) else []
        return tuple(dict.fromkeys(found))

    @property
    def as_json(self) -> dict[str, object]:
        """As the entry keeps it: what is usual is left out, so that an entry nobody changed keeps its digest."""
        told: dict[str, object] = {
            "code": self.code, "expression": self.expression, "message": self.message, "dimension": self.dimension,
        }
        if self.is_marking:
            told["severity"] = self.severity
        if self.kind != RuleKind.ROW:
            told["kind"] = self.kind
        return told | ({"template": self.template, "parameters": dict(self.parameters)} if self.template else {})


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

    @property
    def letters(self) -> dict[str, str]:
        """The names that rules may use, with the letter of the type of each."""
        return {item.field: item.type.value for item in self.items} | {TODAY: ItemType.DATE.value}

    @property
    def aliases(self) -> dict[str, str]:
        """Fields by the Chinese names that rules may use for them."""
        fields = {item.field for item in self.items}
        return {item.name: item.field for item in self.items if item.name not in fields}

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
