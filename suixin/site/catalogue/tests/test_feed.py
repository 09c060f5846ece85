"""The change feed as programs and feed readers read it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.data.catalog import actions
from suixin.data.catalog.tests import factories
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
FEED = "/api/v1/catalogue/changes"


def test_pages_go_on_to_the_end_and_then_wait(client: Client) -> None:
    for number in range(5):
        factories.published(f"table_{number}")
    found, path = [], f"{FEED}?page_size=2"
    while path:
        page = client.get(path).json()
        found += [one["table"] for one in page["data"]]
        path = page["links"]["next"]
    assert found == [f"table_{number}" for number in range(5)]
    waiting = client.get(f"{FEED}?after={page['cursor']}").json()
    assert (waiting["data"], waiting["cursor"], waiting["has_more"]) == ([], page["cursor"], False)
    actions.withdraw_resource(factories.published("new"), actor=SYSTEM, reason="试")
    assert [one["kind"] for one in client.get(f"{FEED}?after={page['cursor']}").json()["data"]] == ["published", "withdrawn"]


def test_page_that_is_known_is_not_sent_again(client: Client) -> None:
    factories.published()
    tag = client.get(FEED).headers["ETag"]
    assert client.get(FEED, headers={"if-none-match": tag}).status_code == 304
    factories.published("other")
    assert client.get(FEED, headers={"if-none-match": tag}).status_code == 200


def test_page_of_events_asks_a_bounded_number_of_questions(client: Client) -> None:
    for number in range(8):
        factories.published(f"table_{number}")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"{FEED}?page_size=5")
    assert len(asked) == 2


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=99999999999999999999", "page_size=0", "page_size=1001", "before=1"])
def test_wrong_cursor_is_a_sentence(client: Client, query: str) -> None:
    answer = client.get(f"{FEED}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "api-400")
