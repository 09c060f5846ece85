"""The rows API: shape, links, caching, refusals."""

import pytest

from suixin.data.access.tests.factories import filled, grant
from suixin.data.doors.tests.client import get, shared

pytestmark = pytest.mark.django_db
URL = "/api/v1/datasets/people_list/rows"


@pytest.fixture
def opened(db):
    """Thirty records open to the public."""
    grant(filled(30))


def test_it_works(opened):
    got = get(f"{URL}?page_size=2&columns=code,amount,name,day")
    assert got.json["data"] == [
        {"code": "k000000", "amount": None, "name": None, "day": None},
        {"code": "k000001", "amount": 0.25, "name": "张*", "day": "2024-01-02"},
    ]
    assert got.json["meta"] == {"page_size": 2, "total": 30}
    assert b'"amount":0.25' in got.body


def test_next_links_lead_through_every_row(opened):
    url, found = f"{URL}?page_size=7&%E5%A7%93%E5%90%8D__isnotnull=", []
    while url:
        content = get(url.removeprefix("http://localhost"), headers={"Host": "localhost"}).json
        found += [row["code"] for row in content["data"]]
        url = content["links"]["next"]
        assert url is None or url.startswith("http://localhost/api")
    assert len(found) == len(set(found)) == content["meta"]["total"] == 25


def test_foreign_host_gets_no_link_to_itself(opened):
    assert get(f"{URL}?page_size=7", headers={"Host": "evil.example"}).json["links"]["next"].startswith("/api/")


def test_known_tag_answers_304(opened):
    tag = get(URL).headers["ETag"]
    got = get(URL, headers={"If-None-Match": f'W/{tag}, "x"'})
    assert (got.status, got.body) == (304, b"")
    assert get(f"{URL}?page_size=3", headers={"If-None-Match": tag}).status == 200


@pytest.mark.parametrize(("url", "status"), [
    (f"{URL}?nothing=1", 400), (f"{URL}?number__less=x", 400), (f"{URL}?after=x", 400), (f"{URL}?" + "a" * 9000, 400),
    (f"{URL}?" + "&".join(["a=1"] * 300), 400), ("/api/v1/datasets/other/rows", 404),
    ("/api/v1/datasets/%ff/rows", 400), (f"{URL}?code__exact=%ff", 400),
    (f"{URL}?code__exact=a%0d%0aSet-Cookie:x=1", 200), (f"{URL}?code__in=%00", 400), (f"{URL}?code__isnull", 200),
])
def test_bad_input_is_answered_with_a_sentence(opened, url, status):
    got = get(url)
    assert got.status == status
    if status >= 400:
        assert set(got.json) == {"code", "message", "trace_id"}
        assert got.json["message"]


def test_application_reads_rows_by_signature():
    caller, _ = shared()
    assert get(URL).status == 403
    found = caller.get(f"{URL}?page_size=1").json["data"]
    assert found == [{"code": "k000000", "name": None, "amount": None, "at": None}]


def test_other_addresses_are_left_to_django(opened):
    assert get("/api/v1/datasets/people_list") is None
    assert get("/console/") is None
