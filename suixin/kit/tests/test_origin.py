"""Where an action comes from."""

import pytest

from suixin.kit import origin

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = [
    (f"00-{TRACE}-00f067aa0ba902b7-01", "", TRACE), (f"00-{TRACE}-00f067aa0ba902b7-01", "of-the-proxy", TRACE),
    ("", "7b1f0c3e-9a52-4c1e-8a54", "7b1f0c3e-9a52-4c1e-8a54"), ("nonsense", "of-the-proxy", "of-the-proxy"),
]
WRONG = [
    "", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"00-{TRACE}-{'0' * 16}-01", f"ff-{TRACE}-00f067aa0ba902b7-01",
    f"00-{TRACE.upper()}-00f067aa0ba902b7-01",
]
PROXIES = ("10.0.0.0/8", "192.168.1.5")
HOPS = [
    ("1.2.3.4", "9.9.9.9", "1.2.3.4"), ("10.0.0.7", "9.9.9.9", "9.9.9.9"), ("10.0.0.7", "6.6.6.6, 9.9.9.9", "9.9.9.9"),
    ("10.0.0.7", "9.9.9.9, 192.168.1.5", "9.9.9.9"), ("10.0.0.7", "<script>", "10.0.0.7"), ("10.0.0.7", "", "10.0.0.7"),
    ("", "9.9.9.9", ""), ("10.0.0.7", "2001:db8::1", "2001:db8::1"),
]


@pytest.mark.parametrize(("traceparent", "request_id", "expected"), GIVEN)
def test_trace_id_is_taken_over_when_it_is_well_formed(traceparent: str, request_id: str, expected: str) -> None:
    assert origin.trace_of(traceparent, request_id) == expected


@pytest.mark.parametrize("traceparent", WRONG)
@pytest.mark.parametrize("request_id", ["", "short", "x" * 65, "a\r\nSet-Cookie: x", "日志号日志号日志号", "<script>alert(1)</script>"])
def test_trace_id_is_made_when_neither_is(traceparent: str, request_id: str) -> None:
    made = origin.trace_of(traceparent, request_id)
    assert len(made) == 32
    assert made not in (TRACE, request_id)


@pytest.mark.parametrize(("peer", "forwarded", "expected"), HOPS)
def test_address_is_what_our_own_proxies_saw_and_nothing_that_the_caller_wrote(peer: str, forwarded: str, expected: str) -> None:
    assert origin.client_address(peer, forwarded, PROXIES) == expected


def test_terminal_is_short_and_printable() -> None:
    here = origin.of_environ({"HTTP_USER_AGENT": "agent\x1b[31m" + "x" * 500})
    assert here.terminal.startswith("agent [31mxxx")
    assert len(here.terminal) == origin.LONGEST_TERMINAL


def test_origin_holds_inside_its_block_only() -> None:
    with origin.at(origin.fresh(terminal="a job")) as here:
        assert origin.current() is here
    assert origin.current() == origin.NOWHERE
