"""A form that comes filled in, one value said to be wrong, its source asked; fees paid on pages; how one is told: as people do it."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.access.traces import Period, traces_about
from suixin.data.catalog.models import Resource
from suixin.data.catalog.tests import offices
from suixin.data.quality.models import Doubt, DoubtState
from suixin.ground.forms.models import Draft, joined
from suixin.ground.people.actions import create_account
from suixin.ground.people.queries import actor_of
from suixin.ground.people.residents.tests.factories import NUMBERS, resident
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from suixin.services.cases import doubting, fees, prefilling, providers, simulated
from suixin.services.cases.attached import Fee, Payment
from suixin.services.cases.kept import PrefilledValue
from suixin.services.cases.models import Case, Channel
from suixin.services.cases.tests.factories import Town, accepted, opened, town
from suixin.services.cases.tests.test_fees import CHARGED
from suixin.services.cases.tests.test_prefilling import HOME, asks, granted, register
from suixin.services.matters import advancing
from suixin.services.matters.models import Matter, Part
from suixin.services.matters.tests.factories import decide as decide_part
from suixin.services.themes.tests import factories as themes
from suixin.site.shell.case_forms import VisitForm
from suixin.site.shell.tests.test_matters import first
from suixin.site.shell.tests.test_residents import signed_in
from suixin.site.shell.tests.test_service_cases import ASKED, PDF, PERSON, hand_in, hidden, staff, step, text

pytestmark = pytest.mark.django_db
OWN = "示例区幸福路 2 号"


@pytest.fixture(autouse=True)
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with node_at(tmp_path, monkeypatch):
        yield


def post_page(browser: Client, page: str, path: str, **filled: object) -> object:
    posted = {name: hidden(page, name) for name in ("_token", "_revision", "_page", "_shown")}
    return browser.post(path, {**posted, "_end": "1", "_do": "next", **filled})


def test_value_that_is_not_right_goes_to_its_source_and_the_answer_comes_back() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    browser, code = signed_in(place.person), place.item.code
    path = step(browser, f"/apply/{code}/", mobile="13900000001")
    page = text(browser, path)
    assert f'value="{HOME}"' in page
    assert "市数据局《试验名单》第" in page
    told = {"q1": "租赁", "q2": "4", "q3": OWN, "q3_is": "wrong"}
    revealed = post_page(browser, page, f"/apply/{code}/", **told)
    assert revealed.status_code == 200  # type: ignore[attr-defined]  # an answer: why, and the proof, are asked for now
    proof = SimpleUploadedFile("户口本.pdf", PDF)
    answer = post_page(browser, revealed.content.decode(), f"/apply/{code}/", **told, q3_why="2026 年迁入", q3_proof=proof)  # type: ignore[attr-defined]  # as above
    path = step(browser, answer.headers["Location"], m1=SimpleUploadedFile("表.pdf", PDF), m3=SimpleUploadedFile("约.pdf", PDF))  # type: ignore[attr-defined]  # as above
    page = text(browser, step(browser, path, delivery="window", statement="agreed"))
    browser.post(f"/apply/{code}/", {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"})
    case, doubt = Case.objects.get(), Doubt.objects.get()
    assert (doubt.state, doubt.resource, len(doubt.proof)) == (DoubtState.OPEN, resource, 1)
    shown = text(staff(place.clerk), f"/console/service-cases/{case.number}/")
    assert (f"“{HOME}”" in shown, f"“{OWN}”" in shown, doubt.order_number in shown) == (True, True, True)
    assert OWN not in json.dumps(case.application.answers, ensure_ascii=False)
    source = actor_of(create_account("source", "A-long-password-1", organisation=resource.provider, roles=("clerk",)))
    file = staff(source).get(f"/console/files/{doubt.proof[0]}/")
    assert b"".join(file.streaming_content) == PDF  # type: ignore[attr-defined]  # a file answers in parts
    assert staff(place.window).get(f"/console/files/{doubt.proof[0]}/").status_code == 404
    assert doubting.settle() == 0
    Doubt.objects.update(state=DoubtState.REFUTED, answer="档案里就是 1 号", answered_at=clock.now())
    assert (doubting.settle(doubt.order_number), doubting.settle()) == (1, 0)
    mine = text(browser, f"/my/cases/{case.number}/")
    assert "档案里就是 1 号" in mine
    assert "户籍管理规定第五条" in text(browser, "/me/traces/")
    assert place.city.department.name in text(browser, "/me/traces/")


def test_clerk_of_the_window_fills_in_what_data_know_and_puts_right_what_the_person_says_is_wrong() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    browser, path = staff(place.window), f"/console/reception/{place.item.code}/"
    agent = {"agent_name": "冯", "agent_id": NUMBERS["feng"], "authority": "委托书 1 号"}
    nobody = text(browser, step(browser, path, **PERSON, may_fill="yes", **agent))
    assert (HOME in nobody, "没有能填入的内容" in nobody) == (False, True)
    assert HOME not in text(browser, step(browser, path, **PERSON, may_fill="no"))
    first, posted = text(browser, path), {**PERSON, "may_fill": "yes"}
    assert post_page(browser, first, path, **{**posted, "mobile": "1"}).status_code == 422  # type: ignore[attr-defined]  # an answer
    again = {name: hidden(first, name) for name in ("_token", "_page", "_shown")} | {"_revision": "1", "_end": "1", "_do": "next"}
    page = text(browser, browser.post(path, {**again, **posted}).headers["Location"])
    assert ("不对，上面已改成申请人说的" in page, "您的申请" in page) == (True, False)  # in the clerk's words
    assert (f'value="{HOME}"' in page, "市数据局《试验名单》第" in page) == (True, True)
    told = {**ASKED, "q3": OWN, "q3_is": "wrong"}
    revealed = post_page(browser, page, path, **told).content.decode()  # type: ignore[attr-defined]  # as above
    proof = SimpleUploadedFile("户口本.pdf", PDF)
    answer = post_page(browser, revealed, path, **told, q3_why="户口本，2026 年 5 月 1 日", q3_proof=proof)
    hand_in(browser, answer.headers["Location"])  # type: ignore[attr-defined]  # as above
    case, doubt = Case.objects.get(), Doubt.objects.get()
    assert (doubt.asker_key, doubt.state, len(doubt.proof)) == (place.window.key, DoubtState.OPEN, 1)
    seen = text(staff(place.clerk), f"/console/service-cases/{case.number}/")
    assert (f"“{HOME}”" in seen, f"“{OWN}”" in seen, doubt.order_number in seen) == (True, True, True)
    assert place.city.bureau.name in text(signed_in(place.person), "/me/traces/")


def test_department_sees_what_a_window_filled_in_before_it_had_a_form() -> None:
    resource, token = register(), uuid4()
    place = town(asks=asks())
    granted(resource, place)
    prefilling.prefill_at_window(prefilling.wanted_of(place.version), token, {"person": NUMBERS["zhou"]}, actor=place.window)
    case = opened(place, token=token, channel=Channel.WINDOW, actor=place.window)
    page = text(staff(place.clerk), f"/console/service-cases/{case.number}/")
    assert ("申请人认可的内容" in page, HOME in page) == (True, True)


def test_what_was_read_about_one_person_at_a_window_is_gone_when_another_applies() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    browser, path = staff(place.window), f"/console/reception/{place.item.code}/"
    page = step(browser, path, **PERSON, may_fill="yes")
    assert f'value="{HOME}"' in text(browser, page)
    kept = step(browser, page, **ASKED, q3=HOME, q3_is="right").replace("page=review", "page=0")
    other = text(browser, step(browser, kept, **{**PERSON, "who_id": NUMBERS["feng"]}, may_fill="yes"))
    assert (HOME in other, "试验名单" in other, 'value="4"' in other) == (False, False, True)  # what no data gave is carried over
    assert (Draft.objects.count(), PrefilledValue.objects.count()) == (1, 0)
    assert HOME in text(browser, step(browser, path, **PERSON, may_fill="yes"))


def test_what_was_read_for_a_draft_is_gone_with_it() -> None:
    resource = register()
    place = town(asks=asks())
    granted(resource, place)
    browser = staff(place.window)
    step(browser, f"/console/reception/{place.item.code}/", **PERSON, may_fill="yes")
    assert PrefilledValue.objects.count() == 1
    assert browser.post("/console/forms/drafts/", {"draft": str(Draft.objects.get().uuid)}).status_code == 302
    assert (Draft.objects.count(), PrefilledValue.objects.count()) == (0, 0)


def filled_in(agreed: str = "yes") -> tuple[Client, str, str]:
    """The browser of a window whose draft was filled in and answered, the path of the form, the draft's first page."""
    resource, place = register(), town(asks=asks())
    granted(resource, place)
    browser, path = staff(place.window), f"/console/reception/{place.item.code}/"
    page = step(browser, path, **PERSON, may_fill=agreed)
    more = {"q3_is": "right"} if agreed == "yes" else {}
    return browser, path, step(browser, page, **ASKED, q3=HOME, **more).replace("page=review", "page=0")


