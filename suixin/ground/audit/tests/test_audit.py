"""The audit log."""

import pytest
from django.db import transaction

from suixin.ground.audit.actions import hash_of, record, state_of
from suixin.ground.audit.models import Record
from suixin.ground.people.tests.factories import organisation
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


def test_record_names_actor_object_and_both_states() -> None:
    row = organisation("甲局")
    before = state_of(row)
    row.name = "乙局"
    row.save()
    written = record(SYSTEM, "people.renamed", row, basis="某文件", before=before, detail={"from": "甲局"})
    assert (written.actor_key, written.object_type, written.object_key) == ("system", "people.organisation", row.uscc)
    assert (written.before_hash, written.after_hash) == (hash_of(before), hash_of(state_of(row)))
    assert written.before_hash != written.after_hash


def test_record_falls_with_its_transaction() -> None:
    with transaction.atomic():
        record(SYSTEM, "lake.committed", ("table", "air"))
        transaction.set_rollback(True)
    assert not Record.objects.exists()
