"""What a mask hides cannot be found out: not by filter, order, group, token, key or text of an error."""

from pathlib import Path

import pytest

from suixin.data.access.tests import factories
from suixin.data.doors import resolving
from suixin.data.doors.tests.client import Caller, shared

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = "/api/v1/datasets/people_list/rows"


@pytest.fixture
def caller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An application that sees code, a masked name and amount; phone is not granted."""
    monkeypatch.setattr(resolving, "_finders", [])
    with factories.node_at(tmp_path, monkeypatch):
        yield shared(columns=["code", "name", "amount"], doors=["rows", "gateway"])[0]


def codes(caller: Caller, query: str) -> set[str]:
    """Codes of the rows found."""
    answer = caller.get(f"{ROWS}?page_size=100&{query}")
    assert answer.status == 200, answer.body
    return {row["code"] for row in answer.json["data"]}


@pytest.mark.parametrize("operator", ["exact", "contains", "in", "greater", "strictly_greater", "less", "strictly_less"])
def test_filter_tells_no_two_hidden_values_apart(caller: Caller, operator: str) -> None:
    found = [codes(caller, f"name__{operator}=张{n}") for n in range(5)]
    assert all(one == found[0] for one in found)


def test_order_tells_nothing(caller: Caller) -> None:
    rows = caller.get(f"{ROWS}?page_size=100&name__sort=desc").json["data"]
    shown = [row["code"] for row in rows if row["name"] is not None]
    assert shown == sorted(shown)


def test_groups_and_extremes_are_masked(caller: Caller) -> None:
    groups = caller.get(f"{ROWS}?name__groupby&name__min&name__max&amount__count").json["data"]
    assert len(groups) == 2
    assert all(group["name__max"] == group["name"] for group in groups)
    assert "张1" not in caller.get(f"{ROWS}?amount__groupby&name__max&name__min").body.decode()


OUTSIDE = ("phone__sort=asc", "phone__exact=1", "phone__groupby", "columns=phone", "电话__isnull", "phone__max&code__groupby")


@pytest.mark.parametrize("query", OUTSIDE)
def test_column_outside_the_grant_is_refused_by_code(caller: Caller, query: str) -> None:
    answer = caller.get(f"{ROWS}?{query}")
    assert (answer.status, answer.json["code"]) == (403, "api-4032")


def test_token_holds_no_hidden_value(caller: Caller) -> None:
    import base64

    following = caller.get(f"{ROWS}?page_size=2&name__sort=asc").json["links"]["next"]
    token = following.rpartition("after=")[2]
    assert "张1" not in base64.urlsafe_b64decode(token + "==").decode("utf-8", "replace")
