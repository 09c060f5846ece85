"""Systems push rows: signed, once, kept sealed, landed by the feed."""

import io

import orjson
import pytest

from suixin.data.access.tests.factories import make_resource
from suixin.data.access.versions import row_count
from suixin.data.collection import declaring, feeding
from suixin.data.collection.declaring import FeedDraft, SourceDraft
from suixin.data.collection.models import Feed, PushMessage
from suixin.data.collection.sources.base import Column, Kind
from suixin.data.collection.tests.sources.servers import lake_rows
from suixin.data.doors.lean import application_or_none
from suixin.data.doors.tests.client import Caller, make_caller
from suixin.kit import signing
from suixin.kit.actor import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/api/v1/push/hospital-visits"


def post(caller: Caller, body: bytes, *, message: str = "message-0001", url: str = URL, signed: bytes | None = None, method: str = "POST"):
    headers = signing.sign(method, url, app_id=caller.app_id, secret=caller.secret, body=body if signed is None else signed)
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": url.partition("?")[0], "QUERY_STRING": url.partition("?")[2], "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "HTTP_X_MESSAGE_ID": message,
    }
    environ |= {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    told: list[int] = []
    body_out = application_or_none(environ, lambda status, sent, *_: told.append(int(status.split()[0])))  # type: ignore[arg-type]  # a test's own
    assert body_out is not None
    return told[0], orjson.loads(b"".join(body_out))


@pytest.fixture
def caller() -> Caller:
    found: Caller = make_caller()
    entry = make_resource("visits", write_mode="upsert")
    draft = SourceDraft("医院就诊", "hospital-visits", Kind.PUSH, entry.provider, options={"application": found.app_id})
    source = declaring.declare_source(draft, actor=SYSTEM)
    declaring.declare_source_feed(
        source, entry, FeedDraft("messages", {"code": "code", "name": "name"}, schedule=""),
        columns=[Column(name, "text", "json") for name in ("code", "name")], actor=SYSTEM,
    )
    return found


def landed() -> str:
    run = feeding.start_run(Feed.objects.get(), actor=SYSTEM, in_background=False)
    return feeding.work(run, actor=SYSTEM).sentence


def test_messages_land_in_batches_once(caller: Caller) -> None:
    assert post(caller, b'[{"code":"A1","name":"x"},{"code":"A2","name":null}]')[1]["data"]["is_new"] is True
    assert post(caller, b'{"code":"A3","name":"y"}\n{"code":"A4"}', message="message-0002")[1]["data"]["rows"] == 2
    assert "来源 4 行" in landed()
    assert (row_count("visits"), landed(), PushMessage.objects.exclude(landed_at=None).count()) == (4, "来源没有新的行。", 2)
    assert not [one for one in PushMessage.objects.all() if one.body]


def test_key_in_a_later_message_replaces_what_the_earlier_one_said(caller: Caller) -> None:
    bodies = (b'[{"code":"A1","name":"old"},{"code":"A2","name":"x"}]', b'{"code":"A3","name":"y"}', b'{"code":"A1","name":"new"}')
    for number, rows in enumerate(bodies):
        post(caller, rows, message=f"message-{number:04d}")
    assert "来源 4 行,接收 4 行,拒收 0 行,共 2 块" in landed()
    assert lake_rows("code", "name", table="visits") == [("A1", "new"), ("A2", "x"), ("A3", "y")]


def test_same_message_again_is_the_same_and_other_content_is_refused(caller: Caller) -> None:
    post(caller, b'{"code":"A1"}')
    status, again = post(caller, b'{"code":"A1"}')
    assert (status, again["data"]["is_new"], PushMessage.objects.count()) == (200, False, 1)
    assert post(caller, b'{"code":"A2"}')[0] == 409


def test_wrong_signature_and_another_application_are_refused(caller: Caller) -> None:
    assert post(caller, b'{"code":"A1"}', signed=b"other")[0] == 401
    assert post(make_caller("another"), b'{"code":"A1"}')[0] == 403
    assert not PushMessage.objects.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "不是 JSON"), (b"[]", "1 到 10000 行"), (b"[1]", "第 1 行不是对象"), (b"\xff", "UTF-8"),
        (b'{"a":"\\u0000"}', "零字符"), (b"", "1 到 10000 行"), (b"[" * 100_000, "不是 JSON"),
    ],
)
def test_body_that_is_no_rows_is_a_sentence(caller: Caller, body: bytes, words: str) -> None:
    status, told = post(caller, body)
    assert (status, words in told["message"], PushMessage.objects.exists()) == (400, True, False)


def test_other_methods_parameters_and_identifiers_are_refused(caller: Caller) -> None:
    assert post(caller, b"", method="GET")[0] == 405
    assert post(caller, b'{"code":"A1"}', url=f"{URL}?x=1")[0] == 400
    assert post(caller, b'{"code":"A1"}', message="no")[0] == 400
    assert post(caller, b'{"code":"A1"}', url="/api/v1/push/nothing")[0] == 404


def test_field_that_the_feed_does_not_know_waits_for_a_person(caller: Caller) -> None:
    from suixin.data.collection.errors import ColumnsChanged

    post(caller, b'{"code":"A1","extra":1}')
    with pytest.raises(ColumnsChanged, match="extra"):
        landed()
    assert PushMessage.objects.filter(landed_at=None).count() == 1
