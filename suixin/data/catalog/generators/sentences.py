"""The rules of an item in sentences, the same in the template, the form, the dictionary and the interface's description."""

from suixin.data.catalog.bounds import Bounds, text_of
from suixin.data.catalog.coding import choices_of
from suixin.data.catalog.contract import Contract, ItemSpec, ItemType, Level, Rule
from suixin.ground.security.masks import MASKS

TYPE_NAMES = {
    ItemType.TEXT: "文本", ItemType.NUMBER: "数值", ItemType.MONEY: "金额", ItemType.DATE: "日期", ItemType.DATETIME: "日期时间",
    ItemType.BOOLEAN: "是否", ItemType.MEMO: "长文本", ItemType.GEOMETRY: "空间数据", ItemType.DOUBLE: "双精度小数",
    ItemType.INTEGER: "整数", ItemType.FLOAT: "小数",
}
SPELLINGS = {
    ItemType.DATE: "写成 2022-03-01", ItemType.DATETIME: "写成 2022-03-01 08:30:00，按北京时间", ItemType.BOOLEAN: "填 是 或 否",
    ItemType.GEOMETRY: "写成 WKT 或 GeoJSON",
}
KINDS = {
    "resident_id": "18 位居民身份证号，末位校验", "uscc": "18 位统一社会信用代码，末位校验", "mobile": "11 位手机号",
}
FEW = 12


def type_name(item: ItemSpec) -> str:
    """The type with its length, for people."""
    name = TYPE_NAMES[item.type]
    if item.type in (ItemType.NUMBER, ItemType.MONEY) and item.length:
        return f"{name}({item.length},{item.scale or (2 if item.type is ItemType.MONEY else 0)})"
    return f"{name}({item.length})" if item.length else name


def sentences_of(item: ItemSpec, bounds: Bounds) -> list[str]:
    """What must hold of a value, one sentence each."""
    told = []
    if item.is_key:
        told.append("主键，必填，不能与其他行重复")
    elif not item.nullable:
        told.append("必填")
    else:
        told.append("可空")
    told.append(_form(item))
    if item.code_set:
        choices = list(choices_of(item).values())
        few = "、".join(choices[:FEW]) + (f" 等 {len(choices):,} 项" if len(choices) > FEW else "")
        told.append(f"按代码集 {item.code_set} 填：{few}")
    if item.sensitive in KINDS:
        told.append(KINDS[item.sensitive])
    if (least := bounds.least) is not None:
        told.append(f"{'大于' if bounds.is_above else '不小于'} {text_of(least)}")
    if (most := bounds.most) is not None:
        told.append(f"{'小于' if bounds.is_below else '不大于'} {text_of(most)}")
    if item.unit:
        told.append(f"单位：{item.unit}")
    return [one for one in told if one]


def protection_of(item: ItemSpec) -> str:
    """Level, mask and sealing in words; "" for what is plain."""
    parts = [item.level.title] if item.level > Level.L1 else []
    parts += [f"对外脱敏（{_mask(item.mask)}）"] if item.mask else []
    parts += ["加密存储"] if item.is_sealed else []
    return "，".join(parts)


def _mask(name: str) -> str:
    return MASKS[name].title if name in MASKS else name


def rules_of(contract: Contract) -> list[str]:
    """The contract's rules across items, one sentence each."""
    return [f"{rule.message.rstrip('。')}（规则 {_of_rule(rule)}）" for rule in contract.rules]


def _of_rule(rule: Rule) -> str:
    told = f"{rule.code}：{rule.expression}" if rule.expression else rule.code
    return f"{told}，只标记" if rule.is_marking else told


def _form(item: ItemSpec) -> str:
    match item.type:
        case ItemType.TEXT | ItemType.MEMO:
            return f"文本，最多 {item.length} 个字" if item.length else "文本"
        case ItemType.INTEGER:
            return f"整数，最多 {item.length} 位" if item.length and item.length < 18 else "整数，只填数字"
        case ItemType.NUMBER | ItemType.MONEY:
            kind = item.arrow_type
            scale = getattr(kind, "scale", 0)
            return f"{TYPE_NAMES[item.type]}，最多 {getattr(kind, 'precision', 18) - scale} 位整数、{scale} 位小数"
        case _:
            return "，".join(part for part in (TYPE_NAMES[item.type], SPELLINGS.get(item.type, "")) if part)
