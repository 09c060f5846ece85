"""Sealed bodies past authentication: whatever a caller with right keys seals, or spoils after sealing, breaks and opens nothing."""

from base64 import b64decode, b64encode
from collections import Counter

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from suixin.data.doors.tests.test_envelopes import URL, Department
from suixin.kit import sealed_bodies

pytestmark = pytest.mark.django_db
TRIED = settings(max_examples=120, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
RIGHT: dict[str, dict[str, object]] = {
    "lookup": {"keys": ["k000003"], "columns": ["name"]}, "verify": {"items": ["amount"], "rows": [{"code": "k000003", "amount": 1}]},
    "rows": {"columns": "code", "amount__less": "1"}, "aggregate": {"amount__max": None},
}
ACTIONS = st.sampled_from(sorted(RIGHT))
NAMES = st.sampled_from(["keys", "columns", "rows", "items", "code", "amount", "encType", "amount__less", "page_size", "order"]) | st.text()
NUMBERS = st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
LEAVES = st.none() | NUMBERS | st.text() | st.sampled_from(["k000003", "code", "SM4"])
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12)
MEMBERS = st.sampled_from(sorted(sealed_bodies.MEMBERS))


@st.composite
def plaintexts(draw):
    """(action, what is sealed): any bytes, any JSON, or what is right with members changed, added or left out."""
    action = draw(ACTIONS)
    kind = draw(st.sampled_from(["bytes", "json", "changed"]))
    if kind == "bytes":
        return action, draw(st.binary(max_size=400))
    if kind == "json":
        return action, orjson.dumps(draw(VALUES))
    kept = {name: value for name, value in RIGHT[action].items() if draw(st.booleans())}
    return action, orjson.dumps(kept | draw(st.dictionaries(NAMES, VALUES, max_size=3)))


@pytest.fixture
def opened(monkeypatch):
    """What the gateway opened."""
    found, really = [], sealed_bodies.open_request

    def open_request(*given, **named):
        content, session = really(*given, **named)
        found.append(content)
        return content, session

    monkeypatch.setattr(sealed_bodies, "open_request", open_request)
    return found


def test_whatever_is_sealed_with_right_keys_is_answered(opened):
    department, answers = Department(), Counter[object]()

    @TRIED
    @given(plaintexts())
    @example(("lookup", orjson.dumps(RIGHT["lookup"])))
    @example(("verify", b"[" * 5_000))
    @example(("aggregate", b'{"amount__max": 99999999999999999999999, "number__sum": 1e999, "n": NaN}'))
    @example(("lookup", b'{"keys": ["\\ud800", "\\u0000", -0.0, 1e400]}'))
    @example(("rows", b'{"encType":"SM4","keyId":"gateway:1","key":"","data":""}'))
    def seal(made):
        action, plaintext = made
        opened.clear()
        got, told = department.send(plaintext, url=URL.replace("lookup", action))
        assert got.status < 500, (action, plaintext, told)
        assert opened == [plaintext]
        answers[told["code"] == "200"] += 1

    seal()
    assert answers[True], answers
    assert answers[False], answers


@st.composite
def spoilers(draw):
    """What happens to a sealed body: bytes of a member changed, cut or added, a member given otherwise or left out."""
    member = draw(MEMBERS)
    kind = draw(st.sampled_from(["bit", "cut", "more", "value", "gone", "swapped"]))
    place, extra, value = draw(st.integers(0, 2**16)), draw(st.binary(min_size=1, max_size=200)), draw(VALUES)

    def spoil(body):
        if kind == "gone" or (kind == "value" and value == body[member]):
            return {name: text for name, text in body.items() if name != member}
        if kind == "swapped":
            return body | {"key": body["data"], "data": body["key"]}
        if kind == "value" or member in ("encType", "keyId"):
            return body | {member: value}
        raw = bytearray(b64decode(body[member]))
        changed = {"cut": raw[: place % len(raw)], "more": raw + extra}.get(kind, raw)
        if kind == "bit":
            changed[place % len(raw)] ^= 1 << place % 8
        return body | {member: b64encode(changed).decode()}

    return spoil


def test_what_was_spoilt_after_sealing_opens_nothing(opened):
    department, answers = Department(), Counter[object]()

    @TRIED
    @given(ACTIONS, spoilers())
    def spoil(action, spoiler):
        got, told = department.send(orjson.dumps(RIGHT[action]), spoiler, url=URL.replace("lookup", action))
        assert (got.status < 500, told["data"]) == (True, None), told
        answers[told["code"]] += 1

    spoil()
    assert opened == []
    assert set(answers) <= {"api-400", "api-4034"}, answers


def test_what_was_sealed_for_another_call_opens_nothing(opened):
    department, asked = Department(), Counter[str]()

    @TRIED
    @given(st.sampled_from(["method", "path", "app_id", "timestamp", "nonce"]), st.text(max_size=60))
    def seal(name, other):
        got, told = department.send(orjson.dumps(RIGHT["lookup"]), **{name: other})
        assert (got.status, told["code"], told["data"]) == (400, "api-400", None), told
        asked[name] += 1

    seal()
    assert opened == []
    assert len(asked) == 5
