"""From YAML or a mapping to a form, strictly: unknown keys are errors, and all faults are told at once."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import yaml

from suixin.ground.forms.declaration import Check, Condition, Field, FieldType, Form, Group, Page, Repeat
from suixin.ground.forms.errors import FaultyForm
from suixin.ground.forms.field_parsing import NAME, parse_field
from suixin.ground.forms.strict import Faults, Reader
from suixin.kit import yaml_text
from suixin.kit.expressions import ExpressionError, parse
from suixin.kit.sm import sm3_hex

MAX_PAGES, MAX_GROUPS, MAX_FIELDS, MAX_ROWS = 20, 50, 200, 200
MAX_INPUTS = 900  # of one page: Django takes 1,000 fields of a request
MAX_TEXT = 200_000
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,79}")
_FORM_KEYS = ("id", "title", "hint", "button", "pages", "checks", "english")
_PAGE_KEYS = ("id", "title", "hint", "when", "groups", "fields")
_GROUP_KEYS = ("id", "title", "hint", "when", "repeat", "fields")
_REPEAT_KEYS = ("min", "max", "row")
_CHECK_KEYS = ("must", "message", "field")
T = TypeVar("T")


def read_form(text: str) -> Form:
    """The form that a YAML text declares. Raises FaultyForm."""
    return parse_form(read_yaml(text))


def read_yaml(text: str) -> object:
    """What a YAML text says, before it is judged. Raises FaultyForm."""
    if len(text) > MAX_TEXT:
        raise FaultyForm("表单声明太长；请拆成几个表单。", ["声明超过 20 万字符"])
    try:
        return yaml_text.load(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise FaultyForm(f"表单声明不是合格的 YAML：{str(error)[:300]}。", [str(error)[:300]]) from error


def parse_form(mapping: object) -> Form:
    """The form that a mapping declares. Raises FaultyForm with all faults."""
    faults = Faults()
    form = _Parser(faults).form(Reader(mapping, "表单", _FORM_KEYS, faults))
    if faults.found:
        raise FaultyForm(f"表单声明有 {len(faults.found)} 处错误：" + "；".join(faults.found[:20]) + "。", faults.found)
    return replace(form, digest=sm3_hex(json.dumps(mapping, ensure_ascii=False, sort_keys=True, default=str).encode()))


class _Parser:
    """Reads top-down and remembers the fields met, so that a condition may name only what stands before it."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.letters: dict[str, str] = {}
        self.names: set[str] = set()

    def form(self, read: Reader) -> Form:
        """The form, as far as it can be read."""
        slug = read.text("id", required=True, longest=80)
        if slug and not _SLUG.fullmatch(slug):
            read.fault("id 只含小写字母、数字和连字符，以字母开头")
        pages = tuple(self._page(one, number) for number, one in enumerate(read.items("pages", MAX_PAGES), 1))
        if not pages:
            read.fault("至少要有一页 pages")
        self._require_unique("页", [page.id for page in pages])
        self._require_unique("组", [group.id for page in pages for group in page.groups])
        if len(self.names) > MAX_FIELDS:
            read.fault(f"字段超过 {MAX_FIELDS} 个，请拆成几个表单")
        for page in pages:
            inputs = sum(len(group.fields) * (group.repeat.most if group.repeat else 1) for group in page.groups)
            if inputs > MAX_INPUTS:
                self.faults.add(f"页“{page.title}”最多可能有 {inputs} 个输入项，超过 {MAX_INPUTS}；请减少重复行或分页")
        checks = tuple(self._check(one, number) for number, one in enumerate(read.items("checks", 100, required=False), 1))
        title, hint, button = read.text("title", required=True), read.text("hint", longest=1000), read.text("button", longest=20)
        return Form(slug, title, pages, "", hint, checks, button, self._english(read))

    def _english(self, read: Reader) -> dict[str, str]:
        """Chinese text → English, for readers of English."""
        told = read.raw("english")
        if told is None:
            return {}
        if not isinstance(told, Mapping) or any(not isinstance(one, str) for pair in told.items() for one in pair):
            read.fault("english 应当是“中文: 英文”的形式")
            return {}
        return dict(told)

    def _page(self, value: object, number: int) -> Page:
        read = Reader(value, f"第 {number} 页", _PAGE_KEYS, self.faults)
        when = self._when(read, {})
        if read.has("groups") and read.has("fields"):
            read.fault("groups 和 fields 只能写一个")
        groups: tuple[Group, ...]
        if read.has("fields"):
            groups = (self._group({"id": f"p{number}", "fields": read.raw("fields")}, f"第 {number} 页"),)
        else:
            groups = tuple(
                self._group(one, f"第 {number} 页第 {place} 组") for place, one in enumerate(read.items("groups", MAX_GROUPS), 1)
            )
        return Page(read.text("id", longest=40) or f"page{number}", read.text("title", required=True), groups,
                    read.text("hint", longest=1000), when)

    def _group(self, value: object, place: str) -> Group:
        read = Reader(value, place, _GROUP_KEYS, self.faults)
        when, repeat = self._when(read, {}), self._repeat(read)
        slug = read.text("id", required=repeat is not None, longest=40) or f"g{len(self.names)}"
        if not NAME.fullmatch(slug):
            read.fault("id 只含小写字母、数字和下划线，以字母开头")
        fields: list[Field] = []
        rows: dict[str, str] = {}
        for number, one in enumerate(read.items("fields", MAX_FIELDS), 1):
            field, condition = parse_field(one, f"{place}第 {number} 个字段", self.faults)
            field = replace(field, when=self._condition(condition, f"字段 {field.name} 的 when", rows if repeat else {}))
            if repeat and field.type is FieldType.FILE:
                read.fault(f"字段 {field.name}：重复的组里不能上传文件；请放到单独的组")
            if field.name in self.names:
                read.fault(f"字段名 {field.name} 用了两次")
            self.names.add(field.name)
            if field.letter:
                (rows if repeat else self.letters)[field.name] = field.letter
            fields.append(field)
        if repeat and slug in self.names:
            read.fault(f"重复组的 id {slug} 与字段同名")
        if repeat:
            self.names.add(slug)
        return Group(slug, read.text("title"), tuple(fields), read.text("hint", longest=1000), repeat, when)

    def _repeat(self, read: Reader) -> Repeat | None:
        if not read.has("repeat"):
            return None
        inner = Reader(read.raw("repeat"), f"{read.place}的 repeat", _REPEAT_KEYS, self.faults)
        least, most = inner.number("min", 0), inner.number("max", 10)
        if not 0 <= least <= most <= MAX_ROWS or most < 1:
            inner.fault(f"须 0 ≤ min ≤ max ≤ {MAX_ROWS}")
        return Repeat(least, most, inner.text("row", longest=20) or "项")

    def _check(self, value: object, number: int) -> Check:
        read = Reader(value, f"第 {number} 条检查", _CHECK_KEYS, self.faults)
        must = self._condition(read.text("must", required=True, longest=4000), f"第 {number} 条检查", {})
        field, message = read.text("field", required=True), read.text("message", required=True, longest=300)
        if field and field not in self.letters:
            read.fault(f"field {field} 不是（不重复的）字段")
        return Check(must or Condition("TRUE", parse("TRUE", fields={})), message, field)

    def _when(self, read: Reader, rows: Mapping[str, str]) -> Condition | None:
        return self._condition(read.text("when", longest=4000), f"{read.place}的 when", rows)

    def _condition(self, text: str, place: str, rows: Mapping[str, str]) -> Condition | None:
        if not text:
            return None
        try:
            return Condition(text, parse(text, fields={**self.letters, **rows}))
        except ExpressionError as error:
            self.faults.add(f"{place}：{error.sentence.rstrip('。')}（只能用排在前面的字段）")
            return None

    def _require_unique(self, what: str, names: Sequence[str]) -> None:
        for name in sorted({one for one in names if names.count(one) > 1}):
            self.faults.add(f"{what}的 id {name} 用了两次")
