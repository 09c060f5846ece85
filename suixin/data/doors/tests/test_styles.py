"""Calls signed as for other platforms: taken where the application may, once, within their time, for the resource they name."""

import hashlib
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

from suixin.data.doors import callers
from suixin.data.doors.tests.client import get, shared
from suixin.ground.people.applications import set_reach
from suixin.ground.people.errors import ReachRefused
from suixin.ground.people.models import Application
from suixin.kit import clock, signing, signing_styles
from suixin.kit.actor import SYSTEM
from suixin.kit.signing_styles import FOREIGN, TOLERANCE_MS, Style

pytestmark = pytest.mark.django_db
URL = "/gateway/people_list/lookup?code=k000003"


def allowed(*styles, networks=()):
    """A caller that may sign in those styles, from those networks."""
    caller, _ = shared()
    set_reach(Application.objects.get(), networks=networks, styles=styles, actor=SYSTEM, reason="对接省平台")
    callers.forget()
    return caller


def national(caller, style=Style.NATIONAL, sid="people_list", late_ms=0, secret=None):
    stamp = str(int(clock.now().timestamp() * 1000) - late_ms)
    sign = signing_styles.national(sid, caller.app_id, stamp, secret=secret or caller.secret)
    return {f"{style}_rid": caller.app_id, f"{style}_sid": sid, f"{style}_rtime": stamp, f"{style}_sign": sign}


def irs(caller, query="code=k000003", late_ms=0):
    moment = formatdate(clock.now().timestamp() - late_ms / 1000, usegmt=True)
    signed = signing_styles.irs(
        "GET", "/gateway/people_list/lookup", query, access_key=caller.app_id, moment=moment, secret=caller.secret
    )
    return {"X-BG-HMAC-ACCESS-KEY": caller.app_id, "X-BG-HMAC-ALGORITHM": "hmac-sha256", "X-BG-DATE-TIME": moment,
            "X-BG-HMAC-SIGNATURE": signed}


def tif(caller, nonce="n0nce", late_ms=0):
    stamp = str(int(clock.now().timestamp() - late_ms / 1000))
    return {"x-tif-paasid": caller.app_id, "x-tif-timestamp": stamp, "x-tif-nonce": nonce,
            "x-tif-signature": signing_styles.tif(stamp, caller.secret, nonce).upper()}


MADE: dict[Style, Callable[..., dict[str, str]]] = {Style.NATIONAL: national, Style.IRS: irs, Style.TIF: tif}


@pytest.mark.parametrize("style", MADE)
def test_call_is_answered_once_and_only_when_switched_on(style):
    caller = allowed(style)
    headers = MADE[style](caller)
    assert get(URL, headers=headers).json["data"]["name"] == "张*"
    assert get(URL, headers=headers).json["code"] == "api-409"
    set_reach(Application.objects.get(), networks=[], styles=[one for one in FOREIGN if one is not style], actor=SYSTEM, reason="停用")
    callers.forget()
    refused = get(URL, headers=MADE[style](caller)).json
    assert (refused["code"], "未开启" in refused["message"]) == ("api-401", True)


@pytest.mark.parametrize("style", MADE)
def test_clock_off_by_more_than_the_style_allows_is_refused(style):
    caller = allowed(style)
    assert get(URL, headers=MADE[style](caller, late_ms=TOLERANCE_MS[style] - 5_000)).json["code"] == "200"
    for late in (TOLERANCE_MS[style] + 2_000, -TOLERANCE_MS[style] - 3_000):
        assert "允许" in get(URL, headers=MADE[style](caller, late_ms=late)).json["message"]


@pytest.mark.parametrize(("style", "changes"), [
    (Style.NATIONAL, {"gjzwfwpt_sign": "AAAA"}), (Style.NATIONAL, {"gjzwfwpt_rtime": "1"}), (Style.NATIONAL, {"gjzwfwpt_rid": ""}),
    (Style.NATIONAL, {"gjzwfwpt_sid": "other"}), (Style.NATIONAL, {"gjzwfwpt_rid": "a' OR 1=1 --"}),
    (Style.IRS, {"X-BG-DATE-TIME": "yesterday"}), (Style.IRS, {"X-BG-HMAC-ALGORITHM": "hmac-md5"}),
    (Style.IRS, {"X-BG-HMAC-SIGNATURE": "x"}),
    (Style.TIF, {"x-tif-signature": "é"}), (Style.TIF, {"x-tif-nonce": "other"}), (Style.TIF, {"x-tif-timestamp": "²²²²²²²²²²"}),
])  # fmt: skip
def test_broken_call_is_refused(style, changes):
    caller = allowed(style)
    got = get(URL, headers=MADE[style](caller) | changes)
    assert (got.status, got.json["code"]) == (401, "api-401")


