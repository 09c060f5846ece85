"""One trace id joins the answer, the audit record and the access record, whichever door was taken."""

import pytest
from django.test import Client

from suixin.data.doors.tests.client import get
from suixin.ground.audit import actions as audit
from suixin.ground.audit.models import Record
from suixin.ground.people.actions import create_account
from suixin.kit import origin
from suixin.kit.actor import SYSTEM
from suixin.site import cli

pytestmark = pytest.mark.django_db
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLED = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "user-agent": "a browser"}


def test_page_answers_the_trace_id_and_an_error_page_shows_it(client: Client) -> None:
    answer = client.get("/no-such-page", headers=CALLED)
    assert (answer.status_code, answer.headers["X-Trace-Id"]) == (404, TRACE)
    assert TRACE in answer.content.decode()


def test_refused_attempt_is_on_record_with_result_trace_address_and_terminal(client: Client) -> None:
    client.force_login(create_account("nobody", "A-long-password"))
    assert client.get("/console/access/", headers=CALLED).status_code == 403
    refused = Record.objects.get(action="security.refused")
    assert (refused.code, refused.trace_id, refused.address, refused.terminal) == ("api-403", TRACE, "127.0.0.1", "a browser")


@pytest.mark.parametrize("url", ["/api/v1/no-such", "/api/v1/datasets/none"])
def test_api_fault_tells_the_trace_id_that_its_header_tells(client: Client, url: str) -> None:
    answer = client.get(url, headers=CALLED)
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"] == TRACE


@pytest.mark.usefixtures("transactional_db")
def test_lean_door_takes_the_trace_id_over() -> None:
    answer = get("/gateway/none/lookup", headers={"traceparent": CALLED["traceparent"]})
    assert answer.headers["X-Trace-Id"] == answer.json["trace_id"] == TRACE


def test_command_is_on_record_with_its_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_run", lambda words: len({audit.record(SYSTEM, "site.tried", ("command", words[0]))}) - 1)
    assert cli.main(["check"]) == 0
    written = Record.objects.get(action="site.tried")
    assert written.terminal.startswith("suixin check (")
    assert len(written.trace_id) == 32
    assert origin.current() == origin.NOWHERE
