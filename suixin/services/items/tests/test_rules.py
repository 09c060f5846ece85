"""Codes, inheritance, limits, spans: pure law."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.kit import clock
from suixin.services.items import rules
from suixin.services.items.rules import Span, Tier

BODY = "11510900XX00001236"


@pytest.mark.parametrize(("code", "told"), [
    ("000131127004", ""), ("00013112700Y", ""), ("000131127000", ""), (f"{BODY}3000131127004", ""), (f"{BODY}300013112700401", ""),
    ("00013112700", "11 位"), ("009931127004", "不是事项类型"), ("000131000004", "主项"), ("00013112700A", "不合规则"),
    (f"{BODY[:-1]}73000131127004", "统一社会信用代码"), (f"{BODY}7000131127004", "行使层级"),
    (f"{BODY}300013112700Y", "有子项的主项"), (f"{BODY}300013112700400", "业务办理项序号"), (f"{BODY}3000131127004A1", "业务办理项序号"),
])
def test_code_is_right_or_told_why_not(code, told):
    sentence = rules.fault_of_code(code)
    assert told in sentence
    assert bool(sentence) == bool(told)


@given(st.sampled_from([12, 31, 33]))
def test_code_taken_apart_and_put_together_is_the_same(length):
    code = f"{BODY}300013112700401"[:length] if length > 12 else "000131127004"
    codes = rules.taken_apart(code)
    assert codes is not None
    assert (codes.text, codes.type) == (code, "01")


def test_what_stands_above_is_read_from_the_code():
    handling = rules.taken_apart(f"{BODY}300013112700401")
    assert handling is not None
    assert handling.above == f"{BODY}3000131127004"
    assert rules.taken_apart(handling.above).above == "000131127004"  # type: ignore[union-attr]  # it is one


def test_lower_tier_takes_what_it_does_not_say():
    assert rules.effective([{"a": 1, "b": 2}, {"b": 3}, {"c": 4}]) == {"a": 1, "b": 3, "c": 4}


@pytest.mark.parametrize(("one", "other", "longer"), [
    ((21, "1"), (20, "1"), True), ((20, "1"), (20, "1"), False), ((30, "2"), (20, "1"), True), ((28, "2"), (20, "1"), False),
    ((1, "4"), (20, "1"), True), ((8, "3"), (1, "1"), False), ((9, "3"), (1, "1"), True), ((0, "1"), (0, "4"), False),
])
def test_limits_are_compared_in_one_unit(one, other, longer):
    assert rules.is_longer(one, other) is longer


def test_version_begins_neither_in_the_past_nor_over_one_that_waits():
    now = clock.now()
    waiting = Span(2, now + timedelta(3), None)
    assert "早于现在" in rules.fault_of_start([], now - timedelta(1), now)
    assert "等它生效" in rules.fault_of_start([waiting], now, now)
    assert rules.fault_of_start([Span(1, now - timedelta(3), None)], now, now) == ""


def test_services_are_powers_on_application_and_public_services():
    assert rules.is_service("20")
    assert not rules.is_service("02")
    assert rules.tier_of("1" * 31) is Tier.IMPLEMENTATION
