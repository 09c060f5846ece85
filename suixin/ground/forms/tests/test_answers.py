"""What is posted, judged: each type, conditions, rows, files, and everything that does not belong there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suixin.ground.files.tests.factories import JPEG, PDF, PNG, upload
from suixin.ground.forms.answers import Checked, check, check_values
from suixin.ground.forms.declaration import LETTERS
from suixin.ground.forms.tests.factories import DECLARED, GOOD, form, posted, uploads
from suixin.kit.checksums import resident_id_check_char

BORN = "11010519491231002"
RESIDENT = BORN + resident_id_check_char(BORN)


def told(checked: Checked) -> str:
    return "\n".join(map(str, checked.faults))


def only(name: str, text: object) -> Checked:
    return check(form(), posted(GOOD, **{name: text}))


@pytest.mark.parametrize(("name", "text", "value"), [
    ("title", "  cafe\u0301 乙 ", "café 乙"), ("count", "１，０".replace("，", ""), 10), ("count", "0042", 42),
    ("amount", "1,234.50", "1234.50"),
    ("amount", "-0", "0"), ("begins", "2026年1月31日", "2026-01-31"), ("begins", "2026/1/3", "2026-01-03"),
    ("at", "2026-01-31T08:30", "2026-01-31T08:30:00+08:00"),
    ("is_sure", "no", False), ("several", ["绿", "红", "红"], ["红", "绿"]), ("share", "2", "2"), ("town", "510903", "510903"),
    ("number", RESIDENT.lower(), RESIDENT), ("mobile", "138 0013 8000", "13800138000"),
    ("mail", "li@example.gov.cn", "li@example.gov.cn"),
    ("card", "4111 1111 1111 1111", "4111111111111111"), ("plate", "川J12345", "川J12345"),
    ("firm", "9151 0903 XX00 0032 6X", "91510903XX0000326X"),
])
def test_text_becomes_a_value_of_its_type(name: str, text: object, value: object) -> None:
    checked = only(name, text)
    assert told(checked) == ""
    assert checked.values[name] == value


@pytest.mark.parametrize(("name", "text", "sentence"), [
    ("title", "", "没有填"), ("title", "字", "至少 2 个字"), ("title", "字" * 21, "最多 20 个字"),
    ("title", "字" * 3_000_000, "太长了"), ("title", ["一个", "两个"], "不止一个值"),
    ("title", "a\0b", "空字符"), ("title", "a\nb", "一行"), ("title", "a\u202eb", "U\\+202E"),
    ("title", "a\u200bb", "U\\+200B"), ("title", "a\ud800b", "U\\+D800"),
    ("title", "Z" + "\u0335" * 9, "附加符号"), ("count", "1.5", "不是整数"), ("count", "9" * 30, "不是整数"),
    ("count", "0", "不能小于 1"), ("count", "²", "不能小于|不是整数"),
    ("amount", "1e5", "不是数字"), ("amount", "NaN", "不是数字"), ("amount", "1.234", "小数最多 2 位"),
    ("begins", "2026-02-30", "不是日期"), ("begins", "3000-01-01", "不能晚于"),
    ("at", "昨天", "不是日期和时间"), ("is_sure", "maybe", "是"), ("several", ["紫"], "不在可选"), ("kind", "c", "不在可选"),
    ("share", "无条件共享", "不在可选"),
    ("number", RESIDENT[:-1] + "A", "身份证号"), ("firm", "91510903XX00003260", "信用代码"), ("mobile", "12345", "手机号"),
    ("card", "4111111111111112", "银行卡"),
    ("mail", "a@b", "邮箱"), ("mail", "a@" + "b." * 200 + "cn", "邮箱"), ("plate", "川J1234", "川J12345的样子"),
    ("unknown", "1", "没有字段“unknown”"), ("people.0.zz", "1", "没有字段“people.0.zz”"),
])
def test_wrong_text_is_a_fault_at_its_field(name: str, text: object, sentence: str) -> None:
    import re
    assert re.search(sentence, told(only(name, text)))


def test_hidden_answers_are_dropped_and_shown_ones_asked_for() -> None:
    assert "why" not in check(form(), posted(GOOD, why="藏着的")).values
    assert "为什么是乙：没有填" in told(check(form(), posted(GOOD, kind="b")))
    shown = check(form(), posted(GOOD, kind="b", why="因为", mobile="13800138000"))
    assert (told(shown), "mobile" in shown.values) == ("", False)


def test_question_that_an_answer_reveals_is_asked_before_going_on() -> None:
    seen = check(form(), posted(GOOD, kind="b", _shown="title plate kind"), page=0)
    assert (seen.faults, seen.revealed, seen.step) == ((), ("why",), 0)
    assert check(form(), posted(GOOD, kind="b", why="因为", _shown="title plate kind why"), page=0).step == 1


def test_check_across_fields_faults_only_when_it_is_certainly_false() -> None:
    assert "结束不能早于开始" in told(check(form(), posted(GOOD, begins="2026-02-01", ends="2026-01-01")))
    assert told(check(form(), posted(GOOD, begins="2026-02-01"))) == ""


def test_rows_are_read_in_order_empty_ones_left_out_and_each_has_its_own_conditions() -> None:
    rows = {"people.7.person": "丙", "people.2.person": "乙", "people.2.age": "9", "people.3.person": ""}
    checked = check(form(), posted(GOOD, **rows))
    assert told(checked) == "监护人：没有填，请填写。"
    assert checked.values["people"] == [{"person": "乙", "age": 9}, {"person": "丙"}]


def test_ten_thousand_rows_are_refused_by_the_limit() -> None:
    checked = check(form(), posted(GOOD, **{f"people.{n}.person": "某" for n in range(10_000)}))
    assert "超过 1000 项" in told(checked)
    assert "最多 5 行" in told(check(form(), posted(GOOD, **{f"people.{n}.person": "某" for n in range(6)})))


@pytest.mark.parametrize(("files", "sentence"), [
    ([upload(PDF, "照片.png")], "内容是PDF 文档"), ([upload(b"", "空.png")], "空文件"),
    ([upload(PNG + bytes(2 << 20))], "超过 1 MB"),
    ([upload(), upload(), upload()], "最多 2 个文件"), ([upload(b"\x7fELF" + b"\0" * 20, "../../x.png")], "“x.png”的内容不是"),
])
def test_wrong_files_are_faults(files: list[object], sentence: str) -> None:
    assert sentence in told(check(form(), posted(GOOD), uploads(photos=files)))


def test_good_files_are_handed_on_and_count_with_those_kept() -> None:
    files = uploads(photos=[upload(), upload(JPEG, "b.jpg")])
    assert len(check(form(), posted(GOOD), files).uploads["photos"]) == 2
    assert "现在有 3 个" in told(check(form(), posted(), files, page=2, known={**GOOD, "photos": ["u1"]}))


TEXTS = st.one_of(
    st.text(max_size=30), st.sampled_from(["1", "2026-01-31", "yes", "a", "b", "红", "510903", "13800138000", "1.5", "2026-01-31 08:30"]),
    st.text("0123456789-:./ \u0301\u0958\u202e年月", max_size=24),
)
KEYS = st.one_of(
    st.sampled_from([f["name"] for page in DECLARED["pages"] for f in page.get("fields", ())]),  # type: ignore[attr-defined]
    st.sampled_from(["count", "amount", "begins", "ends", "at", "is_sure", "several", "share", "town"]),
    st.builds("people.{}.{}".format, st.integers(0, 9), st.sampled_from(["person", "age", "guardian"])),
    st.text(max_size=8), st.just("_shown"),
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, st.lists(TEXTS, max_size=3), max_size=14), st.none() | st.integers(0, 3))
def test_whatever_is_posted_the_checker_answers_and_what_it_accepts_is_accepted_again(post: dict[str, list[str]], page: int | None) -> None:
    checked = check(form(), posted({**GOOD, **post}), uploads(photos=[]), page=page, known={})
    again = check_values(form(), checked.values)
    if page is None and not checked.faults:
        assert (again.values, again.faults) == (checked.values, ())
    assert set(checked.values) <= {field.name for _, field in form().fields()} | {"people"}


def test_kept_values_of_any_shape_are_judged_without_a_fault_of_ours() -> None:
    strange = {"title": ["x"], "several": "红", "people": [1, {"person": [2]}, None], "photos": {"a": 1}, "count": {"b": 2}, "zz": 1}
    assert check_values(form(), strange).faults


def test_every_type_but_files_and_notes_has_a_letter_of_the_expressions() -> None:
    assert len(LETTERS) == 15
