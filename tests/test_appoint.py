"""`suixin appoint` on a home that has nothing but its database, and the first sign-in at a real server."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django_otp.oath import totp as totp_code

from suixin.site.bench.processes import free_port, python, serving
from suixin.site.testing_database import place_migrated
from tests.whole.conftest import run_suixin

BASIS = "测试〔2026〕1号"
NEW = "Lotus-lake-2026"


def appoint(home: Path, *words: str) -> tuple[int, str]:
    ran = run_suixin(home, "appoint", *words)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.fixture(scope="module")
def appointed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A fresh home with its first administrator, and the start password that was told."""
    home = tmp_path_factory.mktemp("fresh")
    place_migrated(home)
    code, told = appoint(home, "zhang", "--role", "administrator", "--organisation", "data-bureau", "--name", "张三", "--basis", BASIS)
    assert code == 0, told
    return home, re.findall(r"[a-z0-9]{4}(?:-[a-z0-9]{4})+", told)[0]


@pytest.fixture
def client(appointed: tuple[Path, str]) -> Iterator[httpx.Client]:
    """Somebody at the server of that home."""
    home, port = appointed[0], free_port()
    command = python("suixin.site.cli", "serve", "--port", str(port), "--no-worker")
    with serving(command, home=home, port=port, log=home / "serve.log"), httpx.Client(
        base_url=f"http://127.0.0.1:{port}", timeout=60
    ) as browser:
        yield browser


def send(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    client.get(path)
    return client.post(path, data={**fields, "csrfmiddlewaretoken": client.cookies["csrftoken"]})


def test_first_administrator_signs_in_sets_a_password_and_sees_the_people(appointed, client: httpx.Client) -> None:
    step = send(client, "/console/login/", username="zhang", password=appointed[1])
    assert step.headers["Location"] == "/console/login/password/"
    assert client.get("/console/people/").status_code == 302, "nobody is in before the last step"
    weak = send(client, "/console/login/password/", new="12345678", again="12345678")
    assert weak.status_code == 422
    assert "密码" in weak.text
    assert send(client, "/console/login/password/", new=NEW, again=NEW).status_code == 302
    assert client.get("/console/login/next/").headers["Location"] == "/console/login/enrol/", "an administrator needs a second factor"
    key = base64.b32decode(re.sub(r"[^A-Z2-7]", "", secret_on(client.get("/console/account/totp/").text)))
    assert send(client, "/console/account/totp/", code=f"{totp_code(key):06}").status_code == 200
    client.get("/console/login/next/", follow_redirects=True)
    assert "张三" in client.get("/console/people/").text


def secret_on(page: str) -> str:
    """The authenticator's key as the page writes it."""
    return str(re.findall(r'class="secret">([^<]+)<', page)[0])


@pytest.mark.parametrize(("words", "sentence"), [
    ("wang --role administrator --organisation nowhere --basis x", "机构“nowhere”不存在"),
    ("wang --role king --organisation data-bureau --basis x", "没有角色“king”"),
    ("zhang --role auditor --organisation data-bureau --basis x", "不能同时担任"),
    ("ZHANG --role administrator --organisation data-bureau --basis x", "已有“系统管理员”岗位"),
    ("王 --role auditor --organisation data-bureau --basis x", "账号“王”应为"),
])  # fmt: skip
def test_refusal_says_why_and_leaves_nothing(appointed, words: str, sentence: str) -> None:
    code, told = appoint(appointed[0], *words.split())
    assert (code, sentence in told) == (2, True), told
    assert "Traceback" not in told
    assert "初始密码" not in told


def test_basis_must_say_something(appointed) -> None:
    assert appoint(appointed[0], "wang", "--role", "auditor", "--organisation", "data-bureau", "--basis", " ")[0] == 2


def test_unknown_organisation_on_an_empty_home_loads_no_list(tmp_path: Path) -> None:
    place_migrated(tmp_path)
    appoint(tmp_path, "wang", "--role", "auditor", "--organisation", "nowhere", "--basis", BASIS)
    counted = "from suixin.ground.people.models import *; print(Organisation.objects.count(), Account.objects.count())"
    assert run_suixin(tmp_path, "manage", "shell", "--no-imports", "-c", counted).stdout.split() == ["0", "0"]


def test_security_officer_is_appointed_on_an_account_of_his_own(appointed) -> None:
    code, told = appoint(appointed[0], "guan", "--role", "security_officer", "--organisation", "市数据局", "--basis", BASIS)
    assert (code, "安全管理员" in told) == (0, True)
