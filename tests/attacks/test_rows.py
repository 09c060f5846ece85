"""The rows door and downloads against hostile requests: a 400 with a sentence, never a 500, never another's data."""

import csv
import io
import socket
from urllib.parse import quote

import httpx
import openpyxl
import pytest

from tests.attacks.conftest import Site

ROWS = "/api/v1/datasets/hostile/rows"
INJECTIONS = ("' OR '1'='1", "1; DROP TABLE x", '"', "a\" FROM read_csv('/etc/passwd')--", "$1", "?", "\\", "%", "\u202e", "🙂")
FIELDS = ("code", "script", "amount", "day")
OPERATORS = (
    "exact", "differs", "contains", "notcontains", "in", "notin", "less", "greater", "strictly_less", "strictly_greater", "isnull",
    "isnotnull", "sort", "groupby", "count", "avg", "min", "max", "sum",
)  # fmt: skip
REFUSED = (
    "columns=code;--", "columns=__id", "columns=*", "columns=code,", "code__sort=asc;--", "x'--__exact=1", "code__like=1", "page_size=0",
    "page_size=1001", "page_size=000000001999999", "page_size=²", "page_size=1e3", "after=AAAA", "after=%2e%2e", "after=", "code__in=%00",
    "code__exact=%00", "%ff=1", "code__exact=%ff", "code__exact=%c3%28", "__exact=1", "code__exact__exact=1", "or=(code.eq.1)", "a=1",
    "groupby=code&agg=evil", "&".join(["code__exact=1"] * 60), "&".join(f"a{n}=1" for n in range(300)), "code__exact=" + "x" * 5000,
    "code__exact=" + "x" * 9000, "amount__exact=1e400", "amount__exact=NaN", "day__exact=9999-99-99", "day__exact=infinity",
)  # fmt: skip


@pytest.mark.parametrize("query", REFUSED, ids=lambda query: query[:30])
def test_wrong_query_is_400_with_a_sentence(site: Site, query: str) -> None:
    answer = site.get(f"{ROWS}?{query}")
    if query == "after=":
        assert answer.status_code in (200, 400)
        return
    assert (answer.status_code, answer.json()["code"]) == (400, "api-400"), answer.text[:300]
    assert len(answer.json()["message"]) > 8


@pytest.mark.parametrize("operator", OPERATORS)
def test_injection_in_any_parameter_finds_nothing_or_is_refused(site: Site, operator: str) -> None:
    with httpx.Client(base_url=site.url, timeout=60) as client:
        for text in INJECTIONS:
            for name in (*FIELDS, text):
                answer = client.get(f"{ROWS}?{quote(name)}__{operator}={quote(text)}")
                assert answer.status_code in (200, 400), (name, text, answer.text[:300])
                assert "root:" not in answer.text


def test_token_changed_anywhere_is_refused(site: Site) -> None:
    following = site.get(f"{ROWS}?page_size=1").json()["links"]["next"]
    token = following.rpartition("after=")[2]
    assert site.get(f"{ROWS}?page_size=1&after={token}").json()["data"][0]["code"] == "A2"
    for place in range(0, len(token), 5):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert site.get(f"{ROWS}?page_size=1&after={changed}").status_code == 400, place
    assert site.get(f"{ROWS}?page_size=1&code__sort=desc&after={token}").status_code == 400


METHODS = ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO")
LOOKUP = "/gateway/people/lookup?code=K001"  # which a POST asks for many
PATHS = (
    ROWS, "/dataset/hostile/resource/x/download/a.csv", "/", "/datasets", "/dataset/hostile", "/api/v1/datasets",
    "/api/v1/datasets/hostile",
)


@pytest.mark.parametrize(
    ("method", "path"), [*((one, path) for one in METHODS for path in PATHS), *((one, LOOKUP) for one in METHODS if one != "POST")]
)
def test_other_methods_are_405_with_allow(site: Site, method: str, path: str) -> None:
    token = {"Cookie": f"csrftoken={'a' * 32}", "X-CSRFToken": "a" * 32}
    answer = httpx.request(method, site.url + path, timeout=60, headers=token)
    assert answer.status_code == 405, answer.text[:200]
    assert "GET" in answer.headers["Allow"]


NAMES = (
    "a%0d%0aSet-Cookie:%20x=1.csv", "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/x.csv", "a%22;x=%22.csv", "a%00.csv", "%ff.csv",
    "a.csv%0d%0aX: y", "a.exe", ".csv", "a.csv..",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_file_name_of_an_address_goes_nowhere(site: Site, name: str) -> None:
    answer = site.get(f"/dataset/hostile/resource/x/download/{name}")
    assert answer.status_code in (200, 400, 404)
    assert "set-cookie" not in {header.lower() for header in answer.headers if answer.headers[header].startswith("x=")}
    assert "root:" not in answer.text
    if answer.status_code == 200:
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="hostile.csv"')


OUTSIDE = (
    "/static/../settings.py", "/static/%2e%2e/%2e%2e/settings.py", "/static/..%2f..%2fsettings.py", "/static//etc/passwd",
    "/static/%2fetc%2fpasswd", "/static/suixin/..%5c..%5csettings.py", "/../etc/passwd",
)  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_static_files_stay_in_their_folder(site: Site, path: str) -> None:
    host, port = site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    assert answer.split(b" ", 2)[1] in (b"400", b"404"), answer[:200]
    assert b"SECRET_KEY" not in answer


_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
NONSENSE = {
    "host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n",
    "address": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    "header": _HEAD + b"X-A: " + b"a" * 500_000 + b"\r\n",
    "bytes": b"\x00\xff\r\n",
    "cookie": _HEAD + b"Cookie: sessionid=\xff\xfe; language=\xff\r\n",
}


@pytest.mark.parametrize("raw", NONSENSE.values(), ids=NONSENSE)
def test_raw_nonsense_is_answered_or_hung_up_on(site: Site, raw: bytes) -> None:
    host, port = site.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 10) as wire:
        try:
            wire.sendall(raw + b"Connection: close\r\n\r\n")
            answer = wire.recv(65536)
        except OSError:
            answer = b""
    assert b" 500 " not in answer[:20]
    assert site.get("/").status_code == 200


@pytest.mark.parametrize("format_name", ["csv", "xlsx"])
def test_export_runs_no_formula(site: Site, format_name: str) -> None:
    body = site.get(f"/dataset/hostile/resource/x/download/a.{format_name}").content
    if format_name == "csv":
        cells = [cell for line in csv.reader(io.StringIO(body.decode())) for cell in line]
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(body)).worksheets[0]
        assert all(cell.data_type != "f" for row in sheet for cell in row)
        cells = [str(cell.value) for row in sheet for cell in row if cell.value is not None]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "'=cmd|' /C calc'!A0" in cells
