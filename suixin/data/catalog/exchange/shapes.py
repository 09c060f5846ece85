"""The shapes in which programs tell entries: every key with its type and limit; what is not declared is refused.

What the law and the catalogue say of the values is judged afterwards (`told.py`).
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal  # extension sets are JSON

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Text = Annotated[str, Field(pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
Uscc = Annotated[str, Field(pattern=r"^[0-9A-Z]{18}$")]
Category = Annotated[str, Field(pattern=r"^[1-3][0-9]{2}[0-9]{3}[0-9]*$", max_length=32)]
Share = Literal["unconditional", "conditional", "withheld"]
Cycle = Literal["1", "2", "3", "4", "5", "6", "9"]
MAX_ITEMS, MAX_FAULTS = 500, 200


class ItemIn(BaseModel):
    """An item as a program tells it."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: Text = Field(min_length=1, max_length=128, description="信息项名称")
    field: str = Field("", pattern=r"^([a-z][a-z0-9_]{0,63})?$", description="字段名,小写字母开头;不写则由名称生成")
    type: Literal["C", "N", "Y", "D", "T", "L", "M", "G", "B", "I", "F"] = Field("C", description="数据类型代码")
    length: int | None = Field(None, ge=1, le=1_000_000, description="长度")
    scale: int | None = Field(None, ge=0, le=18, description="小数位")
    is_key: bool = Field(default=False, description="主键")
    nullable: bool = Field(default=True, description="可空;主键一律不可空")
    code_set: Text = Field("", max_length=64, description="代码集")
    level: int = Field(1, ge=1, le=5, description="分级 1 至 5")
    mask: str = Field("", max_length=32, description="脱敏规则")
    unit: Text = Field("", max_length=32, description="计量单位")
    description: Text = Field("", max_length=500, description="说明")
    is_indexed: bool = False
    is_sealed: bool = Field(default=False, description="加密存储")
    share_type: Share | Literal[""] = ""
    share_condition: Text = Field("", max_length=500)
    withhold_reason: Text = Field("", max_length=500)
    open_type: Share | Literal[""] = ""
    open_condition: Text = Field("", max_length=500)
    update_cycle: Cycle | Literal[""] = ""
    is_secret: bool = Field(default=False, description="涉密;涉密的不得进入目录")
    source_department: Uscc | Literal[""] = Field("", description="数源部门信用代码")


class Metadata(BaseModel):
    """What an entry states beside title and items; what is not told stays as it is (a new entry: the default)."""

    model_config = ConfigDict(extra="forbid", strict=True)
    abstract: Text | None = Field(None, max_length=1000, description="摘要")
    share_type: Share | None = Field(None, description="共享类型")
    share_condition: Text | None = Field(None, max_length=500, description="共享条件")
    share_scope: Text | None = Field(None, max_length=500, description="共享范围")
    share_usage: Text | None = Field(None, max_length=500, description="使用用途")
    share_method: Text | None = Field(None, max_length=32, description="共享方式")
    withhold_reason: Text | None = Field(None, max_length=500, description="不予共享的理由")
    basis_document: Text | None = Field(None, max_length=500, description="不予共享的依据")
    basis_number: Text | None = Field(None, max_length=64, description="依据的文号")
    basis_article: Text | None = Field(None, max_length=64, description="依据的条款")
    open_type: Share | None = Field(None, description="开放类型")
    open_condition: Text | None = Field(None, max_length=500, description="开放条件")
    update_cycle: Cycle | None = Field(None, description="更新周期代码")
    secrecy_assessment: Text | None = Field(None, max_length=64, description="保密风险评估编号")
    privacy_assessment: Text | None = Field(None, max_length=64, description="个人信息保护影响评估编号")
    format_category: Text | None = Field(None, max_length=2, description="资源格式大类")
    format_type: Text | None = Field(None, max_length=120, description="资源格式")
    theme: Text | None = Field(None, max_length=64, description="主题")
    data_class: Text | None = Field(None, max_length=64, description="数据分类")
    source_note: Text | None = Field(None, max_length=500, description="来源与许可")
    keywords: list[Annotated[Text, Field(min_length=1, max_length=60)]] | None = Field(None, max_length=50, description="关键词")
    related_codes: list[Annotated[Text, Field(max_length=64)]] | None = Field(None, max_length=50, description="关联资源代码")
    source_department: Uscc | Literal[""] | None = Field(None, description="数源部门信用代码")
    extension: dict[str, Any] | None = Field(None, description="扩展元数据,按扩展集分组")


class EntryIn(Metadata):
    """A new entry."""

    title: Text = Field(min_length=1, max_length=200, description="信息资源名称")
    provider: Uscc = Field(description="信息资源提供方信用代码")
    category: Category = Field(description="信息资源分类")
    further_categories: list[Category] = Field(default_factory=list, max_length=20, description="其他分类")
    table: str = Field("", pattern=r"^([a-z][a-z0-9_]{0,79})?$", description="数据表名;不写则由名称生成")
    items: list[ItemIn] = Field(min_length=1, max_length=MAX_ITEMS, description="信息项")


class RevisionIn(Metadata):
    """An entry told otherwise: what is left out stays; `items` are told whole."""

    title: Text | None = Field(None, min_length=1, max_length=200, description="信息资源名称")
    items: list[ItemIn] | None = Field(None, min_length=1, max_length=MAX_ITEMS, description="信息项,整体替换")


def stated_in(told: Metadata) -> dict[str, object]:
    """The metadata that were told, by name."""
    found: dict[str, object] = told.model_dump(exclude_none=True, include=set(Metadata.model_fields))
    return found


def sentences_of(error: ValidationError) -> list[tuple[str, str]]:
    """(path, sentence) of every fault of shape."""
    return [(path_of(one["loc"]), sentence_of(one)) for one in error.errors(include_url=False)[:MAX_FAULTS]]


def path_of(place: Sequence[int | str]) -> str:
    """A place as programs write it: items[3].name; steps that only name an alternative of a type are left out."""
    path = ""
    for one in place:
        if isinstance(one, int):
            path += f"[{one}]"
        elif not one.startswith(("literal[", "constrained-", "list[", "function-")) and one not in ("str", "int"):
            path += f".{one}" if path else one
    return path


_PLAIN = {
    "missing": "必须填写", "extra_forbidden": "没有这一项；请对照 /api/v1/openapi.json", "int_type": "应为整数", "int_parsing": "应为整数",
    "int_from_float": "应为整数", "bool_type": "应为 true 或 false", "bool_parsing": "应为 true 或 false", "string_type": "应为文字",
    "list_type": "应为数组", "dict_type": "应为对象", "model_type": "应为对象", "model_attributes_type": "应为对象",
}
_LIMITS = {
    "string_too_long": "太长：最多 {max_length}", "too_long": "太多：最多 {max_length}", "string_too_short": "太短：至少 {min_length}",
    "too_short": "太少：至少 {min_length}", "string_pattern_mismatch": "写法不对；应符合 {pattern}", "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}", "literal_error": "没有这个值；可选 {expected}",
}


def sentence_of(fault: Mapping[str, Any]) -> str:
    """A fault of shape in words. Any: what pydantic tells of it."""
    kind = str(fault["type"])
    if kind in _LIMITS:
        return _LIMITS[kind].format(**fault.get("ctx", {})).replace(" or ", "、").replace("'", "")
    return _PLAIN.get(kind, "") or str(fault.get("msg", "不对"))
