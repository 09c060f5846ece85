"""The workbook of items: one sheet of items, one for each list below an item; columns follow the elements.

Identity   the code; or body, level, basic code and number, from which it is built
Values     a choice by its word (or code), several parted by ；, yes and no as 是 and 否; an empty cell states nothing: inherited
"""

from collections.abc import Mapping
from functools import lru_cache

from suixin.data.catalog.exchange.layout import Place, Shape
from suixin.services.items.elements import ELEMENTS, LEVELS, Element, Kind
from suixin.services.items.tables import TABLES

ITEMS = "事项"
MAX_ITEMS, MAX_ROWS = 5_000, 60_000
YES_NO = {"1": "是", "0": "否"}
IDENTITY = ("code", "body", "level", "basic", "number")
OWNER = "item"
_NOTES = (
    "1. “事项”表每行一个事项：基本目录、实施清单、业务办理项都在这张表里，按编码的位数（12、31、33 位）区分。",
    "2. 编码可以直接填，也可以填实施主体编码、行使层级、基本编码、办理项序号，由平台编制。",
    "3. 空着的格子表示沿用上级事项；本级与上级不同的才填。材料、收费等表只要有一行，就整张代替上级的。",
    "4. 材料、收费、问答、流程等各在一张表，第一列填所属事项的编码或名称。",
    "5. 有误的单元格标红并加批注，没有误的行已登记为草稿；改好其余的再导入，已登记且没有变化的不会重复。",
)
_IDENTITY = (
    Place("code", "编码", longest=36, hint="12、31 或 33 位；留空则由右边四列编制", width=36),
    Place("body", "实施主体编码", longest=18, hint="18 位统一社会信用代码", width=22), Place("level", "行使层级", choices=LEVELS),
    Place("basic", "基本编码", longest=12), Place("number", "业务办理项序号", longest=2, hint="01 至 99；没有业务办理项的留空"),
)


@lru_cache(maxsize=1)
def shape() -> Shape:
    """The workbook of items."""
    items = (*_IDENTITY, *(_place(one, is_required=False) for one in ELEMENTS.values()))
    owner = Place(OWNER, "所属事项", True, longest=1_000, hint="事项的编码或名称", width=36)
    lists = {one.title: (owner, *(_place(column, is_required=column.is_required) for column in one.columns)) for one in TABLES.values()}
    most = {ITEMS: MAX_ITEMS} | dict.fromkeys(lists, MAX_ROWS)
    return Shape({ITEMS: items} | lists, most, ITEMS, _NOTES)


def words_of(element: Element) -> Mapping[str, str]:
    """The words that a cell of the element takes: key → word; none for free text."""
    return YES_NO if element.kind is Kind.FLAG else element.choices


def _place(element: Element, *, is_required: bool) -> Place:
    is_one = element.kind in (Kind.CHOICE, Kind.FLAG)
    hint = element.hint or ("、".join(element.choices.values()) + "；几个用分号隔开" if element.kind is Kind.CHOICES else "")
    longest = element.longest if element.kind in (Kind.TEXT, Kind.LONG) else 500
    return Place(
        element.key, element.title, is_required, words_of(element) if is_one else None, longest=longest, hint=hint,
        width=40 if element.kind is Kind.LONG else 18,
    )
