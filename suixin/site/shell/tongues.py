"""What the city says in Chinese, in the reader's language where somebody translated it; the rest is marked as Chinese.

`said` looks a text up beside its translations; the filter `native` marks Chinese on an English page, for screen readers and browsers
"""

import re
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from django.utils.html import conditional_escape, format_html
from django.utils.translation import get_language

from suixin.ground.forms import spoken
from suixin.ground.forms.declaration import Form
from suixin.services.items.elements import Content

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_CHINESE = re.compile(r"[\u3400-\u9fff]")
English = Mapping[str, str]


def is_english() -> bool:
    """Whether the page is for a reader of English."""
    return (get_language() or "").startswith("en")


def is_chinese(text: str) -> bool:
    """Whether there is Chinese in the text."""
    return _CHINESE.search(text) is not None


def said(text: str, english: English) -> str:
    """The text, in English when that is read here and somebody wrote it."""
    return english.get(text, text) if is_english() else text


def marked(text: object) -> str:
    """A text of the city's as HTML, marked as Chinese where an English page has no English of it."""
    plain = str(text or "")
    if is_english() and is_chinese(plain):
        return format_html('<span lang="zh-Hans">{}</span>', plain)
    return safe(plain)


def safe(text: "StrOrPromise") -> str:
    """The text as it may stand in HTML; a plain one without Django's wrappers, which take longer than escaping it."""
    return escape(text) if type(text) is str else conditional_escape(text)


def told(content: Content, english: English) -> Content:
    """A content as it is shown: each whole text that has English in English; what is computed with it reads the original."""
    return {key: _value(value, english) for key, value in content.items()} if is_english() and english else dict(content)


def in_tongue(form: Form) -> Form:
    """The form in the reader's language."""
    return spoken.english(form) if is_english() else form


def _value(value: object, english: English) -> object:
    if isinstance(value, str):
        return english.get(value, value)
    if isinstance(value, list):
        return [_value(one, english) for one in value]
    return {key: _value(one, english) for key, one in value.items()} if isinstance(value, Mapping) else value
