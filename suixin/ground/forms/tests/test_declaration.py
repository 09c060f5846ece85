"""Declarations: strict, all faults at once; shipped forms; letters for guards."""

from pathlib import Path

import pytest

from suixin.ground.forms import registry
from suixin.ground.forms.declaration import fields_of
from suixin.ground.forms.errors import FaultyForm, UnknownForm
from suixin.ground.forms.parsing import parse_form, read_form
from suixin.ground.forms.queries import fields_of_form, form_of
from suixin.ground.forms.tests.factories import DECLARED, form
from suixin.kit import expressions

FIELD = {"name": "a", "label": "甲", "type": "text"}


def faults(*fields: object, **more: object) -> str:
    with pytest.raises(FaultyForm) as caught:
        parse_form({"id": "x", "title": "表", "pages": [{"title": "页", "fields": list(fields)}], **more})
    return "\n".join(caught.value.faults)


@pytest.mark.parametrize(("field", "told"), [
    ({**FIELD, "colour": "red"}, "不认识的键“colour”"), ({**FIELD, "type": "colour"}, "type 应当是"),
    ({**FIELD, "name": "A b"}, "小写字母"),
    ({**FIELD, "min": 3}, "不认识的键“min”"), ({**FIELD, "pattern": "(a)\\1"}, "不能用"),
    ({**FIELD, "pattern": "(?=a)"}, "不能用"),
    ({**FIELD, "min_length": 9, "max_length": 3}, "长度须"), ({**FIELD, "when": "b = 1"}, "没有字段“b”"),
    ({**FIELD, "when": "a = 'x'"}, "没有字段“a”"),
    ({**FIELD, "type": "choice"}, "须写一个"), ({**FIELD, "type": "choice", "options": ["x", "x"]}, "不同的选项"),
    ({**FIELD, "type": "choice", "code_set": "none"}, "没有代码集"),
    ({**FIELD, "type": "file", "types": ["exe"]}, "不认识的文件类型 exe"),
    ({**FIELD, "type": "file", "types": ["png"], "max_size": "1 GB"}, "max_size"),
    ({**FIELD, "type": "date", "min": "2026-13-01"}, "界限"),
    ({**FIELD, "type": "integer", "min": 9, "max": 3}, "min 大于 max"), ({**FIELD, "required": "yes"}, "true 或 false"),
    ("a", "键: 值"),
])
def test_faulty_field_is_named(field: object, told: str) -> None:
    assert told in faults(field)


def test_all_faults_are_told_at_once() -> None:
    told = faults({**FIELD, "type": "?"}, {**FIELD, "x": 1}, FIELD, checks=[{"must": "zz > 1", "message": "", "field": "b"}], colour=1)
    for word in ("type 应当是", "不认识的键“x”", "用了两次", "没有字段“zz”", "message", "field b", "不认识的键“colour”"):
        assert word in told


def test_page_with_more_inputs_than_a_request_may_carry_is_refused() -> None:
    many = [{**FIELD, "name": f"f{n}"} for n in range(10)]
    group = {"id": "rows", "title": "行", "repeat": {"max": 200}, "fields": many}
    with pytest.raises(FaultyForm, match="2000 个输入项"):
        parse_form({"id": "x", "title": "表", "pages": [{"title": "页", "groups": [group]}]})


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "!!python/object:os.system {}", "a: &a [*a]", "x" * 300_000, "[" * 5_000])
def test_text_that_is_no_form_is_a_sentence(text: str) -> None:
    with pytest.raises(FaultyForm):
        read_form(text)


def test_data_element_gives_label_length_and_code_set() -> None:
    read = parse_form({"id": "x", "title": "表", "pages": [{"title": "页", "fields": [
        {"name": "a", "element": "share_type"}, {"name": "b", "element": "share_condition"}]}]})
    first, second = (field for _, field in read.fields())
    assert (first.label, first.type, first.code_set) == ("共享类型", "choice", "share-type")
    assert (second.label, second.type, second.max_length) == ("共享条件", "text", 500)


def test_guards_are_typed_by_single_fields_that_are_not_sensitive() -> None:
    letters = fields_of(form())
    assert letters["count"] == "I"
    assert not {"person", "photos", "told", "number", "mobile"} & set(letters)
    guard = "amount > 3 AND begins < DATE '2026-01-31' AND is_sure AND several LIKE '%红%'"
    assert "several" in expressions.parse(guard, fields=letters).fields


def test_shipped_forms_are_there_and_carry_guards() -> None:
    assert "work-order-found" in registry.slugs()
    assert fields_of_form("work-order-found")["kind"] == "C"
    assert form_of("work-order-found").field("photos").max_files == 5  # type: ignore[union-attr]
    with pytest.raises(UnknownForm):
        form_of("no-such-form")


def test_form_of_a_file_is_read_again_when_it_changes_and_its_name_is_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_paths", {})
    path, text = tmp_path / "a.yaml", "{id: my-form, title: 一, pages: [{title: 页, fields: [{name: a, label: 甲, type: text}]}]}"
    path.write_text(text, "utf-8")
    registry.register_form(path)
    path.write_text(text.replace("一", "改过的"), "utf-8")
    assert registry.registered("my-form").form.title == "改过的"
    (tmp_path / "b.yaml").write_text(text, "utf-8")
    with pytest.raises(FaultyForm, match=r"a\.yaml"):
        registry.register_form(tmp_path / "b.yaml")


def test_digest_changes_with_every_word() -> None:
    assert parse_form({**DECLARED, "title": "别的"}).digest != form().digest == form().digest
