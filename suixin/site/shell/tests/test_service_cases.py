"""Applying and handling on pages, without script: the resident, the window, the department, the supervisor; each its own."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from suixin.data.catalog.tests import offices
from suixin.ground.files.models import Attachment
from suixin.ground.people.models import Account
from suixin.ground.people.residents.admission import admitted
from suixin.ground.people.residents.models import Resident
from suixin.ground.people.residents.rules import Identity, TrustLevel
from suixin.ground.people.residents.tests.factories import FIRM, NUMBERS, resident
from suixin.kit.actor import Actor
from suixin.kit.checksums import resident_id_check_char
from suixin.services.cases.attached import Card
from suixin.services.cases.models import Application, Case, State
from suixin.services.cases.tests import factories
from suixin.services.cases.tests.factories import Town, accepted, decide, opened, town
from suixin.site.shell.queries import cases_shown, links
from suixin.site.shell.tests.test_residents import signed_in

pytestmark = pytest.mark.django_db
MINOR = "51090321990101001" + resident_id_check_char("51090321990101001")  # born in 2199
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def place() -> Town:
    return town()


def staff(actor: Actor) -> Client:
    browser = Client()
    browser.force_login(Account.objects.get(username=actor.key), backend="django.contrib.auth.backends.ModelBackend")
    return browser


def text(browser: Client, path: str, **query: str) -> str:
    answer = browser.get(path, query)
    assert answer.status_code == 200, answer.content.decode()[:2000]
    return str(answer.content.decode())


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def step(browser: Client, path: str, **filled: object) -> str:
    """The next page of the form, after this one was filled in."""
    page = text(browser, path)
    posted = {name: hidden(page, name) for name in ("_token", "_revision", "_page", "_shown")}
    answer = browser.post(path.partition("?")[0], {**posted, "_end": "1", "_do": "next", **filled})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return str(answer.headers["Location"])


def applied(browser: Client, place: Town) -> str:
    """The review page of an application, all filled in."""
    path = step(browser, f"/apply/{place.item.code}/", mobile="13900000009")
    path = step(browser, path, q1="租赁", q2="4")
    path = step(browser, path, m1=SimpleUploadedFile("表.pdf", PDF), m3=SimpleUploadedFile("合同.pdf", PDF))
    return step(browser, path, delivery="window", statement="agreed")


def test_resident_applies_keeps_a_draft_and_gets_one_receipt_whatever_is_clicked_twice(place: Town) -> None:
    browser = signed_in(place.person)
    assert f"/apply/{place.item.code}/" in text(Client(), f"/guides/{place.item.code}")
    review = applied(browser, place)
    assert "没填完的申请" in text(browser, "/my/cases/")
    page = text(browser, review)
    posted = {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"}
    answers = [browser.post(f"/apply/{place.item.code}/", posted) for _ in range(2)]
    case = Case.objects.get()
    assert [one.headers["Location"] for one in answers] == [f"/my/cases/{case.number}/"] * 2
    shown = text(browser, f"/my/cases/{case.number}/")
    for told in ("部门决定是否受理", "收件凭证", "已提交", "免提交", case.number):
        assert told in shown
    assert case.application.doubted.get().own == "13900000009"  # its own mobile stands beside that of the provider
    file = re.search(r"/my/files/[0-9a-f-]+/", shown)
    assert file
    assert b"".join(browser.get(file[0]).streaming_content) == PDF  # type: ignore[attr-defined]  # a file answers in parts
    asked = Client().get(f"/api/v1/cases/{case.number}", {"code": case.query_code}).json()
    assert (asked["state"], asked["accepted_at"]) == ("received", None)
    assert Client().get(f"/api/v1/cases/{case.number}", {"code": "0" * 12}).status_code == 404
    assert signed_in(resident("feng")).get(file[0]).status_code == 404
    assert signed_in(resident("feng")).get(f"/my/cases/{case.number}/").status_code == 404


def test_last_page_tells_for_whom_it_is_and_a_guardian_is_asked_for_minors_alone(place: Town) -> None:
    browser = signed_in(place.person)
    path = f"/apply/{place.item.code}/"
    assert "监护人" not in text(browser, path)
    review = text(browser, applied(browser, place))
    for told in ("为谁申请", "周玲建", "510903********5035"):
        assert told in review
    assert NUMBERS["zhou"] not in review
    assert "监护人" not in review
    with transaction.atomic():
        child = admitted(Identity("https://identity.example", "child", "周小", MINOR, "13900000007", TrustLevel.REAL_NAME))
    assert "监护人" in text(signed_in(child), path)
    boss = signed_in(resident("feng", firms=(FIRM,)), for_firm=True)
    told = text(boss, applied(boss, place))
    assert ("监护人" in told, FIRM.name in told, FIRM.uscc in told) == (False, True, True)


def test_receipt_stands_among_the_messages_and_waits_for_nobody_to_read_it(place: Town) -> None:
    case, browser = opened(place), signed_in(place.person)
    told = text(browser, "/my/messages/")
    assert ("收件凭证" in told, case.documents.get().number in told, "条未读" in told) == (True, True, False)


def test_window_finds_what_came_online_in_its_list_and_by_words_when_it_is_over(place: Town) -> None:
    case = opened(place)
    browser, link = staff(place.window), f'href="/console/service-cases/{case.number}/"'
    assert link in text(browser, "/console/service-cases/")
    decide(case, place.clerk, "reject", reason="不属于本机关职权")
    assert link not in text(browser, "/console/service-cases/")
    assert link in text(browser, "/console/service-cases/", q=case.number)
    assert link not in text(browser, "/console/service-cases/", q=case.number, state="live")


def test_what_speaks_against_an_application_is_told_on_its_page_and_the_draft_stays(place: Town) -> None:
    browser = signed_in(place.person)
    path = step(browser, f"/apply/{place.item.code}/", mobile="13900000009", **{
        "cosigners.0.cosigner_name": "冯某", "cosigners.0.cosigner_id": "510903180001011239",
        "_shown": "mobile guardian_name guardian_id cosigners.0.cosigner_name cosigners.0.cosigner_id"})
    path = step(browser, path, q1="租赁", q2="4")
    path = step(browser, path, m1=SimpleUploadedFile("表.pdf", PDF))
    page = text(browser, step(browser, path, delivery="window", statement="agreed"))
    posted = {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"}
    answer = browser.post(f"/apply/{place.item.code}/", posted)
    assert (answer.status_code, "校验码" in answer.content.decode(), Application.objects.count()) == (422, True, 0)
    assert "没填完的申请" in text(browser, "/my/cases/")
    huge = browser.generic("POST", f"/apply/{place.item.code}/", b"x", CONTENT_LENGTH=str(2 << 30))  # told before it is read
    assert (huge.status_code, "太大" in huge.content.decode()) == (413, True)
    low: Resident = resident("ouyang", level=2)
    assert signed_in(low).get(f"/apply/{place.item.code}/").status_code == 422


def test_supplement_is_answered_with_files_and_a_message_is_written(place: Town) -> None:
    case = decide(opened(place), place.clerk, "supplement", data={"missing": ["章程"]})
    browser, path = signed_in(place.person), f"/my/cases/{case.number}/"
    assert "章程" in text(browser, path)
    answer = browser.post(path, {"wish": "supplement", "key": "k1", "file-1": SimpleUploadedFile("章程.exe", b"MZ\x90\x00" + b"\0" * 60)})
    assert answer.status_code == 400 or "不是可以接收" in answer.content.decode()
    assert browser.post(path, {"wish": "supplement", "key": "k1", "file-1": SimpleUploadedFile("章程.pdf", PDF)}).status_code == 302
    assert factories.fresh(case).state == State.RECEIVED
    assert "章程.pdf" in text(browser, path)
    browser.post(path, {"wish": "write", "text": "请尽快"})
    assert "请尽快" in text(staff(place.clerk), f"/console/service-cases/{case.number}/")


def cut_off(browser: Client, path: str, filled: dict[str, object]) -> int:
    """The status of a post whose connection was lost in the middle of the file, which a proxy hands on as it came."""
    body = encode_multipart(BOUNDARY, filled)
    return browser.generic("POST", path, body[: body.index(b"%PDF") + 20], content_type=MULTIPART_CONTENT).status_code


def test_upload_that_is_cut_off_on_its_way_keeps_nothing_half(place: Town) -> None:
    browser = signed_in(place.person)
    path = step(browser, step(browser, f"/apply/{place.item.code}/", mobile="13900000009"), q1="租赁", q2="4")
    page = text(browser, path)
    told: dict[str, object] = {name: hidden(page, name) for name in ("_token", "_revision", "_page", "_shown")}
    lost = cut_off(browser, path.partition("?")[0], {**told, "_do": "next", "m1": SimpleUploadedFile("表.pdf", PDF), "_end": "1"})
    assert (lost, hidden(text(browser, path), "_revision")) == (400, told["_revision"])
    case = decide(opened(place), place.clerk, "supplement", data={"missing": ["章程"]})
    filled: dict[str, object] = {"key": "k1", "file-1": SimpleUploadedFile("章程.pdf", PDF), "wish": "supplement"}
    assert cut_off(browser, f"/my/cases/{case.number}/", filled) == 400
    assert (factories.fresh(case).state, Attachment.objects.count()) == (State.SUPPLEMENT, 0)


PERSON = {"who_name": "周玲建", "who_id": NUMBERS["zhou"], "mobile": "13900000001"}
ASKED = {"q1": "租赁", "q2": "4", "m1": "paper", "m3": "paper", "delivery": "window", "statement": "agreed"}


def hand_in(browser: Client, review: str) -> str:
    """Where handing in what the review page shows leads to, clicked twice."""
    page, path = text(browser, review), review.partition("?")[0]
    posted = {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"}
    answers = [browser.post(path, posted) for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 302], answers[0].content.decode()[:3000]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    return str(answers[0].headers["Location"])


def test_window_takes_in_two_items_in_one_visit_and_asks_the_person_once(place: Town) -> None:
    browser, path = staff(place.window), f"/console/reception/{place.item.code}/"
    assert place.item.title in text(browser, "/console/reception/", q=place.item.title[:4])
    second = step(browser, path, **PERSON)
    assert f"{path}?draft=" in text(browser, "/console/forms/drafts/")
    done = hand_in(browser, step(browser, second, **ASKED))
    case = Case.objects.get()
    assert (case.number in text(browser, done), case.application.window) == (True, place.city.bureau)
    again = text(browser, path, visit=str(case.application.visit))
    assert f'value="{NUMBERS["zhou"]}"' in again
    assert f'action="{path}?visit={case.application.visit}"' in again
    assert staff(place.supervisor).get("/console/reception/").status_code == 403


def test_window_is_told_at_the_field_what_is_wrong_with_who_applies(place: Town) -> None:
    browser, path = staff(place.window), f"/console/reception/{place.item.code}/"
    for wrong, told in (({"who_id": "510903180101055036"}, "校验码不对"), ({"who_id": MINOR}, "须由监护人办理"),
                        ({"agent_name": "冯英辉"}, "请填写代办人"), ({"who_firm": "某公司"}, "要一起填")):
        page = text(browser, path)
        posted = {name: hidden(page, name) for name in ("_token", "_revision", "_page", "_shown")}
        answer = browser.post(path, {**posted, "_end": "1", "_do": "next", **PERSON, **wrong})
        assert (answer.status_code, told in answer.content.decode()) == (422, True), wrong
    assert Case.objects.count() == 0


def test_department_and_supervisor_work_on_the_case_page(place: Town) -> None:
    case = accepted(place)
    clerk, path = staff(place.clerk), f"/console/service-cases/{case.number}/"
    listed = text(clerk, "/console/service-cases/", q=case.number[:20])
    assert case.number in listed
    for wish in ({"wish": "special", "kind": "听证", "days": "20", "document": "听1号", "reason": "申请"},
                 {"wish": "end_special", "result": "笔录"}, {"wish": "reply", "text": "已收到"}):
        assert clerk.post(path, wish).status_code == 302, wish
    decide(decide(case, place.clerk), place.head)
    assert clerk.post(path, {"wish": "deliver", "to": "周玲建"}).status_code == 302
    supervisor = staff(place.supervisor)
    assert supervisor.post(path, {"wish": "card", "colour": "yellow", "reason": "送达慢"}).status_code == 302
    assert "送达慢" in text(supervisor, "/console/supervision/")
    assert clerk.post(path, {"wish": "explain", "text": "已改进"}).status_code == 302
    page = text(clerk, path)
    assert "办结" in page
    for paper in re.findall(r"/console/service-cases/\w+/papers/[0-9a-f-]+/", page):
        assert "市民政局" in text(clerk, paper)
    assert clerk.post(path, {"wish": "nonsense"}).status_code == 400


def test_long_list_counts_no_further_than_it_shows(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(place)
    opened(place)
    browser = staff(place.clerk)
    assert "共 2 条" in text(browser, "/console/service-cases/")
    monkeypatch.setattr(links, "MOST", 1)
    assert "共超过 1 条；请用筛选缩小范围" in text(browser, "/console/service-cases/", page="9")


def test_window_clerk_s_list_is_read_without_a_condition_over_two_tables(place: Town) -> None:
    mine, taken, hidden_one = opened(place), opened(place), opened(place)
    elsewhere = Case.objects.filter(pk__in=(taken.pk, hidden_one.pk))
    elsewhere.update(organisation=place.city.bureau)
    Application.objects.filter(pk__in=(mine.application_id, taken.application_id)).update(window=place.city.department)
    browser = staff(offices.employ("reception", place.city.department, "counter"))
    with CaptureQueriesContext(connection) as asked:
        page = text(browser, "/console/service-cases/")
    assert [one.number in page for one in (mine, taken, hidden_one)] == [True, True, False]
    read = [one["sql"] for one in asked if '"window_id" = ' in one["sql"]]
    assert (len(read), " OR " in read[0]) == (1, False)


def test_board_shows_the_first_cards_and_all_of_them_by_pages(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases_shown, "SIZE", 2)
    case = accepted(place)
    for line in ("promised", "statutory", "query"):
        Card.objects.create(case=case, colour="red", line=line, reason=f"事由{line}", given_by="x", given_at=case.received_at)
    supervisor = staff(place.supervisor)
    first = text(supervisor, "/console/supervision/")
    assert all(name in first for name in ("事由query", "事由statutory", "?list=cards", "各部门办件"))
    assert "事由promised" not in first
    last = text(supervisor, "/console/supervision/", list="cards", page="2")
    assert [name in last for name in ("事由query", "事由promised", "共 3 条")] == [False, True, True]


def test_somebody_else_s_authority_is_given_used_and_revoked_on_pages(place: Town) -> None:
    mine, agent = signed_in(place.person), signed_in(resident("feng"))
    given = {"name": "冯英辉", "id_number": NUMBERS["feng"], "code": place.item.code, "valid_to": "2026-12-31"}
    assert mine.post("/my/authorities/", {**given, "id_number": "510903180001011239"}).status_code == 422
    assert mine.post("/my/authorities/", given).status_code == 302
    link = re.search(r'/apply/\w+/\?authority=[0-9a-f-]+', text(agent, "/my/cases/"))
    assert link
    page = text(agent, link[0])
    assert ('value="13900000001"' in page, f'action="{link[0]}"' in page) == (True, True)
    assert mine.get(link[0]).status_code == 422
    uuid = re.search(r'name="revoke" value="([^"]+)"', text(mine, "/my/authorities/"))
    assert uuid
    assert mine.post("/my/authorities/", {"revoke": uuid[1]}).status_code == 302
