"""A declaration as plain values again: one form for one meaning, so that equal procedures have equal digests.

Order    what has an order (nodes, actions, rules) is a list, because a database of JSON keeps no order of keys
Left out is whatever has its default, so that a new key changes no digest
"""

import json

import yaml

from suixin.ground.flow.declaration import Decision, Declaration, Escalation, Join, Node, NodeKind, OnReject, Restart
from suixin.kit.sm import sm3_hex

Plain = dict[str, object]


def to_mapping(declaration: Declaration) -> Plain:
    """The declaration as values of JSON; `parse` of it gives the same declaration."""
    return _without_blanks({
        "id": declaration.id, "title": declaration.title, "subject": declaration.subject, "lead": declaration.lead,
        "promised": _text(declaration.promised), "statutory": _text(declaration.statutory), "basis": declaration.basis,
        "fields": dict(sorted(declaration.fields.items())),
        "decisions": [_decision(one) for one in declaration.decisions],
        "restart": "" if declaration.restart is Restart.RESUME else declaration.restart.value,
        "supplement_limit": _text(declaration.supplement_limit),
        "approvers": {name: _approver(declaration, name) for name, role in sorted(declaration.approvers.items()) if role},
        "nodes": [_node(one) for one in declaration.nodes],
    })


def digest_of(declaration: Declaration) -> str:
    """SM3 of the declaration's meaning: another layout or order of keys has the same."""
    text = json.dumps(to_mapping(declaration), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sm3_hex(text.encode())


def to_yaml(declaration: Declaration) -> str:
    """The declaration as people write it."""
    nodes = {node.id: {key: value for key, value in _node(node).items() if key != "id"} for node in declaration.nodes}
    content = {**to_mapping(declaration), "nodes": nodes}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)


def _node(node: Node) -> Plain:
    is_any = node.join is Join.ANY
    return _without_blanks({
        "id": node.id, "title": node.title, "kind": "" if node.kind is NodeKind.TASK else node.kind.value,
        "organisations": list(node.organisations), "role": node.role, "assignee": node.assignee,
        "limit": _text(node.limit), "after": {"any": list(node.after)} if is_any and node.after else list(node.after),
        "when": node.when, "actions": _actions(node), "silent": node.silent.value if node.silent else "",
        "stops": list(node.stops), "special": node.is_special,
        "on_reject": "" if node.on_reject is OnReject.STOP_ALL else node.on_reject.value,
        "returns_to": node.returns_to, "quorum": node.quorum, "effect": node.effect, "measure": node.measure,
        "procedure": node.procedure, "item": node.item, "form": node.form, "hint": node.hint,
        "extension": _text(node.extension), "escalations": [_escalation(one) for one in node.escalations],
    })


def _actions(node: Node) -> list[Plain]:
    is_default = list(node.actions.items()) == [("approve", "同意"), ("reject", "不同意")]
    return [] if is_default else [{action: label} for action, label in node.actions.items()]


def _decision(decision: Decision) -> Plain:
    return {
        "field": decision.field, "hit": decision.hit,
        "rules": [{"when": rule.when, "value": rule.value} for rule in decision.rules],
    }


def _approver(declaration: Declaration, name: str) -> object:
    """Only the role where it sits in the step's own organisation."""
    role, place = declaration.approvers[name], declaration.approving.get(name, "")
    return {"role": role, "organisation": place} if place else role


def _escalation(escalation: Escalation) -> Plain:
    told: Plain = {"after": escalation.after, "role": escalation.role}
    return told | ({"organisation": escalation.organisation} if escalation.organisation else {})


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _without_blanks(content: Plain) -> Plain:
    return {key: value for key, value in content.items() if value not in ("", None, [], {}, False, 0)}
