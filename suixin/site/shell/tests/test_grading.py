"""The page of a table's levels: what is proposed, who may change it, what then holds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from suixin.data.access.tests import factories as access
from suixin.data.catalog.models import Resource
from suixin.data.opening.queries import faults_of
from suixin.data.opening.tests.opened import table_with_rows
from suixin.ground.people.models import Account, Organisation, Post

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/console/resources/some_table/grading/"


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A node with a table of persons, few of them enough for a proposal."""
    with access.node_at(tmp_path, monkeypatch) as folder:
        table_with_rows()
        Resource.objects.get().items.filter(field="name").update(sensitive="person_name", level=3, is_sealed=False)
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, regrade_persons=1))
        yield folder


def enter(client: Client, role: str) -> None:
    account = Account.objects.create(username=role, display_name=role)
    Post.objects.create(account=account, organisation=Organisation.objects.get(), role=role)
    client.force_login(account)


def test_a_table_of_many_persons_is_proposed_as_important_data(client: Client) -> None:
    enter(client, "data_officer")
    page = client.get(PAGE).content.decode()
    assert "建议重新定级" in page
    assert "重要数据" in page


def test_regrading_takes_a_basis_and_forbids_opening(client: Client) -> None:
    enter(client, "data_officer")
    assert client.post(PAGE, {"level": "5", "basis": ""}).status_code == 422
    assert client.post(PAGE, {"level": "5", "basis": "评估报告 3 号"}).status_code == 302
    resource = Resource.objects.get()
    assert (resource.floor, resource.level) == (5, 5)
    assert "整张表定级为重要数据,不能开放" in faults_of(resource)
    assert "建议重新定级" not in client.get(PAGE).content.decode()


def test_a_reader_of_the_catalogue_sees_levels_and_no_form(client: Client) -> None:
    enter(client, "leader")
    page = client.get(PAGE).content.decode()
    assert "明文存储" in page
    assert 'name="basis"' not in page
    assert client.post(PAGE, {"level": "5", "basis": "x"}).status_code == 422
    assert Resource.objects.get().floor == 1
