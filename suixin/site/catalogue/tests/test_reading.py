"""Programs read the catalogue: the public what its pages show, a token what its owner may, each answer with its tag."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.data.catalog import actions, canon, changing, dependences
from suixin.data.catalog.dependences import By
from suixin.data.catalog.models import Resource, Use
from suixin.data.catalog.tests import factories, offices
from suixin.data.catalog.tests.offices import Office, decide
from suixin.ground.people.credentials import TokenScope
from suixin.ground.standards import queries as standards
from suixin.kit.actor import SYSTEM
from suixin.site.catalogue import documents
from suixin.site.catalogue.tests.callers import ENTRIES, program

pytestmark = pytest.mark.django_db
ENTRY = f"{ENTRIES}/lamps"


@pytest.fixture
def office() -> Office:
    return offices.office()


@pytest.fixture
def resource(office: Office) -> Resource:
    entry = offices.entry(office, basis_document="", extension={"sichuan": {"secrecy": "非涉密"}})
    entry.items.filter(field="name").update(source_names=["内部列名"])
    return actions.publish_resource(entry, actor=SYSTEM)


@pytest.fixture
def clerk(office: Office) -> Client:
    return program("clerk", TokenScope.READ)


def change(resource: Resource, office: Office) -> None:
    """The entry's second version."""
    begun = changing.begin_change(resource, actor=office.clerk, reason="内部的理由")
    changing.revise_change(begun, actor=office.clerk, metadata={"abstract": "城区路灯", "privacy_assessment": "个评〔2026〕9号"})
    decide(decide(changing.submit_change(begun, actor=office.clerk), office.head), office.reviewer)


def test_public_reads_what_the_page_shows_and_nothing_of_the_inside(resource: Resource, office: Office) -> None:
    change(resource, office)
    client = Client()
    rest = ("", "/items", "/versions", "/versions/1", "/diff?older=1&newer=2", "/code-sets")
    for page in (ENTRIES, *(f"{ENTRY}{one}" for one in rest)):
        answer = client.get(page)
        assert answer.status_code == 200, page
        for inside in ("内部列名", "内部的理由", "保密评", "个评", "非涉密", "department_head"):
            assert inside not in answer.content.decode(), page
    assert client.get(ENTRY).json()["content"]["abstract"] == "城区路灯"


def test_token_reads_the_whole(resource: Resource, office: Office, clerk: Client) -> None:
    change(resource, office)
    document = clerk.get(ENTRY).json()
    assert document["content"]["extension"] == {"sichuan": {"secrecy": "非涉密"}}
    assert document["approver"] == "department_head"
    told = clerk.get(f"{ENTRY}/diff?older=1&newer=2").json()["differences"]
    assert {one["name"] for one in told} == {"abstract", "privacy_assessment"}
    assert [one["number"] for one in clerk.get(f"{ENTRY}/versions?page_size=1").json()["data"]] == [2]
    assert clerk.get(clerk.get(f"{ENTRY}/versions?page_size=1").json()["links"]["next"]).json()["data"][0]["reason"]


def test_what_is_not_in_force_is_for_staff_only(office: Office, clerk: Client) -> None:
    offices.entry(office)
    assert Client().get(ENTRY).status_code == 404
    assert clerk.get(ENTRY).json()["state"] == "proposed"
    assert Client().get(f"{ENTRIES}?state=proposed").status_code == 401
    assert [one["table"] for one in clerk.get(f"{ENTRIES}?state=proposed").json()["data"]] == ["lamps"]
    assert Client().get(ENTRIES).json()["data"] == []


def test_list_goes_on_from_the_last_table_and_asks_one_question(clerk: Client) -> None:
    for number in range(5):
        factories.published(f"table_{number}")
    with CaptureQueriesContext(connection) as asked:
        first = Client().get(f"{ENTRIES}?page_size=3").json()
    assert len(asked) == 1
    rest = Client().get(first["links"]["next"]).json()
    assert [one["table"] for one in first["data"] + rest["data"]] == [f"table_{number}" for number in range(5)]
    assert rest["links"]["next"] is None


def test_known_state_is_answered_without_a_body(resource: Resource, clerk: Client) -> None:
    for client in (Client(), clerk):
        tag = client.get(ENTRY).headers["ETag"]
        again = client.get(ENTRY, headers={"if-none-match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert Client().get(ENTRY).headers["ETag"] != clerk.get(ENTRY).headers["ETag"]


def test_impact_is_for_staff_and_tells_who_breaks(resource: Resource, clerk: Client) -> None:
    dependences.declare(By("insight.indicator", "x", "指标：亮灯率"), [(resource, "amount", Use.COMPUTED)])
    told = clerk.get(f"{ENTRY}/impact?item=amount").json()
    assert (told["total"], told["broken"], told["data"][0]["title"]) == (1, 1, "指标：亮灯率")
    assert clerk.get(f"{ENTRY}/impact?item=name").json()["total"] == 0
    assert clerk.get(f"{ENTRY}/impact").json()["broken"] == 1
    assert clerk.get(f"{ENTRY}/impact?item=nothing").status_code == 400
    assert Client().get(f"{ENTRY}/impact").status_code == 401


def test_code_sets_of_the_entry_are_told_with_their_codes(office: Office) -> None:
    entry = offices.entry(office)
    known = next(one for one in standards.code_sets() if len(one.entries) > 1)
    entry.items.filter(field="name").update(code_set=known.code)
    actions.publish_resource(entry, actor=SYSTEM)
    [told] = Client().get(f"{ENTRY}/code-sets").json()["data"]
    assert (told["code"], told["total"]) == (known.code, len(known.entries))


@pytest.mark.parametrize("path", [
    f"{ENTRIES}?more=1", f"{ENTRY}?x=1", f"{ENTRY}/diff?older=0&newer=1", f"{ENTRY}/versions?before=x",
    f"{ENTRIES}?after=%00", f"{ENTRIES}/..%2f", f"{ENTRY}/versions/99999999999", f"{ENTRY}/diff?older=1&newer=77",
])
def test_wrong_question_is_a_sentence(resource: Resource, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code in (400, 404)
    assert answer.json()["message"]


def test_inside_names_only_what_there_is(resource: Resource) -> None:
    whole = canon.content_of(resource)
    assert whole.keys() >= documents.INSIDE
    assert whole["items"][0].keys() >= documents.INSIDE_ITEM
