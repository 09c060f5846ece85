"""Every printed sample runs against a live gateway; those of Java where there is a JDK, else they are counted as absent."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import fields

import pytest
from django.conf import settings

from suixin.data.access import stamps
from suixin.data.doors.gateway import sampling
from suixin.data.doors.gateway.sampling import LANGUAGES, Sampled, code
from suixin.data.doors.tests.client import shared
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.data.doors.tests.servers import serving

CALLS: dict[str, tuple[dict[str, object], list[object]]] = {
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
    names = {f"SUIXIN_{one.name.upper()}" for one in fields(settings.SUIXIN)}
    kept = {name: value for name, value in os.environ.items() if name not in names}
    environment = kept | {"SUIXIN_HOME": str(node_database), "SUIXIN_LAKE": str(settings.SUIXIN.lake)}
    languages = [one for one in LANGUAGES if one != "Java" or shutil.which("javac")]
    record_property("absent samples", (len(LANGUAGES) - len(languages)) * len(CALLS))
    with serving(environment) as live:
        live.get("/gateway/keys")  # waits until it listens
        for action, (body, expected) in CALLS.items():
            for language in languages:
                call = Sampled(str(live.base_url).rstrip("/"), "people_list", action, caller.app_id, body)
                told = ran(language, code(language, call), tmp_path, kept | {"SUIXIN_APP_SECRET": caller.secret.decode()})
                assert (language, action, told["data"]) == (language, action, expected)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_cannot_leave_their_quotes(language):
    nasty = "a'; $(touch x); \"+System.exit(9)+\"\n"
    text = code(language, Sampled("https://gw.example", "t", "lookup", nasty, {"keys": [nasty]}))
    assert nasty not in text
    assert not any(mark in text for mark in ("@APP@", "@BODY@", "@HOST@", "@PATH@"))
    assert sampling.LANGUAGES == ("Python", "Java", "curl")
