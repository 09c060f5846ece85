"""Rows of a turn: all of them, though none of the first pages can be mended, and what is mended leaves them."""

import pytest
from django_q.models import OrmQ

from suixin.ground.jobs import paging
from suixin.ground.jobs.paging import paged

pytestmark = pytest.mark.django_db


def test_rows_that_stay_as_they_are_stand_before_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "SIZE", 2)
    OrmQ.objects.bulk_create(OrmQ(key=str(number)) for number in range(5))
    assert [one.key for one in paged(OrmQ.objects.order_by("-key"))] == ["0", "1", "2", "3", "4"]
    assert not list(paged(OrmQ.objects.none()))


def test_each_row_may_end_while_the_rest_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "SIZE", 2)
    OrmQ.objects.bulk_create(OrmQ(key=str(number)) for number in range(5))
    assert sum(one.delete()[0] for one in paged(OrmQ.objects.all())) == 5
