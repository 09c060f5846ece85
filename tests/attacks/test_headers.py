"""Security headers of every address and every status, cookies' flags, and what comes back of hostile uploads and names."""

import html
import re
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from tests.attacks.conftest import PASSWORD, Site
from tests.attacks.test_pages import addresses

GATEWAY = "/gateway/people/lookup?code=K005"
DATA = ["/api/v1/openapi.json", "/api/v1/datasets/hostile/rows", "/dataset/hostile/resource/hostile/download/hostile.csv",
        "/dataset/hostile/resource/hostile/download/hostile.json", "/static/suixin/app.js", "/static/suixin/mark.svg", GATEWAY,
        "/healthz", "/readyz", "/metrics"]  # fmt: skip
WRONG = ["/nothing", "/dataset/nothing", "/api/v1/nothing", "/gateway/nothing", "/static/nothing.js", "/api/v1/datasets/nothing/rows",
         "/gateway/%ff/lookup", "/%ff", "/datasets?q=%00", "/dataset/x/resource/y/download/z.exe"]  # fmt: skip
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!doctype html><html><script>alert(1)</script></html>"


def faults(answer: httpx.Response, *, is_https: bool = False) -> list[str]:
    """What the answer's headers lack, by name."""
    told = answer.headers
    policy = told.get("Content-Security-Policy", "")
    if answer.request.url.path.endswith("/card") and answer.status_code == 200:  # what others may show in a frame runs nothing
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        policy = policy.replace("frame-ancestors *", "frame-ancestors 'none'")
    wanted = {
        "CSP": "default-src" in policy and "frame-ancestors 'none'" in policy,
        "unsafe": "unsafe" not in policy and "*" not in policy and "http:" not in policy,
        "nosniff": told.get("X-Content-Type-Options") == "nosniff",
        "referrer": told.get("Referrer-Policy") == "same-origin",
        "opener": told.get("Cross-Origin-Opener-Policy") == "same-origin",
        "version": not re.search(r"\d", told.get("Server", "")) and "X-Powered-By" not in told,
        "transport": ("max-age=" in told.get("Strict-Transport-Security", "")) is is_https,
    }
    where = f"{answer.request.method} {answer.request.url.raw_path.decode()} {answer.status_code}"
    return [f"{where}: {name}" for name, is_well in wanted.items() if not is_well]


def test_every_address_of_every_status_has_the_security_headers(site: Site) -> None:
    found: list[str] = []
    statuses: set[int] = set()
    with site.as_staff("officer") as officer, httpx.Client(base_url=site.url, timeout=60) as stranger:
        for client in (officer, stranger):
            for one in [place for _, place in addresses() if "logout" not in place] + DATA + WRONG:
                for method in ("GET", "HEAD", "DELETE"):
                    answer = client.request(method, one)
                    statuses.add(answer.status_code)
                    found += faults(answer)
    assert found == []
    assert {200, 302, 400, 401, 403, 404, 405} <= statuses


