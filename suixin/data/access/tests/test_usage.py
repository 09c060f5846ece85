"""Grants that nobody used for ninety days are listed for withdrawal."""

from datetime import timedelta

import pytest

from suixin.data.access import usage
from suixin.data.access.models import Grant, SubjectKind
from suixin.data.access.tests.factories import HOSPITAL, filled, grant
from suixin.kit import clock

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=100)


def test_only_grants_in_force_for_ninety_days_and_not_used_are_listed():
    resource, now = filled(3), clock.now()
    old = {"valid_from": now - LONG_AGO, "subject_kind": SubjectKind.ORGANISATION, "subject_key": HOSPITAL}
    never = grant(resource, **old)
    lately, once = grant(resource, **old), grant(resource, **old)
    Grant.objects.filter(pk=lately.pk).update(last_used_at=now - timedelta(days=2))
    Grant.objects.filter(pk=once.pk).update(last_used_at=now - timedelta(days=91))
    grant(resource, **old | {"valid_from": now - timedelta(days=3)})
    grant(resource, **old, valid_until=now - timedelta(days=1))
    grant(resource, valid_from=now - LONG_AGO)
    assert set(usage.unused(now)) == {never, once}
