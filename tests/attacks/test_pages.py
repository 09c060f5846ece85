"""Pages against hostile texts, forged forms and curious colleagues: escaped, refused with a sentence, never a 500."""

import re
from html.parser import HTMLParser

import httpx
import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from suixin.site.demo.people import CAST
from tests.attacks.conftest import PASSWORD, Site

WORDS = {"slug": "hostile", "table": "hostile", "kind": "line"}
OPEN = {"console-login", "console-login-passkey", "console-logout"}
WITHIN = {"console-home", "console-account"}  # every signed-in person has them; the rest goes by right
EVIL = ("onerror", "onload", "onclick")
ODD = (
    "q=" + "a+" * 90, "q=%00", "q=%ff", "page=²", "page=-1", "level=²", "sort=%27", "before=²", "offset=²", "after=x", "measure=%27",
    "draw=%3C",
)


PATTERNS = re.compile(r"\(\?Phostile(\w+)\|[^)]*\)")  # of an address written as a pattern, its first choice
SIGNS = str.maketrans("", "", "^$\\")
KINDS = {"int": "1", "uuid": "00000000-0000-4000-8000-000000000000"}


def addresses() -> list[tuple[str, str]]:
    """(name, address) of every page, its parameters filled in."""
    found: list[tuple[str, str]] = []

    def walk(patterns: list[URLPattern | URLResolver], before: str) -> None:
        for one in patterns:
            path = before + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, path)
            else:
                filled = re.sub(r"<(?:(\w+):)?(\w+)>", lambda m: KINDS.get(m[1]) or WORDS.get(m[2], "hostile"), path)
                found.append((str(one.name), "/" + PATTERNS.sub(r"\1", filled).translate(SIGNS)))

    walk(get_resolver().url_patterns, "")
    return found


CONSOLE = [(name, path) for name, path in addresses() if path.startswith("/console/") and name not in OPEN]


