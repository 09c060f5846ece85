"""Every printed sample runs against a live gateway; those of Java where there is a JDK, else they are counted as absent."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any  # what an example defines

import pytest

from suixin.data.access import stamps
from suixin.data.doors.gateway import sampling
from suixin.data.doors.gateway.sampling import LANGUAGES, Sampled, code, sealed_code
from suixin.data.doors.tests.client import get, shared
from suixin.data.doors.tests.servers import environment_of, serving
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.ground.people.applications import NewKey, make_key
from suixin.ground.people.models import Application, KeyKind
from suixin.kit.actor import SYSTEM

ROOT = Path(__file__).parents[4]
CALLS: dict[str, tuple[dict[str, object], object]] = {
    "lookup": ({"columns": ["name", "amount"], "keys": ["k000003"]}, [{"code": "200", "data": {"name": "张*", "amount": 0.75}}]),
    "verify": ({"items": ["amount", "name"], "rows": [{"code": "k000003", "amount": 0.75, "name": "张'\"$(id)`\\3"}]},
               [{"code": "200", "data": {"amount": "一致", "name": "不一致"}}]),
    "rows": ({"amount__less": "0.3", "columns": "code"}, [{"code": "k000001"}]),
    "aggregate": ({"amount__max": None}, [{"amount__max": 7.25}]),
}  # fmt: skip


def ran(language, text, folder, environment):
    """What the sample printed."""
    if language == "Java":
        (folder / "Sample.java").write_text(text)
        command = ["java", "-XX:TieredStopAtLevel=1", str(folder / "Sample.java")]
    else:
        (folder / "sample").write_text(text)
        command = [sys.executable if language == "Python" else "bash", str(folder / "sample")]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_every_printed_sample_is_answered_by_a_live_gateway(node_database, tmp_path, record_property):
    caller, _ = shared(masks={"name@verify": ""})
    stamps.forget()
    environment = environment_of(node_database)
    languages = [one for one in LANGUAGES if one != "Java" or shutil.which("javac")]
    record_property("absent samples", (len(LANGUAGES) - len(languages)) * len(CALLS))
    with serving(environment) as live:
        live.get("/gateway/keys")  # waits until it listens
        for action, (body, expected) in CALLS.items():
            for language in languages:
                call = Sampled(str(live.base_url).rstrip("/"), "people_list", action, caller.app_id, body)
                told = ran(language, code(language, call), tmp_path, environment | {"SUIXIN_APP_SECRET": caller.secret.decode()})
                assert (language, action, told["data"]) == (language, action, expected)
        page_of_application(str(live.base_url).rstrip("/"), caller, tmp_path, environment)
        for action, (body, expected) in CALLS.items():
            text = sealed_code(Sampled(str(live.base_url).rstrip("/"), "people_list", action, caller.app_id, body))
            told = ran("Python", text, tmp_path, environment | {"SUIXIN_APP_PRIVATE_KEY": str(tmp_path / "private.pem")})
            assert (action, told["data"]) == (action, expected)


def page_of_application(host, caller, folder, environment):
    """What the page of an application prints: signed with its secret, and with a key pair made as printed."""
    page = (ROOT / "suixin/site/templates/console/application.html").read_text("utf-8")
    words = {"{{ page.application.app_id }}": caller.app_id, "https://HOST": host, "TABLE": "people_list", "KEY=VALUE": "code=k000003"}
    printed = [html.unescape(one) for one in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]
    for word, value in words.items():
        printed = [one.replace(word, value) for one in printed]
    by_secret, by_key = [one for one in printed if "openssl" in one]
    make, sign = by_key.split("\n")[:2], by_key.split("\n")[2:]
    subprocess.run(["bash", "-c", "\n".join(make)], cwd=folder, check=True, capture_output=True)
    made = NewKey(KeyKind.SM2, (folder / "public.pem").read_text())
    make_key(Application.objects.get(app_id=caller.app_id), made, actor=SYSTEM, reason="上线")
    text = "\n".join(by_secret.split("\n")[:2])
    for script in (by_secret, "\n".join([text, *sign])):
        secret = environment | {"SECRET": caller.secret.decode()}
        done = subprocess.run(["bash", "-c", script], cwd=folder, env=secret, capture_output=True, timeout=60, check=True)
        assert json.loads(done.stdout)["data"]["name"] == "张*"


def test_example_of_the_description_signs_a_call_that_is_answered(node, db):
    told = (ROOT / "docs" / "gateway.md").read_text("utf-8")
    [example] = re.findall(r"```python\n(.*?)```", told, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    caller, _ = shared()
    headers = names["signed"]("/gateway/people_list/lookup", {"code": "k000003"}, caller.app_id, caller.secret.decode())
    assert get("/gateway/people_list/lookup?code=k000003", headers=headers).json["code"] == "200"


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_cannot_leave_their_quotes(language):
    nasty = "a'; $(touch x); \"+System.exit(9)+\"\n"
    text = code(language, Sampled("https://gw.example", "t", "lookup", nasty, {"keys": [nasty]}))
    assert nasty not in text + sealed_code(Sampled(nasty, "t", "lookup", nasty, {"keys": [nasty]}))
    assert not any(mark in text for mark in ("@APP@", "@BODY@", "@HOST@", "@PATH@"))
    assert sampling.LANGUAGES == ("Python", "Java", "curl")
