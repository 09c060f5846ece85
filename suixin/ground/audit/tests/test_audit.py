"""The audit log."""

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction

from suixin.ground.audit import refusals
from suixin.ground.audit.actions import record
from suixin.ground.audit.models import Record
from suixin.ground.audit.states import hash_of, state_of
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


def test_record_names_actor_object_and_both_states() -> None:
    row = Session.objects.create(session_key="one", session_data="before", expire_date=clock.now())
    before = state_of(row)
    row.session_data = "after"
    row.save()
    written = record(SYSTEM, "people.changed", row, basis="某文件", before=before, detail={"from": "before"})
    assert (written.actor_key, written.object_type, written.object_key) == ("system", "sessions.session", "one")
    assert (written.before_hash, written.after_hash) == (hash_of(before), hash_of(state_of(row)))
    assert written.before_hash != written.after_hash


def test_record_falls_with_its_transaction() -> None:
    with transaction.atomic():
        record(SYSTEM, "lake.committed", ("table", "air"))
        transaction.set_rollback(True)
    assert not Record.objects.exists()


@pytest.fixture
def nothing_waits(transactional_db: None) -> None:
    """Attempts of tests before this one are gone."""
    refusals.flush()
    Record.objects.all().delete()


@pytest.mark.usefixtures("nothing_waits")
def test_refused_attempt_is_recorded_although_its_transaction_rolls_back() -> None:
    with transaction.atomic():
        refusals.note(SYSTEM, "catalog.publish", None)
        transaction.set_rollback(True)
    assert not Record.objects.exists()
    assert refusals.flush() == 1
    assert [(r.action, r.detail) for r in Record.objects.all()] == [("security.refused", {"verb": "catalog.publish"})]
    assert refusals.flush() == 0


@pytest.mark.usefixtures("nothing_waits")
def test_refused_attempt_outside_a_transaction_is_recorded_at_once() -> None:
    refusals.note(SYSTEM, "collection.run", "某表")
    assert Record.objects.get().object_key == "某表"
