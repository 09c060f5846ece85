"""Probes, metrics and log lines: of a real server with two processes, and of the formatter on hostile texts."""

import json
import logging
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from django.core.exceptions import ValidationError

from suixin.kit import origin
from suixin.site.bench.processes import free_port
from suixin.site.logs import JsonLines, TextLines, hidden
from suixin.site.probes import may_scrape
from suixin.site.testing_database import place_migrated
from tests.test_worker import CLI, until
from tests.whole.conftest import environment

PERSONAL = ("110101199003077715", "13800138000", "6222021234567890123", "zhang@example.cn", "hunter2", "张三丰")
# a busy machine answers late; what is asked here is that it answers
get, head, post, request = (partial(call, timeout=60) for call in (httpx.get, httpx.head, httpx.post, httpx.request))
ALLOWED = ("127.0.0.0/8", "::1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with nothing but its database."""
    folder = tmp_path_factory.mktemp("observed")
    place_migrated(folder)
    stale = folder / "state" / "metrics" / "999999999"
    stale.mkdir(parents=True)
    return folder


@pytest.fixture(scope="module")
def url(home: Path) -> Iterator[str]:
    """A server of two processes that writes JSON lines and access lines."""
    port = free_port()
    env = environment(home, SUIXIN_LOG="json", SUIXIN_ACCESS_LOG="1")
    command = [*CLI, "serve", "--port", str(port), "--workers", "2", "--no-worker"]
    with (home / "serve.log").open("wb") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
        address = f"http://127.0.0.1:{port}"
        assert until(lambda: _answers(address))
        yield address
        process.terminate()


def _answers(address: str) -> bool:
    try:
        return get(f"{address}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def total(text: str, name: str, **labels: str) -> float:
    """The sum of the samples of that name with those labels."""
    lines = [line for line in text.splitlines() if line.startswith((f"{name}{{", f"{name} "))]
    return sum(float(line.split()[-1]) for line in lines if all(f'{key}="{value}"' in line for key, value in labels.items()))


def test_probes_answer_any_host_and_only_reading(url: str) -> None:
    for path in ("/healthz", "/readyz"):
        answer = get(url + path, headers={"Host": "10.1.2.3"})
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert head(url + path).status_code == 200
        assert post(url + path).status_code == 405


def test_requests_of_all_processes_are_counted_by_door_status_and_code(url: str, home: Path) -> None:
    before = get(f"{url}/metrics").text
    for _ in range(40):
        get(f"{url}/datasets")
        get(f"{url}/gateway/nothing/lookup?code=1")
    after = get(f"{url}/metrics").text
    counted = "suixin_request_seconds_count"
    assert total(after, counted, door="page", status="200") - total(before, counted, door="page", status="200") == 40
    assert total(after, counted, door="gateway", code="api-401") - total(before, counted, door="gateway", code="api-401") == 40
    assert total(after, "suixin_jobs") == 0
    assert [path.name.isdecimal() for path in (home / "state" / "metrics").iterdir()] == [True]


def test_labels_never_come_from_outside(url: str) -> None:
    get(f"{url}/gateway/evil_label/lookup", headers={"X-App-Id": "evil_label"})
    request("EVIL", f"{url}/evil_label")
    assert "evil_label" not in get(f"{url}/metrics").text


def test_stranger_may_not_read_metrics(url: str) -> None:
    answer = get(f"{url}/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    assert (answer.status_code, "SUIXIN_METRICS_FROM" in answer.text) == (403, True)


@pytest.mark.parametrize(("told", "expected"), [
    ({"REMOTE_ADDR": "127.0.0.1"}, True), ({"REMOTE_ADDR": "::1"}, True), ({"REMOTE_ADDR": "10.0.0.9"}, False), ({}, False),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.9"}, False),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1, 10.0.0.9"}, False),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}, True),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_REAL_IP": "10.0.0.9"}, False),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"}, False),
    ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "nonsense"}, False),
])  # fmt: skip
def test_only_a_chain_of_allowed_addresses_may_scrape(told: dict[str, str], expected: bool) -> None:
    assert may_scrape(told, ALLOWED) is expected


def test_every_log_line_is_one_json_object_without_query_values(url: str, home: Path) -> None:
    answer = get(f"{url}/datasets?q=张三丰&phone=13800138000", headers={"X-Request-Id": "trace-510900"})
    get(f"{url}/gateway/nothing/lookup?id=110101199003077715")
    assert answer.headers["X-Trace-Id"] == "trace-510900"
    assert until(lambda: "gateway/lookup" in (home / "serve.log").read_text("utf-8"))
    text = (home / "serve.log").read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    [line] = [line for line in lines if line["trace_id"] == "trace-510900"]
    assert (line["route"], line["status"], line["door"], line["actor"]) == ("/datasets", 200, "page", "public")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00", line["time"])
    assert not [word for word in PERSONAL if word in text]


@pytest.mark.parametrize("text", [
    "resident 110101199003077715 called", "GET /datasets?phone=13800138000&q=张三丰 failed", "card 6222021234567890123",
    "password=hunter2 for user", "Authorization: Bearer hunter2", "{'password': 'hunter2'}", "to zhang@example.cn",
    "postgresql://u:hunter2@db/x", "DETAIL: Key (name)=(张三丰) already exists.", "Failing row contains (1, 张三丰, 13800138000).",
    'token: "hunter2"', "Cookie: sessionid=hunter2",
])  # fmt: skip
def test_text_is_hidden(text: str) -> None:
    assert not [word for word in PERSONAL if word in hidden(text)]


def test_trace_ids_and_counts_stay_readable() -> None:
    text = "job 4bf92f3577b34da6a3ce929d0e0e4736 took 12.5 s, 1234567 rows, batch 17"
    assert hidden(text) == text


@pytest.mark.parametrize("form", [JsonLines(), TextLines()])
def test_fault_is_told_without_values_or_source(form: logging.Formatter) -> None:
    try:
        try:
            int("张三丰")
        except ValueError as error:
            raise ValidationError("手机 13800138000 不对") from error
    except ValidationError as error:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "job %s failed", ("7",), (type(error), error, error.__traceback__))
    with origin.at(origin.Origin("trace-7")):
        line = form.format(record)
    assert all(word in line for word in ("ValueError", "ValidationError", "test_observing.py", "trace-7", "job 7 failed"))
    assert not [word for word in PERSONAL if word in line]
