"""The checks that follow from a contract: one condition, one bit of a reason mask, one sentence each.

A check's `when` is a DuckDB condition over the layers of `normalisers` (v7, q7, ... for item 7; rules speak of
fields) that is true for a bad row. Checks of a `code_set` are decided after the query, because
a set of thousands of codes does not belong into an SQL text.
Indicators are those of GB/T 36344-2018 (standards/data.md 5.8).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from suixin.data.catalog.contract import TODAY, Contract, ItemSpec, ItemType, Rule, RuleKind
from suixin.data.quality.cells import Fault, decimal_of, kind_of
from suixin.data.quality.errors import ContractUnusable
from suixin.ground import standards
from suixin.kit import checksums, clock, expressions
from suixin.kit.errors import SuixinError
from suixin.kit.expressions.sharing import Shared
from suixin.kit.expressions.values import quote_value

DUPLICATE = "duplicate"
BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of one item, or of the row when `item` is None; then `reads` names the items that it looks at."""

    rule: str
    item: int | None
    when: str
    indicator: str
    remedy: str
    code_set: str = ""
    reads: tuple[int, ...] = ()


_TYPE_REMEDIES = {
    ItemType.INTEGER: "不是整数,请只填数字,例如 12",
    ItemType.NUMBER: "不是数值,请只填数字,例如 12.50",
    ItemType.DOUBLE: "不是数值,请只填数字,例如 12.5",
    ItemType.DATE: "不是有效的日期,请按 2022-03-01 填写",
    ItemType.DATETIME: "不是有效的日期时间,请按 2022-03-01 08:30:00 填写",
    ItemType.BOOLEAN: "不是是或否,请填写 是 或 否",
    ItemType.TEXT: "不是文本",
}
# A checksum is enforced only where the item's length is the code's own and its description does not say that it is
# not: a column that also carries other numbers (old 15-digit registrations) is proposed with that note and a longer
# length, and who shortens the length does not lift the note.
UNCHECKED = "未启用校验"
CHECKSUMS = {
    "resident_id": (18, checksums.resident_id_sql, "未通过居民身份证号码校验(GB 11643),请核对原证件"),
    "uscc": (18, checksums.uscc_sql, "未通过统一社会信用代码校验(GB 32100),请核对证照"),
    "mobile": (11, checksums.mobile_sql, "不是有效的手机号码,请填写 11 位号码"),
}


def item_checks(item: ItemSpec, index: int, faults: Sequence[Fault]) -> list[Check]:
    """All checks that follow from one item."""
    found = [Check(f.code, index, f.when, "0302", _fault_remedy(item, f.code)) for f in faults]
    if item.is_key or not item.nullable:
        rule = "key_null" if item.is_key else "required"
        remedy = "是主键,不能为空,请补填" if item.is_key else "是必填项,不能为空,请补填"
        empty = f"v{index} IS NULL AND (q{index} = '' OR q{index} IS NULL)"
        found.append(Check(rule, index, empty, "0102" if item.is_key else "0201", remedy))
    found += _length_checks(item, index)
    if item.code_set:
        found.append(_code_check(item, index))
    if has_checksum(item):
        checksum = CHECKSUMS[item.sensitive]
        found.append(Check("checksum", index, f"NOT {checksum[1](f'v{index}')}", "0301", checksum[2]))
    return found


def has_checksum(item: ItemSpec) -> bool:
    """Whether the item's values must pass the checksum of its kind."""
    checksum = CHECKSUMS.get(item.sensitive)
    is_own_length = checksum is not None and item.length == checksum[0]
    return is_own_length and kind_of(item) is ItemType.TEXT and UNCHECKED not in item.description


INDICATORS = {"consistency": "0402", "completeness": "0201", "accuracy": "0301", "timeliness": "05xx"}  # else 0104


def rule_checks(contract: Contract) -> list[Check]:
    """The checks of the contract's own rules that see one row: its typed items under their fields."""
    return shared_checks(contract)[0]


