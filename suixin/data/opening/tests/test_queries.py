"""Datasets are found by words and facets; the interface shows what the public may read."""

import pytest
from django.test import Client

from suixin.data.access import actions as access
from suixin.data.catalog.models import Resource
from suixin.data.opening import actions, queries
from suixin.data.opening.tests.opened import group_of, table_with_rows
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two() -> None:
    """One dataset of health, one of traffic."""
    for table, title, theme in (("clinics", "诊所名录", "卫生健康"), ("buses", "公交线路", "交通运输")):
        actions.publish_dataset(table_with_rows(table, title=title, theme=theme), actor=SYSTEM, reason="试")


@pytest.mark.parametrize(
    ("words", "found"),
    [("诊所", ["clinics"]), ("zsml", ["clinics"]), ("名称 公交", ["buses"]), ("诊所 公交", []), ("", ["buses", "clinics"])],
)
def test_every_word_must_be_found(two: None, words: str, found: list[str]) -> None:
    assert sorted(queries.find_datasets(words).values_list("slug", flat=True)) == found


def test_facets_count_under_the_words_and_the_other_facets(two: None) -> None:
    counted = queries.facets("名称", {"theme": "卫生健康"})
    assert [(one.value, one.count, one.is_chosen) for one in counted["theme"]] == [
        ("交通运输", 1, False), ("卫生健康", 1, True),
    ]
    assert [(one.value, one.count) for one in counted["provider"]] == [("市数据局", 1)]
    assert queries.find_datasets("", {"format": "csv", "theme": "交通运输"}).count() == 1


def test_interface_skips_a_table_that_was_closed(client: Client) -> None:
    actions.publish_group(group_of("a", "b"), actor=SYSTEM, reason="试")
    closed = Resource.objects.get(table="part_0")
    access.revoke_grant(closed.grants.get(), actor=SYSTEM, reason="整改")
    told = client.get("/api/v1/datasets/tables").json()
    assert [(one["table"], one["versions_total"]) for one in told["tables"]] == [("part_1", 1)]
    access.revoke_grant(Resource.objects.get(table="part_1").grants.get(), actor=SYSTEM, reason="整改")
    assert client.get("/api/v1/datasets/tables").status_code == 404
    assert client.get("/api/v1/datasets").json()["meta"]["total"] == 0
