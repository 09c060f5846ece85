"""Screenshots of every page at three widths in both languages: `bin/shots [--only WORD] [--width N] [--language L] [--base URL]`.

Writes   $SUIXIN_HOME/shots/<page>-<width>-<language>.png and index.html, a contact sheet
Reads    the installation at $SUIXIN_HOME as it is; starts a server of its own unless --base names one
Pages    `shot_pages.py`: those of the portal, and each of the console as the demo's account that it is made for
"""

import argparse
import html
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from suixin.kit.errors import SuixinError
from suixin.site.bench.processes import free_port
from suixin.site.config import config
from suixin.site.shot_pages import Shot, pages

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

WIDTHS = (1440, 768, 360)
LANGUAGES = ("zh", "en")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
             "--enable-unsafe-swiftshader", "--font-render-hinting=none")
_LOCALES = {"zh": "zh-CN", "en": "en-GB"}  # of the browser: how it writes dates in fields
START_SECONDS = 180.0
CHART_SECONDS = 20.0


class NoBrowser(SuixinError):
    """There is no Chromium to take pictures or run tests with."""

    code = "site-browser"
    http_status = 503


def browser_path() -> str:
    """Path of a Chromium; empty for Playwright's own. Raises NoBrowser."""
    if config.chromium:
        return config.chromium
    found = next((path for name in BROWSERS if (path := shutil.which(name))), "")
    if found:
        return found
    own = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    if any(own.glob("chromium*")):
        return ""
    raise NoBrowser("没有找到 Chromium：请安装 chromium，或执行 playwright install chromium，或用 SUIXIN_CHROMIUM 指明路径。")


def launch(playwright: "Playwright") -> "Browser":
    """A headless Chromium. Raises NoBrowser."""
    return playwright.chromium.launch(executable_path=browser_path() or None, args=list(ARGUMENTS))


def session_cookie(username: str) -> str:
    """A session of that account of this installation; empty when there is no such account."""
    from django.contrib.auth import login
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    from suixin.ground.people.models import Account

    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        return ""
    request = HttpRequest()
    request.session = SessionStore()
    login(request, account, backend="django.contrib.auth.backends.ModelBackend")  # noted as every session is
    request.session.save()
    return str(request.session.session_key)


@contextmanager
def served(base: str) -> Iterator[str]:
    """The address of a site over this installation: `base`, or a server that lives as long as the block."""
    if base:
        yield base.rstrip("/")
        return
    port = free_port()
    command = [sys.executable, "-m", "suixin.site.cli", "serve", "--no-worker", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/help", server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def take_shots(base: str, shots: Sequence[Shot], folder: Path, *, widths: Sequence[int] = WIDTHS,
               languages: Sequence[str] = LANGUAGES) -> list[tuple[Shot, int, str, str]]:
    """Pictures of every shot; (shot, width, language, problems seen) for each. Raises NoBrowser.

    An account that this installation does not have leaves its pages out.
    """
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    cookies = {name: session_cookie(name) for name in dict.fromkeys(shot.account for shot in shots if shot.account)}
    shots = [shot for shot in shots if not shot.account or cookies[shot.account]]
    taken = []
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for language, width, account in product(languages, widths, dict.fromkeys(shot.account for shot in shots)):
            context = _context(browser, base, (width, language), cookies.get(account, ""))
            taken += [(shot, width, language, _take(context, base, shot, folder / _file(shot, width, language)))
                      for shot in shots if shot.account == account]
            context.close()
        browser.close()
    return taken


def contact_sheet(taken: Sequence[tuple[Shot, int, str, str]]) -> str:
    """One HTML page with all pictures, those with problems marked."""
    rows = []
    for shot in dict.fromkeys(one[0] for one in taken):
        cells = "".join(
            f'<figure><a href="{_file(shot, width, language)}"><img loading="lazy" src="{_file(shot, width, language)}" alt=""></a>'
            f"<figcaption>{width} {language}{' ⚠ ' + html.escape(problems) if problems else ''}</figcaption></figure>"
            for one, width, language, problems in taken if one == shot
        )
        rows.append(f"<h2>{html.escape(shot.name)} <code>{html.escape(shot.path)}</code></h2><div>{cells}</div>")
    style = "body{font-family:sans-serif}div{display:flex;gap:1rem;overflow:auto}figure{margin:0}img{height:420px;border:1px solid #ccc}"
    return f"<!doctype html><meta charset=utf-8><title>Suixin</title><style>{style}</style>{''.join(rows)}"


def _context(browser: "Browser", base: str, shape: tuple[int, str], cookie: str) -> "BrowserContext":
    width, language = shape
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce", locale=_LOCALES[language])
    context.add_cookies([{"name": "language", "value": language, "url": base}])
    if cookie:
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": base}])
    return context


def _take(context: "BrowserContext", base: str, shot: Shot, path: Path) -> str:
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    try:
        answer = page.goto(base + shot.path, wait_until="load", timeout=60_000)
        settle(page)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append("wider than the window")
        if answer is None or (answer.status >= 400 and shot.name != "missing"):
            problems.append(f"status {answer.status if answer else 'none'}")
        page.screenshot(path=path, full_page=True)
    finally:
        page.close()
    return "; ".join(one for one in problems if shot.name != "missing" or "404" not in one)


def settle(page: "Page") -> None:
    """Wait until every chart was drawn or has said that it could not be."""
    for one in page.locator("[data-kind]").all():
        one.scroll_into_view_if_needed()
        until = time.monotonic() + CHART_SECONDS
        # asked again and again, because waiting for a function needs eval, which the pages' policy forbids
        while one.get_attribute("data-drawn") is None and time.monotonic() < until:
            page.wait_for_timeout(50)
    page.evaluate("window.scrollTo(0, 0)")


def _file(shot: Shot, width: int, language: str) -> str:
    return f"{shot.name}-{width}-{language}.png"


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=5):  # noqa: S310  # our own address of the line above
                return
        except (urllib.error.URLError, OSError) as error:
            if server.poll() is not None:
                raise NoBrowser("网站没有启动，请先执行 bin/demo --no-serve 准备数据。") from error
            time.sleep(0.3)
    raise NoBrowser(f"网站在 {START_SECONDS:.0f} 秒内没有启动。")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `suixin shots`."""
    parser.add_argument("--only", default="", help="pages whose name holds this word")
    parser.add_argument("--width", type=int, choices=WIDTHS, help="only that width")
    parser.add_argument("--language", choices=LANGUAGES, help="only that language")
    parser.add_argument("--base", default="", help="address of a running site over the same SUIXIN_HOME")


def run(options: argparse.Namespace) -> int:
    """Exit code: 0 when every page was taken without a problem, 1 otherwise. Raises NoBrowser."""
    shots = [shot for shot in pages() if options.only in shot.name]
    folder = config.home / "shots"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps a loop in this thread; the session is read before
    with served(options.base) as base:
        taken = take_shots(
            base, shots, folder, widths=[options.width] if options.width else WIDTHS,
            languages=[options.language] if options.language else LANGUAGES,
        )
    (folder / "index.html").write_text(contact_sheet(taken), "utf-8")
    bad = [(shot, width, language, problems) for shot, width, language, problems in taken if problems]
    for shot, width, language, problems in bad:
        print(f"{shot.path} {width} {language}: {problems}")
    print(f"{len(taken)} pictures in {folder}, {len(bad)} with problems; open {folder / 'index.html'}")
    return 1 if bad else 0
