"""Texts of the city's in templates: escaped once, marked as Chinese where an English page has no English of them."""

import pytest
from django.template import Context, Template
from django.utils.translation import override

TEXT = "{% load suixin %}{{ text|native }}"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_text_is_escaped_once(language: str) -> None:
    with override(language):
        assert Template(TEXT).render(Context({"text": "A & B <i>"})) == "A &amp; B &lt;i&gt;"


def test_chinese_on_an_english_page_is_said_to_be_chinese() -> None:
    with override("en"):
        assert Template(TEXT).render(Context({"text": "甲 & 乙"})) == '<span lang="zh-Hans">甲 &amp; 乙</span>'
    with override("zh-hans"):
        assert Template(TEXT).render(Context({"text": "甲 & 乙"})) == "甲 &amp; 乙"
