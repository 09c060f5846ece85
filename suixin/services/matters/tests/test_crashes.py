"""A matter killed at any statement of any step is neither half opened nor half followed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from suixin.data.catalog.tests import offices
from suixin.ground.flow.models import Instance
from suixin.kit.actor import Actor
from suixin.services.cases.models import Application, Case
from suixin.services.matters.models import Matter, MatterState, Part, Visit
from suixin.services.matters.tests import factories
from suixin.services.matters.tests.factories import decide, moved, opened, part, states, version_of

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(number: int) -> Iterator[list[int]]:
    """The statement of that number does not happen any more, nor does anything after it."""
    count = [0]

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        count[0] += 1
        if count[0] == number:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield count


def snapshot() -> tuple[object, ...]:
    return (states(), sorted(Case.objects.values_list("state", flat=True)), list(Matter.objects.values_list("state", "reason")),
            Application.objects.count(), Instance.objects.count(), list(Visit.objects.values_list("state", flat=True)))


def dies_everywhere(work: Callable[[], object]) -> None:
    """The work, killed at each of its statements: everything stands as before; then done for good."""
    before, number, done = snapshot(), 0, False
    while not done:
        number += 3
        try:
            with transaction.atomic(), killed_at(number) as count:
                work()
                done = count[0] < number
                transaction.set_rollback(not done)
        except Killed:
            pass
        if not done:
            assert snapshot() == before, f"half done when killed at statement {number}"
    assert number > 20
    assert snapshot() != before


def test_killed_at_any_statement_nothing_is_half_opened_or_half_followed(office: offices.Office, zhou: Actor) -> None:
    version = version_of(office, [{"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c"}], [{"id": "site", "parts": ["b", "c"]}])
    opened(version, zhou)  # procedures are published once
    Part.objects.all().delete()
    dies_everywhere(lambda: opened(version, zhou))
    decide(part("a"), "approve")
    dies_everywhere(moved)
    for name in "bc":
        decide(part(name), "approve", times=1)
    dies_everywhere(moved)
    factories.hold(Visit.objects.latest("pk"))
    for name in "bc":
        decide(part(name), "approve")
    dies_everywhere(moved)
    matter = Matter.objects.get(state=MatterState.DELIVERING)
    dies_everywhere(lambda: factories.delivered(matter))
