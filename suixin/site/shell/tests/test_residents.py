"""Pages of residents: whose they are, what they show and to whom not. Signing in itself: tests/identity."""

import csv
import io
import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from suixin.data.access import log
from suixin.data.access.tests.factories import CLERK, make_resource, node_at
from suixin.ground.people.actions import create_account
from suixin.ground.people.residents.actions import AgencyTerms, give_agency
from suixin.ground.people.residents.models import Agency, Resident, ResidentSession
from suixin.ground.people.residents.queries import actor_of_session
from suixin.ground.people.residents.tests.factories import FIRM, NAMES, NUMBERS, resident, session
from suixin.ground.security.subjects import subject_index
from suixin.kit import clock
from suixin.kit.actor import Actor, ActorKind
from suixin.site.shell.resident_urls import urlpatterns

pytestmark = pytest.mark.django_db
MINE = ["/me/", "/me/doubts/", "/me/traces/", "/me/traces.csv", "/me/signins/", "/me/firms/", "/me/close/"]
POSTED = ["/me/signins/end/", "/me/firms/act/", "/me/close/", "/me/firms/", "/logout/"]


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    """A node of its own, so that the access log is empty."""
    with node_at(tmp_path, monkeypatch):
        yield


def signed_in(of: Resident, *, for_firm: bool = False) -> Client:
    """A browser in which the resident is signed in."""
    token, browser = secrets.token_hex(8), Client()
    session(of, token, for_firm=for_firm)
    browser.cookies["resident"] = token
    return browser


def read_about(number: str, *, reader: str = "welfare", days_ago: int = 0, rows: int = 1) -> None:
    """One reading in the access log."""
    at = int((clock.now() - timedelta(days=days_ago)).timestamp() * 1000)
    actor = Actor(ActorKind.APPLICATION, reader, reader, CLERK.organisation)
    log.write(log.Access(secrets.token_hex(16), at, actor, "gateway", "lookup", "307001/people_list", "200", 9,
                         rows=rows, subjects=(subject_index(number),)))


def offer(to: str = "ouyang") -> Agency:
    boss = session(resident("feng", firms=(FIRM,)), secrets.token_hex(8), for_firm=True)
    terms = AgencyTerms(NAMES[to], NUMBERS[to], ["affairs"], clock.today() + timedelta(days=9))
    return give_agency(boss, terms, actor=actor_of_session(boss))


def test_every_page_of_one_s_own_sends_strangers_to_sign_in() -> None:
    for path in MINE:
        answer = Client().get(path)
        assert (answer.status_code, answer.headers["Location"].startswith("/login/?next=%2Fme%2F")) == (302, True), path


def test_every_address_under_me_is_walked() -> None:
    named = {reverse(one.name) for one in urlpatterns if one.name and one.name.startswith("me") and one.name != "me-agency"}
    assert named == {path for path in MINE + POSTED if path.startswith("/me/")}


def test_staff_signed_in_as_staff_are_strangers_here() -> None:
    staff = Client()
    staff.force_login(create_account("officer", "a-long-Password-1", roles=()), backend="django.contrib.auth.backends.ModelBackend")
    assert [staff.get(path).status_code for path in MINE] == [302] * len(MINE)
    assert [staff.post(path).status_code for path in POSTED[:4]] == [302] * 4


def test_resident_is_a_stranger_at_the_console() -> None:
    assert signed_in(resident()).get("/console/").headers["Location"].startswith("/console/login/")


def test_resident_opens_every_page_and_none_is_kept_by_caches() -> None:
    browser = signed_in(resident())
    for path in MINE:
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store"), path
        assert not any(number in answer.content.decode() for number in (*NUMBERS.values(), *NAMES.values())), path


@pytest.mark.parametrize("path", POSTED)
def test_form_without_its_token_is_refused(path: str) -> None:
    mine = resident()
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["resident"] = "token"
    session(mine, "token")
    assert browser.post(path).status_code == 403
    assert ResidentSession.objects.filter(ended_at=None).count() == 1


@pytest.mark.parametrize("answer", ["accept", "give-up", "revoke", "else"])
def test_resident_a_does_nothing_to_what_is_b_s(answer: str) -> None:
    agency = offer()
    stranger = signed_in(resident("zhou"))
    assert stranger.post(f"/me/firms/{agency.uuid}/{answer}/").status_code == 404
    agency.refresh_from_db()
    assert (agency.accepted_at, agency.revoked_at) == (None, None)
    representative = Agency.objects.get(kind="legal_representative")
    assert stranger.post("/me/firms/act/", {"agency": str(representative.uuid)}).status_code == 404
    assert stranger.post("/me/firms/act/", {"agency": "x"}).status_code == 404


def test_traces_name_department_resource_basis_and_not_other_people_s() -> None:
    make_resource()
    read_about(NUMBERS["zhou"])
    read_about(NUMBERS["feng"], rows=0)
    page = signed_in(resident()).get("/me/traces/").content.decode()
    assert ("试验名单" in page, "市数据局" in page, "查到" in page, "没有查到" in page) == (True, True, True, False)


