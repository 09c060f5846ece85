"""The scheduler alone: joins, guards, refusals, returns; any order of the same decisions ends the same."""

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from suixin.ground.flow.declaration import Declaration, Join, Node, NodeKind, OnReject
from suixin.ground.flow.scheduling import DEAD, Fact, Graph, NodeState, moves, return_round, rounds, states

NAMES = "abcdefg"
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # no shrinking: that takes minutes where it matters least


@st.composite
def graphs(draw):
    """Up to seven nodes, each after some of those before it; refusals let the others go on."""
    nodes = []
    for number in range(draw(st.integers(2, len(NAMES)))):
        after = draw(st.sets(st.sampled_from(NAMES[:number]), max_size=3)) if number else set()
        nodes.append(Node(
            NAMES[number], "", after=tuple(sorted(after)), join=draw(st.sampled_from(Join)),
            on_reject=OnReject.CONTINUE_OTHERS, when=draw(st.sampled_from(["", "", "x > 1", "y > 1"])),
        ))
    return Graph(Declaration("p", "p", tuple(nodes), fields={"x": "N", "y": "N"}))


def played(graph, refused, order):
    """The facts and the end after every open node was decided, always the one that `order` prefers."""
    facts: list[Fact] = []
    while True:
        found = moves(graph, facts, {"x": 2})
        before = len({fact.node for fact in facts})
        facts += [Fact(node.id, number, "open") for node, number in found.opens]
        facts += [Fact(node.id, number, "skipped") for node, number in found.skips]
        facts += [Fact(node.id, number, "skipped", DEAD) for node, number in found.dies]
        assert len({fact.node for fact in facts}) == before + len((*found.opens, *found.skips, *found.dies))
        if found.ends:
            return {fact.node: (fact.status, fact.outcome) for fact in facts}, found.ends
        waiting = [fact for fact in facts if fact.status == "open"]
        chosen = min(waiting, key=lambda fact: order.index(fact.node))
        facts[facts.index(chosen)] = Fact(chosen.node, chosen.round, "done", "reject" if chosen.node in refused else "approve")


def exact(graph):
    """The graph with joins that wait for all: `any` goes on with whoever is first, so its order matters."""
    plain = tuple(Node(n.id, "", after=n.after, on_reject=n.on_reject, when=n.when) for n in graph.order)
    return Graph(Declaration("p", "p", plain, fields=graph.declaration.fields))


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(graphs(), st.sets(st.sampled_from(NAMES)), st.permutations(NAMES), st.permutations(NAMES))
def test_any_order_of_parallel_decisions_ends_the_same(graph, refused, one, other):
    assert played(exact(graph), refused, one) == played(exact(graph), refused, other)


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(graphs(), st.sets(st.sampled_from(NAMES)), st.permutations(NAMES))
def test_every_node_is_reached_once_and_everything_ends(graph, refused, order):
    reached, end = played(graph, refused, order)
    assert end in ("done", "rejected")
    assert end == "rejected" or any(reached[name] != ("skipped", DEAD) and reached[name][1] != "reject" for name in graph.ends)


def graph_of(*nodes, fields=None):
    return Graph(Declaration("p", "p", nodes, fields=fields or {}))


def opens(graph, *facts, data=None):
    return [node.id for node, _ in moves(graph, facts, data or {}).opens]


def test_join_of_all_waits_for_the_last_and_counts_what_was_left_out():
    graph = graph_of(Node("a", ""), Node("b", ""), Node("c", "", after=("a", "b")))
    done = Fact("a", 1, "done", "approve")
    assert opens(graph, done, Fact("b", 1, "open")) == []
    assert opens(graph, done, Fact("b", 1, "skipped")) == ["c"]


def test_join_of_any_opens_with_the_first_and_not_again():
    graph = graph_of(Node("a", ""), Node("b", ""), Node("c", "", after=("a", "b"), join=Join.ANY))
    facts = [Fact("a", 1, "done", "approve"), Fact("b", 1, "open")]
    assert opens(graph, *facts) == ["c"]
    assert opens(graph, facts[0], Fact("b", 1, "done", "approve"), Fact("c", 1, "done", "approve")) == []


def test_unknown_guard_is_false():
    graph = graph_of(Node("a", "", when="size > 3"), Node("b", "", after=("a",)), fields={"size": "N"})
    found = moves(graph, [], {})
    assert ([node.id for node, _ in found.skips], [node.id for node, _ in found.opens]) == (["a"], ["b"])


def test_what_stands_only_behind_a_refusal_dies():
    on = OnReject.CONTINUE_OTHERS
    graph = graph_of(Node("a", "", on_reject=on), Node("b", "", on_reject=on), Node("a2", "", after=("a",)),
                     Node("z", "", after=("a2", "b")))
    facts = [Fact("a", 1, "done", "reject"), Fact("b", 1, "done", "approve")]
    found = moves(graph, facts, {})
    assert ([node.id for node, _ in found.dies], [node.id for node, _ in found.opens]) == (["a2"], ["z"])


def test_refusal_of_every_end_is_a_refusal():
    graph = graph_of(Node("a", "", on_reject=OnReject.CONTINUE_OTHERS))
    assert moves(graph, [Fact("a", 1, "done", "reject")], {}).ends == "rejected"


@pytest.mark.parametrize(("outcomes", "state"), [
    (["approve", "approve", ""], NodeState.DONE), (["approve", "", ""], NodeState.OPEN),
    (["reject", "reject", ""], NodeState.REJECTED), (["reject", "approve", ""], NodeState.OPEN),
])
def test_joint_node_follows_its_quorum(outcomes, state):
    graph = graph_of(Node("j", "", NodeKind.JOINT, ("x", "y", "z"), quorum=2))
    facts = [Fact("j", 1, "done" if outcome else "open", outcome) for outcome in outcomes]
    assert states(graph, facts)["j"] is state


def test_return_makes_what_follows_stale_and_nothing_else():
    graph = graph_of(Node("a", ""), Node("b", "", after=("a",)), Node("u", ""), Node("c", "", after=("b", "u")))
    facts = [Fact(name, 1, "done", "approve") for name in "abuc"]
    number = return_round(graph, facts, "b")
    after = [*facts, Fact("b", number, "open")]
    assert (number, rounds(graph, after)) == (2, {"a": 1, "u": 1, "b": 2, "c": 2})
    assert states(graph, after) == {"a": "done", "u": "done", "b": "open", "c": "waiting"}
