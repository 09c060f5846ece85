"""The library: strict declarations, parameters that stay parameters, both back ends alike for every rule of a row."""

from datetime import date
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.data.catalog.contract import TODAY, Contract, ItemSpec, ItemType, RuleKind, Severity
from suixin.data.quality.library.composing import compose
from suixin.data.quality.library.errors import BadLibrary, UnfitRule
from suixin.data.quality.library.templates import Template, library, read_library, template_of
from suixin.kit import expressions

ITEMS = (
    ItemSpec("c", "号码", ItemType.TEXT, 30), ItemSpec("e", '名"称', ItemType.TEXT, 30), ItemSpec("n", "数量", ItemType.NUMBER, 12, 2),
    ItemSpec("i", "个数", ItemType.INTEGER), ItemSpec("b", "读数", ItemType.DOUBLE), ItemSpec("d", "开始", ItemType.DATE),
    ItemSpec("f", "结束", ItemType.DATE),
)
AGREED = Contract("c", "t", "某表", ITEMS)
ROWWISE = [one for one in library().values() if one.kind == RuleKind.ROW]
SAID = {
    "condition": "数量 > 0 OR 号码 = 'a'", "pattern": "[0-9]{2,4}|a+", "values": "a、b，c's", "date": "2020-01-31", "text": "5109",
    "number": "1.5", "days": "3",
}
TEXTS = st.sampled_from(["510901199001010011", "a", "b", "12", "5109", "川J1", ""]) | st.text("0159aJ'", max_size=18)
DAYS = st.dates(date(1989, 12, 30), date(2026, 1, 3))
RECORDS = st.fixed_dictionaries({
    "c": st.none() | TEXTS, "e": st.none() | TEXTS, "n": st.none() | st.integers(-300, 300).map(lambda n: Decimal(n) / 2),
    "i": st.none() | st.integers(-3, 40), "b": st.none() | st.floats(-200, 200), "d": st.none() | DAYS, "f": st.none() | DAYS,
    TODAY: DAYS,
})


_duckdb = duckdb.connect()


def said(template: Template) -> dict[str, str | list[str]]:
    """Something for every parameter: items by turns, of a fitting type."""
    found: dict[str, str | list[str]] = {}
    for n, one in enumerate(template.parameters):
        fitting = [item.field for item in ITEMS if not one.of or item.type.value in one.of]
        item = fitting[n % len(fitting)]
        found[one.name] = [item] if one.type == "items" else item if one.type == "item" else one.preset or SAID[one.type]
    return found


@settings(max_examples=15, deadline=None)
@given(records=st.lists(RECORDS, min_size=1, max_size=20))
@pytest.mark.parametrize("template", ROWWISE, ids=lambda one: one.code)
def test_duckdb_and_python_agree_on_every_rule_of_a_row(template: Template, records: list[dict[str, object]]) -> None:
    rule = compose(template, said(template), AGREED)
    parsed = expressions.parse(rule.expression, fields=AGREED.letters, aliases=AGREED.aliases)
    schema = pa.schema([*(pa.field(item.field, item.arrow_type) for item in ITEMS), pa.field(TODAY, pa.date32())])
    batch = pa.Table.from_pylist(records, schema=schema)
    _duckdb.register("batch", batch)
    answers = _duckdb.execute(f"SELECT {parsed.to_duckdb()} FROM batch").fetchall()
    assert batch.num_rows == len(answers)
    assert [answer for (answer,) in answers] == [parsed.evaluate(record) for record in records]


def test_a_birthday_and_an_age_are_held_against_the_identity_number() -> None:
    person = {"c": "510901199003050018", "d": date(1990, 3, 5), "i": 36, TODAY: date(2026, 3, 5)}
    birth = compose(template_of("id_birth"), {"id": "c", "birth": "d"}, AGREED)
    age = compose(template_of("id_age"), {"id": "c", "age": "i"}, AGREED)
    for rule, wrong in ((birth, {"d": date(1990, 3, 6)}), (age, {TODAY: date(2026, 3, 4)}), (age, {TODAY: date(2027, 3, 5)})):
        parsed = expressions.parse(rule.expression, fields=AGREED.letters)
        assert (parsed.evaluate(person), parsed.evaluate(person | wrong)) == (True, False)


@pytest.mark.parametrize(("code", "told", "fault"), [
    ("at_least", {"item": "c", "least": "1"}, "类型不能"), ("at_least", {"item": "n", "least": "1) OR (1=1"}, "请填数字"),
    ("at_least", {"item": "x", "least": "1"}, "没有信息项"), ("at_least", {"item": "n", "least": "nan"}, "要是数字"),
    ("since", {"item": "d", "day": "昨天"}, "请写成 2020-01-31"), ("pattern", {"item": "c", "pattern": "("}, "括号"),
    ("required_if", {"item": "c", "condition": "1=1) OR (1"}, "看不懂"), ("reference", {"items": ["c"], "table": "no"}, "没有找到"),
    ("one_of", {"item": "c", "values": "、"}, "要有 1 到"), ("unique", {"items": []}, "请选择"),
    ("fresh", {"item": "d", "days": "0.5"}, "数字"),
])
def test_parameters_that_do_not_fit_are_told(code: str, told: dict[str, str | list[str]], fault: str) -> None:
    with pytest.raises(UnfitRule, match=fault):
        compose(template_of(code), told, AGREED)


def test_a_hostile_text_stays_a_text() -> None:
    rule = compose(template_of("one_of"), {"item": "e", "values": "a'); DROP TABLE t; --"}, AGREED)
    assert rule.expression == "\"e\" IN ('a''); DROP TABLE t; --')"
    assert expressions.parse(rule.expression, fields=AGREED.letters).evaluate({"e": "a'); DROP TABLE t; --"}) is True


def test_a_rule_gets_a_code_of_its_own_and_a_batch_rule_only_marks() -> None:
    told = {"item": "d", "days": "3"}
    rule = compose(template_of("fresh"), told, AGREED, severity="reject", taken={"fresh-d"})
    assert (rule.code, rule.severity, rule.parameters) == ("fresh-d-2", Severity.MARK, {"item": "d", "days": "3"})


GOOD = (
    "{code: x, title: X, dimension: accuracy, basis: b, message: m, expression: '{i} > 0',"
    " parameters: [{name: i, title: I, type: item}]}"
)


@pytest.mark.parametrize(("old", "new"), [
    ("basis: b", "bases: b"), ("dimension: accuracy", "dimension: nice"), ("{i} > 0", "{j} > 0"), ("type: item", "type: thing"),
    ("title: I,", "title: 1,"), ("code: x", "code: x, kind: unique"), ("code: x", "code: x, kind: row, severity: shout"),
    ("type: item", "type: item, of: Z"), ("code: x,", ""), ("[{name", "{name"),
])
def test_a_wrong_declaration_is_refused(old: str, new: str) -> None:
    assert read_library(f"[{GOOD}]", origin="试", place="x.yaml")[0].origin == "试"
    with pytest.raises(BadLibrary):
        read_library(f"[{GOOD.replace(old, new, 1)}]", origin="试", place="x.yaml")
