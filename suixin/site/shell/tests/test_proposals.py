"""A proposal corrected and confirmed through its page, without a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.access.versions import row_count
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import factories
from suixin.data.collection import actions
from suixin.ground.people.actions import create_account
from suixin.kit.actor import Actor, ActorKind

pytestmark = pytest.mark.django_db(transaction=True)

OFFICER = Actor(ActorKind.STAFF, "officer", "数据专员", factories.BUREAU_USCC, (), frozenset({"data_officer"}))
REPEATS = "站点,说明\n甲,一\n乙,二\n甲,一\n"  # no column is a key by its values


@pytest.fixture
def proposal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Resource]:
    """A proposed entry with one file that waits for it."""
    factories.bureau()
    path = tmp_path / "站点表.csv"
    path.write_text(REPEATS, "utf-8")
    with node_at(tmp_path, monkeypatch):
        actions.run_feed(path, actor=OFFICER)
        factories.assess()
        yield Resource.objects.get()


@pytest.fixture
def officer(client: Client) -> Client:
    account = create_account("officer", "A-long-password", organisation=factories.bureau(), roles=("data_officer",))
    client.force_login(account)
    return client


def shown(client: Client, resource: Resource) -> dict[str, str]:
    """What the form would send if nothing were touched."""
    context = client.get(f"/console/proposals/{resource.table}/").context
    fields = [field for form in (context["form"], *context["items"].rows) for field in form]
    return {field.html_name: field.value() for field in fields if field.value() not in (None, False)}


def send(client: Client, resource: Resource, values: dict[str, str], **changes: str):
    return client.post(f"/console/proposals/{resource.table}/", {**values, **changes})


def test_item_ticked_as_key_makes_the_rows_unique_by_it(officer: Client, proposal: Resource) -> None:
    assert proposal.contract.key == ()
    values = shown(officer, proposal)
    answer = send(officer, proposal, values, **{"item0-is_key": "on"}, wish="accept")
    proposal.refresh_from_db()
    assert (answer.status_code, proposal.state, proposal.write_mode) == (302, "published", "upsert")
    assert proposal.contract.items[0].is_key
    assert not proposal.contract.items[0].nullable
    assert row_count(proposal.table) == 2


def test_key_unticked_again_lets_rows_be_appended(officer: Client, proposal: Resource) -> None:
    send(officer, proposal, shown(officer, proposal), **{"item0-is_key": "on"}, wish="save")
    values = shown(officer, proposal)
    del values["item0-is_key"]
    send(officer, proposal, values, wish="accept")
    proposal.refresh_from_db()
    assert (proposal.write_mode, row_count(proposal.table)) == ("append", 3)
    assert all(item.nullable for item in proposal.contract.items)


@pytest.mark.parametrize("wish", ["save", "accept"])
def test_second_of_two_editors_is_told_and_changes_nothing(officer: Client, proposal: Resource, wish: str) -> None:
    values = shown(officer, proposal)
    send(officer, proposal, values, title="甲的名称", wish="save")
    answer = send(officer, proposal, values, title="乙的名称", wish=wish)
    proposal.refresh_from_db()
    assert answer.status_code == 422
    assert "在您打开之后已被修改" in answer.content.decode()
    assert (proposal.title, proposal.state) == ("甲的名称", "proposed")


def test_form_that_does_not_say_what_it_showed_is_outdated(officer: Client, proposal: Resource) -> None:
    values = shown(officer, proposal)
    del values["seen"]
    assert send(officer, proposal, values, wish="accept").status_code == 422
