"""What the tests of the worker do in a home of its own, each in a process of its own.

    python -m tests.jobs_home prepare            the database, the resource `trial`, its feed
    python -m tests.jobs_home hand-in NUMBER     delivery NUMBER of `tests.bad_input.killing` handed in for a job
    python -m tests.jobs_home flood              forty jobs and two hundred audit records, as fast as they go in
"""

import sys

from suixin.site.cli import start_django

start_django()

from suixin.data.collection import inbox  # noqa: E402  models need Django set up
from suixin.ground.audit.actions import record  # noqa: E402
from suixin.ground.jobs.actions import enqueue  # noqa: E402
from suixin.kit.actor import SYSTEM  # noqa: E402
from tests.bad_input import killing  # noqa: E402


def hand_in(number: int) -> str:
    """The job's uuid."""
    path = killing.file_of(number)
    return str(inbox.hand_in(path.name, [path.read_bytes()], actor=SYSTEM).uuid)


def flood() -> None:
    """Many short transactions."""
    for number in range(200):
        record(SYSTEM, "test.flooded", ("thing", str(number)))
        if number % 5 == 0:
            enqueue("collection.forget", actor=SYSTEM)


def main(words: list[str]) -> None:
    """One command of the module's docstring."""
    match words:
        case ["prepare"]:
            killing.prepare()
        case ["hand-in", number]:
            print(hand_in(int(number)))  # noqa: T201 the result
        case ["flood"]:
            flood()


if __name__ == "__main__":
    main(sys.argv[1:])
