"""Pages obey the Content-Security-Policy: no inline script, style or handler, nothing from other hosts."""

import re

import pytest

from tests.architecture.house import ROOT, SUIXIN

TEMPLATES = sorted(p for p in SUIXIN.rglob("*.html") if "node_modules" not in p.parts and "vendor" not in p.parts)
FORBIDDEN = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:json|ld\+json)\")[^>]*>", re.I),
    "inline handler": re.compile(r"<[^>]+\son[a-z]+\s*=", re.I),
    "inline style": re.compile(r"<style\b|<[^>]+\sstyle\s*=", re.I),
    "javascript address": re.compile(r"href\s*=\s*[\"']javascript:", re.I),
    "script or style of another host": re.compile(r"<(?:script|link)[^>]+(?:src|href)\s*=\s*[\"'](?:https?:)?//(?!\{)", re.I),
    "unescaped text": re.compile(r"\|\s*safe\b|autoescape off"),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_template_obeys_the_content_security_policy(path):
    text = path.read_text("utf-8")
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text)] == []
