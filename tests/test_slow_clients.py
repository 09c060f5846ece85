"""Slow clients hold up nobody else: what they do not send, what they do not fetch; and what is refused meanwhile says so."""

import io
import threading
from typing import Any

import orjson
import pytest

from suixin.data.doors import streams
from suixin.data.doors.errors import TooBusy
from suixin.site import slow_clients
from suixin.site.api import api
from suixin.site.slow_clients import Patient
from suixin.site.thread_counts import BODIES, FILES, VARIABLE, threads_for


class Slow(io.RawIOBase):
    """A body whose client sends nothing until `sent` is set."""

    def __init__(self, content: bytes) -> None:
        self.sent, self._content = threading.Event(), content

    def read(self, size: int = -1) -> bytes:
        assert self.sent.wait(60)
        piece, self._content = self._content[:size], self._content[size:]
        return piece


def echo(environ: Any, start_response: Any) -> list[bytes]:  # Any: WSGI's own
    start_response("200 OK", [])
    return [environ["wsgi.input"].read() if environ.get("CONTENT_LENGTH") else b"ok"]


def call(application: Patient, body: Any = None, length: int = 0) -> tuple[str, dict[str, str], bytes]:  # Any: a file of sorts
    told: list[tuple[str, dict[str, str]]] = []
    environ = {"REQUEST_METHOD": "POST" if length else "GET", "CONTENT_LENGTH": str(length or ""), "wsgi.input": body or io.BytesIO()}
    answer = application(environ, lambda status, headers, *_: told.append((status, dict(headers))))  # type: ignore[arg-type]
    return (*told[0], b"".join(answer))


def described(status: str) -> dict[str, Any]:  # Any: OpenAPI
    """What the description says of that answer of an operation that takes a body."""
    schema: Any = api.get_openapi_schema()
    told = [one["responses"].get(status) for path in schema["paths"].values() for one in path.values() if "requestBody" in one]
    assert len(told) > 20
    assert all(one == told[0] for one in told)
    found: dict[str, Any] = schema["components"]["responses"][told[0]["$ref"].rpartition("/")[2]]
    return found


def is_as_described(answer: tuple[str, dict[str, str], bytes]) -> bool:
    """Whether the refusal has the body and the headers that are told of it."""
    status, headers, body = answer
    told = described(status[:3])
    is_body = set(orjson.loads(body)) == set(told["content"]["application/json"]["schema"]["required"])
    return is_body and told.get("headers", {}).keys() <= headers.keys()


def test_bodies_that_do_not_come_keep_no_place_where_answers_are_made() -> None:
    application, slow = Patient(echo, answering=1), [Slow(b"abc") for _ in range(BODIES)]
    got: list[bytes] = []
    threads = [threading.Thread(target=lambda one=one: got.append(call(application, one, 3)[2])) for one in slow]
    for thread in threads:
        thread.start()
    assert call(application)[2] == b"ok"
    while application._bodies._value:  # until each has its place
        threading.Event().wait(0.01)
    status, headers, body = refused = call(application, io.BytesIO(b"abc"), 3)
    assert is_as_described(refused)
    assert (status[:3], headers["Retry-After"]) == ("503", "5")
    assert "稍后再试" in body.decode()
    for one in slow:
        one.sent.set()
    for thread in threads:
        thread.join(60)
    assert got == [b"abc"] * BODIES
    assert call(application, io.BytesIO(b"abc"), 3)[2] == b"abc"


def test_a_body_that_is_not_there_in_time_is_refused_and_its_place_is_free_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_clients, "LEAST_SECONDS", 0.01)
    application, slow = Patient(echo, answering=1), Slow(b"abc")
    refused = call(application, slow, 3)
    assert (refused[0][:3], is_as_described(refused)) == ("408", True)
    slow.sent.set()
    while application._bodies._value < BODIES:
        threading.Event().wait(0.01)


def test_a_body_beyond_memory_is_whole_and_a_short_one_is_as_it_came() -> None:
    application, large = Patient(echo), b"x" * (2 << 20)
    assert call(application, io.BytesIO(large), len(large))[2] == large
    assert call(application, io.BytesIO(b"ab"), 3)[2] == b"ab"


def test_files_on_their_way_out_are_bounded_and_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    held = [streams.Held(iter([b"1", b"2"])) for _ in range(streams.SLOTS)]
    with pytest.raises(TooBusy):
        streams.Held(iter([b"1"]))
    assert list(held[0]) == [b"1", b"2"]
    held[1].close()
    again = [streams.Held(iter([b"1"])) for _ in range(2)]
    for one in (*held, *again):
        one.close()
    monkeypatch.setenv(VARIABLE, "")
    assert (threads_for(4), FILES) == (4 + BODIES + streams.SLOTS, streams.SLOTS)
