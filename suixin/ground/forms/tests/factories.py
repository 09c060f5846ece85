"""A form with one of everything, and posts to it."""

from collections.abc import Mapping

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from suixin.ground.forms.declaration import Form
from suixin.ground.forms.parsing import parse_form

DECLARED: dict[str, object] = {
    "id": "every-kind", "title": "各种字段",
    "pages": [
        {"id": "one", "title": "一", "fields": [
            {"name": "title", "label": "标题", "type": "text", "required": True, "min_length": 2, "max_length": 20},
            {"name": "plate", "label": "车牌", "type": "text", "pattern": "川J[A-Z0-9]{5}", "pattern_hint": "写成川J12345的样子"},
            {"name": "kind", "label": "类型", "type": "choice", "required": True, "options": {"a": "甲", "b": "乙"}},
            {"name": "why", "label": "为什么是乙", "type": "long-text", "required": True, "when": "kind = 'b'"},
            {"name": "told", "label": "请如实填写", "type": "note"},
        ]},
        {"id": "two", "title": "二", "groups": [
            {"title": "数", "fields": [
                {"name": "count", "label": "数量", "type": "integer", "min": 1, "max": 100},
                {"name": "amount", "label": "金额", "type": "decimal", "min": 0, "scale": 2},
                {"name": "begins", "label": "开始", "type": "date", "max": "2099-12-31"},
                {"name": "ends", "label": "结束", "type": "date"},
                {"name": "at", "label": "时刻", "type": "date-time"},
                {"name": "is_sure", "label": "确定", "type": "yes-no"},
                {"name": "several", "label": "几项", "type": "choices", "options": ["红", "黄", "绿"]},
                {"name": "share", "label": "共享", "type": "choice", "code_set": "share-type"},
                {"name": "town", "label": "乡镇", "type": "division"},
            ]},
            {"id": "people", "title": "同行人", "repeat": {"min": 0, "max": 5, "row": "同行人"}, "fields": [
                {"name": "person", "label": "姓名", "type": "text", "required": True, "max_length": 20},
                {"name": "age", "label": "年龄", "type": "integer"},
                {"name": "guardian", "label": "监护人", "type": "text", "required": True, "when": "age < 18"},
            ]},
        ]},
        {"id": "three", "title": "三", "when": "kind = 'a'", "fields": [
            {"name": "number", "label": "身份证号", "type": "resident-id"},
            {"name": "firm", "label": "信用代码", "type": "credit-code"},
            {"name": "mobile", "label": "手机", "type": "mobile", "sensitive": True},
            {"name": "card", "label": "银行卡", "type": "bank-card"},
            {"name": "mail", "label": "邮箱", "type": "e-mail"},
            {"name": "photos", "label": "照片", "type": "file", "types": ["png", "jpeg"], "max_files": 2, "max_size": "1MB"},
        ]},
    ],
    "checks": [{"must": "ends >= begins", "message": "结束不能早于开始", "field": "ends"}],
}
GOOD = {"title": "一个标题", "kind": "a"}


def form() -> Form:
    """The form with one of everything."""
    return parse_form(DECLARED)


def posted(values: Mapping[str, object] | None = None, **more: object) -> QueryDict:
    """A post of these values; lists are posted as several."""
    made = QueryDict(mutable=True)
    for name, value in {**(values or {}), **more}.items():
        made.setlist(name, list(value) if isinstance(value, list | tuple) else [str(value)])
    return made


def uploads(**files: object) -> "MultiValueDict[str, object]":
    """Files as Django gives them."""
    return MultiValueDict({name: value if isinstance(value, list) else [value] for name, value in files.items()})
