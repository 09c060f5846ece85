"""What follows: given a declaration, the steps there are and the data, which nodes open, are left out, or end it all. Pure.

Round    a node counts in its latest round only while no node before it has a later one (a return makes what follows stale)
Left out `when` not true (unknown is false): what stands behind goes on; every node before it refused or dead: dead as well
Join     all: every node before is over and one is alive; any: one is done, or all are over and one was left out
Over     nothing is open and nothing opens: done when an end of the graph was reached, else refused
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from suixin.ground.flow.declaration import Action, Declaration, Join, Node, NodeKind, OnReject
from suixin.kit import expressions

DEAD = "dead"  # outcome of a step that was left out because every way to it was refused


class NodeState(StrEnum):
    """Where a node stands."""

    WAITING = "waiting"
    OPEN = "open"
    DONE = "done"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    DEAD = "dead"


OVER = frozenset({NodeState.DONE, NodeState.REJECTED, NodeState.SKIPPED, NodeState.DEAD})
ALIVE = frozenset({NodeState.DONE, NodeState.SKIPPED})


@dataclass(frozen=True, slots=True)
class Fact:
    """What counts of a step of a declared node (not of a supplement or an approval)."""

    node: str
    round: int
    status: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Moves:
    """What is to happen: nodes in order with their round; `ends` is the status that the instance gets, "" while it goes on."""

    opens: tuple[tuple[Node, int], ...] = ()
    skips: tuple[tuple[Node, int], ...] = ()
    dies: tuple[tuple[Node, int], ...] = ()
    settled: frozenset[str] = frozenset()  # nodes decided although some of their steps are still open (quorum)
    ends: str = ""


class Graph:
    """The nodes of a declaration in topological order, and what stands before and behind each."""

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.nodes = {node.id: node for node in declaration.nodes}
        self.before: dict[str, frozenset[str]] = {}
        waiting = list(declaration.nodes)
        while waiting:
            ready = [node for node in waiting if all(name in self.before for name in node.after)]
            if not ready:
                raise ValueError(f"the nodes {[node.id for node in waiting]} wait for one another or for an unknown node")
            for node in ready:
                self.before[node.id] = frozenset(node.after).union(*(self.before[name] for name in node.after))
            waiting = [node for node in waiting if node.id not in self.before]
        self.order = tuple(self.nodes[name] for name in self.before)
        led_to = {name for node in declaration.nodes for name in node.after}
        self.ends = tuple(node.id for node in declaration.nodes if node.id not in led_to)

    def behind(self, name: str) -> frozenset[str]:
        """Every node that comes after `name`, near or far."""
        return frozenset(node for node, before in self.before.items() if name in before)


def rounds(graph: Graph, facts: Sequence[Fact]) -> dict[str, int]:
    """The round in which each node stands or would open."""
    latest: dict[str, int] = {}
    for fact in facts:
        latest[fact.node] = max(latest.get(fact.node, 1), fact.round)
    return {
        node: max([latest.get(node, 1), *(latest.get(name, 1) for name in before)]) for node, before in graph.before.items()
    }


def states(graph: Graph, facts: Sequence[Fact]) -> dict[str, NodeState]:
    """Where every node stands."""
    current = rounds(graph, facts)
    lying: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.node in current and fact.round == current[fact.node]:
            lying.setdefault(fact.node, []).append(fact)
    return {node.id: _state(node, lying.get(node.id, [])) for node in graph.order}


def moves(graph: Graph, facts: Sequence[Fact], data: Mapping[str, object]) -> Moves:
    """What is to happen now."""
    standing, current = states(graph, facts), rounds(graph, facts)
    if any(standing[node.id] is NodeState.REJECTED and node.on_reject is OnReject.STOP_ALL for node in graph.order):
        return Moves(ends="rejected")
    active = {fact.node for fact in facts if fact.status in ("open", "stopped") and fact.round == current.get(fact.node)}
    found: dict[NodeState, list[tuple[Node, int]]] = {NodeState.OPEN: [], NodeState.SKIPPED: [], NodeState.DEAD: []}
    for node in graph.order:
        if standing[node.id] is NodeState.WAITING and (state := _arrival(node, standing, graph.declaration, data)):
            standing[node.id] = state
            found[state].append((node, current[node.id]))
    return Moves(
        tuple(found[NodeState.OPEN]), tuple(found[NodeState.SKIPPED]), tuple(found[NodeState.DEAD]),
        settled=frozenset(name for name in active if standing[name] in OVER), ends=_ending(graph, standing),
    )


def is_true(condition: str, declaration: Declaration, data: Mapping[str, object]) -> bool:
    """Whether the guard holds; unknown is false, no guard is true."""
    return not condition or expressions.parse(condition, fields=declaration.fields).evaluate(data) is True


def return_round(graph: Graph, facts: Sequence[Fact], target: str) -> int:
    """The round in which `target` opens again, so that whatever follows it is stale."""
    behind = graph.behind(target) | {target}
    return 1 + max((fact.round for fact in facts if fact.node in behind), default=0)


def _arrival(
    node: Node, standing: Mapping[str, NodeState], declaration: Declaration, data: Mapping[str, object]
) -> NodeState | None:
    """What becomes of a waiting node now; None when it goes on waiting."""
    before = [standing[name] for name in node.after]
    is_ready = all(state in OVER for state in before)
    if node.join is Join.ANY and NodeState.DONE in before:
        is_ready = True
    if not is_ready:
        return None
    if before and not any(state in ALIVE for state in before):
        return NodeState.DEAD
    return NodeState.OPEN if is_true(node.when, declaration, data) else NodeState.SKIPPED


def _state(node: Node, facts: Sequence[Fact]) -> NodeState:
    if not facts:
        return NodeState.WAITING
    if node.kind is NodeKind.JOINT and any(fact.status != "skipped" for fact in facts):
        return _joint_state(node, facts)
    if any(fact.status in ("open", "stopped") for fact in facts):
        return NodeState.OPEN
    fact = facts[-1]
    if fact.status == "skipped":
        return NodeState.DEAD if fact.outcome == DEAD else NodeState.SKIPPED
    return NodeState.DONE if fact.status == "done" and fact.outcome != Action.REJECT else NodeState.REJECTED


def _joint_state(node: Node, facts: Sequence[Fact]) -> NodeState:
    needed = min(node.quorum or len(facts), len(facts))
    refused = sum(fact.outcome == Action.REJECT for fact in facts)
    if sum(fact.status == "done" and fact.outcome != Action.REJECT for fact in facts) >= needed:
        return NodeState.DONE
    if refused > len(facts) - needed or not any(fact.status in ("open", "stopped") for fact in facts):
        return NodeState.REJECTED
    return NodeState.OPEN


def _ending(graph: Graph, standing: Mapping[str, NodeState]) -> str:
    if any(state not in OVER for state in standing.values()):
        return ""
    return "done" if any(standing[name] in ALIVE for name in graph.ends) else "rejected"
