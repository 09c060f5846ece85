"""What the processes of one run of the tests have between them: folders made once, and the order of the files.

Once     what takes long to make and is only read or copied is made by the first process that asks; the others wait for it
Order    files that take longest begin first, so that no process works on one alone at the end. How long a file takes is
         guessed from what its tests are: in seconds, roughly
"""

import fcntl
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MadeOnce = Callable[[str, Callable[[Path], object]], Path]
SLOW, BROWSER, DATABASE, OTHER = 30.0, 6.0, 0.4, 0.02


def once(folder: Path) -> MadeOnce:
    """Makes a path of that name below the folder unless a process of this run did; half of one is never left there."""

    def made(name: str, make: Callable[[Path], object]) -> Path:
        target, part = folder / name, folder / f"{name}.part"
        with _alone(folder / f"{name}.lock"):
            if not target.exists():
                shutil.rmtree(part, ignore_errors=True)
                make(part)
                part.rename(target)
        return target

    return made


def longest_first(items: list[pytest.Item], *, touches_database: Callable[[pytest.Item], bool]) -> None:
    """The items in place: by file, that which takes longest first; within a file as they were."""
    takes: defaultdict[Path, float] = defaultdict(float)
    for item in items:
        takes[item.path] += _seconds(item, touches_database=touches_database)
    items.sort(key=lambda item: (-takes[item.path], str(item.path)))


def is_shared() -> bool:
    """Whether this process is one of several of a run."""
    return "PYTEST_XDIST_WORKER" in os.environ


def _seconds(item: pytest.Item, *, touches_database: Callable[[pytest.Item], bool]) -> float:
    if item.get_closest_marker("slow"):
        return SLOW
    if item.get_closest_marker("browser"):
        return BROWSER
    return DATABASE if touches_database(item) else OTHER


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
