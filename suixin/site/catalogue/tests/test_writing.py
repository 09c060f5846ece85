"""Programs write the catalogue: the life of an entry by calls alone, what is refused, nothing twice, nothing unseen."""

from typing import Any

import pytest
from django.test import Client

from suixin.data.catalog import actions
from suixin.data.catalog.models import AnsweredCall, Change, Resource
from suixin.data.catalog.tests import offices
from suixin.data.catalog.tests.offices import Office, decide
from suixin.ground.audit.models import Record
from suixin.ground.flow.models import Instance
from suixin.ground.people.credentials import TokenScope
from suixin.ground.people.models import Account
from suixin.kit.actor import SYSTEM
from suixin.site.catalogue.tests.callers import ENTRIES, program, send, told

pytestmark = pytest.mark.django_db
PATHS = [
    ("POST", ENTRIES), ("PATCH", f"{ENTRIES}/lamps"), ("POST", f"{ENTRIES}/lamps/submit"), ("POST", f"{ENTRIES}/lamps/changes"),
    ("POST", f"{ENTRIES}/lamps/withdrawal"), ("POST", "/api/v1/catalogue/bulk"),
]
BODIES: dict[str, Any] = {"changes": {"reason": "理由"}, "withdrawal": {"reason": "理由"}, "bulk": {"entries": []}}


@pytest.fixture
def office() -> Office:
    return offices.office()


@pytest.fixture
def clerk(office: Office) -> Client:
    return program("clerk")


@pytest.fixture
def published(office: Office) -> Resource:
    return actions.publish_resource(offices.entry(office), actor=SYSTEM)


def body_of(path: str, office: Office) -> dict[str, Any]:
    return told(office) if path == ENTRIES else BODIES.get(path.rpartition("/")[2], {})


def test_an_entry_lives_by_calls_alone(office: Office, clerk: Client) -> None:
    made = send(clerk, "POST", ENTRIES, told(office))
    assert (made.status_code, made.json()["state"], made.json()["progress"]["step"]) == (201, "proposed", "核对目录")
    path = made.headers["Location"]
    revised = send(clerk, "PATCH", path, {"abstract": "城区的公园", "keywords": ["公园"]}, tag=made.headers["ETag"])
    assert (revised.status_code, revised.json()["content"]["keywords"]) == (200, ["公园"])
    handed_on = send(clerk, "POST", f"{path}/submit", {"reason": "请审核"}, tag=revised.headers["ETag"])
    assert handed_on.json()["progress"]["step"] != "核对目录"
    instance = Instance.objects.get(subject_key=made.json()["code"])
    decide(decide(instance, office.head), office.reviewer)
    shown = clerk.get(path)
    assert (shown.json()["state"], shown.json()["version"]) == ("published", 1)
    wish = {"reason": "更名", "title": "公园和广场名录", "submit": True}
    change = send(clerk, "POST", f"{path}/changes", wish, tag=shown.headers["ETag"])
    assert (change.status_code, change.json()["state"]) == (201, "submitted")
    decide(decide(Instance.objects.get(subject_key=change.json()["id"]), office.head), office.reviewer)
    now = clerk.get(path)
    assert (now.json()["version"], now.json()["title"]) == (2, "公园和广场名录")
    end = send(clerk, "POST", f"{path}/withdrawal", {"reason": "职责划走"}, tag=now.headers["ETag"])
    assert (end.status_code, end.json()["kind"], end.json()["state"]) == (201, "withdrawal", "submitted")


def test_every_record_names_the_token(office: Office, clerk: Client) -> None:
    assert send(clerk, "POST", ENTRIES, told(office)).status_code == 201
    record = Record.objects.get(action="catalog.proposed")
    assert record.actor_key == "clerk"
    assert record.terminal.startswith("令牌 ")
    assert "clerk的脚本" in record.terminal


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_reading_token_session_and_nobody_write_nothing(office: Office, published: Resource, method: str, path: str) -> None:
    signed_in = Client(enforce_csrf_checks=False)
    signed_in.force_login(Account.objects.get(username="clerk"))
    callers = (program("clerk", TokenScope.READ), signed_in, Client())
    assert [send(one, method, path, body_of(path, office), tag="*").status_code for one in callers] == [403, 401, 401]
    assert (Resource.objects.count(), Change.objects.count()) == (1, 0)


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_token_of_somebody_elsewhere_writes_nothing(office: Office, published: Resource, method: str, path: str) -> None:
    offices.employ("clerk", office.city.bureau, "stranger")
    stranger = program("stranger")
    tag = stranger.get(f"{ENTRIES}/lamps").headers["ETag"]
    body = {"entries": [told(office)]} if path.endswith("bulk") else body_of(path, office)
    answer = send(stranger, method, path, body, tag=tag)
    assert answer.status_code in (403, 200 if path.endswith("bulk") else 403)
    assert (Resource.objects.count(), Change.objects.count()) == (1, 0)


