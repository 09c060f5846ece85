"""A theme taken in at a window on pages, without script: chosen, its situation asked, one form, one receipt; not by everybody."""

import pytest

from suixin.data.catalog.tests import offices
from suixin.ground.forms.models import Draft, joined
from suixin.ground.people.residents.tests.factories import FIRM, NUMBERS, resident
from suixin.services.cases.models import Application, Case
from suixin.services.matters.models import Matter
from suixin.services.themes.models import Theme, ThemeState
from suixin.services.themes.tests import factories as themes
from suixin.site.shell.tests.test_residents import signed_in
from suixin.site.shell.tests.test_service_cases import ASKED, PERSON, hand_in, hidden, staff, step, text

pytestmark = pytest.mark.django_db
PATH = "/console/reception/themes/hr/"


@pytest.fixture
def office() -> offices.Office:
    found = offices.office()
    themes.published("hr", found.city.department, found.city.bureau)
    return found


def test_window_takes_in_a_theme_as_one_thing_with_one_receipt(office: offices.Office) -> None:
    browser = staff(offices.employ("reception", office.city.bureau, "window"))
    listed = text(browser, "/console/reception/", q="开办")
    assert PATH in listed
    asked = text(browser, PATH)
    assert "有店面吗？" in asked
    visit = hidden(asked, "visit")
    first = text(browser, PATH, visit=visit, q1="yes")
    assert f'action="{PATH}?q1=yes&amp;visit={visit}"' in first
    posted = {name: hidden(first, name) for name in ("_token", "_revision", "_page", "_shown")} | {"_end": "1", "_do": "next"}
    second = browser.post(f"{PATH}?q1=yes&visit={visit}", {**posted, **PERSON, "who_firm": FIRM.name, "who_uscc": FIRM.uscc})
    page = text(browser, second.headers["Location"])
    assert (f'value="{FIRM.name}"' in page, page.count("申请表"), "用在：先办的、后办的" in page) == (True, 1, True)  # each thing once
    assert f"{PATH}?draft=" in text(browser, "/console/forms/drafts/")
    filled = {**ASKED, "firm_name": FIRM.name, "firm_phone": "13900000001", "staff": "9"}
    done = text(browser, hand_in(browser, step(browser, second.headers["Location"], **filled)))
    matter = Matter.objects.get()
    assert (matter.number in done, str(matter.application.visit), Application.objects.count()) == (True, visit, 1)
    receipt = text(browser, f"/console/matters/{matter.number}/receipt/")
    assert (matter.receipt in receipt, receipt.count("申请表"), "后办的" in receipt) == (True, 1, True)
    assert "窗口（市数据局）" in text(browser, f"/console/matters/{matter.number}/")
    assert f"/console/service-cases/{Case.objects.get().number}/" not in done  # one number for the whole


def test_firm_of_the_form_follows_who_applies(office: offices.Office) -> None:
    browser, other = staff(offices.employ("reception", office.city.bureau, "window")), "另一家公司"
    first = text(browser, PATH, q1="yes")
    for firm, named in (((FIRM.name, FIRM.uscc), FIRM.name), ((other, FIRM.uscc), other), (("", ""), None)):
        posted = {name: hidden(first, name) for name in ("_token", "_revision", "_page", "_shown")} | {"_end": "1", "_do": "next"}
        answer = browser.post(f"{PATH}?q1=yes", {**posted, **PERSON, "who_firm": firm[0], "who_uscc": firm[1]})
        assert (answer.status_code, joined(Draft.objects.get()).get("firm_name")) == (302, named)
        first = text(browser, answer.headers["Location"].replace("page=1", "page=0"))


def test_person_finds_what_a_window_took_in_among_its_own(office: offices.Office) -> None:
    browser = staff(offices.employ("reception", office.city.bureau, "window"))
    first = text(browser, PATH, q1="no")
    posted = {name: hidden(first, name) for name in ("_token", "_revision", "_page", "_shown")} | {"_end": "1", "_do": "next"}
    second = browser.post(f"{PATH}?q1=no", {**posted, **PERSON}).headers["Location"]
    hand_in(browser, step(browser, second, **ASKED, firm_name="好人力", firm_phone="13900000001"))
    matter = Matter.objects.get()
    assert "窗口（市数据局）" in text(signed_in(resident("zhou")), f"/my/matters/{matter.number}/")
    assert signed_in(resident("feng")).get(f"/my/matters/{matter.number}/").status_code == 404


def test_window_is_told_what_is_wrong_and_others_are_refused(office: offices.Office) -> None:
    browser = staff(offices.employ("reception", office.city.bureau, "window"))
    first = text(browser, PATH, q1="no")
    posted = {name: hidden(first, name) for name in ("_token", "_revision", "_page", "_shown")} | {"_end": "1", "_do": "next"}
    wrong = browser.post(f"{PATH}?q1=no", {**posted, **PERSON, "who_id": NUMBERS["zhou"][:-1] + "0"})
    assert (wrong.status_code, "校验码不对" in wrong.content.decode()) == (422, True)
    assert browser.post(PATH, {"_token": hidden(first, "_token")[:-1] + "0"}).status_code == 422  # no situation told
    for other in (office.clerk, office.reviewer, offices.employ("reception", office.city.district, "district-window")):
        assert staff(other).get(PATH, {"q1": "no"}).status_code == 403
    assert PATH not in text(staff(office.clerk), "/console/reception/")
    Theme.objects.update(state=ThemeState.PAUSED, reason="系统升级")
    assert ("系统升级" in text(browser, PATH, q1="no"), PATH in text(browser, "/console/reception/")) == (True, False)
