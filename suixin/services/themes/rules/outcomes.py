"""How a theme stands, given how its parts ended; total over every branch; pure.

Whole     a refused part whose refusal sends the theme back: nothing is handed over, what is still under way is stopped
Partly    a refused part else: what needs it is not handled, the rest goes on and is delivered
Source    standards/services.md 2.2 (子件不予许可时主件按规则整体退回或部分办结; 主件办结 = 全部子件终态)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from suixin.services.themes.declaration import Refusal, Theme
from suixin.services.themes.rules.timing import Plan


class Result(StrEnum):
    """How a part ended."""

    APPROVED = "approved"
    REFUSED = "refused"


class State(StrEnum):
    """Where a part stands within its theme."""

    APPROVED = "approved"
    REFUSED = "refused"
    NOT_HANDLED = "not_handled"  # it needed what was refused
    STOPPED = "stopped"  # the theme went back as a whole
    STARTABLE = "startable"
    WAITING = "waiting"


class Standing(StrEnum):
    """Where the theme stands."""

    OPEN = "open"
    DONE = "done"
    PARTLY = "partly"
    REFUSED = "refused"


SETTLED = frozenset({State.APPROVED, State.REFUSED, State.NOT_HANDLED, State.STOPPED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the theme and each of its parts stand. `because`: refused parts that decided it; `delivered`: what is handed over."""

    standing: Standing
    states: Mapping[str, State]
    because: tuple[str, ...] = ()

    @property
    def delivered(self) -> tuple[str, ...]:
        """The parts whose results are handed over together; none while the theme is open or when it went back."""
        if self.standing not in (Standing.DONE, Standing.PARTLY):
            return ()
        return tuple(name for name, state in self.states.items() if state is State.APPROVED)


def outcome(theme: Theme, parts: Sequence[str], results: Mapping[str, Result]) -> Outcome:
    """Where the theme stands when of these parts (as `chosen`) those in `results` have ended. Results of other parts do not count."""
    ended = {name: results[name] for name in parts if name in results}
    refused = tuple(name for name, result in ended.items() if result is Result.REFUSED)
    whole = tuple(name for name in refused if theme.part(name).on_refusal is Refusal.WHOLE)
    if whole:
        states = {name: State(ended[name].value) if name in ended else State.STOPPED for name in parts}
        return Outcome(Standing.REFUSED, states, whole)
    states = _states(theme, parts, ended)
    if any(state not in SETTLED for state in states.values()):
        return Outcome(Standing.OPEN, states, refused)
    if not refused:
        return Outcome(Standing.DONE, states)
    is_any = State.APPROVED in states.values()
    return Outcome(Standing.PARTLY if is_any else Standing.REFUSED, states, refused)


def startable(theme: Theme, parts: Sequence[str], results: Mapping[str, Result]) -> tuple[str, ...]:
    """The parts that may be handled now: what they wait for is settled and they have not ended themselves."""
    found = outcome(theme, parts, results)
    return tuple(name for name, state in found.states.items() if state is State.STARTABLE)


def days_until(plan: Plan, found: Outcome) -> int:
    """After how many working days a settled theme is over: with what sent it back, else with the last part that was handled."""
    handled = found.because if State.STOPPED in found.states.values() else [
        name for name, state in found.states.items() if state in (State.APPROVED, State.REFUSED)
    ]
    return max((plan.part(name).last for name in handled), default=0)


def _states(theme: Theme, parts: Sequence[str], ended: Mapping[str, Result]) -> dict[str, State]:
    states: dict[str, State] = {}
    pending = [name for name in parts if name not in ended]
    states |= {name: State(result.value) for name, result in ended.items()}
    moved = True
    while moved:  # what needs what is not handled is not handled either, however deep
        moved = False
        for name in pending:
            lost = [states.get(one) in (State.REFUSED, State.NOT_HANDLED) for one in theme.part(name).needs if one in parts]
            if any(lost) and name not in states:
                states[name], moved = State.NOT_HANDLED, True
    for name in pending:
        if name not in states:
            waits = [one for one in theme.part(name).before if one in parts and states.get(one) not in SETTLED]
            states[name] = State.WAITING if waits else State.STARTABLE
    return {name: states[name] for name in parts}
