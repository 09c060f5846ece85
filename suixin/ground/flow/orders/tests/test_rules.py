"""Numbers, fingerprints, and what may be merged."""

from datetime import date

import pytest

from suixin.ground.flow.orders import rules


def test_number_tells_day_and_serial() -> None:
    assert rules.number_of(date(2026, 11, 24), 7) == "GD20261124-0007"


def test_fingerprint_does_not_mind_blanks_and_case() -> None:
    assert rules.fingerprint_of(("Quality", "a b", "规则 1")) == rules.fingerprint_of(("quality", "ab", "规则1")) == "quality:ab:规则1"


@pytest.mark.parametrize(
    ("order", "into", "is_open", "into_is_open", "same_owner", "told"),
    [
        ("1", "1", True, True, True, "自己"),
        ("1", "2", False, True, True, "工单 1 已办结"), ("1", "2", True, False, True, "工单 2 已办结"),
        ("1", "2", True, True, False, "责任单位不同"),
    ],
)
def test_merging_is_refused_with_a_sentence(
    order: str, into: str, is_open: bool, into_is_open: bool, same_owner: bool, told: str
) -> None:
    assert told in rules.fault_of_merging(
        order=order, into=into, is_open=is_open, into_is_open=into_is_open, same_owner=same_owner
    )


def test_open_orders_of_one_owner_may_be_merged() -> None:
    assert rules.fault_of_merging(order="1", into="2", is_open=True, into_is_open=True, same_owner=True) == ""
