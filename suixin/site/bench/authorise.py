"""`suixin bench authorise`: what the question "may this actor do this to that?" costs, beside a plain function call.

`--rows` is how often each case is asked. Actors, organisations and resources are values in memory, as they are when an
action asks; each case is timed call by call with `perf_counter_ns`, its own cost measured and shown.
Limit    50 µs for `require()` warm (issue 3)
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from suixin.ground.people.models import Organisation
from suixin.ground.security.policy import may, require
from suixin.kit.actor import SYSTEM, Actor, ActorKind
from suixin.site.bench.report import Report, percentile

LIMIT_MICROSECONDS = 50.0
WARM = 200
CITY, DISTRICT, BUREAU = "11510900XX00000192", "11510903XX0000019D", "11510903XX00000278"


@dataclass(frozen=True, slots=True)
class Thing:
    """An object as actions ask about it: something with a provider."""

    provider: Organisation


def bench(rows: int, folder: Path) -> Report:
    """p50 and p95 of every case, and their ratio to the limit and to a plain call."""
    report = Report("authorise", rows, notes=[f"limit: {LIMIT_MICROSECONDS:.0f} µs for require() warm, p95"])
    plain = _measure(report, "plain_call", _nothing, rows)
    for name, question in _cases().items():
        found = _measure(report, name, question, rows)
        report.ratio(f"p95_over_limit_{name}", found / LIMIT_MICROSECONDS)
        report.ratio(f"p95_over_plain_call_{name}", found / plain)
    return report


def _cases() -> dict[str, Callable[[], object]]:
    place = Organisation(uscc=BUREAU, name="船山区数据局", lineage=f"{CITY}/{DISTRICT}/{BUREAU}/", is_bureau=True)
    far = Organisation(uscc=CITY, name="遂宁市人民政府", lineage=f"{CITY}/")
    ours, theirs = Thing(place), Thing(far)
    officer = _staff("data_officer", place)
    both = _staff("data_officer", place, "clerk", "head_of_sharing", "department_head")
    return {
        "require_all": lambda: require(officer, "catalog.view", ours),
        "require_subtree": lambda: require(officer, "catalog.publish", ours),
        "require_own": lambda: require(_clerk, "catalog.propose", ours),
        "require_four_roles": lambda: require(both, "opening.publish", ours),
        "require_system": lambda: require(SYSTEM, "catalog.publish", ours),
        "may_refused": lambda: may(officer, "catalog.publish", theirs),
    }


_clerk = Actor(ActorKind.STAFF, "clerk", "经办", BUREAU, (CITY, DISTRICT, BUREAU), frozenset({"clerk"}), BUREAU)


def _staff(role: str, place: Organisation, *more: str) -> Actor:
    return Actor(ActorKind.STAFF, role, role, place.uscc, place.path, frozenset({role, *more}), place.jurisdiction)


def _nothing() -> None:
    return None


def _measure(report: Report, name: str, call: Callable[[], object], times: int) -> float:
    """p95 in microseconds, the clock's own cost included in every case alike."""
    for _ in range(WARM):
        call()
    seconds = []
    now = time.perf_counter_ns
    for _ in range(times):
        begun = now()
        call()
        seconds.append((now() - begun) / 1000)
    p95 = percentile(seconds, 0.95)
    report.add(f"{name}_p50", percentile(seconds, 0.5), "µs")
    report.add(f"{name}_p95", p95, "µs")
    return p95
