"""Subscriptions with a real receiver: signed messages, retries, dead letters, replay, addresses that are not connected to."""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import orjson
import pytest
from django.conf import settings

from suixin.data.access.models import SubjectKind
from suixin.data.access.receipt_checks import verify_answer
from suixin.data.access.receipts import known_keys
from suixin.data.access.tests.factories import filled, grant, land, node_at, record
from suixin.data.collection.errors import AddressRefused
from suixin.data.doors import receipts
from suixin.data.doors.errors import WrongExchange
from suixin.data.doors.models import DeadLetter, Subscription
from suixin.data.doors.subscriptions import delivering, subscribing
from suixin.data.doors.tests.client import Caller, make_caller
from suixin.ground.people.models import Application
from suixin.kit import signing
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import hmac_sm3_hex

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch) as folder:
        monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, source_networks=("127.0.0.0/8",)))
        yield folder


class Hook(HTTPServer):
    """Keeps what it was sent."""

    got: list[tuple[dict[str, str], bytes]]
    statuses: list[int]
    caller: Caller


@pytest.fixture
def hook():
    """A receiver that keeps what it was sent, and answers with the next of `statuses` (200 when there is none)."""
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.got.append((dict(self.headers), body))
            self.send_response(server.statuses.pop(0) if server.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = Hook(("127.0.0.1", 0), Handler)
    server.got, server.statuses = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def subscribed(hook, **limits):
    """A subscription to a resource of thirty rows, and its secret."""
    hook.caller = make_caller()
    resource = filled(30, write_mode="upsert")
    values = {"columns": ["code", "name", "number"], **limits}
    grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key="hospital", **values)
    url = f"http://127.0.0.1:{hook.server_port}/hook?to=a"
    return subscribing.subscribe(Application.objects.get(app_id="hospital"), resource, url, actor=SYSTEM)


def told(hook):
    """Type and key of every change that was sent."""
    return [(one["type"], one["row"]["code"]) for _, body in hook.got for one in orjson.loads(body)["changes"]]


def test_changes_are_told_once_as_the_grant_shows_them_and_signed(hook):
    made, secret = subscribed(hook, row_filter="number < 8")
    land(made.resource, [record(3) | {"number": 4}, record(4) | {"number": 9}, record(5), record(90)], sm3="two")
    assert "第 2 版,本次 3 行变化" in delivering.deliver(made, actor=SYSTEM)
    assert sorted(told(hook)) == [("delete", "k000004"), ("insert", "k000090"), ("update", "k000003")]
    ((headers, body),) = hook.got
    caller = (headers["X-App-Id"], headers["X-Timestamp"], headers["X-Nonce"])
    text = signing.string_to_sign("POST", "/hook", "to=a", body=body, caller=caller)
    assert headers["X-Signature"] == hmac_sm3_hex(secret.encode(), text)
    assert orjson.loads(body)["changes"][0]["row"]["name"].endswith("*")
    delivering.deliver(made, actor=SYSTEM)
    assert len(hook.got) == 1


@pytest.mark.parametrize("is_receipted", [False, True])
def test_a_message_tells_where_its_receipt_is_and_one_that_left_in_vain_has_a_demanded_one_only(hook, is_receipted, tmp_path):
    made, _ = subscribed(hook, is_receipted=is_receipted)
    land(made.resource, [record(90)], sm3="two")
    hook.statuses[:] = [500]
    delivering.deliver(made, actor=SYSTEM)
    delivering.deliver(made, actor=SYSTEM)
    (failed, _), (taken, body) = hook.got
    (tmp_path / "body").write_bytes(body)
    vain = hook.caller.get(failed["X-Receipt"])
    assert vain.status == (200 if is_receipted else 404)
    if is_receipted:
        kept = verify_answer(vain.body, trusted=known_keys(), body=tmp_path / "body")
        assert (kept.is_intact, kept.statement["status"], kept.statement["rows"]) == (True, 499, None)
    receipt = hook.caller.get(taken["X-Receipt"])
    verdict = verify_answer(receipt.body, trusted=known_keys(), body=tmp_path / "body")
    assert verdict.is_intact, verdict.faults
    assert (verdict.statement["door"], verdict.statement["rows"]) == ("subscription", 1)


