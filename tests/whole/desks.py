"""A browser window for each person of the walk: signed in by the page, and every address found by what a page shows."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.site.shell.tests.test_browser_sharing import Desks
from tests.whole.register import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTH = 1440
TURNS = 120  # of half a second: how long the worker may take over something


class RealDesks(Desks):
    """Desks at a server that is another process: nothing is known here but what stands on pages."""

    def __init__(self, browser: "Browser", address: str) -> None:
        self.browser, self.address, self.width = browser, address, WIDTH
        self.pages: dict[str, Page] = {}
        self.own = ""  # address of the part that is walked
        self.shared = ""  # address of the share that came of it
        self.exchange = ""  # address of the exchange into the asker's database

    def at(self, account: str, path: str) -> "Page":
        """That member of staff's window, at that address."""
        page = self.pages.get(account) or self._signed_in(account)
        page.goto(self.address + path)
        return page

    def part(self, account: str) -> "Page":
        """The part that is walked."""
        return self.at(account, self.own)

    def looked_at(self, page: "Page", name: str) -> None:
        """Nothing wider than the screen; a picture where they are wanted. What axe says of these pages other tests ask."""
        assert page.evaluate("document.documentElement.scrollWidth") <= self.width, name
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=str(Path(folder) / f"walk-{name}.png"), full_page=True)

    def resident(self, account: str) -> "Page":
        """A made-up resident's window, signed in."""
        page = self._window(f"{self.address}/login/?next=/me/")
        page.get_by_label("以谁的身份").select_option(account)
        page.get_by_label("演示密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url("**/me/")
        return page

    def until(self, page: "Page", text: str, *, more_than: int = 0) -> None:
        """The page asked again until the worker has done what that text tells (once more than it stood there)."""
        for _ in range(TURNS):
            if page.get_by_text(text, exact=True).count() > more_than:
                return
            page.wait_for_timeout(500)
            page.reload()
        raise AssertionError(f"“{text}” never came: {page.inner_text('main')[-2000:]}")

    def _signed_in(self, account: str) -> "Page":
        page = self.pages[account] = self._window(f"{self.address}/console/login/")
        page.get_by_label("账号").fill(account)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url("**/console/")
        return page

    def _window(self, address: str) -> "Page":
        page = self.browser.new_context(viewport={"width": self.width, "height": 900}, bypass_csp=True, base_url=self.address).new_page()
        page.goto(address)
        return page
