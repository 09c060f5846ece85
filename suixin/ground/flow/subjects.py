"""What the modules above tell the engine: what an instance is about, what its effects do, how a thing is measured.

Use      `register(SubjectKind(...))`, `register_effect(...)`, `register_measure(...)`, `register_check(...)`,
         `register_guard(...)`, `register_follower(...)`, called from `site/wiring.py`; registering a name again replaces it
Guard    asked inside the transaction of every step agreed to, wherever it is decided; when it raises, nothing happened
Follower told inside the transaction of everything that changes an instance of its kind, when the rows are written
Effect   runs inside the transaction of the step that leads to it: when it raises, nothing of the step happened
Measure  runs in a background job, may take long and may run twice
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from suixin.ground.flow.declaration import Declaration
from suixin.ground.flow.models import Instance
from suixin.kit.actor import Actor


@dataclass(frozen=True, slots=True)
class Subject:
    """A typed reference to what an instance is about: `catalog.resource` and its code, say."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """How subjects of a kind are shown: `href(key)` is the address of its page ("" when there is none)."""

    name: str
    title: str
    href: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an effect gets: the subject, who decided, and the data of the instance."""

    subject: Subject
    instance: int
    actor: Actor
    reason: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found: whether the thing is well now, a sentence, and figures to keep."""

    is_well: bool
    sentence: str
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deciding:
    """What a guard gets: the subject, the instance and its node, who decides.

    A guard that locks the subject's row leaves it with the instance (`in_hand`), so that the follower need not read it again.
    """

    subject: Subject
    instance: Instance
    node: str
    actor: Actor


Check = Callable[[Declaration], Sequence[str]]

kinds: dict[str, SubjectKind] = {}
effects: dict[str, Callable[[Effect], None]] = {}
measures: dict[str, Callable[[Subject, Mapping[str, object]], Measured]] = {}
checks: dict[str, Check] = {}
guards: dict[str, Callable[[Deciding], None]] = {}
followers: dict[str, Callable[[Instance, Actor], None]] = {}


def register(kind: SubjectKind) -> None:
    """Let instances be about subjects of that kind."""
    kinds[kind.name] = kind


def register_effect(name: str, work: Callable[[Effect], None]) -> None:
    """Let automatic nodes name this effect (`module.verb`)."""
    effects[name] = work


def register_measure(name: str, work: Callable[[Subject, Mapping[str, object]], Measured]) -> None:
    """Let measuring nodes name this measure (`module.noun`)."""
    measures[name] = work


def register_check(name: str, check: Check) -> None:
    """Let publishing ask this too: the faults that it finds in a declaration."""
    checks[name] = check


def register_guard(kind: str, guard: Callable[[Deciding], None]) -> None:
    """Let what subjects of that kind are about be asked before any step of theirs is agreed to."""
    guards[kind] = guard


def register_follower(kind: str, follow: Callable[[Instance, Actor], None]) -> None:
    """Let what subjects of that kind are about follow their instances: `follow(instance as it is written, who acted)`."""
    followers[kind] = follow


def follow(instance: Instance, actor: Actor) -> None:
    """The follower of the kind of its subject, if any, told of a change of the instance."""
    found = followers.get(instance.subject_kind)
    if found is not None:
        found(instance, actor)


def require_ready(deciding: Deciding) -> None:
    """Nothing, when the subject's guard has no objection. Raises what the guard raises."""
    guard = guards.get(deciding.subject.kind)
    if guard is not None:
        guard(deciding)


def href_of(subject: Subject) -> str:
    """Address of the subject's page; "" when its kind has none."""
    kind = kinds.get(subject.kind)
    return kind.href(subject.key) if kind else ""
