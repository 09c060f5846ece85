"""Every page of the site in a real browser, as somebody who may read it: axe-core finds nothing, nothing is wider than a small
window, the security headers are there, nothing is asked for elsewhere.

The pages are those of `verdicts.PLACES`, in which every address stands, with one of everything in them. They are taken
from the world's own clients before the browser starts; the browser then gets what was taken, and static files.
"""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Browser, Page, Route, sync_playwright
from pytest_django import DjangoDbBlocker

from suixin.data.access.tests.factories import node_at
from suixin.site import assets, shots
from tests.attacks import world
from tests.attacks.test_every_address import addresses
from tests.attacks.test_headers import faults as headers_lacking
from tests.attacks.verdicts import PLACES, verdict

pytestmark = [pytest.mark.browser, pytest.mark.any_database]
AXE = assets.ROOT / "node_modules" / "axe-core" / "axe.min.js"
SITE = "http://127.0.0.1"
WIDTH = 360
PROGRAMS = ("token_read", "token_write", "ended_token", "application")


@dataclass(frozen=True, slots=True)
class Taken:
    """A page as somebody got it."""

    path: str
    status: int
    headers: dict[str, str]
    body: bytes


def readers() -> list[tuple[str, str, str]]:
    """Name, owner and member of the cast for every page that anybody reads: the first and the last whom the table names."""
    found: list[tuple[str, str, str]] = []
    for name, place in PLACES.items():
        reads = [(owner, member) for member, owners in verdict(place.reads).items() for owner in owners]
        reads = [(owner, member) for owner, member in reads if owner != "0" and member not in PROGRAMS]
        found += [(name, owner, member) for owner, member in dict.fromkeys((reads[0], reads[-1]) if reads else ())]
    return found


@pytest.mark.django_db
def test_most_pages_have_a_reader() -> None:
    """The mark has the test database made, for those below as well, which must not touch it while the browser runs."""
    assert len({name for name, _, _ in readers()}) > 60


@pytest.fixture(scope="module")
def pages(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Taken]:
    """What each of the readers got; nothing is left in the database."""
    home: Path = tmp_path_factory.mktemp("looked-at")
    taken: dict[str, Taken] = {}
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, node_at(home, patch), world.no_leftovers():
        city = world.made(home)
        for name, owner, member in readers():
            [path] = [path for one, path in addresses(city, name, PLACES[name]) if one == owner]
            client = city.browsers.get(member) or Client()
            answer = client.get(path, headers={"host": "127.0.0.1"})
            body = b"".join(getattr(answer, "streaming_content", ())) if answer.streaming else answer.content
            taken[f"{name} {owner} {member}"] = Taken(path, answer.status_code, dict(answer.headers.items()), body)
    return taken


@pytest.fixture(scope="module")
def browser(pages: dict[str, Taken]) -> Iterator[Browser]:
    """Chromium, after the pages: they want no loop in this thread."""
    assets.install_assets(with_tests=True)
    with sync_playwright() as playwright:
        started = shots.launch(playwright)
        yield started
        started.close()


def opened(browser: Browser, taken: Taken) -> tuple[Page, list[str]]:
    """The page at a small width, and what it asks for elsewhere; its policy is by-passed for axe's own script."""
    elsewhere: list[str] = []

    def answer(route: Route) -> None:
        address = route.request.url
        if address == SITE + taken.path:
            route.fulfill(status=taken.status, headers=taken.headers, body=taken.body)
        elif address.startswith(f"{SITE}/static/") and (found := finders.find(address.removeprefix(f"{SITE}/static/"))):
            route.fulfill(body=Path(found).read_bytes(), content_type=mimetypes.guess_type(found)[0])
        else:
            if not address.startswith((SITE, "data:", "blob:")):
                elsewhere.append(f"asks for {address}")
            route.abort()

    context = browser.new_context(viewport={"width": WIDTH, "height": 800}, bypass_csp=True)
    context.route("**/*", answer)
    page = context.new_page()
    page.goto(SITE + taken.path)
    return page, elsewhere


@pytest.mark.django_db
def test_most_addresses_are_pages(pages: dict[str, Taken]) -> None:
    assert sum(_is_page(taken) for taken in pages.values()) > 100


@pytest.mark.parametrize(("name", "owner", "member"), readers())
def test_page_passes_axe_fits_and_has_its_headers(
    pages: dict[str, Taken], browser: Browser, name: str, owner: str, member: str
) -> None:
    taken = pages[f"{name} {owner} {member}"]
    told = httpx.Response(taken.status, headers=taken.headers, request=httpx.Request("GET", SITE + taken.path))
    wrong = headers_lacking(told) if "sandbox" not in told.headers["Content-Security-Policy"] else []  # a file: nothing runs in it
    if _is_page(taken):
        page, elsewhere = opened(browser, taken)
        shots.settle(page)
        page.add_script_tag(path=AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        wrong += elsewhere + [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
        if (width := page.evaluate("document.documentElement.scrollWidth")) > WIDTH:
            wrong.append(f"{width} pixels wide")
        page.context.close()
    assert wrong == []


def _is_page(taken: Taken) -> bool:
    return taken.status == 200 and taken.headers["Content-Type"].startswith("text/html") and "Content-Disposition" not in taken.headers