def test_draft_at_a_window_stays_whole_when_what_another_applicant_needs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    browser, path, first_page = filled_in()
    page, before = text(browser, first_page), joined(Draft.objects.get())

    def fail(*_: object, **__: object) -> dict[str, object]:
        raise NotAllowed("不能")

    monkeypatch.setattr(prefilling, "prefill_at_window", fail)
    answer = post_page(browser, page, path, **{**PERSON, "who_id": NUMBERS["feng"]}, may_fill="yes")
    assert answer.status_code == 403  # type: ignore[attr-defined]  # an answer
    assert (joined(Draft.objects.get()), PrefilledValue.objects.count()) == (before, 1)


def test_older_page_of_a_window_is_told_and_takes_nothing_from_the_draft() -> None:
    browser, path, first_page = filled_in()
    old = text(browser, first_page).replace('name="_revision" value="2"', 'name="_revision" value="1"')
    answer = post_page(browser, old, path, **{**PERSON, "who_id": NUMBERS["feng"]}, may_fill="yes")
    assert (answer.status_code, joined(Draft.objects.get())["q3"]) == (409, HOME)  # type: ignore[attr-defined]  # as above
    assert len(traces_about(NUMBERS["feng"], Period())) == 0


def test_person_of_whom_data_know_nothing_is_looked_up_once_whatever_is_clicked_again() -> None:
    browser, path, first_page = filled_in("no")
    page, other = text(browser, first_page), {**PERSON, "who_id": NUMBERS["feng"], "may_fill": "yes"}
    answers = [post_page(browser, page, path, **other) for _ in range(2)]
    assert [one.status_code for one in answers] == [302, 302]  # type: ignore[attr-defined]  # as above
    step(browser, first_page, **{**other, "mobile": "13900000002"})
    assert len(traces_about(NUMBERS["feng"], Period())) == 1
    assert joined(Draft.objects.get())["mobile"] == "13900000002"