def test_a_message_that_did_not_leave_has_no_receipt(hook):
    made, _ = subscribed(hook, is_receipted=True)
    land(made.resource, [record(90)], sm3="two")
    hook.shutdown()
    hook.server_close()
    assert "连不上" in delivering.deliver(made, actor=SYSTEM)
    assert not list(receipts._demanded().glob("*/*.json"))


def test_failures_are_tried_again_with_the_same_messages_where_it_stopped(hook, monkeypatch):
    monkeypatch.setattr(delivering, "ROWS", 10)
    made, _ = subscribed(hook)
    land(made.resource, [record(n) | {"number": 77} for n in range(30)], sm3="two")
    hook.statuses = [200, 503]
    assert "第 1 次失败" in delivering.deliver(made, actor=SYSTEM)
    made.refresh_from_db()
    assert (made.part, made.failures, made.next_at is not None) == (1, 1, True)
    delivering.deliver(made, actor=SYSTEM)
    ids = [headers["X-Message-Id"].rpartition(":")[2] for headers, _ in hook.got]
    assert ids == ["0", "1", "1", "2"]
    assert orjson.loads(hook.got[-1][1])["is_last"]


def test_receiver_that_never_answers_is_held_after_so_many_failures_and_resumes(hook):
    made, _ = subscribed(hook)
    land(made.resource, [record(90)], sm3="two")
    hook.statuses = [500] * delivering.MOST_FAILURES
    for _ in range(delivering.MOST_FAILURES):
        sentence = delivering.deliver(made, actor=SYSTEM)
    made.refresh_from_db()
    assert (made.state, sentence.startswith("连续失败 10 次")) == ("held", True)
    assert "没有投递" in delivering.deliver(made, actor=SYSTEM)
    subscribing.switch_subscription(made, is_paused=False, actor=SYSTEM)
    delivering.deliver(made, actor=SYSTEM)
    assert told(hook)[-1] == ("insert", "k000090")


def test_refused_message_becomes_a_dead_letter_and_can_be_sent_again(hook):
    made, _ = subscribed(hook)
    land(made.resource, [record(90)], sm3="two")
    hook.statuses = [422] * delivering.REFUSALS
    for _ in range(delivering.REFUSALS):
        delivering.deliver(made, actor=SYSTEM)
    letter = DeadLetter.objects.get()
    assert (letter.rows, "HTTP 422" in letter.sentence) == (1, True)
    assert Subscription.objects.get().version == 2
    subscribing.send_again(letter, actor=SYSTEM)
    assert DeadLetter.objects.get().sent_at is not None
    assert hook.got[-1][1] == hook.got[0][1]


def test_replay_from_a_version_tells_again_and_from_the_first_everything(hook):
    made, _ = subscribed(hook)
    land(made.resource, [record(90)], sm3="two")
    delivering.deliver(made, actor=SYSTEM)
    subscribing.replay(made, 1, actor=SYSTEM)
    delivering.deliver(made, actor=SYSTEM)
    assert told(hook) == [("insert", "k000090")] * 2
    subscribing.replay(made, 0, actor=SYSTEM)
    delivering.deliver(made, actor=SYSTEM)
    assert len(told(hook)) == 2 + 31
    with pytest.raises(WrongExchange, match="没有第 9 版"):
        subscribing.replay(made, 9, actor=SYSTEM)


@pytest.mark.parametrize("url", ["http://169.254.169.254/x", "http://10.0.0.7/x", "http://[::1]/x"])
def test_address_inside_is_not_connected_to(hook, url):
    make_caller()
    resource = filled(3)
    grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key="hospital")
    with pytest.raises(AddressRefused, match="内网或本机"):
        subscribing.subscribe(Application.objects.get(app_id="hospital"), resource, url, actor=SYSTEM)


def test_receiver_that_leads_elsewhere_is_not_followed(hook):
    made, _ = subscribed(hook)
    land(made.resource, [record(90)], sm3="two")
    hook.statuses = [302]
    assert "不跟过去" in delivering.deliver(made, actor=SYSTEM)
    assert len(hook.got) == 1


def test_new_version_makes_its_subscriptions_due(hook):
    made, _ = subscribed(hook)
    subscribing.note_landed(made.resource_id)
    assert subscribing.enqueue_due() == 1
    assert subscribing.enqueue_due() == 0
