"""What is machine text below is words above: conditions of procedures, actions on record."""

import ast
import re
from itertools import product
from pathlib import Path

import pytest
from django.utils import translation

from suixin.ground.security.keys import ring
from suixin.kit.keyring import Kind
from suixin.site.shell import flow_words
from suixin.site.shell.audit_words import ACTIONS, action_name, object_name
from suixin.site.shell.flow_words import condition_words
from suixin.site.shell.queries.applications import key_table
from suixin.site.shell.templatetags.suixin import kind_word
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


MADE_UP = {  # what stands in the braces of names that are put together
    "security.key_{to}": ("retired", "old", "destroyed"),
    "flow.{told.action}": tuple(flow_words.ACTIONS),
    "access.grant_{state.value}": ("active", "suspended", "revoked"),
    "access.dataset_{state.value}": ("active", "suspended", "revoked"),
    "sharing.package_{state.value}": ("expired", "withdrawn"),
    "link.peer_{state.value}": ("active", "suspended", "ended"),
    "proxies.{state.value}": ("active", "refused", "stopped"),
}


def test_every_action_put_together_in_the_code_has_a_word() -> None:
    names = {name for path in SUIXIN.rglob("*.py") if "tests" not in path.parts for name in _names_recorded(path)}
    assert {"people.account_disabled", "people.sign_in_failed", "security.key_old"} <= names
    with translation.override("zh-hans"):
        assert [name for name in names if action_name(name) == name] == []


def _names_recorded(path: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call) and len(node.args) > 2]
    named = [node for node in calls if ast.unparse(node.func) in ("record", "audit.record")]
    return {name for node in named for name in _texts(node.args[1])}


def _texts(node: ast.expr) -> list[str]:
    """Every text that the expression may have; none for a variable, whose texts are told elsewhere."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp():
            return [*_texts(node.body), *_texts(node.orelse)]
        case ast.JoinedStr():
            return ["".join(parts) for parts in product(*map(_parts, node.values))] if _is_plain(node) else _made_up(node)
    return []


def _parts(node: ast.expr) -> list[str]:
    return _texts(node.value) if isinstance(node, ast.FormattedValue) else _texts(node)


def _is_plain(node: ast.JoinedStr) -> bool:
    return all(map(_parts, node.values))


def _made_up(node: ast.JoinedStr) -> list[str]:
    shape = ast.unparse(node)[2:-1]
    head = shape.partition("{")[0]
    return [head + rest for rest in MADE_UP.get(shape, ("?",))]  # "?": tell above what it may be


@pytest.mark.django_db
def test_keys_and_kinds_are_told_in_words() -> None:
    ring().seal("lake", b"x")
    ring().sign("audit", b"x")
    ring().rotate("audit", Kind.SIGN)
    with translation.override("zh-hans"):
        told = {cell.text for row in key_table().rows for cell in row}
        assert {"数据湖加密信息项", "审计日志", "仅验签"} <= told
        assert kind_word("resident_id") == "身份证号"
