"""Lists that follow from the entries: who is complete, who is late, what is withheld and why."""

from datetime import date, timedelta

import pytest
from django.test import Client

from suixin.data.catalog import lists
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.ground.people.actions import create_account

pytestmark = pytest.mark.django_db
PATH = "/console/catalogue/lists/"
TODAY = date(2026, 6, 30)


@pytest.fixture
def officer(client: Client) -> Client:
    client.force_login(create_account("officer", "A-long-password", organisation=factories.bureau(), roles=("data_officer",)))
    return client


@pytest.mark.parametrize(("cycle", "days", "late"), [
    ("1", 1, 0), ("1", 3, 2), ("2", 2, 0), ("3", 10, 1), ("4", 36, 0), ("4", 37, 1), ("5", 103, 1), ("6", 396, 0), ("9", 9999, 0),
])
def test_data_are_late_by_the_days_beyond_their_cycle_and_its_tolerance(cycle: str, days: int, late: int) -> None:
    assert lists.days_late(cycle, TODAY - timedelta(days=days), TODAY) == late
    assert lists.days_late(cycle, None, TODAY) == 0


def test_completeness_counts_what_is_asked_of_that_entry() -> None:
    bare = factories.published("bare")
    full = factories.published(
        "full", abstract="甲", keywords=("乙",), format_type="xlsx", data_class="公共服务", share_type="unconditional",
        secrecy_assessment="1号", privacy_assessment="不涉及",
    )
    assert lists.missing_of(full) == []
    assert lists.percent_of(full) == 100
    assert lists.percent_of(bare) < 30
    assert "有条件共享须写明共享范围" in lists.missing_of(bare)


def test_departments_are_scored_and_the_late_ones_counted() -> None:
    resource = factories.published("monthly", update_cycle="4")
    [score] = lists.scores({resource.pk: TODAY - timedelta(days=60)}, TODAY)
    assert (score.published, score.late) == (1, [resource])


def test_each_list_is_shown(officer: Client) -> None:
    factories.published(
        "secret", share_type="withheld", basis_document="统计法", basis_article="第二十八条", withhold_reason="单个对象资料"
    )
    shown = {"scores": "各单位目录完整度", "late": "没有逾期", "responsibility": "数据责任清单", "negative": "第二十八条"}
    for kind, words in shown.items():
        answer = officer.get(PATH, {"list": kind})
        assert answer.status_code == 200
        assert words in answer.content.decode()
    assert officer.get(PATH, {"list": "else"}).status_code == 200
    assert Resource.objects.get().table == "secret"
