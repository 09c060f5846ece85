"""Pages of destruction, as the clerk who asks and the head who decides use them; the value is on none of them."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from suixin.data.access.tests import factories
from suixin.data.catalog import actions as catalog
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.collection import actions
from suixin.data.lake.models import Batch, Destruction, Retention
from suixin.ground.audit.models import Record
from suixin.ground.people.models import Account
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db
VALUE = "L100007"
WORDS = {"basis": "个人信息保护法第四十七条", "document": "销〔2026〕1号"}


@pytest.fixture
def resource(tmp_path, monkeypatch):
    """A table of twenty lamps."""
    with factories.node_at(tmp_path, monkeypatch):
        entry = catalog.publish_resource(offices.entry(offices.office()), actor=SYSTEM)
        lines = [f"L1000{n:02d},灯{n},1.5,2020-03-{n:02d}" for n in range(1, 21)]
        (tmp_path / "lamps.csv").write_text("\n".join(["代码,名称,数量,日期", *lines, ""]), "utf-8")
        actions.run_feed(tmp_path / "lamps.csv", actor=SYSTEM, resource=entry)
        yield entry


def _as(username: str) -> Client:
    client = Client()
    client.force_login(Account.objects.get(username=username))
    return client


def _ask(client: Client, resource: Resource, **more: str) -> str:
    answer = client.post(f"/console/destruction/new/?table={resource.table}", {"item": "code", "value": VALUE, **WORDS, **more})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def test_the_clerk_asks_and_reads_counts_and_digest_but_no_value(resource):
    clerk = _as("clerk")
    place = _ask(clerk, resource)
    page = clerk.get(place).content.decode()
    assert VALUE not in page
    assert Destruction.objects.get().digest in page
    assert "待批准" in page
    assert VALUE not in clerk.get("/console/destruction/").content.decode()
    assert VALUE not in str(list(Record.objects.values_list("detail", flat=True)))


def test_a_form_that_lacks_its_basis_is_shown_again_with_a_sentence(resource):
    answer = _as("clerk").post(f"/console/destruction/new/?table={resource.table}", {"item": "code", "value": VALUE, **WORDS, "basis": ""})
    assert answer.status_code == 422
    assert not Destruction.objects.exists()


def test_the_head_decides_in_the_inbox_and_the_clerk_cannot(resource):
    clerk, head = _as("clerk"), _as("department_head")
    _ask(clerk, resource)
    inbox = head.get("/console/").content.decode()
    step = re.search(r"/console/steps/[0-9a-f-]{36}/", inbox)
    assert step is not None
    assert "销毁数据" in inbox
    form = {"move": "decide:approve", "reason": "同意", "document": "", "key": str(uuid4())}
    assert clerk.post(step[0], form).status_code >= 400
    assert Destruction.objects.get().state == "asked"
    assert head.post(step[0], form).status_code == 302
    assert Destruction.objects.get().state == "approved"


def test_a_batch_is_asked_for_from_its_page(resource):
    clerk, batch = _as("clerk"), Batch.objects.get()
    page = clerk.get(f"/console/resources/{resource.table}/batches/{batch.pk}/").content.decode()
    link = f"/console/destruction/new/?table={resource.table}&amp;batch={batch.pk}"
    assert link in page
    assert clerk.post(link.replace("&amp;", "&"), WORDS).status_code == 302
    assert Destruction.objects.get().targets.get().counted["rows"] == 20


def test_a_retention_is_set_and_ended(resource):
    clerk, path = _as("clerk"), f"/console/resources/{resource.table}/retention/"
    assert clerk.post(path, {"period": "P5Y", "field": "day", **WORDS}).status_code == 302
    assert Retention.objects.get().field == "day"
    assert "P5Y" in clerk.get(f"/console/resources/{resource.table}/").content.decode()
    assert clerk.post(path, {"period": "5 years", **WORDS}).status_code == 422
    assert clerk.post(path, {"period": "", **WORDS}).status_code == 302
    assert not Retention.objects.exists()


def test_without_a_certificate_there_is_none_to_download(resource):
    clerk = _as("clerk")
    place = _ask(clerk, resource)
    assert clerk.get(f"{place}certificate.json").status_code == 404