def test_pages_behind_a_sign_in_are_never_kept(site: Site) -> None:
    with site.as_staff("officer") as client:
        for _, place in addresses():
            if place.startswith(("/console/", "/me/")) and "logout" not in place:
                answer = client.get(place)
                told = answer.headers.get("Cache-Control", "")
                assert answer.status_code != 200 or "no-store" in told or "no-cache" in told, f"{place}: {told!r}"
    assert "no-store" in site.signed("good", GATEWAY).headers["Cache-Control"]


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(site: Site) -> None:
    with httpx.Client(base_url=site.url, timeout=60) as client:
        answers = [client.get("/console/login/"), client.get("/?lang=en")]
        form = {"username": "officer", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
        answers.append(client.post("/console/login/", data=form))
    cookies = [cookie for answer in answers for cookie in answer.headers.get_list("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} >= {"csrftoken", "language", "sessionid"}
    assert [cookie for cookie in cookies if "HttpOnly" not in cookie or "SameSite=" not in cookie] == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80@127.0.0.1", "127.0.0.1.evil.example", "", "127.0.0.1, evil.example"])
def test_foreign_host_name_is_refused_and_never_echoed(site: Site, host: str) -> None:
    for place in ("/", "/console/login/", "/api/v1/openapi.json"):
        answer = site.get(place, headers={"Host": host} if host else {"X-Forwarded-Host": "evil.example"})
        assert answer.status_code == (400 if host else 200)
        assert "evil.example" not in answer.text + str(answer.headers)
        assert faults(answer) == []


@pytest.mark.parametrize("name", ["x\r\nSet-Cookie: evil=1", "x%0d%0aSet-Cookie:%20evil=1", 'x"; filename="evil.html', "х\u2028evil"])
def test_names_in_addresses_inject_no_header(site: Site, name: str) -> None:
    written = quote(name) if "%0d" not in name else name
    for place in (f"/dataset/hostile/resource/hostile/download/{written}.csv", f"/dataset/{written}", f"/console/login/?next={written}",
                  f"/?lang=en&x={written}", f"/gateway/{written}/lookup"):  # fmt: skip
        answer = site.get(place, headers={"X-Request-Id": "ok-12345678"})
        assert "evil" not in answer.cookies
        assert "evil.html" not in answer.headers.get("Content-Disposition", "")
        assert answer.status_code < 500


@pytest.mark.parametrize(("name", "content"), [
    ("图片.png", SVG), ("图片.svg", SVG), ("网页.html", PAGE), ("网页.csv", PAGE), ("表.csv", b"a,b\n<script>alert(1)</script>,{{7*7}}\n"),
])  # fmt: skip
def test_upload_never_comes_back_as_a_page(site: Site, name: str, content: bytes) -> None:
    with site.as_staff("officer") as client:
        form = {"csrfmiddlewaretoken": client.cookies["csrftoken"], "accept": "on"}
        answer = client.post("/console/upload/", data=form, files={"file": (name, content, "image/png")}, timeout=120)
        shown = answer.text + client.get("/console/").text + client.get("/console/resources/").text
    assert answer.status_code < 500
    assert "<script>alert(1)" not in shown
    assert "<svg xmlns" not in shown.replace("<svg class", "")


def test_downloads_are_data_whatever_they_hold(site: Site) -> None:
    for form in ("csv", "json", "ndjson", "xml", "parquet", "xlsx"):
        answer = site.get(f"/dataset/hostile/resource/hostile/download/hostile.{form}")
        assert answer.status_code == 200, form
        assert "html" not in answer.headers["Content-Type"]
        assert "svg" not in answer.headers["Content-Type"]
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_template_signs_in_titles_stay_as_written(site: Site) -> None:
    texts = [site.get(place).text for place in ("/datasets", "/dataset/hostile", "/catalogue/hostile")]
    assert any("{{7*7}}" in html.unescape(text) for text in texts)
    assert not any(re.search(r"数据\s*49|49</h", text) for text in texts)


def _broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("forced")


class Faulty:
    """Addresses that fail, with the site's own handlers."""

    urlpatterns = [
        path("api/v1/broken", _broken), path("broken", _broken), path("console/broken", _broken), path("", include("suixin.site.urls")),
    ]
    handler500 = "suixin.site.shell.pages.errors.server_error"


@pytest.fixture
def faulty(db: None) -> Iterator[Client]:
    """A client of a site with forced faults."""
    with override_settings(ROOT_URLCONF=Faulty):
        yield Client(raise_request_exception=False, headers={"host": "127.0.0.1"})


@pytest.mark.parametrize("place", ["/broken", "/console/broken", "/api/v1/broken"])
def test_forced_fault_is_a_sentence_under_the_same_headers(faulty: Client, place: str) -> None:
    answer = faulty.get(place)
    assert answer.status_code == 500
    assert "forced" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    told = httpx.Response(500, headers=dict(answer.headers), request=httpx.Request("GET", f"http://127.0.0.1{place}"))
    assert faults(told) == []


@pytest.mark.parametrize("place", ["/", "/console/login/", "/console/", "/nothing", "/api/v1/openapi.json", "/static/suixin/app.js"])
def test_over_https_the_browser_is_told_to_stay_there(db: None, place: str) -> None:
    with override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        answer = Client(headers={"host": "127.0.0.1", "x-forwarded-proto": "https"}).get(place)
        answer.close()
    told = httpx.Response(answer.status_code, headers=dict(answer.headers), request=httpx.Request("GET", f"https://127.0.0.1{place}"))
    assert faults(told, is_https=True) == []