def test_token_for_the_catalogue_writes_nothing_else(office: Office, clerk: Client) -> None:
    answer = send(clerk, "POST", "/api/v1/datasets", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "api-4031")
    assert "只能登记和变更目录" in answer.json()["message"]


@pytest.mark.parametrize(("tag", "status", "code"), [
    ("", 428, "api-428"), ('"1-published-x"', 412, "api-412"), ("*", 412, "api-412"), ('W/"1"', 412, "api-412"), ("乱", 412, "api-412"),
])
def test_who_did_not_see_the_state_changes_nothing(published: Resource, clerk: Client, tag: str, status: int, code: str) -> None:
    for path, body in (("changes", {"reason": "改"}), ("withdrawal", {"reason": "撤"}), ("submit", {})):
        answer = send(clerk, "POST", f"{ENTRIES}/lamps/{path}", body, tag=tag.encode("utf-8").decode("latin-1"))
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert "。" in answer.json()["message"]
    assert not Change.objects.exists()


def test_second_of_two_who_saw_the_same_is_told(office: Office, clerk: Client) -> None:
    made = send(clerk, "POST", ENTRIES, told(office))
    path, tag = made.headers["Location"], made.headers["ETag"]
    assert send(clerk, "PATCH", path, {"abstract": "甲"}, tag=tag).status_code == 200
    late = send(clerk, "PATCH", path, {"abstract": "乙"}, tag=tag)
    assert late.status_code == 412
    assert Resource.objects.get().abstract == "甲"


def test_tag_that_the_public_saw_is_not_enough(published: Resource, clerk: Client) -> None:
    tag = Client().get(f"{ENTRIES}/lamps").headers["ETag"]
    assert send(clerk, "POST", f"{ENTRIES}/lamps/changes", {"reason": "改"}, tag=tag).status_code == 412


def test_same_call_again_makes_nothing_twice(office: Office, clerk: Client) -> None:
    first, again = (send(clerk, "POST", ENTRIES, told(office), key="a-key-of-mine") for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert (first.json(), first.headers["Location"]) == (again.json(), again.headers["Location"])
    other = send(clerk, "POST", ENTRIES, told(office, title="广场"), key="a-key-of-mine")
    assert (other.status_code, other.json()["code"]) == (422, "api-422")
    assert Resource.objects.count() == 1
    assert send(clerk, "POST", ENTRIES, told(office), key="short").status_code == 400


def test_key_of_another_caller_is_another_key(office: Office, clerk: Client) -> None:
    send(clerk, "POST", ENTRIES, told(office), key="a-key-of-mine")
    answer = send(program("data_officer"), "POST", ENTRIES, told(office, title="广场"), key="a-key-of-mine")
    assert answer.status_code == 201
    assert AnsweredCall.objects.count() == 2


def test_refused_call_may_be_corrected_under_its_key(office: Office, clerk: Client) -> None:
    assert send(clerk, "POST", ENTRIES, told(office, share_type="withheld"), key="a-key-of-mine").status_code == 400
    assert send(clerk, "POST", ENTRIES, told(office), key="a-key-of-mine").status_code == 201


def test_all_faults_are_told_at_once_at_their_paths(office: Office, clerk: Client) -> None:
    items = [
        {"name": "编号", "field": "number", "is_secret": True, "code_set": "没有的代码集"}, {"name": "编号", "field": "x", "mask": "乱"},
    ]
    body = told(office, items=items, share_type="withheld", source_department="1" * 18, extension={"没有": {}})
    answer = send(clerk, "POST", ENTRIES, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "catalog-105")
    paths = {one["path"] for one in answer.json()["faults"]}
    assert paths >= {"source_department", "items[0].is_secret", "items[0].code_set", "items[1].mask", "items", "basis_document"}
    assert "extension" in paths
    assert not Resource.objects.exists()


def test_all_faults_of_shape_are_told_at_once_too(office: Office, clerk: Client) -> None:
    body = told(office, title="", update_cycle="x", items=[{"name": "甲", "lenght": 3}, {"name": "乙", "level": "高"}], state="published")
    answer = send(clerk, "POST", ENTRIES, body)
    paths = {one["path"] for one in answer.json()["faults"]}
    assert answer.status_code == 400
    assert paths == {"title", "update_cycle", "items[0].lenght", "items[1].level", "state"}


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"title":"\\u0000"}', b'{"title":"\\ud800"}',
    b"{" + b" " * 3_000_000 + b"}",
])
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_what_is_no_request_is_a_sentence(published: Resource, clerk: Client, method: str, path: str, body: bytes) -> None:
    answer = send(clerk, method, path, body, tag='"x"')
    assert 400 <= answer.status_code < 500
    assert answer.json()["message"]
    assert Resource.objects.count() == 1


