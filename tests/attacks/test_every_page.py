"""Every page of the site in a real browser, as somebody who may read it: axe-core finds nothing, nothing is wider than a small
window, the security headers are there, nothing is asked for elsewhere.

The pages are those of `verdicts.PLACES`, in which every address stands, with one of everything in them. They are taken
from the world's own clients before the browser starts; the browser then gets what was taken, and static files.
"""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import unquote

import httpx
import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Request, sync_playwright
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


class Giver(ThreadingHTTPServer):
    """Gives the page that was taken at its path, and static files, which the browser may keep."""

    taken: Taken

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.site = f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Giver

    def do_GET(self) -> None:
        taken, path = self.server.taken, self.path.partition("?")[0]
        if self.path == taken.path:
            self._give(taken.status, taken.headers, taken.body)
        elif path.startswith("/static/") and (found := finders.find(unquote(path.removeprefix("/static/")))):
            kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
            self._give(200, {"Content-Type": kind, "Cache-Control": "max-age=3600"}, Path(found).read_bytes())
        else:
            self._give(404, {}, b"")

    def _give(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: what went wrong, the test says."""


@pytest.fixture(scope="module")
def giver() -> Iterator[Giver]:
    """The server of the pages; one thread more."""
    with Giver() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass
class Window:
    """One small window for all pages, axe in each of them; what a page asks for elsewhere is noted."""

    page: Page
    giver: Giver
    elsewhere: list[str] = field(default_factory=list)

    def open(self, taken: Taken) -> None:
        """Show the page, as to somebody who comes for the first time."""
        self.giver.taken = taken
        self.page.context.clear_cookies()
        if self.page.url.startswith(self.giver.site):
            self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.elsewhere.clear()
        self.page.goto(self.giver.site + taken.path)

    def note(self, request: Request) -> None:
        """Remember an address that is not ours."""
        if not request.url.startswith((self.giver.site, SITE + "/", "data:", "blob:")):
            self.elsewhere.append(f"asks for {request.url}")


@pytest.fixture(scope="module")
def window(pages: dict[str, Taken], giver: Giver) -> Iterator[Window]:
    """Chromium, after the pages: they want no loop in this thread. Its policy is by-passed for axe's own script."""
    assets.install_assets(with_tests=True)
    with sync_playwright() as playwright:
        browser = shots.launch(playwright)
        context = browser.new_context(viewport={"width": WIDTH, "height": 800}, bypass_csp=True)
        context.add_init_script(path=AXE)
        made = Window(context.new_page(), giver)
        made.page.on("request", made.note)
        yield made
        browser.close()


@pytest.mark.django_db
def test_most_addresses_are_pages(pages: dict[str, Taken]) -> None:
    assert sum(_is_page(taken) for taken in pages.values()) > 100


@pytest.mark.parametrize(("name", "owner", "member"), readers())
def test_page_passes_axe_fits_and_has_its_headers(
    pages: dict[str, Taken], window: Window, name: str, owner: str, member: str
) -> None:
    taken = pages[f"{name} {owner} {member}"]
    told = httpx.Response(taken.status, headers=taken.headers, request=httpx.Request("GET", SITE + taken.path))
    wrong = headers_lacking(told) if "sandbox" not in told.headers["Content-Security-Policy"] else []  # a file: nothing runs in it
    if _is_page(taken):
        page = window.page
        window.open(taken)
        shots.settle(page)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        wrong += window.elsewhere + [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
        if (width := page.evaluate("document.documentElement.scrollWidth")) > WIDTH:
            wrong.append(f"{width} pixels wide")
    assert wrong == []


def _is_page(taken: Taken) -> bool:
    return taken.status == 200 and taken.headers["Content-Type"].startswith("text/html") and "Content-Disposition" not in taken.headers
