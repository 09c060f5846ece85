"""The twenty indicators: all named, with formulas; what is kept of a batch adds up."""

from collections import Counter
from pathlib import Path

import pytest

from suixin.data.catalog.contract import Level, Rule
from suixin.data.quality import indicators
from suixin.data.quality.scores import DIMENSIONS
from suixin.data.quality.tests.factories import contract, item, judged, table


def test_all_twenty_of_the_standard_are_there_with_formula_or_reason() -> None:
    found = Counter(one.code[:2] for one in indicators.ALL)
    assert found == {"01": 6, "02": 2, "03": 5, "04": 2, "05": 3, "06": 2}
    assert all(one.formula and (one.counted if one.is_computed else one.reason) for one in indicators.ALL)
    assert {one.dimension for one in indicators.ALL} == set(DIMENSIONS)


def test_a_batch_keeps_a_and_b_of_every_indicator() -> None:
    agreed = contract(item("k", "C", length=5, is_key=True), item("n", "I", nullable=False))
    _, _, verdict = judged(agreed, table({"k": ["a", "b", "b", None], "n": ["1", None, "3", "4"]}))
    assert verdict.counts["0202"] == {"mark": 50.0, "a": 2, "b": 4}
    assert verdict.counts["0303"] == {"mark": 75.0, "a": 3, "b": 4}
    assert verdict.counts["0304"] == {"mark": 50.0, "a": 2, "b": 4}
    for code, told in verdict.counts.items():
        if "b" in told:
            assert told["mark"] == pytest.approx(100 * told["a"] / told["b"], abs=1e-4), code


def test_what_does_not_apply_is_left_out() -> None:
    _, _, verdict = judged(contract(item("x", "C")), table({"x": ["1"]}))
    assert {"0105", "0303", "0304", "0402", "0501", "0503", "0106", "0602"} & set(verdict.counts) == set()


def test_rules_about_time_are_of_a_period_or_of_an_order() -> None:
    rules = [Rule("from", "b >= DATE '2020-01-01'", "太早", "timeliness"), Rule("order", "b <= e", "先止后起", "timeliness")]
    agreed = contract(item("b", "D"), item("e", "D"), rules=rules)
    _, _, verdict = judged(agreed, table({"b": ["2020-02-01", "2019-01-01"], "e": ["2020-01-01", "2020-01-01"]}))
    assert verdict.counts["0501"] == {"mark": 50.0, "a": 1, "b": 2}
    assert verdict.counts["0503"] == {"mark": 50.0, "a": 1, "b": 2}


def test_a_sensitive_item_must_be_graded_and_masked_or_sealed() -> None:
    items = [
        item("bare", "C", sensitive="mobile"), item("masked", "C", sensitive="mobile", level=Level.L2, mask="mobile"),
        item("sealed", "C", sensitive="resident_id", level=Level.L3, is_sealed=True), item("firm", "C", sensitive="uscc"),
    ]
    assert indicators.security_counts(contract(*items)) == (3, 1)


def test_the_rule_version_changes_with_any_check_and_with_nothing_else() -> None:
    base = contract(item("x", "C", length=5))
    same = contract(item("x", "C", length=5, description="说明", mask="mobile"))
    other = contract(item("x", "C", length=6))
    ruled = contract(item("x", "C", length=5), rules=[Rule("r", "x = '1'", "应为 1")])
    versions = [indicators.rule_version(one) for one in (base, same, other, ruled)]
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_the_manual_tells_every_formula_as_it_is_computed() -> None:
    manual = (Path(__file__).parents[4] / "docs" / "quality.md").read_text("utf-8")
    for one in indicators.ALL:
        assert f"| {one.code} |" in manual
        assert f"| {one.title} | {one.formula} | {one.counted if one.is_computed else ''}" in manual
        assert one.reason in manual
