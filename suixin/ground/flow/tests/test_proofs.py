"""What is refused at publishing: each fault by a sentence, all at once, and nothing that is sound."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.flow.guarding import of_conditions
from suixin.ground.flow.parsing import parse
from suixin.ground.flow.proofs import Known, faults_of, notes_of
from suixin.ground.flow.shapes import shape_of
from suixin.ground.flow.tests.test_parsing import RESTAURANT
from suixin.kit import expressions


def told(nodes: str, more: str = "", known: Known | None = None, holders=lambda role, place: True) -> list[str]:
    return faults_of(parse(f"id: p\n{more}\nnodes: {{{nodes}}}"), holders=holders, known=known)


def test_the_restaurant_lacks_only_two_roles_and_the_type_of_a_field():
    declaration = parse(RESTAURANT + "fields: {area: 数值}\n")
    faults = faults_of(declaration, holders=lambda role, place: role == "clerk")
    assert [("综合窗口" in one, "出件窗口" in one) for one in faults] == [(True, False), (False, True)]
    [fault] = faults_of(parse(RESTAURANT), holders=lambda role, place: True)
    assert "nodes.fire.when" in fault
    assert "area" in fault


@pytest.mark.parametrize(("nodes", "more", "words"), [
    ("a: {after: b}, b: {after: a, organisation: x}, c: {after: b}", "", ["a → b → a", "互为前置条件", "c 排在循环之后"]),
    ("r: {}, a: {after: [r, b]}, b: {after: a}", "", ["r 之后只有循环"]),
    ("a: {after: z, stops: [a, y]}", "", ["没有环节“z”", "没有别的环节“a”", "没有别的环节“y”"]),
    ("a: {item: 甲, organisation: m}, b: {item: 乙, organisation: n, after: a}, c: {item: 甲, organisation: m, after: b}", "",
     ["“乙”和“甲”互为前置条件"]),
    ("a: {when: area > 1}", "", ["nodes.a.when", "没有字段"]),
    ("a: {when: area > '1'}", "fields: {area: 数值}", ["拿数值与文字相比"]),
    ("a: {limit: 3wd}, b: {limit: 4wd, after: a}", "promised: 6wd\nstatutory: 20wd", ["a → b 共 7个工作日，超过承诺时限 6个工作日"]),
    ("a: {limit: 3wd}", "promised: 9wd\nstatutory: 8wd", ["承诺时限 9个工作日超过法定时限 8个工作日"]),
    ("a: {}", "promised: 9wd", ["环节 a 没有时限"]),
    ("a: {silent: deemed-approved, escalations: [{role: 领导}]}", "", ["nodes.a.silent", "nodes.a.escalations"]),
    ("a: {actions: [不同意]}", "", ["没有“同意”一类的决定"]),
    ("a: {actions: [同意, 退回]}", "", ["无处可退"]),
    ("a: {}, b: {after: a, returns_to: b, on_reject: continue-others, actions: [办结]}", "", ["“b”不是在它之前", "不会不同意"]),
    ("a: {kind: joint, organisations: [x, y], quorum: 3}", "", ["只有 2 个"]),
    ("a: {}, b: {after: a, when: x > 3}, c: {after: a, when: x < 3}", "fields: {x: 数值}", ["x 为 3时b、c 的条件都不成立"]),
    ("a: {when: x = 1 AND x > 4}, b: {}", "fields: {x: 整数}", ["永远不成立"]),
])
def test_each_fault_is_told(nodes, more, words):
    faults = "\n".join(told(nodes, more))
    assert [word for word in words if word not in faults] == []


@pytest.mark.parametrize(("nodes", "more"), [
    ("a: {}, b: {after: a, when: x > 3}, c: {after: a, when: x <= 3}", "fields: {x: 数值}"),
    ("a: {}, b: {after: a, when: x > 3}, c: {after: a, when: x <= 2}, d: {after: a}", "fields: {x: 数值}"),
    ("a: {}, b: {after: a, when: x >= 3}, c: {after: a, when: x <= 2}", "fields: {x: 整数}"),
    ("a: {}, b: {after: a, when: x}, c: {after: a, when: NOT x}", "fields: {x: 是否}"),
    ("a: {}, b: {after: a, when: k = '甲'}, c: {after: a, when: k = '乙'}", "fields: {k: 文字}"),
    ("a: {}, b: {after: a, when: x > 3}", "fields: {x: 数值}"),
    ("a: {limit: 5d}, b: {limit: 5d, after: a}", "promised: 10d\nstatutory: 10d"),
    ("a: {limit: 4h}, b: {limit: 4h, after: a}", "promised: 1wd"),
    ("a: {limit: 30wd, special: true}, b: {limit: 1wd, after: a}", "promised: 1wd"),
])
def test_what_is_sound_is_not_refused(nodes, more):
    assert told(nodes, more) == []


def test_a_field_left_empty_is_a_note_and_so_is_what_cannot_be_decided():
    head = "id: p\nfields: {x: 数值, y: 数值}\nnodes: {a: {}, b: {after: a, when: %s}, c: {after: a, when: %s}}"
    assert "x 没有值" in notes_of(parse(head % ("x > 3", "x <= 3")))[0]
    assert notes_of(parse(head % ("x > 3", "x <= 3 OR x IS NULL"))) == []
    assert "不能判定" in notes_of(parse(head % ("x + y > 3", "NOT x + y > 3 OR x IS NULL OR y IS NULL")))[0]


@pytest.mark.parametrize(("hit", "rules", "words"), [
    ("unique", "{when: x > 3, value: 大}, {when: x < 9, value: 小}", "同时成立"),
    ("unique", "{when: x > 3, value: 大}, {when: x < 3, value: 小}", "x 为 3时没有一条成立"),
    ("first", "{when: x > 3, value: 大}, {when: x > 5, value: 小}", "没有一条成立"),
    ("first", "{when: x > 3, value: 1}, {when: 'TRUE', value: 小}", "类型不符"),
    ("first", "{when: size = '大', value: 小}", "没有字段“size”"),
])
def test_tables_have_one_answer_for_everything(hit, rules, words):
    more = f"fields: {{x: 数值, size: 文字}}\ndecisions: [{{field: size, hit: {hit}, rules: [{rules}]}}]"
    assert words in "\n".join(told("a: {}", more))


def test_complete_tables_pass_and_their_values_are_what_guards_are_tried_with():
    more = """fields: {x: 数值, size: 文字}
