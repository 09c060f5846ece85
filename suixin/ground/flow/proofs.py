"""What speaks against publishing a procedure, told all at once; pure, so that the same is said on every page and command.

Proven   no circle; every node can be reached and reaches an end; no two items wait for each other; guards and tables are of
         the language, over declared fields, and leave no way out; the longest way is within promise and law; every role
         has a holder; what can be refused, returned, stopped, deemed is so for a reason; what is named exists
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from suixin.ground.flow import guarding, lengths
from suixin.ground.flow.declaration import STARTER, Declaration, Node, NodeKind, OnReject, Silent
from suixin.ground.flow.durations import Duration
from suixin.ground.flow.shapes import Shape, shape_of

Holders = Callable[[str, str], bool]
_PEOPLE = (NodeKind.TASK, NodeKind.JOINT)


@dataclass(frozen=True, slots=True)
class Known:
    """What the installation has registered and published, as far as a declaration may name it. None: not asked."""

    kinds: frozenset[str] | None = None
    effects: frozenset[str] | None = None
    measures: frozenset[str] | None = None
    procedure: Callable[[str], Declaration | None] | None = None
    checks: tuple[Callable[[Declaration], Sequence[str]], ...] = ()
    roles: Mapping[str, str] | None = None  # words of roles by value; None: roles as they are written
    may: Callable[[str, str], bool] | None = None  # whether a role may do what a verb says

    def promised_by(self, slug: str) -> Duration | None:
        """What the procedure of that name promises, or the law demands of it."""
        found = self.procedure(slug) if self.procedure else None
        return (found.promised or found.statutory) if found else None


def faults_of(declaration: Declaration, *, holders: Holders, known: Known | None = None) -> list[str]:
    """Every fault of the declaration. `holders(role, organisation)`: whether somebody active holds that role there."""
    known, shape = known or Known(), shape_of(declaration)
    found = [
        *_of_shape(declaration, shape), *_of_items(declaration, shape),
        *(fault for node in declaration.nodes for fault in _of_node(node, declaration, shape)),
        *guarding.of_conditions(declaration, shape).faults, *lengths.faults_of(declaration, shape, known.promised_by),
        *_of_people(declaration, holders, known), *_of_rights(declaration, known), *_of_names(declaration, known),
    ]
    for check in known.checks:
        found += check(declaration)
    return list(dict.fromkeys(found))


def notes_of(declaration: Declaration) -> list[str]:
    """What an author should look at, although it keeps nothing from being published; what could not be decided."""
    alone = [node.title or node.id for node in declaration.nodes if node.extension and not declaration.approvers.get("extend")]
    advice = "延长不经人批准，由办理人自己决定；需要批准的，请写明角色，例如：approvers: {extend: 部门负责人}。"
    return [*guarding.of_conditions(declaration, shape_of(declaration)).notes, *([f"{'、'.join(alone)}：{advice}"] if alone else [])]


def _of_shape(declaration: Declaration, shape: Shape) -> Iterable[str]:
    nodes = {node.id: node for node in declaration.nodes}
    for node in declaration.nodes:
        for name in node.after:
            if name not in nodes:
                yield f"nodes.{node.id}.after：没有环节“{name}”；请改成 {_some(nodes, node.id)} 中的一个。"
    for circle in shape.circles:
        way = " → ".join((*circle, circle[0]))
        places = {name for one in circle for name in nodes[one].organisations}
        between = f"，{'、'.join(sorted(places))}互为前置条件" if len(places) > 1 else ""
        yield f"环节 {way} 互相等待{between}，谁也办不了；请去掉其中一个 after。"
    reachable = set(shape.in_order())
    if stuck := [name for name in shape.ids if name not in reachable | shape.looping]:
        yield f"环节 {'、'.join(stuck)} 排在循环之后，永远到不了；请先解开循环。"
    ends = [name for name in shape.ids if not shape.after[name]]
    arriving = set(ends).union(*(shape.ahead_of(name) for name in ends))
    if lost := [name for name in shape.ids if name not in arriving | shape.looping]:
        yield f"环节 {'、'.join(lost)} 之后只有循环，到不了终点；请先解开循环。"


def _of_items(declaration: Declaration, shape: Shape) -> Iterable[str]:
    """A fault for two items of different organisations each of which is asked before the other."""
    items = [node for node in declaration.nodes if node.item and node.id not in shape.looping]
    ahead = {
        (first.item, second.item)
        for second in items for first in items
        if first.item != second.item and first.id in shape.ahead_of(second.id) and set(first.organisations) != set(second.organisations)
    }
    for first, second in sorted(ahead):
        if first < second and (second, first) in ahead:
            yield f"事项“{first}”和“{second}”互为前置条件；请去掉其中一个方向的 after。"


def _of_node(node: Node, declaration: Declaration, shape: Shape) -> Iterable[str]:
    path, ids = f"nodes.{node.id}", shape.ids
    for name in node.stops:
        if name not in ids or name == node.id:
            yield f"{path}.stops：没有别的环节“{name}”可停钟；请改成 {_some(ids, node.id)} 中的一个。"
    if node.kind in _PEOPLE and not {"approve"} & set(node.actions):
        yield f"{path}.actions：没有“同意”一类的决定，这个环节办不完；请加上，例如：{{approve: 同意}}。"
    yield from _of_returns(node, shape)
    if node.on_reject is OnReject.CONTINUE_OTHERS and not may_refuse(node):
        yield f"{path}.on_reject：这个环节不会不同意；请去掉 on_reject，或在 actions 里加上“不同意”。"
    if node.limit is None:
        for key, value in (("silent", node.silent), ("extension", node.extension), ("escalations", node.escalations)):
            if value:
                yield f"{path}.{key}：没有时限就没有到期的一天；请写 limit。"
    if node.quorum > len(node.organisations):
        yield f"{path}.quorum：要 {node.quorum} 个单位同意，而只有 {len(node.organisations)} 个；请改小。"


def _of_returns(node: Node, shape: Shape) -> Iterable[str]:
    path = f"nodes.{node.id}"
    ahead = shape.ahead_of(node.id) if node.id in shape.ids else frozenset()
    if node.returns_to and node.returns_to not in ahead - {node.id}:
        yield f"{path}.returns_to：“{node.returns_to[:80]}”不是在它之前的环节；请改成 {_some(sorted(ahead), node.id)} 中的一个。"
    if "return" in node.actions and not ahead:
        yield f"{path}.actions：在它之前没有环节，无处可退；请去掉“退回”。"


def may_refuse(node: Node) -> bool:
    """Whether the node can end in a refusal."""
    if node.kind in _PEOPLE:
        return "reject" in node.actions or node.silent is Silent.DEEMED_REJECTED
    return node.kind in (NodeKind.MEASURE, NodeKind.FLOW)


def _of_people(declaration: Declaration, holders: Holders, known: Known) -> Iterable[str]:
    """A sentence for each role and organisation in which nobody holds it, with the nodes that need it."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for node in declaration.nodes:
        for place in node.organisations or (declaration.lead or STARTER,):  # a measure is of the leading organisation
            if node.role:
                wanted.setdefault((node.role, place), []).append(node.id)
            for one in node.escalations:
                wanted.setdefault((one.role, one.organisation or place), []).append(f"{node.id} 的督办")
            if node.kind in _PEOPLE:
                for key, role in declaration.approvers.items():
                    wanted.setdefault((role, declaration.approving.get(key, place)), []).append(f"approvers.{key}")
    for (role, place), nodes in wanted.items():
        if holders(role, place):
            continue
        where = "任何单位都" if place.startswith("$") else f"“{place}”"
        unknown = known.roles is not None and role not in known.roles
        name = known.roles.get(role, role) if known.roles else role
        hint = f"（系统里没有这个角色，可用：{'、'.join(known.roles.values())}）" if unknown and known.roles else ""
        told = "、".join(dict.fromkeys(nodes))
        yield f"{where}没有人担任“{name}”，{told} 就没有人办{hint}；请先安排岗位，或改角色。"


