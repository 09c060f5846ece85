"""Signing in at a real provider, and every way in which it must not succeed."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
import requests
from joserfc.jwk import RSAKey
from pytest_django.live_server_helper import LiveServer

from suixin.ground.audit.models import Record
from suixin.ground.people.models import Account
from suixin.ground.people.residents import signin
from suixin.ground.people.residents.models import Resident, ResidentSession, SignInAttempt
from suixin.ground.people.residents.oidc import client
from tests.identity.conftest import Identity, Person, parameters

pytestmark = pytest.mark.django_db(transaction=True)


def refused(answer: requests.Response, status: int, words: str) -> None:
    """A page with that sentence, and nobody signed in."""
    assert (answer.status_code, words in answer.text) == (status, True), answer.text[:3000]
    assert not ResidentSession.objects.exists()


def test_resident_signs_in_and_is_named_masked(person: Person) -> None:
    page = person.sign_in("zhou")
    assert page.url == f"{person.site}/me/"
    assert "周**" in page.text
    assert "周玲建" not in page.text
    assert "510903********5035" in page.text
    resident = Resident.objects.get()
    assert (resident.name, resident.id_number, resident.level) == ("周玲建", "510903180101055035", 4)
    assert set(Record.objects.values_list("action", flat=True)) >= {"residents.registered", "residents.signed_in"}


def test_log_holds_no_name_and_no_number(person: Person) -> None:
    person.sign_in("zhou")
    told = " ".join(f"{one.actor_name} {one.object_key} {one.detail}" for one in Record.objects.all())
    assert not any(word in told for word in ("周玲建", "510903180101055035", "13900000001"))


def test_signing_in_again_finds_the_same_resident_and_follows_the_level_down(person: Person, identity: Identity) -> None:
    person.sign_in("zhou")
    identity.say("zhou", auth_level="L2")
    Person(person.site, identity).sign_in("zhou")
    resident = Resident.objects.get()
    assert resident.level == 2
    assert Record.objects.get(action="residents.level_changed").detail == {"before": 4, "after": 2}


def test_browser_that_proved_less_gains_nothing_when_its_resident_proves_more(person: Person, identity: Identity) -> None:
    identity.say("zhou", auth_level="L2")
    person.sign_in("zhou")
    identity.say("zhou", auth_level="L4")
    other = Person(person.site, identity)
    other.sign_in("zhou")
    assert "/login/" in person.get("/me/").url
    assert other.get("/me/").url.endswith("/me/")
    assert Record.objects.filter(action="residents.signed_in").latest("pk").detail["weaker_ended"] == 1


def test_staff_are_no_residents_and_residents_no_staff(person: Person) -> None:
    person.sign_in("zhou")
    assert "/console/login/" in person.get("/console/").url
    assert not Account.objects.exists()


def test_code_is_good_once(person: Person) -> None:
    back = person.consent(person.begin(), "zhou")
    assert person.get(back).url.endswith("/me/")
    refused_again = person.get(back)
    assert (refused_again.status_code, "已经用过" in refused_again.text) == (400, True)


def test_code_stolen_into_another_sign_in_is_refused_by_its_verifier(person: Person, identity: Identity) -> None:
    stolen = parameters(person.consent(person.begin(), "zhou"))["code"]
    thief = Person(person.site, identity)
    state = parameters(thief.begin())["state"]
    refused(thief.get(f"/login/province/back?code={stolen}&state={state}"), 401, "不认这次登录")


def test_sign_in_finished_in_another_browser_is_refused(person: Person, identity: Identity) -> None:
    attackers = person.consent(person.begin(), "zhou")
    refused(Person(person.site, identity).get(attackers), 400, "不是在这个浏览器里开始的")


def test_state_of_another_attempt_is_refused(person: Person, identity: Identity) -> None:
    mine = parameters(person.consent(person.begin(), "zhou"))["code"]
    theirs = parameters(Person(person.site, identity).begin())["state"]
    refused(person.get(f"/login/province/back?code={mine}&state={theirs}"), 400, "不是在这个浏览器里开始的")


@pytest.mark.parametrize("query", ["", "code=x", "state=", "state=nothing&code=x"])
def test_way_back_without_a_way_out_is_refused(person: Person, query: str) -> None:
    refused(person.get(f"/login/province/back?{query}"), 400, "状态参数不对")


def test_who_cancels_is_told_so(person: Person) -> None:
    refused(person.get(person.refuse(person.begin(), "zhou")), 400, "取消了登录")


def test_provider_s_other_errors_are_told_without_its_words(person: Person) -> None:
    state = parameters(person.begin())["state"]
    page = person.get(f"/login/province/back?state={state}&error=server_error&error_description=<script>")
    refused(page, 400, "server_error")
    assert "<script>" not in page.text


@pytest.mark.parametrize("kind", ["audience", "nonce", "issuer", "late", "none", "stranger", "confused"])
def test_spoilt_token_signs_nobody_in(person: Person, identity: Identity, kind: str) -> None:
    identity.lie(kind)
    refused(person.get(person.consent(person.begin(), "zhou")), 401, "没有通过核验")
    assert not Resident.objects.exists()


def test_key_that_came_after_we_read_the_keys_is_fetched(person: Person, identity: Identity) -> None:
    begun = person.begin()
    old = RSAKey.generate_key(2048, auto_kid=True).as_dict(private=False)
    client._kept[f"{identity.issuer}/.well-known/jwks.json"] = (1e12, {"keys": [old]})  # what we had read before
    assert person.get(person.consent(begun, "zhou")).url.endswith("/me/")


def test_attempt_that_took_too_long_is_refused(person: Person) -> None:
    back = person.consent(person.begin(), "zhou")
    attempt = SignInAttempt.objects.get()
    SignInAttempt.objects.update(at=attempt.at - signin.ATTEMPT * 2)
    refused(person.get(back), 400, "已失效")


def test_provider_that_is_down_is_told_so(person: Person, settings: SimpleNamespace) -> None:
    settings.SUIXIN = replace(settings.SUIXIN, oidc_issuer=(("province", "http://127.0.0.1:9/o"),))
    refused(person.get("/login/province/"), 503, "没有应答")


@pytest.mark.parametrize("after", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\/evil.example", "javascript:alert(1)", "/console/",
    "/login/province/", "/%0d%0aSet-Cookie:x=1", "///evil.example", "/me/\r\nX: y",
])
def test_next_leads_nowhere_else(person: Person, after: str) -> None:
    back = person.consent(person.begin(after), "zhou")
    target = person.browser.get(back, allow_redirects=False, timeout=60).headers["Location"]
    assert target in ("/me/", "/%0d%0aSet-Cookie:x=1")


def test_next_leads_to_a_page_of_ours(person: Person) -> None:
    assert person.sign_in("zhou", "/me/traces/").url == f"{person.site}/me/traces/"


def test_every_sign_in_has_a_new_token_and_ends_the_old_one(person: Person) -> None:
    person.browser.cookies.set("resident", "fixed-by-an-attacker", domain="localhost.local", path="/")
    person.sign_in("zhou")
    first = person.browser.cookies["resident"]
    assert first != "fixed-by-an-attacker"
    SignInAttempt.objects.all().delete()
    person.sign_in("zhou", "/me/")
    assert ResidentSession.objects.filter(ended_at=None).count() == 1


def test_too_many_starts_from_one_address_are_refused(person: Person) -> None:
    for _ in range(signin.PER_ADDRESS):
        person.begin()
    answer = person.get("/login/province/")
    refused(answer, 429, "登录得太频繁")
    assert answer.headers["Retry-After"]


def test_suspended_resident_is_told_where_to_ask(person: Person, identity: Identity) -> None:
    person.sign_in("zhou")
    Resident.objects.update(is_active=False)
    answer = Person(person.site, identity).sign_in("zhou")
    assert (answer.status_code, "暂停登录" in answer.text) == (403, True)
    assert "/login/" in person.get("/me/").url


def test_signing_out_ends_the_session_here_and_offers_the_provider_s(person: Person, identity: Identity) -> None:
    person.sign_in("zhou")
    token = person.browser.cookies["resident"]
    page = person.post("/logout/")
    assert "同时退出" in page.text
    assert f"{identity.issuer}/logout/?client_id=" in page.text
    person.browser.cookies.set("resident", token, domain="localhost.local", path="/")
    assert "/login/" in person.get("/me/").url


def test_login_page_says_plainly_when_nothing_is_configured(live_server: LiveServer, settings: SimpleNamespace) -> None:
    settings.SUIXIN = replace(settings.SUIXIN, oidc_issuer=())
    page = requests.get(f"{live_server.url}/login/", timeout=60)
    assert "还没有接入身份提供方" in page.text
