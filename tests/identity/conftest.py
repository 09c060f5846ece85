"""The provider as a process for the session, the site joined to it, and a person with a browser that has no window."""

import html
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pytest_django.live_server_helper import LiveServer

from suixin.ground.people.residents.oidc import client
from suixin.site.bench.processes import free_port
from tests.identity.provider import CLIENT, PASSWORD, PEOPLE, SECRET
from tests.whole.conftest import environment


@dataclass(frozen=True)
class Identity:
    """The running provider; `say` changes what it says of somebody, `lie` spoils its next tokens."""

    address: str
    home: Path

    @property
    def issuer(self) -> str:
        return f"{self.address}/o"

    def say(self, name: str, **claims: object) -> None:
        path = self.home / "people.json"
        people = json.loads(path.read_text("utf-8"))
        people[name] |= claims
        path.write_text(json.dumps(people, ensure_ascii=False), "utf-8")

    def lie(self, kind: str) -> None:
        (self.home / "mischief.json").write_text(json.dumps({"kind": kind}), "utf-8")

    def be_honest(self) -> None:
        (self.home / "mischief.json").unlink(missing_ok=True)
        (self.home / "people.json").write_text(json.dumps(PEOPLE, ensure_ascii=False), "utf-8")


@dataclass
class Person:
    """Somebody with a browser: cookies, redirects followed by hand."""

    site: str
    identity: Identity
    browser: requests.Session = field(default_factory=requests.Session)

    def begin(self, after: str = "") -> str:
        """The provider's address that the site sends to."""
        answer = self.browser.get(f"{self.site}/login/province/", params={"next": after}, allow_redirects=False, timeout=60)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def consent(self, address: str, name: str) -> str:
        """The address back to the site, after signing in and saying yes at the provider."""
        page = self.browser.get(address, timeout=60)
        if "/accounts/login/" in page.url:
            page = self._post(page, username=name, password=PASSWORD)
        answer = self._post(page, allow="Authorize", follow=False)
        return answer.headers["Location"]

    def refuse(self, address: str, name: str) -> str:
        page = self._post(self.browser.get(address, timeout=60), username=name, password=PASSWORD)
        return self._post(page, follow=False).headers["Location"]

    def sign_in(self, name: str, after: str = "") -> requests.Response:
        return self.get(self.consent(self.begin(after), name))

    def get(self, address: str) -> requests.Response:
        return self.browser.get(address if "://" in address else self.site + address, timeout=60)

    def post(self, path: str, **fields: object) -> requests.Response:
        self.get("/me/")
        fields["csrfmiddlewaretoken"] = self.browser.cookies.get("csrftoken", "")
        return self.browser.post(self.site + path, data=fields, timeout=60)

    def _post(self, page: requests.Response, follow: bool = True, **fields: str) -> requests.Response:
        return self.browser.post(page.url, data=_hidden(page.text) | fields, allow_redirects=follow, timeout=60)


def _hidden(page: str) -> dict[str, str]:
    """Hidden fields of the page's form."""
    found = {}
    for one in re.findall(r"<input[^>]*type=[\"']hidden[\"'][^>]*>", page):
        told = dict(re.findall(r"(name|value)=[\"']([^\"']*)[\"']", one))
        found[told["name"]] = html.unescape(told.get("value", ""))
    return found


def parameters(address: str) -> dict[str, str]:
    """Parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.fixture(scope="session")
def provider_process(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    """A real server process of the provider."""
    home = tmp_path_factory.mktemp("identity")
    port = free_port()
    words = ["--port", str(port), "--home", str(home), "--site", live_server.url]
    log = (home / "log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.identity.provider", *words], env=environment(home), stdout=log, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(600):
            assert process.poll() is None, (home / "log").read_text("utf-8")[-3000:]
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            time.sleep(0.1)
        yield Identity(f"http://127.0.0.1:{port}", home)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture
def identity(provider_process: Identity, settings: SimpleNamespace) -> Iterator[Identity]:
    """The provider, honest, and the site joined to it."""
    provider_process.be_honest()
    settings.SUIXIN = replace(
        settings.SUIXIN, oidc_issuer=(("province", provider_process.issuer),), oidc_client=(("province", CLIENT),)
    )
    secret = settings.SUIXIN.keys / "oidc-province.secret"
    secret.write_text(SECRET, "ascii")
    client.forget()
    yield provider_process
    secret.unlink()
    client.forget()


@pytest.fixture
def person(identity: Identity, live_server: LiveServer) -> Person:
    """Somebody with a fresh browser."""
    return Person(live_server.url, identity)
