"""What `site/wiring.py` joins is joined: a line lost there is seen here."""

from datetime import date, datetime

import pytest

from suixin.ground.notify import planning
from suixin.kit import clock
from suixin.site import wiring

pytestmark = pytest.mark.django_db
HOLIDAY = date(2026, 10, 1)  # a Thursday


def test_messages_wait_for_the_announced_workdays_not_for_weekdays() -> None:
    wiring.connect()
    assert planning.workdays()(HOLIDAY) is False
    evening = datetime(2026, 9, 30, 22, 0, tzinfo=clock.CHINA)
    assert planning.due_of("normal", None, evening).date() > date(2026, 10, 5)