def test_national_fields_may_stand_among_the_parameters():
    caller = allowed(Style.NATIONAL)
    fields = "&".join(f"{name}={quote(value, safe='')}" for name, value in national(caller).items())
    assert get(f"{URL}&{fields}").json["code"] == "200"


def test_query_is_signed_by_irs_and_another_is_refused():
    caller = allowed(Style.IRS)
    assert get(f"{URL}&columns=code", headers=irs(caller, query="code=k000003&columns=code")).json["code"] == "200"
    assert get(f"{URL}&columns=name", headers=irs(caller, query="code=k000003&columns=code")).json["code"] == "api-401"


def test_older_exchange_fetches_a_temporary_secret_and_signs_with_it():
    caller = allowed(Style.EXCHANGE)
    asked = national(caller, Style.EXCHANGE, sid="s_demo")
    got = get("/sysapi/auth/refreshappsecret", method="POST", headers=asked).json
    key = hashlib.sha1(hashlib.sha1(caller.secret).digest()).digest()[:16]
    opened = Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(b64decode(got["data"]["secret"]))
    temporary = opened[: -opened[-1]]
    assert (got["code"], got["data"]["secretEndTime"] > clock.now().timestamp() * 1000) == ("0", True)
    assert get(URL, headers=national(caller, Style.EXCHANGE, secret=temporary)).json["code"] == "200"
    assert get(URL, headers=national(caller, Style.EXCHANGE)).json["code"] == "api-401"
    assert get("/sysapi/auth/refreshappsecret", method="POST", headers=asked).json["code"] == "api-409"
    assert get("/sysapi/auth/refreshappsecret", method="POST").json["code"] == "api-401"
    assert get("/sysapi/auth/refreshappsecret").status == 405


def test_other_styles_do_not_open_doors_whose_body_they_would_not_sign():
    caller = allowed(*FOREIGN)
    got = get("/api/v1/push/any", method="POST", headers=national(caller, sid="any"))
    assert (got.json["code"], "X-App-Id" in got.json["message"]) == ("api-401", True)


@pytest.mark.parametrize(("address", "status"), [("10.1.2.3", 200), ("10.2.0.1", 403), ("::ffff:10.1.2.3", 200), ("", 403), ("unix:", 403)])
def test_application_calls_from_its_networks_only(address, status):
    caller = allowed(networks=["10.1.0.0/16", "192.168.1.5"])
    headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
    assert get(URL, headers=headers, REMOTE_ADDR=address).status == status


def test_address_behind_a_trusted_proxy_counts_and_a_written_one_does_not(monkeypatch):
    caller = allowed(networks=["10.1.0.0/16"])
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, proxies=("127.0.0.1",)))

    def status(peer, forwarded):
        headers = signing.sign("GET", URL, app_id=caller.app_id, secret=caller.secret)
        return get(URL, headers=headers | {"X-Forwarded-For": forwarded}, REMOTE_ADDR=peer).status

    assert [status("127.0.0.1", "10.1.2.3"), status("127.0.0.1", "10.1.2.3, 9.9.9.9"), status("9.9.9.9", "10.1.2.3")] == [200, 403, 403]


@pytest.mark.parametrize(("networks", "styles", "word"), [
    (["10.1.0.0/33"], [], "10.1.0.0/33"), (["a"], [], "网段"), ([], ["md5"], "md5"), ([f"10.0.0.{n}" for n in range(60)], [], "最多"),
])  # fmt: skip
def test_reach_that_is_none_is_a_sentence(networks, styles, word):
    shared()
    with pytest.raises(ReachRefused, match=word):
        set_reach(Application.objects.get(), networks=networks, styles=styles, actor=SYSTEM, reason="试")
