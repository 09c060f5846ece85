"""Enciphered calls: SM4 under a key wrapped with SM2, both ways; asked for where the resource's level says so."""

from base64 import b64decode, b64encode

import orjson
import pytest

from suixin.data.access import stamps
from suixin.data.catalog.models import Item
from suixin.data.doors import callers
from suixin.data.doors.gateway import envelopes
from suixin.data.doors.tests.client import get, shared
from suixin.ground.people.applications import NewKey, make_key
from suixin.ground.people.models import Application, KeyKind
from suixin.ground.security.keys import ring
from suixin.kit import sealed_bodies, signing
from suixin.kit.actor import SYSTEM
from suixin.kit.keyring import Kind
from suixin.kit.sealed_bodies import Call
from suixin.kit.sm import public_from_pem, public_to_pem, sm2_keypair

pytestmark = pytest.mark.django_db
URL = "/gateway/people_list/lookup"
ASKED = {"keys": ["k000003"]}


class Department:
    """An application with an SM2 key that enciphers what it asks."""

    def __init__(self, level=4):
        self.caller, _ = shared()
        Item.objects.filter(field="phone").update(level=level)
        stamps.forget()
        pair = sm2_keypair()
        make_key(Application.objects.get(), NewKey(KeyKind.SM2, public_to_pem(pair.public)), actor=SYSTEM, reason="上线")
        callers.forget()
        self.private = pair.private
        self.keys = get("/gateway/keys").json["data"]

    def ask(self, content=ASKED, *, url=URL, **changes):
        """(answer, its content opened when it is enciphered); `changes` replace members of the body."""
        return self.send(orjson.dumps(content), lambda body: body | changes, url=url)

    def send(self, plaintext, spoil=dict, *, url=URL, **bound):
        """The same of any bytes; `spoil` changes the body before it is signed, `bound` for which other call it was sealed."""
        headers = signing.sign("POST", url, app_id=self.caller.app_id, private=self.private)
        call = Call("POST", url, self.caller.app_id, headers["X-Timestamp"], headers["X-Nonce"])
        encryption = self.keys["encryption"]
        body, session = sealed_bodies.seal_request(
            plaintext, public_from_pem(encryption["public"]), key_id=encryption["keyId"], call=call._replace(**bound)
        )
        sent = orjson.dumps(spoil(body))
        stamp, nonce = int(headers["X-Timestamp"]), headers["X-Nonce"]
        headers = signing.sign("POST", url, app_id=self.caller.app_id, private=self.private, body=sent, timestamp_ms=stamp, nonce=nonce)
        got = get(url, method="POST", headers=headers, body=sent)
        if not isinstance(got.json, dict) or "encType" not in got.json:
            return got, got.json
        opened = sealed_bodies.open_answer(got.json, session, public_from_pem(self.keys["signing"]["public"]), call=call)
        return got, orjson.loads(opened)


def test_request_and_answer_are_enciphered_and_the_answer_is_signed():
    got, told = Department().ask()
    assert told["data"][0]["data"]["code"] == "k000003"
    assert b"k000003" not in got.body
    assert set(got.json) == {"encType", "data", "signType", "keyId", "sign"}


def test_sensitive_resource_is_asked_no_other_way():
    department = Department()
    caller = department.caller
    by_get = caller.get(f"{URL}?code=k000003").json
    assert (by_get["code"], by_get["data"], "SM4" in by_get["message"]) == ("api-4034", None, True)
    assert caller.post(URL, ASKED).json["code"] == "api-4034"
    body = orjson.dumps(ASKED)
    headers = signing.sign("POST", URL, app_id=caller.app_id, private=department.private, body=body)
    assert get(URL, method="POST", headers=headers, body=body).json["code"] == "api-4034"
    for action in ("verify?code=k000003&amount=1", "rows", "aggregate?amount__count"):
        assert caller.get(f"/gateway/people_list/{action}").json["code"] == "api-4034"


def test_less_sensitive_resource_may_be_asked_enciphered_too():
    department = Department(level=3)
    assert department.caller.post(URL, ASKED).json["code"] == "200"
    assert department.ask()[1]["code"] == "200"


@pytest.mark.parametrize("changes", [
    {"data": b64encode(b"0" * 60).decode()}, {"data": "!"}, {"key": b64encode(b"0" * 113).decode()}, {"key": "AA=="}, {"key": 1},
    {"keyId": "gateway:9"}, {"keyId": "lake:1"}, {"keyId": "gateway:" + "9" * 30}, {"encType": "SM9"}, {"more": "x"},
], ids=str)  # fmt: skip
def test_body_that_does_not_open_is_a_sentence(changes):
    got, told = Department().ask(**changes)
    assert (got.status, told["code"]) == (400, "api-400")
    assert "报文解不开" in told["message"]


def test_body_of_one_call_does_not_open_in_another_and_its_answer_neither():
    department = Department()
    headers = signing.sign("POST", URL, app_id=department.caller.app_id, private=department.private)
    call = Call("POST", URL, department.caller.app_id, headers["X-Timestamp"], "n" * 32)
    body, _ = sealed_bodies.seal_request(
        orjson.dumps(ASKED), public_from_pem(department.keys["encryption"]["public"]), key_id="gateway:1", call=call
    )
    sent = orjson.dumps(body)
    headers = signing.sign("POST", URL, app_id=department.caller.app_id, private=department.private, body=sent)
    assert "报文解不开" in get(URL, method="POST", headers=headers, body=sent).json["message"]


def test_key_of_the_version_before_still_opens_after_a_rotation():
    department = Department()
    ring().rotate(envelopes.PURPOSE, Kind.SEAL)
    assert department.ask()[1]["code"] == "200"
    assert get("/gateway/keys").json["data"]["encryption"]["keyId"] == "gateway:2"


def test_wrapped_key_is_sm2_as_c1c3c2():
    department = Department()
    wrapped = sealed_bodies.seal_request(b"{}", public_from_pem(department.keys["encryption"]["public"]), key_id="gateway:1",
                                         call=Call("POST", URL, "a", "1", "2"))[0]["key"]
    assert len(b64decode(wrapped)) in (112, 113)