def shared_checks(contract: Contract) -> tuple[list[Check], Shared]:
    """The same, and the values that they read, of which `beneath` gives each once."""
    columns = Shared({item.field: f"v{index}" for index, item in enumerate(contract.items)} | {TODAY: quote_value(clock.today())})
    found = []
    for rule in contract.rules:
        if rule.kind != RuleKind.ROW:
            continue
        try:
            parsed = expressions.parse(rule.expression, fields=contract.letters, aliases=contract.aliases)
        except SuixinError as error:
            sentence = f"规则 {rule.code} 无法使用:{error.sentence}"
            raise ContractUnusable(sentence, table=contract.table, rule=rule.code) from error
        condition = parsed.to_duckdb(columns)
        reads = tuple(index for index, item in enumerate(contract.items) if item.field in parsed.fields)
        when = f"({condition}) IS FALSE"
        found.append(Check(rule.code, None, when, INDICATORS.get(rule.dimension, "0104"), rule.message, reads=reads))
    return found, columns


def relation_check(rule: Rule) -> Check:
    """The check of a rule that looks beyond one row; `relations` decides it."""
    return Check(rule.code, None, "false", INDICATORS.get(rule.dimension, "0104"), rule.message)


FIRST = "数据第 "


def sentence_after(check: Check, item: ItemSpec | None) -> str:
    """What follows the row's number where no value is told: what is wrong, what to do; for the person who can mend the source.

    A row is told as one of the data: titles, headers and blank rows above it are not counted by the readers.
    """
    if item is None:
        return f" 行:{check.remedy}(规则 {check.rule})。"
    return f" 行“{item.name}”{check.remedy}。"


def sentence_around(check: Check, item: ItemSpec) -> tuple[str, str]:
    """The same before and behind a value."""
    return f" 行“{item.name}”的值“", f"”{check.remedy}。"


def code_members(code_set: str) -> frozenset[str]:
    """What an item of a code set may hold: its codes, their names, and known other names."""
    found = standards.code_set(code_set)
    return frozenset(found.entries) | frozenset(found.entries.values()) | frozenset(found.aliases)


def _code_check(item: ItemSpec, index: int) -> Check:
    name, _, version = item.code_set.rpartition("@")
    remedy = f"不在代码集 {name or version}{f'({version} 版)' if name else ''}中,请按代码表填写"
    if item.own_codes:
        remedy = (
            f"没有对照到代码集 {name or version};本单位代码集为 {item.own_codes.split('@')[0]},"
            "请在工作台“标准”的“代码对照”页(/console/standards/mappings/)补上对照,发布后重新报送"
        )
    return Check("code_set", index, "false", "0105", remedy, code_set=item.code_set)


def _fault_remedy(item: ItemSpec, code: str) -> str:
    if code == "unit":
        declared = f"该项单位为“{item.unit}”,不能由此换算" if item.unit else "该项未声明单位"
        return f"带有不认识的单位({declared}),请只填数字或在目录中声明单位"
    if code == "precision":
        if item.type is ItemType.INTEGER:
            return "不是整数或超出整数范围,请核对"
        precision, scale = decimal_of(item)
        return f"超出精度(最多 {precision - scale} 位整数、{scale} 位小数),请核对或修改目录中的精度"
    return _TYPE_REMEDIES[kind_of(item)]


def _length_checks(item: ItemSpec, index: int) -> list[Check]:
    if item.length is None:
        return []
    if item.type in (ItemType.TEXT, ItemType.MEMO):
        remedy = f"超过 {item.length} 个字符,请缩短或修改目录中的长度"
        return [Check("length", index, f"length(v{index}) > {int(item.length)}", "0302", remedy)]
    if item.type is ItemType.INTEGER and item.length < 18:
        remedy = f"超过 {item.length} 位数字,请核对"
        return [Check("length", index, f"abs(v{index}) >= {10 ** int(item.length)}", "0302", remedy)]
    return []