@pytest.mark.parametrize(("wish", "missing"), [("save", "mobile"), ("next", "mobile"), ("save", "")])
def test_another_number_takes_the_first_person_s_data_away_whatever_else_the_page_lacks(wish: str, missing: str) -> None:
    browser, path, first_page = filled_in()
    posted = {**PERSON, "who_id": NUMBERS["feng"], "may_fill": "yes", "_do": wish, **({missing: ""} if missing else {})}
    post_page(browser, text(browser, first_page), path, **posted)
    draft = Draft.objects.get()
    assert (joined(draft)["who_id"], "q3" in joined(draft), joined(draft)["q2"]) == (NUMBERS["feng"], False, 4)
    assert (HOME in text(browser, first_page.replace("page=0", "page=1")), PrefilledValue.objects.count()) == (False, 0)


def test_one_form_of_a_theme_is_filled_in_once_and_each_department_sees_its_own_part() -> None:
    resource = register()
    place = town(asks=asks())
    office, other = place.city.department, place.city.bureau
    themes.published("hr", office, other)
    granted(resource, place)
    browser, path = signed_in(place.person), "/apply/theme/hr/"
    page = step(browser, first(browser, path, q1="yes"), firm_name="好人力", firm_phone="13900000001", staff="9")
    assert (f'value="{HOME}"' in text(browser, page), "市数据局《试验名单》第" in text(browser, page)) == (True, True)
    trace, = traces_about(NUMBERS["zhou"], Period())
    assert trace.organisation == office.uscc  # read once, by the department that asks
    strange = {"_token": hidden(text(browser, page), "_token"), "_page": "0", "_end": "1", "_do": "next", "mobile": "13900000002"}
    assert HOME not in signed_in(resident("feng")).post(f"{path}?q1=yes", strange, follow=True).content.decode()
    browser = signed_in(place.person)
    told = {"q1": "租赁", "q2": "4", "q3": OWN, "q3_is": "wrong"}
    revealed = post_page(browser, text(browser, page), path, **told)
    answer = post_page(browser, revealed.content.decode(), path, **told, q3_why="2026 年迁入")  # type: ignore[attr-defined]  # an answer
    page = step(browser, answer.headers["Location"], m1=SimpleUploadedFile("表.pdf", PDF), m3=SimpleUploadedFile("合同.pdf", PDF))  # type: ignore[attr-defined]  # as above
    page = text(browser, step(browser, page, delivery="window", statement="agreed"))
    browser.post(path, {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"})
    matter, doubt = Matter.objects.get(), Doubt.objects.get()
    assert OWN not in json.dumps([matter.application.answers, *matter.parts.values_list("answers", flat=True)], ensure_ascii=False)
    decide_part(Part.objects.get(name="first"), "approve")
    advancing.advance_due(actor=SYSTEM)
    Doubt.objects.update(state=DoubtState.REFUTED, answer="档案里就是 1 号", answered_at=clock.now())
    assert doubting.settle(doubt.order_number) == 1
    mine, others = (Case.objects.get(part__name=name) for name in ("first", "second"))
    assert [one.messages.count() for one in (mine, others)] == [1, 0]
    clerk = staff(offices.employ("clerk", other, "other-clerk"))
    shown = [text(staff(place.clerk), f"/console/service-cases/{mine.number}/"), text(clerk, f"/console/service-cases/{others.number}/")]
    assert [(HOME in one, OWN in one) for one in shown] == [(True, True), (False, False)]


def sourced_theme(resource: Resource, place: Town) -> None:
    """A theme whose question bank asks where somebody lives, which the register knows; the second item's department is granted it."""
    themes.published("hr", place.city.department, place.city.bureau, themes.SOURCED)
    granted(resource, place, subject_key=place.city.bureau.uscc)


def test_question_of_the_bank_comes_filled_in_with_its_source_and_is_put_right() -> None:
    resource, place = register(), town()
    sourced_theme(resource, place)
    browser, path = signed_in(place.person), "/apply/theme/hr/"
    assert "部门已有的先填好" in text(browser, "/themes/hr/", q1="yes")
    page = text(browser, first(browser, path, q1="yes"))
    assert (f'value="{HOME}"' in page, "市数据局《试验名单》第" in page, "上面“户籍地址”填的对吗" in page) == (True, True, True)
    told = {"firm_name": "好人力", "staff": "9", "home": OWN, "home_is": "wrong"}
    revealed = post_page(browser, page, path, **told).content.decode()  # type: ignore[attr-defined]  # an answer
    proof = SimpleUploadedFile("户口本.pdf", PDF)
    page = post_page(browser, revealed, path, **told, home_proof=proof).headers["Location"]  # type: ignore[attr-defined]  # as above
    page = step(browser, page, q1="租赁", q2="4")
    page = step(browser, page, m1=SimpleUploadedFile("表.pdf", PDF), m3=SimpleUploadedFile("合同.pdf", PDF))
    page = text(browser, step(browser, page, delivery="window", statement="agreed"))
    browser.post(path, {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"})
    matter, doubt = Matter.objects.get(), Doubt.objects.get()
    assert (doubt.resource, len(doubt.proof)) == (resource, 1)
    assert OWN not in json.dumps([matter.application.answers, matter.application.submission.values], ensure_ascii=False)  # type: ignore[union-attr]  # handed in
    decide_part(Part.objects.get(name="first"), "approve")
    advancing.advance_due(actor=SYSTEM)
    clerks = [staff(place.clerk), staff(offices.employ("clerk", place.city.bureau, "other-clerk"))]
    pages = [
        text(clerk, f"/console/service-cases/{Case.objects.get(part__name=name).number}/")
        for clerk, name in zip(clerks, ("first", "second"), strict=True)
    ]
    assert [OWN in one for one in pages] == [False, True]  # only whose part asks it


def test_question_of_the_bank_is_filled_in_at_a_window_for_who_agrees() -> None:
    resource, place = register(), town()
    sourced_theme(resource, place)
    browser, path = staff(place.window), "/console/reception/themes/hr/"
    shown = text(browser, path, q1="yes")
    posted = {name: hidden(shown, name) for name in ("_token", "_revision", "_page", "_shown")} | {"_end": "1", "_do": "next"}
    answer = browser.post(f"{path}?q1=yes", {**posted, **PERSON, "may_fill": "yes"})
    page = text(browser, answer.headers["Location"])
    assert (f'value="{HOME}"' in page, "市数据局《试验名单》第" in page) == (True, True)
    filled = {**ASKED, "firm_name": "好人力", "staff": "9", "home": HOME, "home_is": "right"}
    hand_in(browser, step(browser, answer.headers["Location"], **filled))
    assert (Matter.objects.count(), Doubt.objects.count()) == (1, 0)
    trace, = traces_about(NUMBERS["zhou"], Period())
    assert (trace.reader, trace.organisation) == (place.window.key, place.window.organisation)


def test_fee_is_assessed_paid_through_the_cashier_that_fails_at_will_and_reconciled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(providers.providers, simulated.NAME, simulated.Simulated(fees.take_notice))
    place = town(**CHARGED)
    case = accepted(place)
    clerk, browser = staff(place.clerk), signed_in(place.person)
    console, mine = f"/console/service-cases/{case.number}/", f"/my/cases/{case.number}/"
    assert clerk.post(console, {"wish": "assess", "name": "工本费", "amount": "10", "reduced": "4"}).status_code == 409  # no basis
    assert clerk.post(console, {"wish": "assess", "name": "工本费", "amount": "10", "reduced": "4", "basis": "办法"}).status_code == 302
    fee = Fee.objects.get()
    assert "支付：工本费 6.00 元" in text(browser, mine)
    pay = {"wish": "pay", "fee": str(fee.uuid), "provider": simulated.NAME}
    cashier, again = (browser.post(mine, pay).headers["Location"] for _ in range(2))  # clicked twice: one order
    assert cashier == again
    assert signed_in(resident("feng")).get(cashier).status_code == 404
    assert "付款失败" in text(browser, cashier)
    for wish in ("refuse", "late", "pay"):  # refused, then paid though nobody is told, then clicked again
        assert browser.post(cashier, {"wish": wish}).status_code == 302
    assert (Fee.objects.get().state, Payment.objects.count()) == ("pending", 0)
    day = {"provider": simulated.NAME, "day": str(clock.today())}
    ledger = text(clerk, "/console/fees/", **day)
    assert "渠道已收，我方没有入账" in ledger
    assert clerk.post("/console/fees/", {**day, "wish": "settle", "key": hidden(ledger, "key")}).status_code == 302
    browser.post(cashier, {"wish": "release"})
    assert (Fee.objects.get().state, Payment.objects.count()) == ("paid", 1)
    assert "对上的 1 笔" in text(clerk, "/console/fees/", **day)
    receipt = case.documents.get(kind="payment")
    assert "已收到工本费 6.00 元" in text(browser, f"{mine}papers/{receipt.uuid}/")
    refund = {"wish": "refund", "payment": str(Payment.objects.get().uuid), "reason": "申请人撤回"}
    assert [clerk.post(console, refund).status_code for _ in range(2)] == [302, 302]
    assert Fee.objects.get().state == "refunded"
    assert staff(place.window).post("/console/fees/", {**day, "wish": "ask"}).status_code == 403
    assert [clerk.get("/console/fees/", {**day, "day": far}).status_code for far in ("9999-12-31", "0001-01-01")] == [422, 422]
    assert VisitForm({"on": "9999-12-31"}).errors.keys() == {"on"}
    Fee.objects.update(state="due")
    assert "支付：工本费" in text(browser, mine)
    Case.objects.update(state="withdrawn")
    assert "支付：工本费" not in text(browser, mine)


def test_provider_s_notice_is_believed_only_when_it_is_signed() -> None:
    place = town(**CHARGED)
    fee = fees.assess(accepted(place), "工本费", 1000, actor=place.clerk)
    keys = Path(settings.SUIXIN.keys)
    keys.mkdir(parents=True, exist_ok=True)
    (keys / "payment-counter.secret").write_text("secret")
    path, body = "/api/v1/payments/counter/notices", json.dumps({"order": str(fee.uuid), "reference": "W1", "cents": 1000}).encode()
    stamp = str(int(clock.now().timestamp()))
    signed = {"X-Suixin-Timestamp": stamp, "X-Suixin-Signature": providers.signature(path, stamp, body, secret=b"secret")}
    forged = {**signed, "X-Suixin-Signature": providers.signature(path, stamp, body, secret=b"none")}
    assert Client().post(path, body, content_type="application/json", headers=forged).status_code == 401
    answers = [Client().post(path, body, content_type="application/json", headers=signed) for _ in range(2)]
    assert [(one.status_code, one.json()) for one in answers] == [(200, {"state": "paid"})] * 2
    assert Payment.objects.count() == 1
    strange = body.replace(str(fee.uuid).encode(), b"0" * 8 + b"-0000-0000-0000-" + b"0" * 12)
    told = {**signed, "X-Suixin-Signature": providers.signature(path, stamp, strange, secret=b"secret")}
    assert Client().post(path, strange, content_type="application/json", headers=told).status_code == 404
