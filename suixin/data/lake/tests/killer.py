"""Killing deliveries for real: forked, killed at named points and at seeded random instants, mended by a fresh process.

The parent that runs this touches neither Delta, DuckDB nor Arrow's threads, so that a fork is cheap and clean.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import django
from django.conf import settings
from django.db import connections

django.setup()  # whoever imports this first may import models next

Numbered = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """What is killed: `deliver(number)` lands delivery `number`, `mend(number)` puts right, sends it again, compares."""

    deliver: Numbered
    mend: Numbered
    first: int = 0


def kill_often(trial: Trial, kills: int, *, seed: int, points: Sequence[str] = (), seconds: float = 0.5) -> dict[str, object]:
    """One delivery dies at each point, then `kills` ones at random instants; how many kills hit, what was mended."""
    chance, number, hit = random.Random(seed), trial.first, 0
    for point in points:
        assert finished(fork(partial(_die_at, trial.deliver, point, number))) == -signal.SIGKILL, f"not killed at {point}"
        assert finished(fork(partial(trial.mend, number))) == 0, f"not mended after {point}"
        number += 1
    for _ in range(kills):
        status, took = _killed_within(partial(trial.deliver, number), chance.uniform(0, seconds))
        assert status in (0, -signal.SIGKILL), "the delivery failed by itself"
        hit += status == -signal.SIGKILL
        seconds = min(seconds, took) if status == 0 else seconds
        assert finished(fork(partial(trial.mend, number))) == 0, f"not mended after kill of delivery {number}, seed {seed}"
        number += 1
    counts = {"points": len(points), "kills": kills, "hit": hit, "deliveries": number - trial.first, "seed": seed}
    return {**counts, "mended": Counter(_notes().read_text(encoding="utf-8").split())}


def note_mended(what: str) -> None:
    """Remember what a fresh process had to put right."""
    with _notes().open("a", encoding="utf-8") as file:
        file.write(f"{what}\n")


def fork(work: Callable[[], None]) -> int:
    """The process that does `work` and exits 0, or 1 with its traceback on stderr."""
    connections.close_all()
    if pid := os.fork():
        return pid
    try:
        work()
    except BaseException:  # noqa: BLE001 the child must not return
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def finished(pid: int) -> int:
    """Exit status of the child, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _killed_within(work: Callable[[], None], seconds: float) -> tuple[int, float]:
    begun = time.monotonic()
    child = fork(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    status = finished(child)
    return status, time.monotonic() - begun


def _die_at(deliver: Numbered, point: str, number: int) -> None:
    os.environ["SUIXIN_CRASH_AT"] = point
    deliver(number)


def _notes() -> Path:
    return Path(settings.SUIXIN.home) / "mended.txt"