def test_good_ones_of_a_list_are_kept_and_bad_ones_told_by_index(office: Office, clerk: Client) -> None:
    listed = [
        told(office), told(office, title="广场"), told(office, title="广场"), {"title": "无"}, 5,
        told(office, title="桥", provider="1" * 18), told(office, title="外单位的", provider=office.city.bureau.uscc),
    ]
    answer = send(clerk, "POST", "/api/v1/catalogue/bulk", {"entries": listed}, key="list-of-mine").json()
    assert [one["index"] for one in answer["registered"]] == [0, 1]
    assert {one["index"] for one in answer["faults"]} == {2, 3, 4, 5, 6}
    assert send(clerk, "POST", "/api/v1/catalogue/bulk", {"entries": listed}, key="list-of-mine").json() == answer
    assert sorted(Resource.objects.values_list("title", flat=True)) == ["公园名录", "广场"]


@pytest.mark.parametrize("body", [{"entries": [{}] * 1001}, {"entries": {}}, {"entries": [], "more": 1}, []])
def test_list_that_is_none_or_too_long_is_refused_whole(clerk: Client, body: object) -> None:
    answer = send(clerk, "POST", "/api/v1/catalogue/bulk", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "api-400")


def test_proposal_is_taken_back_and_is_gone_for_the_public(office: Office, clerk: Client) -> None:
    made = send(clerk, "POST", ENTRIES, told(office))
    path = made.headers["Location"]
    assert Client().get(path).status_code == 404
    gone = send(clerk, "POST", f"{path}/withdrawal", {"reason": "登记错了"}, tag=made.headers["ETag"])
    assert (gone.status_code, gone.json()["state"]) == (200, "withdrawn")
    assert Client().get(path).status_code == 404


def test_change_is_revised_and_given_up(published: Resource, clerk: Client) -> None:
    tag = clerk.get(f"{ENTRIES}/lamps").headers["ETag"]
    change = send(clerk, "POST", f"{ENTRIES}/lamps/changes", {"reason": "改"}, tag=tag)
    path = change.headers["Location"]
    assert change.json()["faults"]
    assert send(clerk, "PATCH", path, {"abstract": "x"}).status_code == 428
    revised = send(clerk, "PATCH", path, {"abstract": "灯"}, tag=change.headers["ETag"])
    assert (revised.json()["content"]["abstract"], revised.json()["faults"]) == ("灯", [])
    assert send(clerk, "PATCH", path, {"abstract": "x"}, tag=change.headers["ETag"]).status_code == 412
    dropped = send(clerk, "DELETE", f"{path}?reason=不改了", tag=revised.headers["ETag"])
    assert dropped.json()["state"] == "dropped"
    assert clerk.get(path).json()["state"] == "dropped"


def test_what_programs_cannot_tell_of_an_item_stays(office: Office, clerk: Client) -> None:
    actions.publish_resource(offices.entry(office), actor=SYSTEM)
    resource = Resource.objects.get()
    resource.items.filter(field="name").update(source_names=["灯名"], sensitive="name", level=2)
    tag = clerk.get(f"{ENTRIES}/lamps").headers["ETag"]
    key = {"name": "代码", "field": "code", "length": 12, "is_key": True}
    items = [key, {"name": "名字", "field": "name", "length": 60, "level": 2}]
    change = send(clerk, "POST", f"{ENTRIES}/lamps/changes", {"reason": "改", "items": items}, tag=tag).json()
    assert [(one["name"], one["source_names"], one["sensitive"]) for one in change["content"]["items"]][1] == ("名字", ["灯名"], "name")


def test_formats_and_methods_are_faults_at_their_paths(office: Office, clerk: Client) -> None:
    wrong = {"format_category": "9", "share_method": "fax"}
    refused = send(clerk, "POST", ENTRIES, told(office, **wrong))
    assert (refused.status_code, {one["path"] for one in refused.json()["faults"]}) == (400, set(wrong))
    made = send(clerk, "POST", ENTRIES, told(office))
    again = send(clerk, "PATCH", made.headers["Location"], wrong, tag=made.headers["ETag"])
    assert (again.status_code, {one["path"] for one in again.json()["faults"]}) == (400, set(wrong))


def test_a_proposal_is_not_renamed_to_what_the_department_has(office: Office, clerk: Client) -> None:
    send(clerk, "POST", ENTRIES, told(office))
    made = send(clerk, "POST", ENTRIES, told(office, title="广场名录"))
    refused = send(clerk, "PATCH", made.headers["Location"], {"title": "公园名录"}, tag=made.headers["ETag"])
    assert (refused.status_code, "已有同名目录" in refused.json()["message"]) == (400, True)
