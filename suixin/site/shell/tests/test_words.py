"""What is machine text below is words above: conditions of procedures, actions on record."""

import re

import pytest
from django.utils import translation

from suixin.site.shell.audit_words import ACTIONS, action_name, object_name
from suixin.site.shell.flow_words import condition_words
from tests.architecture.house import SUIXIN

TOLD = [
    ("area > 300", "area大于300"),
    ("主管部门直接发布 = false AND 确认人 = '部门负责人'", "主管部门直接发布为否，且确认人为“部门负责人”"),
    ("NOT urgent OR kind <> 'a = false AND b'", "非urgent，或kind不是“a = false AND b”"),
    ("area >= 3 AND name IS NOT NULL", "area不少于3，且name已填"),
    ("", ""),
]


@pytest.mark.parametrize(("condition", "told"), TOLD)
def test_condition_reads_as_a_sentence(condition: str, told: str) -> None:
    with translation.override("zh-hans"):
        assert condition_words(condition) == told


def test_others_read_the_condition_itself() -> None:
    with translation.override("en"):
        assert condition_words("area > 300") == "area > 300"


def test_log_is_read_in_words_and_by_code() -> None:
    with translation.override("zh-hans"):
        assert [action_name(code) for code in ("catalog.published", "flow.suspend")] == ["发布目录", "办理：挂起"]
        assert object_name("lake.batch") == "数据批次"
        assert action_name("made.up") == "made.up"
    with translation.override("en"):
        assert action_name("catalog.published") == "catalog.published"


def test_every_action_written_out_in_the_code_has_a_word() -> None:
    recorded = re.compile(r"""\brecord\(\s*[^,()]+(?:\([^()]*\))?,\s*"([a-z_]+\.[a-z_]+)\"""")
    found = {code for path in SUIXIN.rglob("*.py") if "tests" not in path.parts for code in recorded.findall(path.read_text("utf-8"))}
    assert len(found) > 50
    assert found - set(ACTIONS) == set()
