"""The law and arithmetic of themes: random graphs hold the promises, each rule refuses with a sentence that names the items."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suixin.ground.flow.workdays import WorkCalendar
from suixin.ground.forms.parsing import parse_form
from suixin.services.themes import rules
from suixin.services.themes.declaration import Ask, Visit, Whole
from suixin.services.themes.rules import Result, Standing, State
from suixin.services.themes.tests.factories import part, whole_of

pytestmark = pytest.mark.any_database
NAMES = "abcdefgh"
FLAG = Ask("有店面", "有店面吗？")


@st.composite
def graphs(draw, *, backwards: bool = False) -> Whole:
    """A theme of up to eight parts; edges only to earlier parts unless `backwards`."""
    names = NAMES[: draw(st.integers(1, 8))]
    parts, days = [], {}
    for place, name in enumerate(names):
        others = [one for one in (names if backwards else names[:place]) if one != name]
        needs = draw(st.sets(st.sampled_from(others), max_size=3)) if others else set()
        after = draw(st.sets(st.sampled_from(others), max_size=2)) if others else set()
        parts.append(part(name, sorted(needs), after=sorted(after), whole=draw(st.booleans())))
        days[name] = draw(st.integers(0, 20))
    return whole_of(*parts, days=days)


@given(graphs())
def test_parallel_parts_take_the_longest_and_serial_ones_the_sum(whole):
    names = [one.id for one in whole.theme.parts]
    plan = rules.plan_of(whole, names)

    def ends(name: str) -> int:
        return int(max(map(ends, whole.theme.part(name).before), default=0) + whole.offers[name].days)

    assert {one.id: one.last for one in plan.parts} == {name: ends(name) for name in names}
    assert max(one.days for one in plan.parts) <= plan.days == max(map(ends, names)) <= plan.serial_days
    assert sum(plan.part(one).days for one in plan.critical) >= plan.days


@given(graphs(), st.data())
def test_every_branch_ends_in_a_defined_outcome(whole, data):
    theme, names = whole.theme, [one.id for one in whole.theme.parts]
    results: dict[str, Result] = {}
    for _ in names:
        found = rules.outcome(theme, names, results)
        if found.standing is not Standing.OPEN:
            break
        ready = rules.startable(theme, names, results)
        assert ready, "an open theme always has something to handle"
        results[data.draw(st.sampled_from(ready))] = data.draw(st.sampled_from(list(Result)))
    found = rules.outcome(theme, names, results)
    assert found.standing is not Standing.OPEN
    approved = {name for name, state in found.states.items() if state is State.APPROVED}
    assert set(found.delivered) == (set() if found.standing is Standing.REFUSED else approved)
    assert (found.standing is Standing.DONE) == (approved == set(names))
    lost = {State.REFUSED, State.NOT_HANDLED}
    for name in approved:
        assert not [one for one in theme.part(name).needs if found.states[one] in lost]


@given(graphs(backwards=True))
def test_mutual_prerequisites_are_refused_and_named(whole):
    before = {one.id: set(one.before) for one in whole.theme.parts}
    for name in NAMES * 8:  # leave out what waits for nothing, as often as anything is left
        if name in before and not before[name]:
            before = {key: value - {name} for key, value in before.items() if key != name}
    told = [one.sentence for one in rules.faults_of(whole) if one.sentence.startswith(("互为前置", "单项“事项")) and "前置" in one.sentence]
    told = [one for one in told if "互相矛盾" not in one]
    assert bool(told) == bool(before)
    assert all(sum(f"事项{name}”" in one for name in before) > 1 for one in told)


def test_joint_visit_waits_for_all_its_parts_and_is_part_of_the_longest_path():
    visit = Visit("site", "现场勘验", ("b", "c"), 1)
    whole = whole_of(part("a"), part("b", "a"), part("c"), days={"a": 5, "b": 2, "c": 3}, visits=[visit])
    plan = rules.plan_of(whole, "abc")
    assert [(one.first, one.last) for one in (*plan.parts, *plan.visits)] == [(0, 5), (5, 7), (0, 6), (5, 6)]
    alone = rules.plan_of(whole, "ac")  # one part is no joint visit
    assert (alone.visits, alone.days) == ((), 5)
    crossed = whole_of(part("a"), part("b", "a"), visits=[Visit("site", "现场勘验", ("a", "b"), 1)])
    assert "“现场勘验”" in rules.faults_of(crossed)[0].sentence


def test_dates_count_working_days_after_the_day_of_receipt():
    plan = rules.plan_of(whole_of(part("a"), part("b", "a"), days={"a": 1, "b": 3}), "ab")
    friday = date(2026, 11, 27)
    assert plan.due(friday, WorkCalendar()) == date(2026, 12, 3)
    assert plan.part("b").dates(friday, WorkCalendar()) == (date(2026, 11, 30), date(2026, 12, 3))


@pytest.mark.parametrize(("whole", "told"), [
    (whole_of(part("a"), part("b", "a"), promise=3), "事项a → 事项b）.*超过承诺的 3 个工作日"),
    (whole_of(part("a"), part("b", when="有店面 = true AND 有店面 = false"), asks=[FLAG]), "“事项b”在任何情形下都轮不到"),
    (whole_of(part("a", when="有店面 = true"), part("b", when="有店面 = true"), asks=[FLAG]), "情形“有店面：否”一个单项也没有"),
    (whole_of(part("a"), part("b"), asks=[FLAG]), "“有店面吗？”的回答不影响任何单项"),
    (whole_of(part("a"), part("b", "a", whole=True)), "“事项b”.*“事项a”.*互相矛盾"),
    (whole_of(part("a"), part("b", when="店面 = true")), "单项“b”的 when不能用"),
    (whole_of(part("a"), part("b"), visits=[Visit("v", "勘验", ("a", "b"), 3)]), "“勘验”要 3 个工作日，长于单项“事项a”"),
    (whole_of(part("a"), part("b", "a"), part("c"), days={"a": 5, "b": 2, "c": 3}, visits=[Visit("v", "勘验", ("b", "c"), 1)]),
     "“勘验”第 6 个工作日才能完成，单项“事项c”承诺第 3 个工作日就要办完"),
    (whole_of(part("a", gives="户口簿"), part("b", "a")), "“事项a”的结果“户口簿”不是后续单项要的材料"),
    (whole_of(part("a")), "至少含 2 个单项"),
    (replace(whole_of(part("a"), part("b")), offers={}), "“a”的事项 .*没有在用的办事指南"),
])
def test_unsound_theme_is_refused_with_a_sentence(whole, told):
    import re

    assert re.search(told, "；".join(one.sentence for one in rules.faults_of(whole)))


def test_each_question_and_each_material_is_asked_once():
    def row(name: str, **more: object) -> dict[str, object]:
        return {"material_name": name, "is_need": "2", **more}

    whole = whole_of(
        part("a", gives="出生证明"), part("b", "a"), part("c", "a"), questions={"b": ["phone"], "c": ["phone"]},
        materials={
            "a": [row("身份证", cert_type_code="ID"), row("照片", page_num=1)],
            "b": [row("居民身份证", cert_type_code="ID", is_exempt=True, exempt_way="1"), row("出生证明")],
            "c": [row("照片", page_num=3, is_need="1"), row("出生证明")],
        },
    )
    merged = rules.merge(whole, "abc", {})
    assert ([one.name for one in merged.questions], merged.asked, merged.questions_alone) == (["applicant", "a", "b", "phone", "c"], 5, 8)
    assert merged.asked_by["phone"] == ("b", "c")
    told = {one.name: (one.parts, one.is_exempt, one.given_by, one.row.get("page_num"), one.row["is_need"]) for one in merged.materials}
    assert told == {
        "身份证": (("a", "b"), True, "", None, "2"), "照片": (("a", "c"), False, "", 3, "1"),
        "出生证明": (("b", "c"), True, "a", None, "2"),
    }
    assert (len(merged.materials), merged.handed_in, merged.materials_alone) == (3, 1, 6)
    assert len(list(parse_form(merged.form("test", "测试")).fields())) == 5
