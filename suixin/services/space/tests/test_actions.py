"""What was read: in as many statements for a hundred cases as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suixin.kit import clock
from suixin.services.cases.tests.factories import opened, town
from suixin.services.space import actions
from suixin.services.space.models import Reading

pytestmark = pytest.mark.django_db


def test_all_is_read_at_once_and_again_later() -> None:
    place = town()
    first = opened(place)
    with CaptureQueriesContext(connection) as one:
        actions.mark_all_read(actor=place.applicant)
    then = Reading.objects.get().read_at
    second = opened(place)
    with CaptureQueriesContext(connection) as two:
        actions.mark_all_read(actor=place.applicant)
    assert set(Reading.objects.values_list("case", flat=True)) == {first.pk, second.pk}
    assert (len(two), Reading.objects.filter(read_at__gt=then).count()) == (len(one), 2)
    actions.mark_read([first], actor=place.applicant)
    assert Reading.objects.get(case=first).read_at <= clock.now()