decisions: [{field: size, hit: unique, rules: [{when: x > 3, value: 大}, {when: x <= 3 OR x IS NULL, value: 小}]}]"""
    nodes = "a: {}, b: {after: a, when: size = '大'}, c: {after: a, when: size = %s}"
    assert told(nodes % "'小'", more) == []
    assert "条件都不成立" in told(nodes % "'中'", more)[-1]


def test_names_are_those_registered_and_procedures_do_not_call_themselves():
    other = parse("{id: q, nodes: {a: {procedure: p}}}")
    known = Known(frozenset(), frozenset({"m.do"}), frozenset(), {"q": other}.get, (lambda one: [f"另查 {one.id}"],))
    faults = "\n".join(told("a: {effect: m.doo}, b: {measure: m.it}, c: {procedure: q}, d: {procedure: r}", "subject: m.thing", known))
    assert [w for w in ("“m.doo”", "“m.it”", "p → q → p", "没有生效的流程“r”", "“m.thing”", "另查 p") if w not in faults] == []


def test_every_role_has_a_holder_approvers_and_escalations_too():
    more = "approvers: {extend: 领导}"
    nodes = "a: {organisation: x, limit: 1wd, escalations: [{role: 监督}]}, b: {organisation: $y, role: 审核, after: a}"
    faults = told(nodes, more, holders=lambda role, place: role == "clerk")
    assert [word for word in ("supervision", "leader", "review") if word not in "\n".join(faults)] == []


NUMBER = st.integers(-3, 9)
GUARD = st.one_of(
    st.builds("x {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "=", "<>"]), NUMBER),
    st.builds("(x BETWEEN {} AND {} OR y)".format, NUMBER, NUMBER), st.just("NOT y"), st.just("x IS NULL"),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(GUARD, min_size=2, max_size=4))
def test_a_gap_is_told_exactly_when_there_is_one(guards):
    nodes = ", ".join(f"n{n}: {{after: a, when: \"{guard}\"}}" for n, guard in enumerate(guards))
    declaration = parse(f"{{id: p, fields: {{x: 整数, y: 是否}}, nodes: {{a: {{}}, {nodes}}}}}")
    parsed = [expressions.parse(guard, fields=declaration.fields) for guard in guards]
    gaps = [x for x in range(-9, 15) for y in (True, False) if not any(one.evaluate({"x": x, "y": y}) for one in parsed)]
    faults = [one for one in of_conditions(declaration, shape_of(declaration)).faults if "都不成立" in one]
    assert bool([x for x in gaps if x >= 0]) <= bool(faults) <= bool(gaps)


SHAPES = st.lists(st.lists(st.integers(0, 6), max_size=3, unique=True), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(SHAPES)
def test_a_circle_is_told_exactly_when_there_is_no_order(arrows):
    nodes = {f"n{n}": {"after": [f"n{one}" for one in after if one < len(arrows)]} for n, after in enumerate(arrows)}
    declaration = parse({"id": "p", "nodes": nodes})
    placed = shape_of(declaration).in_order()
    assert ("互相等待" in "".join(faults_of(declaration, holders=lambda *_: True))) == (len(placed) < len(nodes))
    assert all(placed.index(one) < placed.index(name) for name in placed for one in nodes[name]["after"])
