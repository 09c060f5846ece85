"""Procedures played through: dates, what is critical, what is left out, against promise and law."""

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.flow.errors import WrongMove
from suixin.ground.flow.lengths import longest
from suixin.ground.flow.parsing import parse
from suixin.ground.flow.shapes import shape_of
from suixin.ground.flow.simulating import Simulated, SimulatedNode, simulate
from suixin.ground.flow.tests.test_parsing import RESTAURANT
from suixin.ground.flow.workdays import WorkCalendar
from suixin.kit.clock import CHINA

MONDAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)
CALENDAR = WorkCalendar({date(2026, 3, 4): False, date(2026, 3, 7): True}, [2026])
OPEN = RESTAURANT + "fields: {area: 数值}\n"


def at(found: Simulated, node_id: str) -> SimulatedNode:
    node = found.node(node_id)
    assert node
    return node


def test_a_large_restaurant_waits_for_the_fire_brigade():
    found = simulate(parse(OPEN), MONDAY, CALENDAR, data={"area": 400})
    assert found.critical == ("accept", "fire", "deliver")
    assert (found.days, found.ends_at.date(), found.skipped) == (9, date(2026, 3, 13), ())
    assert found.keeps_promise
    assert found.keeps_law
    assert [(node.id, node.slack) for node in found.nodes if not node.is_critical] == [("licence", 2), ("drain", 1), ("site", 8)]


def test_a_small_one_leaves_the_fire_brigade_out():
    found = simulate(parse(OPEN), MONDAY, CALENDAR, data={"area": 40})
    assert (found.critical, found.skipped) == (("accept", "drain", "deliver"), ("fire",))
    assert at(found, "fire").is_skipped


def test_a_special_procedure_stops_others_and_does_not_count_against_the_promise():
    found = simulate(parse(OPEN), MONDAY, CALENDAR, data={"area": 400}, durations={"site": 4})
    assert (at(found, "fire").days, at(found, "licence").days, found.days) == (11, 5, 13)
    assert not at(found, "fire").is_late
    assert found.keeps_promise


def test_who_takes_longer_is_late_and_silence_decides_at_its_day():
    found = simulate(parse(OPEN), MONDAY, CALENDAR, durations={"licence": 30, "drain": 30})
    assert [node.id for node in found.nodes if node.is_late] == ["licence"]
    assert at(found, "drain").ends_at == at(found, "drain").due_at
    assert not found.keeps_law


def test_any_waits_for_the_first_and_tables_decide_before_guards():
    text = """{id: p, fields: {x: 整数, size: 文字}, decisions: [{field: size, rules: [{when: x > 5, value: 大}]}],
 nodes: {a: {limit: 5wd}, b: {limit: 2wd}, c: {limit: 1wd, after: {any: [a, b]}}, d: {after: c, limit: 1wd, when: size = '大'}}}"""
    found = simulate(parse(text), MONDAY, CALENDAR, data={"x": 9})
    assert (at(found, "c").starts_at, found.skipped, found.data["size"]) == (at(found, "b").ends_at, (), "大")
    assert simulate(parse(text), MONDAY, CALENDAR, data={"x": 1}).skipped == ("d",)


def test_nodes_that_wait_for_one_another_are_not_played():
    with pytest.raises(WrongMove, match="a → b → a"):
        simulate(parse("{id: p, nodes: {a: {after: b}, b: {after: a}}}"), MONDAY, CALENDAR)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 9), st.lists(st.integers(0, 6), max_size=3, unique=True)), min_size=1, max_size=7))
def test_at_the_limits_the_end_is_what_the_longest_path_says_and_slack_is_true(shape):
    nodes = {f"n{n}": {"limit": f"{days}wd", "after": [f"n{one}" for one in after if one < n]} for n, (days, after) in enumerate(shape)}
    declaration = parse({"id": "p", "nodes": nodes})
    found = simulate(declaration, MONDAY, CALENDAR)
    assert found.days == longest(declaration, shape_of(declaration)).amount
    assert sum(at(found, one).days for one in found.critical) == found.days
    limits = {node.id: node.limit.amount for node in declaration.nodes if node.limit}
    for node in found.nodes:
        later = simulate(declaration, MONDAY, CALENDAR, durations={node.id: limits[node.id] + node.slack})
        assert later.ends_at == found.ends_at
        assert simulate(declaration, MONDAY, CALENDAR, durations={node.id: limits[node.id] + node.slack + 1}).days == found.days + 1
