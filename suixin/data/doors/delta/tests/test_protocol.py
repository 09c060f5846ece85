"""The protocol's answers, without a server: who gets in, what is listed, what a refusal says, files in parts."""

import io
from urllib.parse import urlsplit

import orjson
import pyarrow.parquet as pq
import pytest

from suixin.data.access import actions, log_files, stamps
from suixin.data.access.models import Grant, SubjectKind
from suixin.data.access.tests.factories import BUREAU, filled, grant, land, record
from suixin.data.doors.delta import files, listing, recipients
from suixin.data.doors.errors import BadShareToken
from suixin.data.doors.lean import application_or_none
from suixin.data.doors.tests.client import Got, make_caller
from suixin.data.doors.tests.conftest import node as node
from suixin.ground.people.models import Application
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db
TABLE = "/delta-sharing/shares/hospital/schemas/data-bureau/tables/people_list"


def call(url, token="", *, method="GET", body=None, headers=None):
    """The answer of the doors."""
    path, _, query = url.partition("?")
    content = orjson.dumps(body) if body is not None else b""
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": str(len(content)), "HTTP_HOST": "127.0.0.1",
    }
    environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in (headers or {}).items()}
    environ |= {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    told = []
    found = started(environ, lambda status, sent, *_: told.append((int(status.split()[0]), dict(sent))))
    return Got(*told[0], b"".join(found))


def started(environ, start_response):
    """The body of the answer, not read yet."""
    found = application_or_none(environ, start_response)
    assert found is not None
    return found


def lines(got):
    return [orjson.loads(line) for line in got.body.splitlines()]


@pytest.fixture
def token():
    make_caller()
    recipients.forget()
    _, text = recipients.make_token(Application.objects.get(app_id="hospital"), actor=SYSTEM)
    return text


def shared(count=30, **limits):
    """A resource granted to the application."""
    resource = filled(count, write_mode="upsert")
    given = grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key="hospital", **limits)
    return resource, given


def test_listings_name_what_is_granted_and_page(token):
    shared()
    assert call("/delta-sharing/shares", token).json == {"items": [{"name": "hospital", "id": "hospital"}]}
    assert call("/delta-sharing/shares/HOSPITAL", token).json["share"]["name"] == "hospital"
    assert call("/delta-sharing/shares/hospital/schemas", token).json["items"] == [{"name": "data-bureau", "share": "hospital"}]
    for place in ("schemas/data-bureau/tables", "all-tables"):
        (item,) = call(f"/delta-sharing/shares/hospital/{place}", token).json["items"]
        assert (item["share"], item["schema"], item["name"]) == ("hospital", "data-bureau", "people_list")


def test_pages_of_a_listing_join():
    names = [f"t{number}" for number in range(7)]
    page, following = listing.page_of(names, most="3", token="")
    rest, end = listing.page_of(names, most="", token=following)
    assert (page + rest, end) == (names, "")


def test_grant_of_the_organisation_is_a_share_of_its_own(token):
    grant(filled(5), subject_kind=SubjectKind.ORGANISATION, subject_key=BUREAU)
    assert [one["name"] for one in call("/delta-sharing/shares", token).json["items"]] == ["data-bureau"]
    table = TABLE.replace("/hospital/", "/data-bureau/")
    assert call(f"{table}/version", token).headers["Delta-Table-Version"] == "1"


def test_public_grant_is_no_share(token):
    grant(filled(5))
    assert call("/delta-sharing/shares", token).json["items"] == []


@pytest.mark.parametrize("text", ["", "sxs_" + "A" * 43, "nonsense"])
def test_wrong_token_is_refused_with_a_sentence(node, text):
    got = call("/delta-sharing/shares", text)
    assert (got.status, got.json["errorCode"]) == (401, "api-4011")
    assert "配置文件" in got.json["message"]


def test_query_gives_protocol_columns_and_files(token):
    shared(masks={"name": ""})
    protocol, described, *found = lines(call(f"{TABLE}/query", token, method="POST", body={"predicateHints": ["x = 1"]}))
    assert protocol == {"protocol": {"minReaderVersion": 1}}
    fields = orjson.loads(described["metaData"]["schemaString"])["fields"]
    assert [(field["name"], field["type"]) for field in fields[:5]] == [
        ("code", "string"), ("name", "string"), ("phone", "string"), ("amount", "decimal(12,2)"), ("day", "date"),
    ]
    assert fields[1]["metadata"] == {"comment": "姓名"}
    assert orjson.loads(found[0]["file"]["stats"]) == {"numRecords": 30}


