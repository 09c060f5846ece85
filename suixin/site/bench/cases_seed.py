"""A million cases for `suixin bench cases`, written as rows: applications, two runs with ten steps, the case, two materials each.

Shape   spread over departments and items; one in seven still goes on, among all ages alike; of three applicants in ten thousand
        is one known person. Names are masked, nothing is sealed: lists show no more
Steps   three of the reception (accept, told to supplement, accepted), seven of the handling (examined and returned twice, decided,
        delivered); of what still goes on the last one is open
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

STATES = (
    ("received", 30), ("supplement", 10), ("accepted", 70), ("special", 10), ("granted", 20),
    ("closed", 600), ("archived", 160), ("denied", 40), ("refused", 30), ("withdrawn", 30),
)
RUNNING, BEFORE = ("accepted", "special", "granted"), ("received", "supplement")
LIVE = (*BEFORE, *RUNNING)
NAMES = tuple(f"{family}{'*' * count}" for family in "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高" for count in (1, 2))
RECEPTION = (("accept", 1), ("accept", 2), ("accept", 3))
HANDLING = (("examine", 1), ("decide", 1), ("examine", 2), ("decide", 2), ("examine", 3), ("decide", 3), ("deliver", 1))
STEPS = len(RECEPTION) + len(HANDLING)


@dataclass(frozen=True, slots=True)
class Ground:
    """What the rows stand on; `items`: version, department, title of each; `procedures`: slug's number and version."""

    now: datetime
    items: Sequence[tuple[int, int, str]]
    reception: tuple[int, int]
    handling: tuple[int, int]
    person: str
    window: int


@dataclass(frozen=True, slots=True)
class One:
    """What is settled of a case before its rows are written."""

    number: int
    version: int
    department: int
    title: str
    state: str
    received: datetime
    due: datetime
    colour: str
    name: str

    @property
    def is_live(self) -> bool:
        """Whether anything waits in it."""
        return self.state in LIVE


def settled(count: int, ground: Ground) -> Iterator[One]:
    """So many cases, the same every time."""
    dice = random.Random(510900)  # noqa: S311 not for secrets
    states = dice.choices([state for state, _ in STATES], [weight for _, weight in STATES], k=count)
    for number, state in enumerate(states):
        version, department, title = ground.items[dice.randrange(len(ground.items))]
        age = timedelta(days=dice.randint(0, 900) if state not in LIVE else dice.randint(0, 30), hours=dice.randint(0, 9))
        due = ground.now - age + timedelta(days=20)
        colour = dice.choice(("green", "green", "green", "amber", "red"))
        yield One(number, version, department, title, state, ground.now - age, due, colour, NAMES[dice.randrange(len(NAMES))])


def applications(cases: Iterator[One], ground: Ground) -> Iterator[dict[str, object]]:
    """Rows of `cases.Application`."""
    dice = random.Random(510901)  # noqa: S311 as above
    for one in cases:
        is_own = one.number % 3_333 == 0
        yield {
            "uuid": _uuid(dice), "token": _uuid(dice), "channel": "window", "kind": "person", "shown_name": one.name,
            "subject_index": ground.person if is_own else f"{dice.randrange(400_000):032x}", "actor_kind": "staff",
            "actor_key": "bench-window", "actor_name": "窗口", "window_id": ground.window, "submitted_at": one.received,
        }


def runs(cases: Iterator[One], ground: Ground) -> Iterator[dict[str, object]]:
    """Rows of `flow.Instance`: the reception of each, then its handling, live ones waiting."""
    dice = random.Random(510902)  # noqa: S311 as above
    for one in cases:
        common = {
            "subject_kind": "cases.case", "subject_key": number_of(one), "title": f"{one.title}：{one.name}",
            "organisation_id": one.department,
            "starter_kind": "staff", "starter_key": "bench-window", "starter_name": "窗口", "started_at": one.received, "sequence": 1,
            "due_at": one.due, "amber_at": one.due - timedelta(days=4), "statutory_due_at": one.due + timedelta(days=10),
        }
        for (procedure, version), states in ((ground.reception, BEFORE), (ground.handling, RUNNING)):
            waits = one.state in states
            status = {"supplement": "supplement", "special": "suspended"}.get(one.state, "running") if waits else "done"
            yield {
                **common, "uuid": _uuid(dice), "procedure_id": procedure, "version_id": version, "status": status,
                "colour": one.colour, "finished_at": None if waits else one.received,
            }


def cases(every: Iterator[One], *, application: int, run: int) -> Iterator[dict[str, object]]:
    """Rows of `cases.Case`; `application`, `run`: the numbers of their first rows."""
    dice = random.Random(510903)  # noqa: S311 as above
    for one in every:
        is_decided = one.state in ("granted", "closed", "archived", "denied")
        yield {
            "uuid": _uuid(dice), "number": number_of(one), "application_id": application + one.number, "version_id": one.version,
            "organisation_id": one.department, "title": one.title, "state": one.state, "reception_id": run + 2 * one.number,
            "handling_id": run + 2 * one.number + 1, "received_at": one.received,
            "accepted_at": None if one.state in BEFORE else one.received,
            "decision": "denied" if one.state == "denied" else "granted" if is_decided else "",
            "decided_at": one.received if is_decided else None, "ended_at": None if one.is_live else one.received,
        }


def steps(every: Iterator[One], ground: Ground, *, run: int) -> Iterator[dict[str, object]]:
    """Rows of `flow.Step`, ten of each case."""
    dice = random.Random(510904)  # noqa: S311 as above
    for one in every:
        for at, (node, turn) in enumerate((*RECEPTION, *HANDLING)):
            is_first = at < len(RECEPTION)
            waits = one.is_live and at == (len(RECEPTION) - 1 if one.state in BEFORE else STEPS - 1)
            yield {
                "uuid": _uuid(dice), "instance_id": run + 2 * one.number + (not is_first), "node": node, "round": turn, "title": node,
                "procedure_id": (ground.reception if is_first else ground.handling)[0], "subject_title": one.title,
                "organisation_id": ground.window if is_first else one.department, "role": _role(node),
                "status": "open" if waits else "done", "colour": one.colour, "opened_at": one.received, "due_at": one.due,
                "amber_at": one.due - timedelta(days=2), "done_at": None if waits else one.received,
            }


def materials(every: Iterator[One], *, case: int) -> Iterator[dict[str, object]]:
    """Rows of `cases.Material`, two of each case."""
    for one in every:
        for number, name in enumerate(("申请表", "营业执照"), 1):
            yield {"case_id": case + one.number, "number": number, "name": name, "state": "uploaded"}


def number_of(one: One) -> str:
    """The number of a case: laid out as ours are, of a division that does not exist."""
    return f"519999000000{one.department:09}{one.received:%y%m%d}{one.number:07}"


def _role(node: str) -> str:
    return {"accept": "reception", "decide": "department_head"}.get(node, "clerk")


def _uuid(dice: random.Random) -> uuid.UUID:
    return uuid.UUID(int=dice.getrandbits(128))
