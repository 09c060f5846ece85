"""Keys of applications at the gateway: SM2, several at once, rotated under load, expired, revoked, clocks that differ."""

import base64
import subprocess
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suixin.data.doors import callers
from suixin.data.doors.tests.client import Caller, get, shared
from suixin.ground.audit.models import Record
from suixin.ground.people import applications
from suixin.ground.people.applications import NewKey, make_key, revoke_key, rotate_key, set_application_active
from suixin.ground.people.models import Application, ApplicationKey, KeyKind
from suixin.kit import clock, signing
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import private_from_pem, public_to_pem, signature_to_der, sm2_keypair

pytestmark = pytest.mark.django_db
URL = "/gateway/people_list/lookup?code=k000003"


def application() -> Application:
    return Application.objects.get()


def add_sm2() -> tuple[bytes, ApplicationKey]:
    """A key pair of the department, its public half registered; the private one stays here."""
    pair = sm2_keypair()
    key, secret = make_key(application(), NewKey(KeyKind.SM2, public_to_pem(pair.public)), actor=SYSTEM, reason="上线")
    assert secret == ""
    return pair.private, key


def signed(private: bytes, key_id: str = "") -> dict[str, str]:
    return signing.sign("GET", URL, app_id="hospital", private=private, key_id=key_id)


def refusal(headers: dict[str, str]) -> str:
    callers.forget()
    got = get(URL, headers=headers)
    assert (got.status, got.json["code"]) == (401, "api-401")
    return str(got.json["message"])


def test_sm2_signature_is_accepted_as_hex_and_as_der() -> None:
    shared()
    private, key = add_sm2()
    assert get(URL, headers=signed(private)).json["code"] == "200"
    assert get(URL, headers=signed(private, key_id=key.key_id)).json["code"] == "200"
    headers = signed(private)
    der = base64.b64encode(signature_to_der(bytes.fromhex(headers["X-Signature"]))).decode()
    assert get(URL, headers=headers | {"X-Signature": der}).json["code"] == "200"


def test_signature_made_by_the_openssl_command_is_accepted(tmp_path) -> None:
    shared()
    private, text = tmp_path / "private.pem", tmp_path / "text"
    subprocess.run(["openssl", "genpkey", "-algorithm", "SM2", "-out", private], check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", private, "-pubout"], check=True, capture_output=True).stdout.decode()
    make_key(application(), NewKey(KeyKind.SM2, public), actor=SYSTEM, reason="上线")
    headers = signed(private_from_pem(private.read_text()))
    caller = (headers["X-App-Id"], headers["X-Timestamp"], headers["X-Nonce"])
    text.write_bytes(signing.string_to_sign("GET", "/gateway/people_list/lookup", "code=k000003", body=b"", caller=caller))
    words = ["-sign", "-rawin", "-digest", "sm3", "-inkey", private, "-in", text, "-pkeyopt", "distid:1234567812345678"]
    der = subprocess.run(["openssl", "pkeyutl", *words], check=True, capture_output=True).stdout
    assert get(URL, headers=headers | {"X-Signature": base64.b64encode(der).decode()}).json["code"] == "200"


@pytest.mark.parametrize("signature", ["", "0" * 128, "0" * 64, "é", "AAAA", "zz" * 64, base64.b64encode(b"0" * 70).decode()])
def test_what_is_no_sm2_signature_is_refused(signature: str) -> None:
    shared()
    private, _ = add_sm2()
    assert "签名" in refusal(signed(private) | {"X-Signature": signature})


def test_key_of_another_pair_kind_or_number_is_refused() -> None:
    caller, _ = shared()
    private, key = add_sm2()
    assert "签名不符" in refusal(signed(sm2_keypair().private))
    assert "X-Key-Id" in refusal(signed(private, key_id="k0-none"))
    assert "没有编号" in refusal(signing.sign("GET", URL, app_id="hospital", secret=caller.secret, key_id=key.key_id))


def test_both_keys_sign_during_the_overlap_and_only_the_new_one_after(monkeypatch) -> None:
    caller, _ = shared()
    _, secret = rotate_key(application().keys.get(), NewKey(), actor=SYSTEM, reason="每季轮换")
    fresh = Caller(caller.app_id, secret.encode())
    assert [one.get(URL).json["code"] for one in (caller, fresh)] == ["200", "200"]
    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert "到期" in refusal(signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret))


