"""A theme applied for on pages, without script: one form, one number; followed by its applicant, kept by the lead department."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.catalog.tests import offices
from suixin.ground.files import readers
from suixin.ground.files.models import Attachment
from suixin.ground.forms.models import Draft, Submission
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import FIRM, NAMES, NUMBERS, resident, session
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.services.cases import applying, handling
from suixin.services.cases.applying import AuthorityTerms
from suixin.services.cases.models import Application, Case
from suixin.services.items.models import Item
from suixin.services.matters import advancing
from suixin.services.matters.models import Matter, Visit, VisitState
from suixin.services.matters.tests import factories
from suixin.services.matters.tests.factories import decide
from suixin.services.space import letters
from suixin.services.themes.models import ThemeVersion
from suixin.services.themes.tests import factories as themes
from suixin.site.shell.tests.test_residents import signed_in
from suixin.site.shell.tests.test_service_cases import PDF, hidden, staff, step, text

pytestmark = pytest.mark.django_db
APPLY = "/apply/theme/hr/"


@pytest.fixture
def office() -> offices.Office:
    found = offices.office()
    themes.published("hr", found.city.department, found.city.bureau)
    return found


def version() -> ThemeVersion:
    return ThemeVersion.objects.select_related("theme__lead").get()


def first(browser: Client, path: str, **query: str) -> str:
    """The second page of a form, after the first was posted to where it says."""
    page = text(browser, path, **query)
    action = re.search(r'<form class="panel form"[^>]* action="([^"]*)"', page)
    assert action
    posted = {name: hidden(page, name) for name in ("_token", "_revision", "_page", "_shown")}
    return str(browser.post(unescape(action[1]), {**posted, "_end": "1", "_do": "next", "mobile": "13900000009"}).headers["Location"])


def filled(browser: Client) -> str:
    """The review page of the one form, all filled in."""
    path = first(browser, APPLY, q1="yes")
    path = step(browser, path, firm_name="好人力", firm_phone="13900000001", staff="9")
    path = step(browser, path, q1="租赁", q2="4")
    path = step(browser, path, m1=SimpleUploadedFile("表.pdf", PDF), m3=SimpleUploadedFile("合同.pdf", PDF))
    return step(browser, path, delivery="window", statement="agreed")


def test_resident_applies_once_for_several_items_and_follows_them_as_one_thing(office: offices.Office) -> None:
    zhou = resident("zhou")
    browser = signed_in(zhou)
    assert f"{APPLY}?q1=yes" in text(browser, "/themes/hr/", q1="yes")
    assert browser.get(APPLY).headers["Location"] == "/themes/hr/"
    review = filled(browser)
    assert f"{APPLY}?draft=" in text(browser, "/my/cases/")  # kept as a draft
    page = text(browser, review)
    posted = {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"}
    answers = [browser.post(APPLY, posted) for _ in range(2)]
    matter = Matter.objects.get()
    path = f"/my/matters/{matter.number}/"
    assert [one.headers["Location"] for one in answers] == [path] * 2
    assert (Application.objects.count(), Case.objects.count()) == (1, 1)
    shown = text(browser, path)
    for told in (matter.number, "先办的", "等“先办的”办好后开始", "gantt-strips", "部门决定是否受理"):
        assert told in shown
    mine = text(browser, "/my/cases/")
    assert path in mine
    assert "0/2 项已办完" in mine
    assert signed_in(resident("feng")).get(path).status_code == 404
    assert browser.post(path, {"wish": "withdraw", "reason": ""}).status_code == 422
    assert browser.post(path, {"wish": "nonsense"}).status_code == 400
    assert browser.post(path, {"wish": "withdraw", "reason": "不办了"}).status_code == 302
    assert "已撤回" in text(browser, path)


def test_calendar_lists_what_is_due_by_day_and_messages_count_what_is_unread(office: offices.Office) -> None:
    zhou = resident("zhou")
    browser, actor = signed_in(zhou), person_actor(zhou)
    matter = factories.opened(version(), actor, {"有店面": True})
    case = Case.objects.get()
    handling.reply(case, "请带原件", actor=office.clerk)
    assert letters.unread_count(actor) == 1
    page = text(browser, "/my/messages/")
    assert "1 条未读" in page
    assert "请带原件" in page
    text(browser, f"/my/cases/{case.number}/")
    assert "条未读" not in text(browser, "/my/messages/")
    handling.reply(case, "再带一份", actor=office.clerk)
    assert browser.post("/my/messages/").status_code == 302
    assert letters.unread_count(actor) == 0
    Visit.objects.create(matter=matter, name="v", title="联合勘验", parts=["first"], days=1, state=VisitState.DUE,
                         planned_on=clock.today() + timedelta(days=3), note="上午九点")
    listed = text(browser, "/my/calendar/")
    for told in ("部门决定是否受理", "联合勘验", "上午九点", "还有 3 天", "各项承诺办完"):
        assert told in listed
    file = browser.get("/my/calendar.ics")
    body = file.content.decode()
    assert file.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert body.count("BEGIN:VEVENT") == body.count("END:VEVENT") == 3
    assert f"DTSTART;VALUE=DATE:{clock.today() + timedelta(days=3):%Y%m%d}" in body
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    assert signed_in(resident("feng")).get("/my/calendar.ics").content.decode().count("VEVENT") == 0


def test_lead_department_sees_who_is_late_arranges_the_visit_and_delivers_once(office: offices.Office) -> None:
    matter = factories.opened(version(), person_actor(resident("zhou")), {"有店面": False})
    clerk, path = staff(office.clerk), f"/console/matters/{matter.number}/"
    Matter.objects.update(due_on=date(2020, 1, 1))
    listed = text(clerk, "/console/matters/", q=matter.number[:12])
    assert path in listed
    assert "超期" in listed
    Visit.objects.create(matter=matter, name="v", title="联合勘验", parts=["first"], days=1)
    assert clerk.post(path, {"wish": "arrange", "on": "2020-01-01"}).status_code == 409
    assert clerk.post(path, {"wish": "arrange", "on": "9999-12-31"}).status_code == 422
    assert clerk.post(path, {"wish": "arrange", "on": str(clock.today() + timedelta(days=30)), "note": "店门口"}).status_code == 302
    assert "店门口" in text(clerk, path)
    assert clerk.post(path, {"wish": "deliver", "to": "周玲建"}).status_code == 409
    case = Case.objects.get()
    assert matter.number in text(clerk, f"/console/service-cases/{case.number}/")
    decide(matter.parts.get(), "approve")
    advancing.advance_due(actor=SYSTEM)
    assert "登记送达" not in text(clerk, f"/console/service-cases/{case.number}/")
    assert clerk.post(path, {"wish": "deliver", "to": "周玲建"}).status_code == 302
    assert "全部办成" in text(clerk, path)
    assert staff(offices.employ("clerk", office.city.district_department, "far")).get(path).status_code == 404


def test_agent_of_a_firm_applies_for_it_with_its_name_filled_in(office: offices.Office) -> None:
    feng = resident("feng", firms=(FIRM,))
    session(feng, "firm-token", for_firm=True)
    browser = Client()
    browser.cookies["resident"] = "firm-token"
    page = text(browser, first(browser, APPLY, q1="no"))
    assert re.search(rf'name="firm_name"[^>]*value="{FIRM.name}"|value="{FIRM.name}"[^>]*name="firm_name"', page)


def test_agent_applies_for_who_let_it_and_not_for_itself(office: offices.Office) -> None:
    agent = resident("feng")
    terms = AuthorityTerms(NAMES["feng"], NUMBERS["feng"], clock.today())
    given = applying.give_authority(terms, actor=person_actor(resident("zhou")))
    code = Item.objects.get(organisation=office.city.department).code
    for path, query in ((APPLY, {"q1": "no"}), (f"/apply/{code}/", {})):
        first(signed_in(agent), path, authority=str(given.uuid), **query)
    assert set(Draft.objects.values_list("subject_kind", "subject_key")) == {(applying.AUTHORITY, str(given.uuid))}
    assert Draft.objects.count() == 2


def test_department_of_a_part_reads_its_materials_and_answers_and_not_the_whole_form(office: offices.Office) -> None:
    browser = signed_in(resident("zhou"))
    page = text(browser, filled(browser))
    browser.post(APPLY, {"_token": hidden(page, "_token"), "_revision": hidden(page, "_revision"), "_do": "submit"})
    matter = Matter.objects.get()
    decide(matter.parts.get(position=1), "approve")
    advancing.advance_due(actor=SYSTEM)
    case = Case.objects.get(part__position=2)
    colleague = offices.employ("clerk", office.city.bureau, "other")
    lead, other = staff(office.clerk), staff(colleague)
    form = f"/console/forms/submissions/{Submission.objects.get().uuid}/"
    assert [one.get(form).status_code for one in (lead, other)] == [200, 404]
    assert form in text(lead, f"/console/matters/{matter.number}/")
    assert form not in text(other, f"/console/matters/{matter.number}/")
    shown = text(other, f"/console/service-cases/{case.number}/")
    assert (form in shown, "人数" in shown, "电话" in shown) == (False, True, False)
    case.materials.filter(name="租赁合同").update(files=[])  # this department does not ask for it
    own = {one for files in case.materials.values_list("files", flat=True) for one in files}
    files = list(Attachment.objects.all())
    assert own
    assert {str(one.uuid) for one in files if readers.may_read(colleague, one)} == own != {str(one.uuid) for one in files}
    assert all(readers.may_read(office.clerk, one) for one in files)
