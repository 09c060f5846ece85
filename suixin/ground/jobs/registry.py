"""What a worker can do: kinds of jobs, schedules that enqueue them, loops of a few seconds. Declared in `site/jobs.py`.

A kind's function gets `Given` and answers with the sentence that people read; it is idempotent, since it may run again.
A loop's function takes nothing; it is short, runs in the worker's first process and never touches the lake.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta

from suixin.ground.jobs.errors import UnknownKind

DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Given:
    """What a job's function gets: its arguments, for whom it runs, and how it tells what it found."""

    arguments: Mapping[str, object]
    actor_kind: str
    actor_key: str
    tell: Callable[[int, str], None] = field(default=lambda percent, sentence: None)
    keep: Callable[[Mapping[str, object]], None] = field(default=lambda result: None)

    def text(self, name: str) -> str:
        """An argument as text; empty when it was not given."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)


Work = Callable[[Given], str]
Failed = Callable[[Given, str], None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job. `seconds`: after that long a run is stopped and counts as failed; `failed` hears of a job given up."""

    name: str
    title: str
    work: Work
    attempts: int = 5
    seconds: int = 6 * 3600
    failed: Failed | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a kind is enqueued by itself: every so often, or each day at a time in China."""

    kind: str
    every: timedelta | None = None
    daily: time | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """A function that every worker calls every `seconds`."""

    name: str
    seconds: float
    work: Callable[[], object]


kinds: dict[str, Kind] = {}
schedules: dict[str, Schedule] = {}
loops: dict[str, Loop] = {}


def declare(*declared: Kind | Schedule | Loop) -> None:
    """Take these in; the last declaration of a name counts."""
    for one in declared:
        if isinstance(one, Kind):
            kinds[one.name] = one
        elif isinstance(one, Schedule):
            schedules[one.kind] = one
        else:
            loops[one.name] = one


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises UnknownKind."""
    try:
        return kinds[name]
    except KeyError as error:
        raise UnknownKind(f"没有名为“{name}”的作业种类;请核对 site/jobs.py,或升级后重启作业进程。", kind=name) from error
