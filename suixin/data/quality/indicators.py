"""The twenty indicators of GB/T 36344-2018, each with its formula and, where it cannot be computed, why. Pure.

Source   GB/T 36344-2018, tables of the six dimensions; names, numbers and formulas by standards/data.md 5.8; what counts as an
         element here is our reading, told in `counted`
Reading  X = A / B, higher is better; 0303 and 0305, whose A in the standard is bad, are 1 - A/B (as DB31 has it). An indicator
         whose B is 0 for a batch does not apply to it and is left out, it never counts as passed
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson

from suixin.data.catalog.contract import Contract, Level, Rule
from suixin.kit.sm import sm3_hex

LIBRARY = 2  # raised whenever a check of `checks`, `cells` or this page changes what it means


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. `formula` says what A and B are; `reason` why a batch cannot tell it, empty when it can."""

    code: str
    dimension: str
    title: str
    formula: str
    counted: str
    reason: str = ""

    @property
    def is_computed(self) -> bool:
        """Whether a batch tells it."""
        return not self.reason


ALL: tuple[Indicator, ...] = (
    Indicator("0101", "conformity", "数据标准", "X = A/B,A:符合数据标准的数据元素数,B:数据元素数",
              "一个数据元素是一个单元格;类型、单位、精度、长度、代码集任一不符即不计入 A"),
    Indicator("0102", "conformity", "数据模型", "X = A/B,A:符合数据模型的数据元素数,B:数据元素数",
              "主键项和必填项的单元格;空值不计入 A"),
    Indicator("0103", "conformity", "元数据", "X = A/B,A:有完整元数据定义的信息项数,B:信息项数", "由系统推断、尚未确认的信息项不计入 A"),
    Indicator("0104", "conformity", "业务规则", "X = A/B,A:符合业务规则的数据元素数,B:数据元素数",
              "行数乘以目录声明的逐行规则数,整批的规则按对照的组数计;违反一条少计一个,只标记的规则同样计入"),
    Indicator("0105", "conformity", "权威参考数据", "X = A/B,A:符合参考数据的数据元素数,B:数据元素数",
              "有代码集的信息项和引用其他资源的规则,每行各计一个;不在代码集、在被引用资源里找不到的不计入 A"),
    Indicator("0106", "conformity", "安全规范", "X = A/B,A:符合安全规范的信息项数,B:敏感信息项数",
              "识别为敏感的信息项;定级高于 L1 并设有脱敏或加密存放的计入 A。统一社会信用代码不算敏感"),
    Indicator("0201", "completeness", "数据元素完整性", "X = A/B,A:已赋值的数据元素数,B:预期应赋值的数据元素数", "全部单元格;空值不计入 A"),
    Indicator("0202", "completeness", "数据记录完整性", "X = A/B,A:应赋值项都已赋值的记录数,B:记录数",
              "主键和必填项都有值、并且读得出的行计入 A"),
    Indicator("0301", "accuracy", "数据内容正确性", "X = A/B,A:内容正确的数据元素数,B:数据元素数",
              "带校验码的单元格和准确性规则;校验不通过、违反规则的不计入 A"),
    Indicator("0302", "accuracy", "数据格式合规性", "X = A/B,A:符合格式要求的数据元素数,B:数据元素数",
              "类型、单位、精度、长度不符的单元格不计入 A"),
    Indicator("0303", "accuracy", "数据重复率", "X = 1 - A/B,A:重复的记录数,B:记录数", "主键与前面的行相同的行计入 A;没有主键的表不适用"),
    Indicator("0304", "accuracy", "数据唯一性", "X = A/B,A:满足唯一性的记录数,B:记录数", "主键为空或重复的行不计入 A;没有主键的表不适用"),
    Indicator("0305", "accuracy", "脏数据出现率", "X = 1 - A/B,A:脏数据元素数,B:数据元素数",
              "格式不符、占位值(如 -、无、NULL)的单元格,以及读不出的行的全部单元格计入 A"),
    Indicator("0401", "consistency", "相同数据一致性", "X = A/B,A:写法一致的数据元素数,B:数据元素数",
              "有代码集的单元格;同一项里与多数写法(代码、名称、别名)不同的不计入 A"),
    Indicator("0402", "consistency", "关联数据一致性", "X = A/B,A:满足关联约束的数据元素数,B:数据元素数",
              "行数乘以一致性规则数(含引用其他资源、互不重复、只增不减),加上跨表合计对照的组数;违反的不计入 A"),
    Indicator("0501", "timeliness", "基于时间段的正确性", "X = A/B,A:时间在有效时段内的数据元素数,B:数据元素数",
              "目录声明的、只看一个信息项的时效性规则(例如 日期 >= DATE '2000-01-01'),整批的时效规则各计一个"),
    Indicator("0502", "timeliness", "基于时间点的及时性", "在更新周期内为 100%,逾期每过一个周期少九分之一,逾期九个周期为 0",
              "接受的行里最晚的日期(不晚于今天)与今天相差的天数,对照目录的更新周期;标准只给 A/B,折算办法是本系统的"),
    Indicator("0503", "timeliness", "时序性", "X = A/B,A:满足时间先后的数据元素数,B:数据元素数",
              "目录声明的、看两个以上信息项的时效性规则(例如 开始日期 <= 结束日期)"),
    Indicator("0601", "accessibility", "可访问", "X = A/B,A:可访问的记录数,B:记录数", "来源文件里能够读出的行计入 A"),
    Indicator("0602", "accessibility", "可用性", "X = A/B,A:在有效生存期内可用的数据元素数,B:数据元素数", "",
              "要看发布以后接口、下载是否一直可用,一个批次说明不了;请看运行监测和访问日志"),
)
BY_CODE: Mapping[str, Indicator] = {one.code: one for one in ALL}
_FURTHER = ("kind", "parameters", "severity")  # of rules that have them
NOT_SECRET = frozenset({"", "uscc"})  # identifiers that may be public (ground.security.scanner)


