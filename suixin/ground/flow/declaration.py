"""A procedure as frozen values: what a version of it declares, read from YAML or JSON by `parsing.py`.

Node      something that a person, several organisations, an effect or another procedure does, after others, within a limit
Names     an organisation is a slug, or `$party`: given when an instance starts (`$starter` is always known)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from suixin.ground.flow.durations import Duration

STARTER = "$starter"


class NodeKind(StrEnum):
    """Who does the node."""

    TASK = "task"  # one person of an organisation and role
    JOINT = "joint"  # one step in each of several organisations; declared `joint-inspection` too
    AUTO = "auto"  # an effect, at once, in the transaction that opened it
    MEASURE = "measure"  # a measure, by a background job that advances with what it found
    FLOW = "flow"  # an instance of another procedure


class Action(StrEnum):
    """What a person may decide at a node. Labels are the procedure's own (受理, 不予受理)."""

    APPROVE = "approve"
    REJECT = "reject"
    SUPPLEMENT = "supplement"
    RETURN = "return"


ACTION_WORDS: Mapping[str, str] = {"approve": "同意", "reject": "不同意", "supplement": "补正", "return": "退回"}


class OnReject(StrEnum):
    """What a refusal at a node does to the others."""

    STOP_ALL = "stop-all"
    CONTINUE_OTHERS = "continue-others"


class Silent(StrEnum):
    """What silence until the due date means."""

    DEEMED_APPROVED = "deemed-approved"
    DEEMED_REJECTED = "deemed-rejected"


class Restart(StrEnum):
    """How the clock goes on after a supplement: with what was left, or from the beginning."""

    RESUME = "resume"
    RESTART = "restart"


class Join(StrEnum):
    """How many of the nodes before must be over."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Escalation:
    """Tell `role` of `organisation` when a step is `after` overdue ("" organisation: the step's own; 0: at once)."""

    after: int  # working days after the due date; negative: before it
    role: str
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the graph; `actions` maps each possible decision to its label, in order."""

    id: str
    title: str
    kind: NodeKind = NodeKind.TASK
    organisations: tuple[str, ...] = ()
    role: str = ""
    assignee: str = ""  # "$starter": the person who started
    limit: Duration | None = None
    after: tuple[str, ...] = ()
    join: Join = Join.ALL
    when: str = ""
    actions: Mapping[str, str] = field(default_factory=lambda: {"approve": "同意", "reject": "不同意"})
    silent: Silent | None = None
    stops: tuple[str, ...] = ()
    is_special: bool = False  # 特别程序: its time does not count
    on_reject: OnReject = OnReject.STOP_ALL
    returns_to: str = ""  # "": any earlier node, chosen when it is returned
    quorum: int = 0  # of a joint node; 0: every organisation
    effect: str = ""
    measure: str = ""
    procedure: str = ""
    item: str = ""
    form: str = ""
    hint: str = ""
    extension: Duration | None = None  # how much an approver may add, in all
    escalations: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a decision table: when its condition is true, the field takes the value."""

    when: str
    value: object


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision table that gives `field` its value when an instance starts: `hit` first, unique or collect."""

    field: str
    hit: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A whole procedure. `fields` maps what guards may name to the letter of its item type (`kit.expressions`)."""

    id: str
    title: str
    nodes: tuple[Node, ...]
    subject: str = ""
    lead: str = ""
    promised: Duration | None = None
    statutory: Duration | None = None
    basis: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    decisions: tuple[Decision, ...] = ()
    restart: Restart = Restart.RESUME
    supplement_limit: Duration | None = None
    approvers: Mapping[str, str] = field(default_factory=dict)  # suspend, extend: role that approves; "" nobody asked
    approving: Mapping[str, str] = field(default_factory=dict)  # suspend, extend: where that role sits; absent: the step's own

    def node(self, node_id: str) -> Node | None:
        """The node of that id."""
        return next((node for node in self.nodes if node.id == node_id), None)
