"""A declaration from YAML, JSON or a mapping, strictly: unknown keys are faults, and all faults are told at once.

`parse` reads what docs/procedures.md describes and fills in what was left out; whether the procedure makes sense is
asked by `proofs.py`. A fault names its path (`nodes.fire.limit`) and says what to write.
Roles may be written by name (经办人) or value (clerk); another name is kept: the proof says that nobody holds it.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from suixin.ground.flow import words
from suixin.ground.flow.canonical import to_mapping as to_mapping  # the other direction, offered here too
from suixin.ground.flow.declaration import (
    STARTER,
    Decision,
    Declaration,
    Escalation,
    Join,
    Node,
    NodeKind,
    OnReject,
    Restart,
    Rule,
    Silent,
)
from suixin.ground.flow.durations import Unit, parse_duration
from suixin.ground.flow.errors import FaultyProcedure
from suixin.ground.flow.reading import read
from suixin.ground.flow.strict import Plain, Reader, at

MAX_NODES = 200
MAX_RULES = 500
MAX_FAULTS = 200
DEFAULT_ROLE = "clerk"
PROCEDURE_KEYS = (
    "id", "title", "subject", "lead", "promised", "statutory", "basis", "fields", "decisions", "restart", "supplement_limit",
    "approvers", "on_reject", "nodes",
)
NODE_KEYS = (
    "id", "title", "kind", "organisation", "organisations", "role", "assignee", "limit", "after", "when", "actions", "silent",
    "stops", "special", "on_reject", "returns_to", "quorum", "effect", "measure", "procedure", "item", "form", "hint",
    "extension", "escalations",
)
DECISION_KEYS = ("field", "hit", "rules")
RULE_KEYS = ("when", "value")
ESCALATION_KEYS = ("after", "role", "organisation")
APPROVER_KEYS = ("suspend", "extend")
APPROVING_KEYS = ("role", "organisation")
AFTER_KEYS = ("all", "any")
HITS = ("first", "unique", "collect")
# keys that only some kinds have, and the key that a kind cannot be without
_OF_KINDS: Mapping[str, tuple[NodeKind, ...]] = {
    **dict.fromkeys(("role", "actions", "silent", "form"), (NodeKind.TASK, NodeKind.JOINT)),
    "assignee": (NodeKind.TASK,), "quorum": (NodeKind.JOINT,), "effect": (NodeKind.AUTO,), "measure": (NodeKind.MEASURE,),
    "procedure": (NodeKind.FLOW,), "limit": (NodeKind.TASK, NodeKind.JOINT, NodeKind.MEASURE, NodeKind.FLOW),
    "extension": (NodeKind.TASK, NodeKind.JOINT), "escalations": (NodeKind.TASK, NodeKind.JOINT, NodeKind.MEASURE, NodeKind.FLOW),
}
_NEEDED = {NodeKind.AUTO: "effect", NodeKind.MEASURE: "measure", NodeKind.FLOW: "procedure"}
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_NODE_ID = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff-]{0,79}")
_FIELD = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]{0,59}")
_PARTY = re.compile(r"\$[a-z][a-z0-9_-]{0,39}")


def parse(source: str | Plain) -> Declaration:
    """The declaration that the text or mapping states. Raises FaultyProcedure with all faults."""
    reader = Reader()
    content = read(source, reader.faults) if isinstance(source, str) else source
    declaration = _declaration(content, reader)
    if reader.faults:
        told = reader.faults[:MAX_FAULTS]
        raise FaultyProcedure(f"流程声明有 {len(reader.faults)} 处要更正：{' '.join(told[:5])}{'……' if len(told) > 5 else ''}", told)
    return declaration


def understood(text: str) -> tuple[Declaration | None, list[str]]:
    """As much of a text as could be read, and its faults, for pages that show both; None when nothing could."""
    reader = Reader()
    try:
        declaration = _declaration(read(text, reader.faults), reader)
    except FaultyProcedure as error:
        return None, list(error.faults)
    return declaration, reader.faults[:MAX_FAULTS]


def _declaration(content: object, reader: Reader) -> Declaration:
    entry = reader.mapping(content, "", PROCEDURE_KEYS)
    slug = reader.matching(
        reader.text(entry, "id", ""), _SLUG, "id", "请写流程的标识，用小写字母、数字和横线，例如：open-restaurant。",
    )
    lead = _organisation(reader.text(entry, "lead", ""), "lead", reader)
    nodes, approvers = _nodes(entry.get("nodes"), lead, reader), _approvers(entry.get("approvers"), reader)
    return Declaration(
        id=slug, title=reader.text(entry, "title", "") or slug, nodes=_with_refusals(nodes, entry.get("on_reject"), reader),
        subject=reader.text(entry, "subject", "", 80), lead=lead,
        promised=reader.duration(entry, "promised", ""), statutory=reader.duration(entry, "statutory", ""),
        basis=reader.text(entry, "basis", "", 500), fields=_fields(entry.get("fields"), reader),
        decisions=_decisions(entry.get("decisions"), reader),
        restart=reader.choice(entry, "restart", "", Restart) or Restart.RESUME,
        supplement_limit=reader.duration(entry, "supplement_limit", ""),
        approvers={key: role for key, (role, _) in approvers.items()},
        approving={key: place for key, (_, place) in approvers.items() if place},
    )


def _nodes(value: object, lead: str, reader: Reader) -> list[Node]:
    """Every node of a mapping by id, or of a list whose entries have ids."""
    if not value:
        reader.fault("nodes", "至少要有一个环节，例如：nodes: {review: {role: 经办人, limit: 5wd}}。")
        return []
    if isinstance(value, Mapping):
        pairs: Iterable[tuple[object, object]] = list(value.items())[: MAX_NODES + 1]
    else:
        listed = reader.entries(value, "nodes", MAX_NODES)
        pairs = [(one.get("id") if isinstance(one, Mapping) else None, one) for one in listed]
    if isinstance(value, Mapping) and len(value) > MAX_NODES:
        reader.fault("nodes", f"有 {len(value)} 个环节，最多 {MAX_NODES} 个；请拆成几个流程。")
    found: dict[str, Node] = {}
    for key, body in pairs:
        node = _node(key, body, lead, reader)
        if node.id in found:
            reader.fault(f"nodes.{node.id}", "两个环节用了同一个标识；请改一个。")
        found[node.id] = node
    return list(found.values())


def _node(key: object, body: object, lead: str, reader: Reader) -> Node:
    path = f"nodes.{str(key)[:80]}"
    advice = "环节标识用字母或汉字开头，后接字母、汉字、数字、横线。"
    node_id = reader.matching(str(key or ""), _NODE_ID, path, advice)
    entry = reader.mapping({} if body is None else body, path, NODE_KEYS)
    if reader.text(entry, "id", path) not in ("", key):
        reader.fault(f"{path}.id", "与环节的键不同；请去掉 id。")
    kind = _kind(entry, path, reader)
    _require_fitting(entry, kind, path, reader)
    is_person = kind in (NodeKind.TASK, NodeKind.JOINT)
    assignee = reader.text(entry, "assignee", path)
    if assignee not in ("", STARTER):
        reader.fault(f"{path}.assignee", f"只能写 {STARTER}（发起人）；其他人请用 organisation 和 role 指定。")
    after, join = _after(entry.get("after"), path, reader)
    item, role = reader.text(entry, "item", path), words.role_of(reader.text(entry, "role", path, 32))
    default = (STARTER if assignee else lead or STARTER) if is_person else ""
    return Node(
        id=node_id, title=reader.text(entry, "title", path) or item or node_id, kind=kind,
        organisations=_organisations(entry, kind, default, path, reader),
        role=role or (DEFAULT_ROLE if is_person and not assignee else ""), assignee=assignee,
        limit=reader.duration(entry, "limit", path), after=after, join=join,
        when=_condition(entry, path, reader), actions=_actions(entry.get("actions"), f"{path}.actions", reader),
        silent=reader.choice(entry, "silent", path, Silent), stops=reader.words(entry, "stops", path),
        is_special=_flag(entry, "special", path, reader),
        on_reject=reader.choice(entry, "on_reject", path, OnReject) or OnReject.STOP_ALL,
        returns_to=reader.text(entry, "returns_to", path), quorum=_whole(entry, "quorum", path, reader),
        effect=reader.text(entry, "effect", path), measure=reader.text(entry, "measure", path),
        procedure=reader.text(entry, "procedure", path), item=item, form=reader.text(entry, "form", path),
        hint=reader.text(entry, "hint", path, 500), extension=reader.duration(entry, "extension", path),
        escalations=_escalations(entry.get("escalations"), f"{path}.escalations", reader),
    )


def _kind(entry: Plain, path: str, reader: Reader) -> NodeKind:
    value = entry.get("kind")
    if value == "joint-inspection":
        return NodeKind.JOINT
    implied = next((kind for kind, key in _NEEDED.items() if key in entry), None)
    several = entry.get("organisations")
    if value is None:
        return implied or (NodeKind.JOINT if isinstance(several, list) and len(several) > 1 else NodeKind.TASK)
    return reader.choice(entry, "kind", path, NodeKind) or implied or NodeKind.TASK


def _require_fitting(entry: Plain, kind: NodeKind, path: str, reader: Reader) -> None:
    """A fault for each key that this kind of node does not have, and for the one that it needs."""
    for key in entry:
        if kind not in _OF_KINDS.get(key, tuple(NodeKind)):
            kinds = "、".join(one.value for one in _OF_KINDS[key])
            reader.fault(f"{path}.{key}", f"种类为 {kind.value} 的环节没有这个键（只有 {kinds} 有）；请去掉，或改 kind。")
    if (needed := _NEEDED.get(kind)) and needed not in entry:
        reader.fault(f"{path}.{needed}", f"种类为 {kind.value} 的环节要写 {needed}。")


def _organisations(entry: Plain, kind: NodeKind, default: str, path: str, reader: Reader) -> tuple[str, ...]:
    if "organisation" in entry and "organisations" in entry:
        reader.fault(f"{path}.organisation", "organisation 与 organisations 只能写一个。")
    key = "organisations" if "organisations" in entry else "organisation"
    found = tuple(_organisation(one, f"{path}.{key}", reader) for one in reader.words(entry, key, path))
    if kind is NodeKind.TASK and len(found) > 1:
        reader.fault(f"{path}.{key}", "几个单位一起办的环节，请写 kind: joint。")
    if kind is NodeKind.JOINT and len(found) < 2:
        reader.fault(f"{path}.organisations", "联合办理至少要两个单位，例如：organisations: [消防救援, 住建局]。")
    return found or ((default,) if default else ())


def _organisation(text: str, path: str, reader: Reader) -> str:
    if text.startswith("$"):
        return reader.matching(text, _PARTY, path, "发起时才指定的单位写成 $ 加小写字母，例如：$provider。")
    return text


def _after(value: object, path: str, reader: Reader) -> tuple[tuple[str, ...], Join]:
    if not isinstance(value, Mapping):
        return reader.words({} if value is None else {"after": value}, "after", path), Join.ALL
    entry = reader.mapping(value, f"{path}.after", AFTER_KEYS)
    if len(entry) != 1:
        reader.fault(f"{path}.after", "请写一个 all（都办完）或一个 any（有一个办完），例如：after: {all: [a, b]}。")
        return (), Join.ALL
    key = next(iter(entry))
    return reader.words(entry, key, f"{path}.after"), Join(key)


def _condition(entry: Plain, path: str, reader: Reader) -> str:
    value = entry.get("when", "")
    if not isinstance(value, str):
        reader.fault(at(path, "when"), f"应当是加了引号的条件，例如：\"area > 300\"，现为“{str(value)[:40]}”。")
        return ""
    if "\0" in value or len(value) > 4_000:
        reader.fault(at(path, "when"), "条件过长或有不能用的字符；请改写。")
        return ""
    return value.strip()


def _actions(value: object, path: str, reader: Reader) -> dict[str, str]:
    """Decision to label, from labels, from a mapping, or from a list of both."""
    if value is None:
        return {"approve": "同意", "reject": "不同意"}
    listed: list[object] = [value] if isinstance(value, Mapping) else reader.entries(value, path, 20)
    found: dict[str, str] = {}
    for one in listed:
        pairs = list(one.items()) if isinstance(one, Mapping) else [(one, one)]
        for key, label in pairs:
            action, text = words.action_of(str(key)), words.label_of(reader.word(label, path, 32))
            if not action:
                reader.fault(path, f"不知道“{str(key)[:32]}”是同意还是不同意；请写明，例如：{{approve: {str(key)[:32]}}}。")
            elif action in found:
                reader.fault(path, f"“{found[action]}”和“{text}”是同一种决定（{action}）；请只留一个。")
            elif text:
                found[action] = text
    if not found and not listed:
        reader.fault(path, "至少要有一种决定，例如：[同意, 不同意]。")
    return found


def _escalations(value: object, path: str, reader: Reader) -> tuple[Escalation, ...]:
    found = []
    for n, one in enumerate(reader.entries([] if value is None else value, path, 10), 1):
        entry = reader.mapping(one, f"{path}[{n}]", ESCALATION_KEYS)
        role = words.role_of(reader.text(entry, "role", f"{path}[{n}]", 32))
        if not role:
            reader.fault(f"{path}[{n}].role", "请写督办时告知的角色，例如：role: 部门负责人。")
        place = _organisation(reader.text(entry, "organisation", f"{path}[{n}]", 80), f"{path}[{n}].organisation", reader)
        found.append(Escalation(_days(entry.get("after", 0), f"{path}[{n}].after", reader), role, place))
    return tuple(sorted(found, key=lambda one: one.after))


def _days(value: object, path: str, reader: Reader) -> int:
    """Working days after the due date, written 2, -1 or 2wd."""
    if isinstance(value, str):
        sign = -1 if value.strip().startswith("-") else 1
        try:
            found = parse_duration(value.strip().lstrip("-"))
        except ValueError:
            found = None
        value = sign * found.amount if found and found.unit is Unit.WORKING_DAYS else None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 999:
        reader.fault(path, "应当是到期后的工作日数，例如：0（到期时）、2（超期两个工作日）、-1（到期前一个工作日）。")
        return 0
    return value


def _fields(value: object, reader: Reader) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        reader.fault("fields", "应当是“字段: 类型”的形式，例如：fields: {area: 数值, is_new: 是否}。")
        return {}
    found = {}
    for name, kind in value.items():
        field = reader.matching(str(name), _FIELD, "fields", "字段名用字母、汉字、数字和下划线，不以数字开头。")
        if not isinstance(kind, str) or kind not in words.LETTERS:
            reader.fault(f"fields.{str(name)[:40]}", f"类型“{str(kind)[:20]}”不能用；可写：文字、数值、整数、金额、日期、日期时间、是否。")
        elif field:
            found[field] = words.LETTERS[kind]
    return found


def _decisions(value: object, reader: Reader) -> tuple[Decision, ...]:
    found = []
    for n, one in enumerate(reader.entries([] if value is None else value, "decisions", 50), 1):
        path = f"decisions[{n}]"
        entry = reader.mapping(one, path, DECISION_KEYS)
        name = reader.matching(reader.text(entry, "field", path), _FIELD, f"{path}.field", "请写这张表给哪个字段取值。")
        hit = reader.text(entry, "hit", path) or "first"
        if hit not in HITS:
            reader.fault(f"{path}.hit", f"“{hit[:20]}”不能用；可写：first（取第一条）、unique（只能有一条）、collect（全部）。")
        listed = reader.entries(entry.get("rules", []), f"{path}.rules", MAX_RULES)
        if not listed:
            reader.fault(f"{path}.rules", "至少要有一条，例如：- {when: \"area > 300\", value: 大型}。")
        found.append(Decision(name, hit, tuple(_rule(rule, f"{path}.rules[{m}]", reader) for m, rule in enumerate(listed, 1))))
    return tuple(found)


def _rule(value: object, path: str, reader: Reader) -> Rule:
    entry = reader.mapping(value, path, RULE_KEYS)
    when, given = _condition(entry, path, reader), entry.get("value")
    if not when:
        reader.fault(f"{path}.when", "请写条件；其余情况写成 \"TRUE\"。")
    if isinstance(given, date):
        given = given.isoformat()
    if isinstance(given, str):
        given = reader.word(given, f"{path}.value")
    elif not isinstance(given, bool | int | float) or not math.isfinite(given) or abs(given) >= 10**15:
        reader.fault(f"{path}.value", "请写一个值：文字、数、true 或 false。")
        given = ""
    return Rule(when, given)


def _approvers(value: object, reader: Reader) -> dict[str, tuple[str, str]]:
    """Role and organisation ("": the step's own) by what is to be approved; the role alone may stand for both."""
    entry = reader.mapping({} if value is None else value, "approvers", APPROVER_KEYS)
    found = {}
    for key, told in entry.items():
        path = f"approvers.{key}"
        one = reader.mapping(told, path, APPROVING_KEYS) if isinstance(told, Mapping) else {"role": told}
        if role := words.role_of(reader.word(one.get("role", ""), path, 32)):
            found[key] = role, _organisation(reader.text(one, "organisation", path, 80), f"{path}.organisation", reader)
        elif isinstance(told, Mapping):
            reader.fault(f"{path}.role", "请写由哪个角色批准，例如：role: 部门负责人。")
    return found


def _with_refusals(nodes: list[Node], value: object, reader: Reader) -> tuple[Node, ...]:
    """The nodes with what the procedure's own `on_reject` says of each."""
    by_id = {node.id: node for node in nodes}
    entry = reader.mapping({} if value is None else value, "on_reject", tuple(by_id))
    said = {key: found for key in entry if (found := reader.choice(entry, key, "on_reject", OnReject))}
    return tuple(replace(node, on_reject=said.get(node.id, node.on_reject)) for node in nodes)


def _flag(entry: Plain, key: str, path: str, reader: Reader) -> bool:
    value = entry.get(key, False)
    if not isinstance(value, bool):
        reader.fault(at(path, key), "应当是 true 或 false。")
        return False
    return value


def _whole(entry: Plain, key: str, path: str, reader: Reader) -> int:
    value = entry.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100:
        reader.fault(at(path, key), "应当是 0 到 100 的整数。")
        return 0
    return value
