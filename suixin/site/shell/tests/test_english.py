"""English pages of residents: what nobody translated is data, and is marked as Chinese; every sentence of ours is English."""

import re
from html import unescape

import pytest
from django.test import Client

from suixin.data.catalog.tests import offices
from suixin.ground.people.residents.queries import person_actor
from suixin.ground.people.residents.tests.factories import NAMES, resident
from suixin.kit.actor import SYSTEM
from suixin.services.cases import handling
from suixin.services.cases.attached import MaterialState
from suixin.services.cases.models import Case
from suixin.services.cases.opening import Handed
from suixin.services.cases.tests import factories
from suixin.services.matters import advancing, visiting
from suixin.services.matters.models import Matter, Part, Visit
from suixin.services.matters.tests import factories as matters
from suixin.services.themes.tests import factories as themes
from suixin.site.shell.tests.test_residents import signed_in

pytestmark = pytest.mark.django_db
TITLES = {"人力资源服务许可": "Licence for employment agencies", "申请表": "Application form", "租赁合同": "Lease",
          "营业执照": "Business licence"}
ENGLISH = [{"english_of": text, "english_text": told} for text, told in TITLES.items()]
MARKED = re.compile(r'<(\w+)[^>]*\blang="zh[^"]*"[^>]*>(.*?)</\1>', re.S)
CHINESE = re.compile(r"[^<>\"]*[\u3400-\u9fff][^<>\"]*")


def parted(page: str) -> tuple[list[str], set[str]]:
    """What is Chinese without saying so between the tags of the page's main part, and what says so."""
    main = page[page.index("<main"):page.index("</main>")]
    marked = {unescape(re.sub("<[^>]+>", "", one[2])).strip() for one in MARKED.finditer(main)}
    bare = MARKED.sub("", re.sub("<title[^>]*>.*?</title>", "", main))  # of bars in drawings: the table below them says the same
    bare = re.sub('="[^"]*"', "", bare)  # attributes hold no marks
    return [one.strip() for one in CHINESE.findall(unescape(bare))], marked


def english(browser: Client, path: str) -> tuple[list[str], set[str]]:
    browser.cookies["language"] = "en"
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return parted(answer.content.decode())


def data_of(*more: str) -> list[str]:
    """What a city wrote, which nobody has to translate."""
    case = Case.objects.select_related("organisation", "application").first()
    assert case is not None
    papers = [number for one in Case.objects.all() for number in one.documents.values_list("number", flat=True)]
    receipts = Matter.objects.values_list("receipt", flat=True)
    return [str(case.organisation), case.application.shown_name, NAMES["zhou"], *papers, *receipts, *more]


def test_cases_of_a_resident_are_told_in_english() -> None:
    place = factories.town(english=ENGLISH)
    handed = {1: Handed(MaterialState.UPLOADED), 3: Handed(MaterialState.TOLERATED)}
    waiting, asked, granted = factories.opened(place), factories.opened(place), factories.opened(place, handed=handed)
    factories.decide(asked, place.clerk, "supplement", data={"missing": ["章程"]})
    factories.decide(granted, place.clerk)
    handling.reply(waiting, "请等一等", actor=place.clerk)
    browser, item = signed_in(place.person), place.item.code
    paths = ["/my/cases/", "/my/messages/", "/my/calendar/", *(f"/my/cases/{one.number}/" for one in (waiting, asked, granted))]
    found = {path: english(browser, path) for path in paths}
    assert {path: bare for path, (bare, _) in found.items() if bare} == {}
    known = data_of("请等一等", "章程")
    assert {one for _, marked in found.values() for one in marked} - set(known) == set()
    browser.cookies["language"] = "en"
    assert all(TITLES["人力资源服务许可"] in browser.get(path).content.decode() for path in (*paths, f"/guides/{item}"))


def test_matters_of_a_resident_are_told_in_english() -> None:
    office = offices.office()
    matters.offices(office.city.department)
    text = matters.declared("shop", office.city.department, [{"id": "a"}, {"id": "b", "needs": ["a"]}, {"id": "c"}],
                            [{"id": "site", "parts": ["a", "c"]}])
    told = "english: Opening a shop\nenglish_texts: {人力资源服务许可: Licence, 联合勘验: Joint visit}\n"
    version = matters.in_use(text + told, office.city.department)
    zhou = resident("zhou")
    matters.opened(version, person_actor(zhou))
    browser, matter = signed_in(zhou), Matter.objects.get()
    for name in ("a", "c"):
        matters.decide(Part.objects.get(name=name), "approve", times=1)
    advancing.advance_due(actor=SYSTEM)
    paths = ["/my/cases/", "/my/calendar/", f"/my/matters/{matter.number}/"]
    found = {path: english(browser, path) for path in paths}
    visit = Visit.objects.get()
    visiting.arrange(visit, matter.due_on, actor=office.clerk, note="上午九点")
    found |= {f"{path}?": english(browser, path) for path in paths}
    assert {path: bare for path, (bare, _) in found.items() if bare} == {}
    known = data_of("上午九点", f"Joint visit: {matter.due_on} 上午九点")
    assert {one for _, marked in found.values() for one in marked} - set(known) == set()
    page = browser.get(paths[2]).content.decode()
    assert [told in page for told in ("Opening a shop", "Licence", "Begins when this is done")] == [True] * 3


def test_guides_themes_and_forms_say_what_is_chinese() -> None:
    place = factories.town(english=ENGLISH)
    themes.published("hr", place.city.department, place.city.bureau)
    browser, code = signed_in(place.person), place.item.code
    paths = ["/guides/", "/guides/?q=许可", f"/guides/{code}", "/themes/", "/themes/hr/", "/themes/hr/?q1=yes", f"/apply/{code}/",
             "/apply/theme/hr/?q1=yes", "/my/authorities/", "/my/contact/"]
    found = {path: english(browser, path)[0] for path in paths}
    assert {path: bare for path, bare in found.items() if bare} == {}
