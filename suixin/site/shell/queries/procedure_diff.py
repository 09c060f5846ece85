"""Two versions of a procedure, field by field, in words."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext

from suixin.ground.flow.canonical import to_mapping
from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.durations import parse_duration
from suixin.site.shell.components import Cell, Column, Table
from suixin.site.shell.queries.procedure_drawing import duration_words, role_words

Plain = Mapping[str, object]
_MOST = 300


def differences(before: Declaration, after: Declaration) -> Table:
    """What changed: where, what, as it was, as it is now."""
    one, two = to_mapping(before), to_mapping(after)
    whole = gettext("整个流程")
    rows = _changes(whole, {**one, "nodes": None}, {**two, "nodes": None})
    nodes_before, nodes_after = _nodes(one), _nodes(two)
    for key, node in nodes_after.items():
        title = str(node["title"])
        if key in nodes_before:
            rows += _changes(title, nodes_before[key], node)
        else:
            rows.append((Cell(title), Cell(gettext("新增的环节"), tone="good"), Cell(""), Cell(_summary(node))))
    for key, node in nodes_before.items():
        if key not in nodes_after:
            rows.append((Cell(str(node["title"])), Cell(gettext("去掉的环节"), tone="bad"), Cell(_summary(node)), Cell("")))
    if not rows and list(nodes_before) != list(nodes_after):
        rows.append((Cell(whole), Cell(gettext("环节的先后排列")), Cell(_order(nodes_before)), Cell(_order(nodes_after))))
    columns = (
        Column(gettext("位置")), Column(gettext("内容")), Column(gettext("原来"), is_long=True), Column(gettext("现在"), is_long=True),
    )
    return Table(gettext("与上一版相比"), columns, rows[:_MOST], gettext("内容与上一版相同。"))


def _changes(place: str, before: Plain, after: Plain) -> list[tuple[Cell, ...]]:
    keys = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    names = _key_words()
    return [
        (Cell(place), Cell(names.get(key, key)), Cell(_words(key, before.get(key))), Cell(_words(key, after.get(key)))) for key in keys
    ]


def _nodes(content: Plain) -> dict[str, Plain]:
    nodes = content.get("nodes")
    return {str(node["id"]): node for node in nodes if isinstance(node, Mapping)} if isinstance(nodes, list) else {}


def _summary(node: Plain) -> str:
    names = _key_words()
    told = [f"{names[key]} {_words(key, node[key])}" for key in ("organisations", "role", "limit", "after") if node.get(key)]
    return gettext("；").join(told)


def _order(nodes: Mapping[str, Plain]) -> str:
    return gettext("、").join(str(node["title"]) for node in nodes.values())


def _words(key: str, value: object) -> str:
    """A value of a declaration as people read it."""
    if value is None:
        return gettext("（无）")
    if isinstance(value, bool):
        return gettext("是") if value else gettext("否")
    if isinstance(value, Mapping):
        return gettext("；").join(f"{one}：{_words(one, two)}" for one, two in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return gettext("、").join(_words(key, one) for one in value)
    text = str(value)
    if key in ("limit", "promised", "statutory", "supplement_limit", "extension"):
        return duration_words(parse_duration(text))
    if key == "role":
        return role_words(text)
    return _value_words().get(text, text)


def _value_words() -> dict[str, str]:
    return {
        "joint": gettext("联合办理"), "auto": gettext("自动办理"), "measure": gettext("自动复测"), "flow": gettext("子流程"),
        "deemed-approved": gettext("逾期视为同意"), "deemed-rejected": gettext("逾期视为不同意"),
        "stop-all": gettext("全部终止"), "continue-others": gettext("其余继续"), "restart": gettext("重新起算"),
        "$starter": gettext("发起单位"),
    }


def _key_words() -> dict[str, str]:
    return {
        "title": gettext("名称"), "subject": gettext("对象类型"), "lead": gettext("牵头单位"), "promised": gettext("承诺时限"),
        "statutory": gettext("法定时限"), "basis": gettext("依据"), "fields": gettext("字段"), "decisions": gettext("决策表"),
        "restart": gettext("补正后的时限"), "supplement_limit": gettext("补正期限"), "approvers": gettext("由谁批准停钟和延长"),
        "kind": gettext("类型"), "organisations": gettext("办理单位"), "role": gettext("角色"), "assignee": gettext("办理人"),
        "limit": gettext("时限"), "after": gettext("在其后"), "when": gettext("条件"), "actions": gettext("可作的决定"),
        "silent": gettext("逾期不办的后果"), "stops": gettext("使之停钟的环节"), "special": gettext("特别程序"),
        "on_reject": gettext("不同意时"), "returns_to": gettext("退回到"), "quorum": gettext("几个单位办完即可"),
        "effect": gettext("自动办理的事"), "measure": gettext("复测"), "procedure": gettext("子流程"), "item": gettext("事项"),
        "form": gettext("表单"), "hint": gettext("提示"),
        "extension": gettext("最多延长"), "escalations": gettext("督办"), "id": gettext("标识"),
    }
