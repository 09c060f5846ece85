"""Lookups: every refusal has the code of standards/data.md 6.5, and every call is in the log before its answer."""

import sqlite3
import time

import httpx
import pytest

from suixin.data.access import settling
from suixin.kit.signing import sign
from tests.attacks.conftest import Site

LOOKUP = "/gateway/people/lookup?code="


def told(answer: httpx.Response) -> tuple[int, str]:
    """HTTP status and code; the answer has its four members and a sentence."""
    body = answer.json()
    assert set(body) == {"code", "message", "data", "trace_id"}
    assert body["message"]
    return answer.status_code, body["code"]


def test_good_call_is_answered_masked(site: Site) -> None:
    answer = site.signed("good", LOOKUP + site.key)
    assert told(answer) == (200, "200")
    assert answer.json()["data"] == {"code": "K005", "name": "张**", "amount": 5}


@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        ("good", LOOKUP + "K999", (200, "204")),
        ("filtered", LOOKUP + "K005", (200, "204")),
        ("filtered", LOOKUP + "K025", (200, "200")),
        ("good", LOOKUP + "K005&columns=code,phone", (403, "api-4032")),
        ("good", LOOKUP + "K005&columns=code,none", (400, "api-400")),
        ("good", LOOKUP + "K005&code=K006", (400, "api-400")),
        ("good", LOOKUP + "K005%00", (400, "api-400")),
        ("good", LOOKUP + "'%20OR%201=1--", (200, "204")),
        ("good", "/gateway/people/lookup?name=x", (400, "api-400")),
        ("good", "/gateway/nothing/lookup?code=A1", (404, "res-404")),
        ("expired", LOOKUP + "K005", (403, "api-4031")),
        ("suspended", LOOKUP + "K005", (403, "api-4033")),
        ("reader", LOOKUP + "K005", (403, "api-403")),
        ("off", LOOKUP + "K005", (401, "api-401")),
    ],
)
def test_code_of(site: Site, kind: str, path: str, expected: tuple[int, str]) -> None:
    assert told(site.signed(kind, path)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"X_Signature": "0" * 64}, {"X_Signature": ""}, {"X_App_Id": "nobody"}, {"X_App_Id": "expired"}, {"X_App_Id": "a' OR 1=1"},
        {"X_Nonce": "b" * 32}, {"X_Nonce": "short"}, {"X_Nonce": ""}, {"X_Timestamp": "1"}, {"X_Timestamp": "9" * 13},
        {"X_Timestamp": "²" * 13}, {"X_Sign_Alg": "none"}, {"X_Signature": "é" * 64},
    ],
    ids=str,
)  # fmt: skip
def test_changed_header_is_401(site: Site, changes: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in changes.items()}
    assert told(site.signed("good", LOOKUP + site.key, **raw)) == (401, "api-401")  # type: ignore[arg-type]  # bytes go out as they are


@pytest.mark.parametrize("minutes", [-6, 6])
def test_stale_and_future_timestamps_are_401(site: Site, minutes: int) -> None:
    stamp = int(time.time() * 1000) + minutes * 60_000
    path, secret = LOOKUP + site.key, site.secrets["good"].encode()
    headers = sign("GET", site.url + path, app_id="good", secret=secret, timestamp_ms=stamp)
    assert told(site.get(path, headers=headers)) == (401, "api-401")


def test_replay_is_409_at_every_worker(site: Site) -> None:
    path = LOOKUP + site.key
    headers = sign("GET", site.url + path, app_id="good", secret=site.secrets["good"].encode())
    assert told(site.get(path, headers=headers)) == (200, "200")
    assert {told(site.get(path, headers=headers)) for _ in range(12)} == {(409, "api-409")}


def test_signature_of_one_address_does_not_fit_another(site: Site) -> None:
    headers = sign("GET", site.url + LOOKUP + "K001", app_id="good", secret=site.secrets["good"].encode())
    assert told(site.get(LOOKUP + "K002", headers=headers)) == (401, "api-401")


def test_revoked_grant_ends_at_once(site: Site) -> None:
    assert told(site.signed("doomed", LOOKUP + site.key)) == (200, "200")
    site.run("revoke", "doomed")
    assert {told(site.signed("doomed", LOOKUP + site.key)) for _ in range(6)} == {(403, "api-403")}


def test_record_is_in_the_log_when_the_answer_arrives(site: Site) -> None:
    for kind in ("good", "expired", "off"):
        trace = site.signed(kind, LOOKUP + site.key).json()["trace_id"]
        settling.settle(site.home / "state" / "access.sqlite", site.home / "state" / "journal")
        with sqlite3.connect(site.home / "state" / "access.sqlite") as log:
            found = log.execute("SELECT subject, door FROM access WHERE trace_id = ?", (trace,)).fetchall()
        assert found == [(kind, "gateway")]
