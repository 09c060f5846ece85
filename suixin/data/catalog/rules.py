"""Law and arithmetic of the catalogue: resource codes, what an entry must state, what its items must be.

Sources  政务信息资源目录编制指南(试行) 2017 (code structure, 13 core metadata), 国务院令第809号 art. 13-15
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, WriteMode

CATEGORY_PATTERN = re.compile(r"[1-3]\d{2}\d{3}\d*")
FIELD_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,63}")
TABLE_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,79}")
MAX_ITEMS = 4096
PERSONAL = frozenset({"resident_id", "mobile", "landline", "bank_card", "passport", "person_name", "address", "email", "plate"})


def resource_code(category: str, sequence: int) -> str:
    """The code of the `sequence`-th resource (from 1) of a category, e.g. "307001/00012".

    Source  guide of 2017: class 1 + item 2 + subitem 3 + detail n, "/", sequence; five digits are our choice.
    """
    if not CATEGORY_PATTERN.fullmatch(category):
        raise ValueError(f"{category!r} is not a category: class(1) item(2) subitem(3) detail(0..n), class 1 to 3")
    return f"{category}/{sequence:05d}"


def keyed(contract: Contract) -> Contract:
    """The contract with what follows from its key: key items are never empty; with a key upsert, without append."""
    items = tuple(replace(item, nullable=False) if item.is_key else item for item in contract.items)
    return replace(contract, items=items, write_mode=write_mode_of(contract))


def write_mode_of(contract: Contract) -> WriteMode:
    """Upsert when there is a key, as the current state is unique by it; append when there is none."""
    return WriteMode.UPSERT if contract.key else WriteMode.APPEND


def faults_of(contract: Contract) -> list[str]:
    """Sentences on everything that forbids the contract to be published; empty when it may."""
    return [*_table_faults(contract), *_item_faults(contract), *_key_faults(contract)]


def may_be_opened(contract: Contract) -> list[str]:
    """Sentences on what forbids opening to the public; empty when nothing does.

    Source  个人信息保护法 art. 25 (no publication of personal information), standards/data.md 4.1: L1 is public.
    """
    faults = [
        f"信息项“{item.name}”属于敏感类型({item.sensitive})"
        for item in contract.items
        if item.sensitive and item.level > Level.L1
    ]
    faults += [
        f"信息项“{item.name}”为 L{item.level} 级,仅 L1 可无条件开放"
        for item in contract.items
        if Level.L1 < item.level < Level.IMPORTANT and not item.sensitive
    ]
    faults += [f"信息项“{item.name}”是重要数据,任何情况下都不开放" for item in contract.items if item.level is Level.IMPORTANT]
    if contract.floor > Level.L1:
        faults.append(f"整张表定级为{contract.floor.title},不能开放")
    return faults


def regrading(contract: Contract, *, rows: int, threshold: int) -> Level | None:
    """The level that so many persons in one table propose for the table as a whole; None when it stands high enough.

    Source  GB/T 43697-2024 6.6 and annex J (aggregation), standards/data.md 4.1: 就高从严, from 1,000,000 persons on
    """
    holds_persons = any(item.sensitive in PERSONAL and item.level > Level.L1 for item in contract.items)
    if not holds_persons or rows < threshold or contract.level is Level.IMPORTANT:
        return None
    return Level.IMPORTANT


def _table_faults(contract: Contract) -> Iterator[str]:
    if not TABLE_PATTERN.fullmatch(contract.table):
        yield f"数据表名“{contract.table}”应以小写字母开头,只含小写字母、数字、下划线,不超过 80 字"
    if not contract.title.strip():
        yield "信息资源名称不能为空"
    if not contract.items:
        yield "至少要有一个信息项"
    if len(contract.items) > MAX_ITEMS:
        yield f"信息项不能超过 {MAX_ITEMS} 个,现有 {len(contract.items)} 个"


def _item_faults(contract: Contract) -> Iterator[str]:
    for word, values in (("字段名", [i.field for i in contract.items]), ("信息项名称", [i.name for i in contract.items])):
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{word}“{value}”出现了 {times} 次,应当唯一"
    for item in contract.items:
        yield from _faults_of_item(item)


def _faults_of_item(item: ItemSpec) -> Iterator[str]:
    if not FIELD_PATTERN.fullmatch(item.field):
        yield f"信息项“{item.name}”的字段名“{item.field}”应以小写字母开头,只含小写字母、数字、下划线,不超过 64 字"
    if not item.name.strip():
        yield f"字段“{item.field}”缺少中文名称"
    if item.scale is not None and item.type not in (ItemType.NUMBER, ItemType.MONEY):
        yield f"信息项“{item.name}”不是数值型或货币型,不应有小数位"
    if item.scale is not None and item.length is not None and item.scale > item.length:
        yield f"信息项“{item.name}”的小数位 {item.scale} 大于长度 {item.length}"
    if item.mask and item.level == Level.L1:
        yield f"信息项“{item.name}”设了脱敏规则,分级不应为 L1"
    if item.is_sealed and item.level == Level.L1:
        yield f"信息项“{item.name}”选了加密存储,分级不应为 L1(公开数据无须加密)"


def _key_faults(contract: Contract) -> Iterator[str]:
    for item in contract.items:
        if item.is_key and item.type in (ItemType.MEMO, ItemType.GEOMETRY):
            yield f"信息项“{item.name}”的类型不能作主键"
        if item.is_key and item.nullable:
            yield f"主键信息项“{item.name}”不能为空,请取消“可空”"
    if contract.write_mode is not write_mode_of(contract):
        yield "有主键的目录写入方式应为 upsert(按主键更新)" if contract.key else "没有主键的目录写入方式应为 append(追加)"
