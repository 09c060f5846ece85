"""What holds of every template, script and catalogue of the site."""

import gettext
import re
from pathlib import Path

import pytest

from suixin.site.shell.middleware import CONTENT_SECURITY_POLICY

SITE = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((SITE / "templates").rglob("*.html"))
CATALOGUE = SITE / "locale" / "en" / "LC_MESSAGES"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_loads_nothing_from_elsewhere(path: Path) -> None:
    assert not re.search(r"(src|href)=[\"']https?://", path.read_text("utf-8"))


def test_policy_allows_nothing_inline_and_no_eval() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "default-src 'self'" in CONTENT_SECURITY_POLICY


def test_english_catalogue_is_complete() -> None:
    text = (CATALOGUE / "django.po").read_text("utf-8")
    empty = re.findall(r'msgid "(.+)"\nmsgstr ""', text)
    assert empty == []


def test_compiled_catalogue_is_that_of_the_text() -> None:
    with (CATALOGUE / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    entries = r'^(?:msgctxt "(.+)"\n)?msgid "(.+)"\nmsgstr "(.+)"$'
    for context, chinese, english in re.findall(entries, (CATALOGUE / "django.po").read_text("utf-8"), re.M):
        plain = chinese.replace('\\"', '"')
        found = compiled.pgettext(context, plain) if context else compiled.gettext(plain)
        assert found == english.replace('\\"', '"')


@pytest.mark.parametrize("path", [p for p in TEMPLATES if p.name != "styleguide.html"], ids=lambda path: path.name)
def test_no_chinese_stands_outside_the_catalogue(path: Path) -> None:
    text = re.sub(r"{% blocktranslate.*?{% endblocktranslate %}|{% translate .*?%}|{% comment %}.*?{% endcomment %}", "",
                  path.read_text("utf-8"), flags=re.S)
    allowed = {"language.html": "中文"}
    assert re.sub(r"[^\u4e00-\u9fff]", "", text) == allowed.get(path.name, "")
