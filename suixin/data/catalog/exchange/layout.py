"""The layout that departments fill in: sheets of resources, items, code lists, categories, systems; what each column holds.

Title    what stands in the heading; one that must be filled in ends in * there
Choices  a cell holds one of the words; the key is what the catalogue keeps
Source   standards/data.md 1.4, 1.5; extension columns by profile (extensions.py), titled "profile：field"
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from suixin.data.catalog import formats
from suixin.data.catalog.contract import ItemType, Level
from suixin.data.catalog.extensions import profiles
from suixin.data.catalog.models import Network, OpenType, Protection, ShareType, SystemState, UpdateCycle
from suixin.ground.security.masks import MASKS

RESOURCES, ITEMS, CODES, CATEGORIES, SYSTEMS = "信息资源", "信息项", "代码集", "目录分类", "信息系统"
PROBLEM = "问题"
MAX_ROWS = {RESOURCES: 5_000, ITEMS: 100_000, CODES: 20_000, CATEGORIES: 5_000, SYSTEMS: 5_000}
TYPES = {
    "C": "字符型", "N": "数值型", "Y": "货币型", "D": "日期型", "T": "日期时间型", "L": "逻辑型", "M": "备注型", "G": "通用型",
    "B": "双精度型", "I": "整型", "F": "浮点型",
}
FORMATS = formats.categories()
METHODS = {"interface": "服务接口", "database": "库表", "file": "文件下载", "medium": "邮件、介质"}
YES_NO = {"1": "是", "0": "否"}
SHARE, OPEN, CYCLE, PROTECTION, NETWORK, SYSTEM_STATE = (
    {str(k): str(v) for k, v in one.choices} for one in (ShareType, OpenType, UpdateCycle, Protection, Network, SystemState)
)
LEVELS = {str(int(level)): level.title for level in Level}


@dataclass(frozen=True, slots=True)
class Place:
    """One column: its key, its title, whether it must be filled in, the words that it takes (key → word), its longest text."""

    key: str
    title: str
    is_required: bool = False
    choices: Mapping[str, str] | None = None
    longest: int = 500
    hint: str = ""
    width: int = 16

    @property
    def heading(self) -> str:
        """What stands in the first row."""
        return f"{self.title}*" if self.is_required else self.title

    def key_of(self, text: str) -> str | None:
        """The key that a word stands for, as word or as key; None when it is no choice."""
        if self.choices is None:
            return text
        return text if text in self.choices else next((key for key, word in self.choices.items() if word == text), None)


@dataclass(frozen=True, slots=True)
class Shape:
    """A workbook to be filled in: columns and most rows by sheet, the sheet whose rows are what is brought, notes for who fills it in."""

    columns: Mapping[str, tuple[Place, ...]]
    most: Mapping[str, int]
    main: str
    notes: tuple[str, ...] = ()


_RESOURCE = (
    Place("title", "信息资源名称", True, longest=200, width=28), Place("code", "信息资源代码", hint="由平台编制，请留空"),
    Place("provider", "信息资源提供方代码", True, longest=18, hint="18 位统一社会信用代码", width=22),
    Place("category", "信息资源分类", True, longest=32, hint="类 1 位、项 2 位、目 3 位，例如 307001"),
    Place("further", "其他分类", hint="几个分类用分号隔开"), Place("abstract", "信息资源摘要", True, longest=1000, width=40),
    Place("keywords", "关键词", hint="几个词用分号隔开"), Place("format_category", "信息资源格式大类", choices=FORMATS),
    Place("format_type", "信息资源格式", hint="几种格式用分号隔开，例如 xlsx；数据库/mysql"),
    Place("update_cycle", "更新周期", True, CYCLE),
    Place("share_type", "共享类型", True, SHARE), Place("share_condition", "共享条件"), Place("share_scope", "共享范围"),
    Place("share_usage", "使用用途"), Place("share_method", "共享方式", choices=METHODS), Place("withhold_reason", "不予共享的理由"),
    Place("basis_document", "不予共享的依据", hint="法律、行政法规或国务院决定的名称"), Place("basis_number", "依据的文号", longest=64),
    Place("basis_article", "依据的条款", longest=64), Place("open_type", "开放类型", True, OPEN), Place("open_condition", "开放条件"),
    Place("data_class", "数据分类", longest=64), Place("source_department", "数源部门代码", longest=18),
    Place("secrecy_assessment", "保密风险评估编号", longest=64), Place("privacy_assessment", "个人信息保护影响评估编号", longest=64),
    Place("theme", "主题", longest=64), Place("source_note", "来源与许可"), Place("related_codes", "关联资源代码", longest=1000),
    Place("table", "数据表", longest=80, hint="小写字母、数字、下划线；不填按名称的拼音"),
)
_ITEM = (
    Place("resource", "信息资源名称", True, longest=200, width=28), Place("name", "信息项名称", True, longest=128, width=20),
    Place("field", "字段名", longest=64, hint="小写字母开头；不填按名称的拼音"), Place("type", "数据类型", True, TYPES),
    Place("length", "长度", longest=9), Place("scale", "小数位", longest=2), Place("is_key", "主键", choices=YES_NO),
    Place("nullable", "可空", choices=YES_NO), Place("code_set", "代码集", longest=64), Place("level", "分级", choices=LEVELS),
    Place("mask", "脱敏规则", choices={name: name for name in MASKS}), Place("is_sealed", "加密存储", choices=YES_NO),
    Place("unit", "计量单位", longest=32), Place("description", "描述"), Place("share_type", "共享类型", choices=SHARE),
    Place("share_condition", "共享条件"), Place("withhold_reason", "不予共享的理由"), Place("open_type", "开放类型", choices=OPEN),
    Place("open_condition", "开放条件"), Place("update_cycle", "更新周期", choices=CYCLE), Place("is_secret", "涉密", choices=YES_NO),
    Place("source_department", "数源部门代码", longest=18), Place("share_method", "共享方式", choices=METHODS),
)
_CODE = (Place("set", "代码集", True, longest=64), Place("code", "代码", True, longest=64), Place("name", "名称", True, longest=200))
_CATEGORY = (
    Place("code", "类目编码", True, longest=32), Place("name", "类目名称", True, longest=128), Place("parent", "上级类目编码", longest=32),
)
_SYSTEM = (
    Place("code", "系统编码", True, longest=64, hint="字母、数字、短横线"), Place("name", "系统名称", True, longest=200, width=28),
    Place("organisation", "建设单位代码", True, longest=18, hint="18 位统一社会信用代码", width=22),
    Place("operator", "运维单位", longest=200),
    Place("protection", "等保级别", choices=PROTECTION), Place("databases", "数据库类型", hint="几种用分号隔开"),
    Place("network", "所在网络", choices=NETWORK), Place("live_on", "上线日期", longest=10, hint="写成 2026-01-31 的样子"),
    Place("state", "状态", choices=SYSTEM_STATE), Place("contact", "联系人", longest=60), Place("phone", "联系电话", longest=40),
)


@lru_cache(maxsize=1)
def sheets() -> dict[str, tuple[Place, ...]]:
    """The columns of each sheet, in their order; resources end with the columns of the profiles."""
    extended = tuple(
        Place(f"extension.{profile.id}.{field.key}", f"{profile.title}：{field.title}", longest=1000, hint="、".join(field.choices))
        for profile in profiles().values() for field in profile.fields
    )
    return {RESOURCES: _RESOURCE + extended, ITEMS: _ITEM, CODES: _CODE, CATEGORIES: _CATEGORY, SYSTEMS: _SYSTEM}


def item_type(key: str) -> ItemType:
    """The type of that letter."""
    return ItemType(key)


_NOTES = (
    "1. “信息资源”表每行一条目录；“信息项”表每行一个信息项，按信息资源名称与目录对应；“代码集”表列出自有代码。",
    "2. 标题带 * 的必填；有下拉的请从下拉里选；不要合并单元格，不要改标题行。",
    "3. 有条件共享须写共享条件、范围和用途；不予共享的依据只能是法律、行政法规或国务院决定，写明名称、文号和条款。",
    "4. “信息系统”表登记信息系统；系统编码相同的按本表修改；“信息资源”表的“所属系统”填系统编码或名称。",
    "5. 导入后有误的单元格标红并加批注，“问题”列写明怎么改；没有误的行已登记为草稿，改好其余的再导入即可。",
)


@lru_cache(maxsize=1)
def shape() -> Shape:
    """The workbook of the catalogue."""
    return Shape(sheets(), MAX_ROWS, RESOURCES, _NOTES)
