"""Events are delivered after the commit, to all, or not at all."""

from dataclasses import dataclass

import pytest
from django.db import transaction

from suixin.ground.events import emit_on_commit, subscribe


@dataclass(frozen=True)
class ThingDone:
    number: int


HEARD: list[int] = []


def stumble(event: ThingDone) -> None:
    raise RuntimeError(event)


def hear(event: ThingDone) -> None:
    HEARD.append(event.number)


@pytest.mark.django_db(transaction=True)
def test_handlers_hear_after_commit_and_not_of_what_was_undone(caplog: pytest.LogCaptureFixture) -> None:
    for handler in (stumble, hear, hear):
        subscribe(ThingDone, handler)
    with transaction.atomic():
        emit_on_commit(ThingDone(1))
        assert HEARD == []
    assert HEARD == [1]
    assert "stumble" in caplog.text
    with transaction.atomic():
        emit_on_commit(ThingDone(2))
        transaction.set_rollback(True)
    assert HEARD == [1]


def test_only_dataclasses_are_events() -> None:
    with pytest.raises(TypeError):
        subscribe(int, print)