def _of_rights(declaration: Declaration, known: Known) -> Iterable[str]:
    """A sentence for each role that is named for what it may not do: nobody could ever do it."""
    if known.may is None or known.roles is None:
        return
    named: list[tuple[str, str, tuple[str, ...]]] = [
        (f"nodes.{node.id}.role", node.role, ("flow.act",)) for node in declaration.nodes if node.role and node.kind in _PEOPLE
    ]
    named += [(f"approvers.{key}", role, ("flow.act", "flow.approve_stop")) for key, role in declaration.approvers.items() if role]
    for path, role, verbs in named:
        if role in known.roles and not all(known.may(role, verb) for verb in verbs):
            able = [words for one, words in known.roles.items() if all(known.may(one, verb) for verb in verbs)]
            what = "办理环节" if len(verbs) == 1 else "批准挂起和延长"
            yield f"{path}：“{known.roles[role]}”没有{what}的权限；可用：{_some(able)}。"


def _of_names(declaration: Declaration, known: Known) -> Iterable[str]:
    if declaration.subject and known.kinds is not None and declaration.subject not in known.kinds:
        yield f"subject：没有对象类型“{declaration.subject}”；可用：{_some(sorted(known.kinds))}。"
    for node in declaration.nodes:
        for key, name, names in (("effect", node.effect, known.effects), ("measure", node.measure, known.measures)):
            if name and names is not None and name not in names:
                yield f"nodes.{node.id}.{key}：没有登记“{name}”；可用：{_some(sorted(names))}。"
        if node.procedure and known.procedure is not None:
            yield from _of_sub(node, declaration, known.procedure)


def _of_sub(node: Node, declaration: Declaration, procedure: Callable[[str], Declaration | None]) -> Iterable[str]:
    """A fault when the sub-procedure does not exist, or leads back to this one."""
    if node.procedure != declaration.id and procedure(node.procedure) is None:
        yield f"nodes.{node.id}.procedure：没有生效的流程“{node.procedure}”；请先发布它。"
        return
    ways: list[tuple[str, ...]] = [(declaration.id, node.procedure)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == declaration.id:
            yield f"nodes.{node.id}.procedure：流程 {' → '.join(way)} 调用了自己；请去掉其中一个子流程。"
            return
        if way[-1] not in seen and (sub := procedure(way[-1])):
            seen.add(way[-1])
            ways += [(*way, one.procedure) for one in sub.nodes if one.procedure]


def _some(names: Iterable[str], but: str = "") -> str:
    listed = [name for name in names if name != but]
    return "、".join(listed[:12]) + (" 等" if len(listed) > 12 else "") if listed else "（无）"
