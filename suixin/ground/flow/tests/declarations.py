"""Declarations for property tests: any that `parse` could have made."""

from typing import Any

from hypothesis import strategies as st

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
from suixin.ground.flow.durations import Duration, Unit

NAMES = st.text("ab环节-", min_size=1, max_size=5).filter(lambda one: one[0] != "-")
TEXTS = st.text("甲乙: #'\"%{}[]a1", max_size=8).map(lambda one: " ".join(one.split()))
LIMITS = st.none() | st.builds(Duration, st.integers(1, 9999), st.sampled_from(Unit))
PLACES = st.sampled_from(["民政局", "$starter", "$provider", "b1"])
ROLES = st.sampled_from(["clerk", "review", "综合窗口"])
VALUES = st.one_of(st.booleans(), st.integers(-9, 9), st.just(1.5), st.sampled_from(["大", "小", "2026-01-01", "no"]))
ESCALATIONS = st.lists(st.builds(Escalation, st.integers(-3, 9), ROLES, st.sampled_from(["", "民政局"])), max_size=2)


@st.composite
def nodes(draw, node_id: str, others: list[str]) -> Node:
    """A node of any kind."""
    kind = draw(st.sampled_from(NodeKind))
    some = st.lists(st.sampled_from(others), max_size=3, unique=True).map(tuple)
    is_person, after = kind in (NodeKind.TASK, NodeKind.JOINT), draw(some)
    own: dict[str, Any] = {}  # Any: what differs by kind, as keyword arguments
    if kind is NodeKind.JOINT:
        own = {"organisations": ("民政局", "$provider"), "quorum": draw(st.integers(0, 2)), "role": draw(ROLES)}
    elif kind is NodeKind.TASK:
        own = {"organisations": (draw(PLACES),), "assignee": draw(st.sampled_from(["", STARTER])), "role": draw(ROLES)}
    else:
        own = {{"auto": "effect", "measure": "measure", "flow": "procedure"}[kind.value]: draw(NAMES)}
    if is_person:
        own |= {
            "actions": draw(st.sampled_from([{"approve": "同意", "reject": "不同意"}, {"approve": "受理", "supplement": "补正"}])),
            "silent": draw(st.none() | st.sampled_from(Silent)), "extension": draw(LIMITS), "form": draw(TEXTS),
        }
    if kind is not NodeKind.AUTO:
        own |= {"limit": draw(LIMITS), "escalations": tuple(sorted(draw(ESCALATIONS), key=lambda one: one.after))}
    return Node(
        id=node_id, title=draw(TEXTS) or node_id, kind=kind, after=after, join=draw(st.sampled_from(Join)) if after else Join.ALL,
        when=draw(st.sampled_from(["", "x > 1"])), stops=draw(some), is_special=draw(st.booleans()),
        on_reject=draw(st.sampled_from(OnReject)), returns_to=draw(st.sampled_from(["", *others])), hint=draw(TEXTS), **own,
    )


@st.composite
def declarations(draw) -> Declaration:
    """A declaration that need not make sense."""
    ids = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    decision = st.builds(
        Decision, st.just("size"), st.sampled_from(["first", "unique", "collect"]),
        st.lists(st.builds(Rule, st.just("x > 1"), VALUES), min_size=1, max_size=2).map(tuple),
    )
    approvers = draw(st.dictionaries(st.sampled_from(["suspend", "extend"]), ROLES))
    return Declaration(
        id=draw(st.from_regex(r"[a-z0-9][a-z0-9_-]{0,9}", fullmatch=True)), title=draw(TEXTS) or "标题",
        nodes=tuple(draw(nodes(one, ids)) for one in ids), subject=draw(TEXTS), lead=draw(st.just("") | PLACES),
        promised=draw(LIMITS), statutory=draw(LIMITS), basis=draw(TEXTS), supplement_limit=draw(LIMITS),
        fields=draw(st.dictionaries(st.sampled_from(["x", "面积", "size"]), st.sampled_from("CNDTL"))),
        decisions=tuple(draw(st.lists(decision, max_size=2))), restart=draw(st.sampled_from(Restart)),
        approvers=approvers, approving={key: draw(PLACES) for key in sorted(approvers) if draw(st.booleans())},
    )