def test_traces_are_refused_below_real_name() -> None:
    read_about(NUMBERS["zhou"])
    browser = signed_in(resident(level=2))
    assert [browser.get(path).status_code for path in ("/me/traces/", "/me/traces.csv")] == [403, 403]
    assert "实名" in browser.get("/me/traces/").content.decode()


def test_firm_s_representative_sees_the_firm_s_traces_and_an_agent_without_that_scope_does_not() -> None:
    read_about(FIRM.uscc, reader="market")
    assert "market" in signed_in(resident("feng", firms=(FIRM,)), for_firm=True).get("/me/traces/").content.decode()
    agency = offer()
    browser = signed_in(resident("ouyang"))
    browser.post(f"/me/firms/{agency.uuid}/accept/")
    browser.post("/me/firms/act/", {"agency": str(agency.uuid)})
    assert browser.get("/me/traces/").status_code == 403


def test_traces_are_paged_and_narrowed_by_days() -> None:
    for days in range(25):
        read_about(NUMBERS["zhou"], reader=f"reader-{24 - days:02}", days_ago=24 - days)
    browser = signed_in(resident())
    first = browser.get("/me/traces/").content.decode()
    assert (first.count("<tr>"), "before=6" in first) == (21, True)
    assert browser.get("/me/traces/?before=6").content.decode().count("<tr>") == 6
    today = clock.today()
    narrowed = browser.get("/me/traces/", {"first": str(today - timedelta(days=2)), "last": str(today)}).content.decode()
    assert narrowed.count("<tr>") == 4
    wrong = browser.get("/me/traces/", {"first": "2024-02-02", "last": "2024-01-01"}).content.decode()
    assert "起始日期在截止日期之后" in wrong
    assert "没有记录" in browser.get("/me/traces/?last=2020-01-01").content.decode()


def test_file_of_traces_runs_no_formula() -> None:
    read_about(NUMBERS["zhou"], reader="=cmd|' /C calc'!A0")
    answer = signed_in(resident()).get("/me/traces.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (len(rows), rows[1][2][0]) == (2, "'")


def test_wrong_agency_is_told_beside_the_form() -> None:
    browser = signed_in(resident("feng", firms=(FIRM,)), for_firm=True)
    typed = {"name": "欧阳立秋", "id_number": "123", "scopes": ["traces"], "valid_to": clock.today().isoformat()}
    answer = browser.post("/me/firms/", typed)
    assert (answer.status_code, "末位校验不符" in answer.content.decode()) == (422, True)
    assert browser.post("/me/firms/", {**typed, "id_number": NUMBERS["ouyang"]}).status_code == 302


def test_other_sessions_end_and_this_one_stays() -> None:
    mine = resident()
    here, there = signed_in(mine), signed_in(mine)
    here.post("/me/signins/end/")
    assert (here.get("/me/").status_code, there.get("/me/").status_code) == (200, 302)


def test_closing_asks_twice_then_signs_out() -> None:
    browser = signed_in(resident())
    assert browser.post("/me/close/").status_code == 422
    assert "账户已注销" in browser.post("/me/close/", {"sure": "on"}).content.decode()
    assert browser.get("/me/").status_code == 302


def test_cookie_of_a_session_that_is_over_is_dropped() -> None:
    browser = Client()
    browser.cookies["resident"] = "stale"
    assert browser.get("/").cookies["resident"].value == ""


def test_made_up_people_sign_in_on_the_page_where_the_setting_lets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "模拟登录" not in Client().get("/login/").content.decode()
    assert Client().post("/login/", {"account": "zhou", "password": "x"}).status_code == 405
    monkeypatch.setattr(settings, "SUIXIN", replace(settings.SUIXIN, simulated_identity=True, demo_password="demonstration-only"))
    browser = Client()
    page = browser.get("/login/", {"next": "/my/cases/"}).content.decode()
    assert ("模拟登录" in page, "周玲建" in page, 'value="/my/cases/"' in page, "还没有接入身份提供方" in page) == (True, True, True, False)
    wrong = browser.post("/login/", {"account": "feng", "password": "x", "next": "/my/cases/"})
    page = wrong.content.decode()
    assert (wrong.status_code, "账号或密码不对" in page, 'value="feng" selected' in page) == (401, True, True)
    assert browser.get("/me/").status_code == 302
    right = browser.post("/login/", {"account": "feng", "password": "demonstration-only", "next": "/my/cases/"})
    assert (right.status_code, right.headers["Location"], browser.get("/me/").status_code) == (302, "/my/cases/", 200)
    abroad = Client().post("/login/", {"account": "feng", "password": "demonstration-only", "next": "https://evil.example/"})
    assert abroad.headers["Location"] == "/me/"
