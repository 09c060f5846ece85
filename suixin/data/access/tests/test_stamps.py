"""A stamp differs after every change that committed, whatever the times written in rows say.

In these tests nothing commits, so `forget` never runs: they see what another process would see.
"""

from datetime import timedelta

import pytest

from suixin.data.access import actions, stamps
from suixin.data.access.models import Grant
from suixin.data.access.tests.factories import filled, grant
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.tests import factories as entries
from suixin.kit import clock
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _always_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "MAX_AGE_SECONDS", 0.0)


def test_revocation_is_seen_though_a_later_row_committed_before_it() -> None:
    resource = filled(3)
    first, second = grant(resource), grant(resource)
    Grant.objects.filter(pk=second.pk).update(updated_at=clock.now() + timedelta(minutes=1))
    before = stamps.stamp()
    actions.revoke_grant(first, actor=SYSTEM, reason="整改")
    assert stamps.stamp() != before


def test_every_grant_and_entry_in_force_has_a_stamp_of_its_own() -> None:
    seen = {stamps.stamp()}
    resource = entries.published()
    seen.add(stamps.stamp())
    given = actions.give_grant(resource, actor=SYSTEM, subject_kind="public")
    seen.add(stamps.stamp())
    for move in (actions.suspend_grant, actions.resume_grant, actions.revoke_grant):
        move(given, actor=SYSTEM, reason="整改")
        seen.add(stamps.stamp())
    catalog.withdraw_resource(resource, actor=SYSTEM, reason="职责调整")
    seen.add(stamps.stamp())
    assert len(seen) == 7


def test_stamp_costs_one_question(django_assert_num_queries) -> None:
    grant(filled(3))
    with django_assert_num_queries(1):
        stamps.stamp()