def test_file_is_served_whole_in_parts_and_by_head(token):
    shared(columns=["code", "name"])
    (found,) = lines(call(f"{TABLE}/query", token, method="POST", body={}))[2:]
    place = urlsplit(found["file"]["url"]).path
    whole = call(place)
    assert [row["name"] for row in pq.read_table(io.BytesIO(whole.body)).to_pylist()[1:3]] == ["张*", "张*"]
    part = call(place, headers={"Range": "bytes=4-9"})
    assert (part.status, part.body, part.headers["Content-Range"]) == (206, whole.body[4:10], f"bytes 4-9/{len(whole.body)}")
    head = call(place, method="HEAD")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(whole.body)))
    assert call(place, headers={"Range": "bytes=999999-"}).status == 416
    assert call(place[:-3] + "AAA").status == 404


def test_addresses_die_with_the_grant_and_with_the_token(token):
    _, given = shared(columns=["code"])
    found = lines(call(f"{TABLE}/query", token, method="POST", body={}))[2]
    place = urlsplit(found["file"]["url"]).path
    actions.suspend_grant(given, actor=SYSTEM, reason="试验")
    stamps.forget()
    assert (call(place).status, call(place).json["errorCode"]) == (403, "api-4033")
    actions.resume_grant(given, actor=SYSTEM, reason="试验")
    stamps.forget()
    assert call(place).status == 200
    recipients.revoke_token(Application.objects.get(app_id="hospital").share_tokens.get(), actor=SYSTEM, reason="试验")
    recipients.forget()
    assert call(place).status == 401


def test_download_under_way_breaks_off_when_the_grant_ends(token, monkeypatch):
    _, given = shared(columns=["code"])
    place = urlsplit(lines(call(f"{TABLE}/query", token, method="POST", body={}))[2]["file"]["url"]).path
    monkeypatch.setattr(files, "_PIECE", 64)
    monkeypatch.setattr(files, "_ASK_EVERY", 2)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": place, "QUERY_STRING": "", "wsgi.url_scheme": "http"}
    body = iter(started(environ, lambda *_: None))
    assert len(next(body)) == 64
    Grant.objects.filter(pk=given.pk).update(state="revoked")
    stamps.forget()
    with pytest.raises(NotAllowed):
        list(body)


def test_changes_between_versions_and_their_refusals(token):
    resource, _ = shared(columns=["code", "number"], row_filter="number < 5")
    assert call(f"{TABLE}/query", token, method="POST", body={}).status == 200
    land(resource, [record(3) | {"number": 9}, record(90)], sm3="two")
    got = call(f"{TABLE}/changes?startingVersion=2", token)
    assert [one["cdf"]["version"] for one in lines(got)[2:]] == [2]
    assert pq.read_table(io.BytesIO(call(urlsplit(lines(got)[2]["cdf"]["url"]).path).body)).num_rows == 2
    for query, word in (("", "startingVersion"), ("startingVersion=9", "版本范围"), ("startingVersion=1", "先全量读取"), ("x=1", "不认识")):
        refused = call(f"{TABLE}/changes?{query}", token)
        assert (refused.status, word in refused.json["message"]) == (400, True)


def test_limit_hint_spares_files_and_wrong_bodies_are_refused(token):
    resource, _ = shared(masks={"name": ""})
    land(resource, [record(90)], sm3="two")
    assert len(lines(call(f"{TABLE}/query", token, method="POST", body={}))) == 4
    assert len(lines(call(f"{TABLE}/query", token, method="POST", body={"limitHint": 5}))) == 3
    for body in ({"limitHint": -1}, {"version": 7}, {"nonsense": 1}, [1], {"version": 1, "timestamp": "2026-01-01"}):
        assert call(f"{TABLE}/query", token, method="POST", body=body).status == 400
    assert call(f"{TABLE}/query", token).status == 405
    assert call(f"{TABLE}x/metadata", token).status == 404


def test_every_call_is_on_record_and_no_address_of_a_file_is(token):
    shared(columns=["code"])
    place = urlsplit(lines(call(f"{TABLE}/query", token, method="POST", body={}))[2]["file"]["url"]).path
    call(place)
    rows = log_files.rows("SELECT * FROM access ORDER BY id", {}, limit=10)
    assert [(row["action"], row["subject"], row["rows"]) for row in rows] == [("query", "hospital", 30), ("file", "hospital", 0)]
    assert place.rpartition("/")[2] not in rows[1]["request"]


def test_tokens_rotate_with_overlap_and_are_limited(node):
    make_caller()
    application = Application.objects.get(app_id="hospital")
    old, text = recipients.make_token(application, actor=SYSTEM, days=30)
    new, fresh = recipients.rotate_token(old, actor=SYSTEM, reason="例行")
    assert recipients.recipient_of(f"Bearer {text}").actor.key == recipients.recipient_of(f"bearer {fresh}").actor.key == "hospital"
    assert orjson.loads(recipients.profile(fresh, new, base="http://x/"))["endpoint"] == "http://x/delta-sharing"
    for _ in range(3):
        recipients.make_token(application, actor=SYSTEM)
    with pytest.raises(BadShareToken, match="5 个"):
        recipients.make_token(application, actor=SYSTEM)
