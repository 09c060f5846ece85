"""Declarations from text: what is understood, what is refused and how, and that writing and reading are inverse."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suixin.ground.flow.canonical import digest_of, to_yaml
from suixin.ground.flow.declaration import Join, NodeKind, OnReject, Silent
from suixin.ground.flow.durations import Duration
from suixin.ground.flow.errors import FaultyProcedure
from suixin.ground.flow.parsing import NODE_KEYS, PROCEDURE_KEYS, parse, to_mapping
from suixin.ground.flow.tests.declarations import declarations

RESTAURANT = """
id: open-restaurant            # 开餐馆“一件事”
lead: 市场监管局
promised: 10wd                 # 承诺
statutory: 20wd                # 法定
nodes:
  accept:   {role: 综合窗口, limit: 1wd, actions: [受理, 补正, 不予受理]}
  licence:  {item: 食品经营许可, organisation: 市场监管局, after: accept, limit: 5wd}
  fire:     {item: 消防安全检查, organisation: 消防救援, after: accept, limit: 7wd, when: "area > 300"}
  drain:    {item: 排水许可, organisation: 住建局, after: accept, limit: 6wd, silent: deemed-approved}
  site:     {kind: joint-inspection, organisations: [消防救援, 住建局], after: accept, stops: [fire, drain], special: true}
  deliver:  {role: 出件窗口, after: {all: [licence, fire, drain]}, limit: 1wd}
on_reject: {licence: stop-all, fire: continue-others, drain: continue-others}
"""


def faults_of(text: str) -> str:
    with pytest.raises(FaultyProcedure) as caught:
        parse(text)
    return "\n".join(caught.value.faults)


def test_the_restaurant_is_understood():
    found = parse(RESTAURANT)
    nodes = {node.id: node for node in found.nodes}
    assert (found.promised, found.statutory) == (Duration(10), Duration(20))
    assert dict(nodes["accept"].actions) == {"approve": "受理", "supplement": "补正", "reject": "不予受理"}
    assert (nodes["accept"].role, nodes["licence"].role, nodes["accept"].organisations) == ("综合窗口", "clerk", ("市场监管局",))
    assert (nodes["site"].kind, nodes["site"].is_special, nodes["site"].stops) == (NodeKind.JOINT, True, ("fire", "drain"))
    assert (nodes["deliver"].after, nodes["deliver"].join) == (("licence", "fire", "drain"), Join.ALL)
    assert (nodes["fire"].on_reject, nodes["licence"].on_reject) == (OnReject.CONTINUE_OTHERS, OnReject.STOP_ALL)
    assert (nodes["drain"].silent, nodes["fire"].when) == (Silent.DEEMED_APPROVED, "area > 300")


def test_roles_are_read_by_name_and_value():
    found = parse("{id: a, nodes: {x: {role: 部门负责人}, y: {role: review, after: x}, z: {assignee: $starter, after: y}}}")
    assert [node.role for node in found.nodes] == ["department_head", "review", ""]
    assert [node.organisations for node in found.nodes] == [("$starter",)] * 3


def test_layout_and_order_of_keys_do_not_change_the_digest():
    found = parse(RESTAURANT)
    again = [parse(to_yaml(found)), parse(json.dumps(to_mapping(found))), parse(to_mapping(found))]
    assert [one == found for one in again] == [True] * 3
    assert {digest_of(one) for one in again} == {digest_of(found)}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(declarations())
def test_whatever_is_written_is_read_again(declaration):
    plain = json.loads(json.dumps(to_mapping(declaration), sort_keys=True))  # as a database of JSON gives it back
    assert parse(plain) == parse(to_yaml(declaration)) == declaration
    assert digest_of(parse(plain)) == digest_of(declaration)


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), lambda inner: (
    st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*PROCEDURE_KEYS, *NODE_KEYS, "a"]), inner, max_size=6)), max_leaves=20))
def test_anything_at_all_is_read_or_refused_with_sentences(content):
    try:
        faults: tuple[str, ...] = ()
        declaration = parse({"id": "a", "nodes": {"n": {}}, **content} if isinstance(content, dict) else content)
    except FaultyProcedure as error:
        faults, declaration = error.faults, None
    assert bool(faults) == (declaration is None)


@pytest.mark.parametrize("text", [
    "", "a: [", "[" * 5_000, "{" * 5_000, '{"a":' * 5_000, "a: &x 1\nb: *x", "!!python/object:os.system {}", "nodes: 2020-13-45",
    "x: " + "9" * 5_000, '{"a": ' + "9" * 5_000 + "}", "\0", "a: 1\n---\nb: 2", "? [a]\n: b", "- 1", "7", "x" * 300_000,
])
def test_hostile_text_is_refused_with_sentences(text):
    assert faults_of(text)


def test_all_faults_are_told_at_once_each_with_its_path():
    told = faults_of("""
id: Bad Name
titel: x
lead: 3
lead: 4
nodes:
  a: {limit: 5, when: true, kind: zap, rolle: x, after: {some: [b]}, actions: [马马虎虎], escalations: [{after: x}]}
  b: {kind: auto, role: x}
  c: {organisation: $Bad, organisations: [x, x], quorum: -1, special: 1, assignee: 张三}
on_reject: {d: stop-all, a: maybe}
fields: {1x: 文字, y: 颜色}
decisions: [{field: y, hit: last, rules: [{value: {}}]}]
""")
    paths = (
        "id：", "不认识的键“titel”；是不是“title”？", "第 5 行的键“lead”写了两次", "nodes.a.limit：", "nodes.a.when：",
        "nodes.a.kind：",
        "“rolle”", "nodes.a.after：", "nodes.a.actions：", "nodes.a.escalations[1].after：", "nodes.a.escalations[1].role：",
        "nodes.b.role：", "nodes.b.effect：", "nodes.c.organisation：", "nodes.c.quorum：", "nodes.c.special：", "nodes.c.assignee：",
        "on_reject：不认识的键“d”", "on_reject.a：", "fields：", "fields.y：", "decisions[1].hit：", "decisions[1].rules[1].when：",
        "decisions[1].rules[1].value：",
    )
    assert [path for path in paths if path not in told] == []