def test_revoked_key_is_refused_with_the_instant_and_others_go_on() -> None:
    caller, _ = shared()
    private, key = add_sm2()
    revoke_key(key, actor=SYSTEM, reason="私钥泄露")
    assert f"密钥 {key.key_id} 已于" in refusal(signed(private))
    assert caller.get(URL).json["code"] == "200"
    told = list(Record.objects.filter(action__contains="application_key").values_list("action", flat=True))
    assert set(told) >= {"people.application_key_made", "people.application_key_revoked"}


def test_revocation_counts_within_a_second_without_anybody_saying_so(monkeypatch) -> None:
    caller, _ = shared()
    assert caller.get(URL).json["code"] == "200"
    revoke_key(application().keys.get(), actor=SYSTEM, reason="泄露")
    later = time.monotonic() + 1.0
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert caller.get(URL).status == 401


def test_disabled_application_is_refused() -> None:
    shared()
    private, _ = add_sm2()
    set_application_active(application(), is_active=False, actor=SYSTEM, reason="停用")
    assert "已停用" in refusal(signed(private))


@pytest.mark.parametrize(("hours", "word"), [(-1, "慢 3600 秒"), (1, "快 3600 秒")])
def test_clock_an_hour_off_is_told_by_how_much_and_spends_no_nonce(hours: int, word: str) -> None:
    caller, _ = shared()
    stamp = int((clock.now().timestamp() + 3600 * hours) * 1000)
    nonce = "n" * 20
    headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret, timestamp_ms=stamp, nonce=nonce)
    message = refusal(headers)
    assert f"{clock.now():%F %H:}" in message
    assert word[:1] in message
    assert abs(int(message.split(word[:1] + " ")[1].split()[0]) - 3600) <= 5
    again = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret, nonce=nonce)
    assert get(URL, headers=again).json["code"] == "200"


def test_signed_sm2_call_is_accepted_once() -> None:
    shared()
    headers = signed(add_sm2()[0])
    assert [get(URL, headers=headers).status for _ in range(2)] == [200, 409]


def test_warm_call_asks_the_database_nothing_but_to_spend_its_nonce() -> None:
    caller, _ = shared()
    caller.get(URL)
    with CaptureQueriesContext(connection) as asked:
        assert caller.get(URL).json["code"] == "200"
    wanted = ["spentnonce"] if connection.vendor == "postgresql" else []  # with SQLite it is spent in the access log
    assert [word for query in asked for word in ("spentnonce", "people_") if word in query["sql"]] == wanted
    assert len(asked) == len(wanted)


def test_use_of_a_key_is_noted() -> None:
    caller, _ = shared()
    applications._noted.clear()
    caller.get(URL)
    assert application().keys.get().last_used_at is not None


@pytest.mark.django_db(transaction=True)
def test_no_call_fails_while_keys_rotate() -> None:
    caller, _ = shared()
    statuses, latest, stop = [], [caller.secret], threading.Event()

    def call() -> None:
        while not stop.is_set():
            statuses.append(Caller(caller.app_id, latest[0]).get(URL).status)
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        newest = application().keys.usable(clock.now())[0]
        latest[0] = rotate_key(newest, NewKey(), actor=SYSTEM, reason="轮换")[1].encode()
        goal = len(statuses) + 6
        while len(statuses) < goal and all(thread.is_alive() for thread in threads):
            stop.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    assert len(statuses) >= 24