@dataclass(frozen=True, slots=True)
class Counts:
    """One indicator of one batch: A good ones of B elements; `mark` in percent. A and B are None where a mark has no count."""

    code: str
    mark: float
    passed: int | None = None
    elements: int | None = None

    def as_json(self) -> dict[str, float | int]:
        """As it is kept with the batch."""
        told: dict[str, float | int] = {"mark": self.mark}
        if self.passed is not None and self.elements is not None:
            told |= {"a": self.passed, "b": self.elements}
        return told


def kept(marks: Mapping[str, float], elements: Mapping[str, int], failed: Mapping[str, int]) -> dict[str, dict[str, float | int]]:
    """What a batch keeps: every computed indicator with its mark and counts."""
    found = {}
    for code, mark in sorted(marks.items()):
        total = elements.get(code)
        passed = None if total is None else total - min(failed.get(code, 0), total)
        found[code] = Counts(code, mark, passed, total).as_json()
    return found


def security_counts(contract: Contract) -> tuple[int, int]:
    """Sensitive items, and those that are neither graded above L1 nor masked nor sealed as they must be (0106)."""
    sensitive = [item for item in contract.items if item.sensitive not in NOT_SECRET]
    bare = [item for item in sensitive if item.level <= Level.L1 or not (item.mask or item.is_sealed)]
    return len(sensitive), len(bare)


def rule_version(contract: Contract, further: Iterable[str] = ()) -> str:
    """Under which rules a batch is judged: `contract version.digest`; the same digest means the same checks.

    Shape   further: other declared rules, as texts
    """
    items = [
        (i.field, i.type.value, i.length, i.scale, i.is_key, i.nullable, i.code_set, i.sensitive, i.unit) for i in contract.items
    ]
    rules = [
        (rule.code, rule.expression, rule.dimension, *_further(rule))
        for rule in contract.rules
    ]
    return f"{contract.version}.{sm3_hex(repr((LIBRARY, items, rules, sorted(further))).encode())[:12]}"


def _further(rule: Rule) -> list[bytes]:
    """What else decides, in one writing: a database may hand keys back in another order."""
    told = {name: value for name, value in rule.as_json.items() if name in _FURTHER}
    return [orjson.dumps(told, option=orjson.OPT_SORT_KEYS)] if told else []