class Tags(HTMLParser):
    """What a browser would run: scripts without source, handlers, script addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.evil: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and not given.get("src") and given.get("type") not in ("application/json", "application/ld+json"):
            self.evil.append(tag)
        self.evil += [name for name in given if name in EVIL]
        self.evil += [f"{name}={value}" for name in ("href", "src", "action") if (value := given.get(name) or "").startswith("javascript:")]


def require_harmless(answer: httpx.Response) -> None:
    """The answer runs nothing that came with the data."""
    kind = answer.headers["Content-Type"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if not kind.startswith("text/html"):
        return
    tags = Tags()
    tags.feed(answer.text)
    assert tags.evil == []
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy or ("default-src 'none'" in policy and "script-src" not in policy)
    assert "<script>alert(1)" not in answer.text
    assert "49" not in re.findall(r"\{\{7\*7\}\}|>49<", answer.text)
    for text in re.findall(r"<script[^>]*json[^>]*>(.*?)</script>", answer.text, re.DOTALL):
        assert "<" not in text


def test_every_page_of_hostile_data_is_escaped(site: Site) -> None:
    seen = 0
    with site.as_staff("officer") as officer:
        for name, path in addresses():
            if name == "console-logout":
                continue
            for query in ("", "?q=%3Cscript%3Ealert(1)%3C/script%3E&sort=%22%3E&theme=%3Cimg%20src=x%20onerror=alert(1)%3E&lang=zz"):
                answer = officer.get(path.replace("/1/", f"/{site.batch}/") + query)
                assert answer.status_code < 500, path
                require_harmless(answer)
                seen += "alert(1)" in answer.text
    assert seen > 8


@pytest.mark.parametrize("turn", range(len(ODD)))
def test_odd_query_never_breaks_a_page(site: Site, turn: int) -> None:
    """Every page gets a quarter of the queries, every query a quarter of the pages."""
    query = ODD[turn]
    with site.as_staff("officer") as officer:
        for _, path in addresses()[turn % 4 :: 4]:
            answer = officer.get(f"{path}?{query}") if "logout" not in path else None
            assert answer is None or answer.status_code < 500, path


@pytest.mark.parametrize(("name", "path"), CONSOLE)
def test_stranger_is_sent_to_the_login_page(site: Site, name: str, path: str) -> None:
    answer = site.get(path)
    if answer.status_code == 405:  # takes forms only
        answer = site.send(path)
        assert answer.status_code == 403, name
        return
    assert answer.status_code == 302, name
    assert answer.headers["Location"].startswith("/console/login/?next=/console/")


@pytest.mark.parametrize("turn", range(len(CAST)))
def test_every_page_answers_people_or_refuses_with_a_sentence(site: Site, turn: int) -> None:
    """Each page is asked for by a third of the people, each asks for a third of the pages; who may, `test_every_address.py` knows."""
    with site.as_staff(CAST[turn].username) as client:
        for name, path in CONSOLE[turn % 3 :: 3]:
            answer = client.get(path.replace("/1/", f"/{site.batch}/").replace("/1.csv", f"/{site.batch}.csv"))
            assert answer.status_code in ((200,) if name in WITHIN else (200, 302, 403, 404, 405)), path
            if answer.status_code in (403, 404):
                assert "。" in answer.text


def test_clerk_of_another_department_cannot_read_rejects_grants_or_log(site: Site) -> None:
    with site.as_staff("outsider") as client:
        for path in (f"/console/resources/hostile/rejects/{site.batch}/", f"/console/resources/hostile/rejects/{site.batch}.csv",
                     "/console/grants/", "/console/grants/new/", "/console/access/"):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code == 403, path
            assert "权限" in answer.text


def test_clerk_of_another_department_sees_no_row_of_people(site: Site) -> None:
    with site.as_staff("outsider") as client:
        assert "张5三" not in client.get("/console/resources/people/").text
    with site.as_staff("officer") as client:
        assert "张5三" not in client.get("/console/resources/people/").text


@pytest.mark.parametrize("path", ["/console/upload/", "/console/grants/new/?resource=people", "/console/logout/", "/console/login/"])
def test_form_without_its_token_is_refused_in_our_words(site: Site, path: str) -> None:
    with site.as_staff("officer") as client:
        answer = client.post(path, data={"file": "x"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.text


def test_post_of_another_department_is_refused(site: Site) -> None:
    with site.as_staff("outsider") as client:
        form = {"csrfmiddlewaretoken": client.cookies["csrftoken"], "purpose": "x"}
        answer = client.post("/console/grants/new/?resource=people", data=form)
        assert answer.status_code == 403
        sent = client.post("/console/upload/", data={**form, "accept": "on"}, files={"file": ("数据.csv", b"a,b\n1,2\n")})
        assert sent.status_code in (200, 403)


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_login_goes_nowhere_else(site: Site, target: str) -> None:
    with httpx.Client(base_url=site.url, timeout=60) as client:
        client.get("/console/login/")
        form = {"username": "officer", "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"], "next": target}
        assert client.post("/console/login/", data=form).headers["Location"] == "/console/"


def test_language_switch_goes_nowhere_else(site: Site) -> None:
    for path in ("//evil.example/?lang=en", "/%5cevil.example/?lang=en", "/%09//evil.example?lang=en", "/%0d%0aX:y?lang=en"):
        where = site.get(path).headers.get("Location", "/")
        assert where.startswith("/")
        assert not where.startswith(("//", "/\\"))


UPLOADS = {
    "page": ("网页.csv", b"<!doctype html><html><script>alert(1)</script></html>", "HTML"),
    "path": ("../../../etc/cron.d/x.csv", "编号,名称\n1,甲\n".encode(), ""),
    "control": ("a\x01\x1b<b>.csv", b"", "空"),
    "long": ("长" * 300 + ".csv", "编号,名称\n2,乙\n".encode(), ""),
    "empty": ("空.csv", b"", "空"),
    "dots": ("..", b"a,b\n1,2\n", ""),
    "large": ("大.csv", "编号,名称,数量\n".encode() + b"".join(b"%08d,%060d,%d\n" % (n, n, n) for n in range(400_000)), ""),
}


@pytest.mark.parametrize("kind", UPLOADS)
def test_upload_is_answered_with_a_sentence(site: Site, kind: str) -> None:
    name, content, word = UPLOADS[kind]
    with site.as_staff("officer") as client:
        form = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
        answer = client.post("/console/upload/", data=form, files={"file": (name, content, "text/csv")}, timeout=120)
    assert answer.status_code in (200, 302, 400), answer.text[:300]
    require_harmless(answer)
    assert word in answer.text
