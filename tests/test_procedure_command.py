"""`suixin procedure`, as somebody types it who writes a procedure."""

from xml.etree import ElementTree as ET

import pytest

from suixin.ground.flow.models import ProcedureVersion
from suixin.ground.flow.parsing import parse
from suixin.ground.flow.tests.test_parsing import RESTAURANT
from suixin.ground.people.models import Account, Post
from suixin.ground.people.tests.factories import organisation
from suixin.site.cli import main

pytestmark = pytest.mark.django_db
TEXT = "id: answer\ntitle: 答复\nnodes:\n  reply: {organisation: 某局, role: 经办人, limit: 5wd}\n"


@pytest.fixture
def file(tmp_path):
    """A sound declaration, in a city where somebody holds its role."""
    Post.objects.create(account=Account.objects.create(username="clerk"), organisation=organisation("某局"), role="clerk")
    path = tmp_path / "answer.yaml"
    path.write_text(TEXT, "utf-8")
    return path


def test_a_sound_file_is_checked_published_once_and_exported(file, capsys, tmp_path):
    for words in ("check", "publish --note 首次", "publish"):
        assert main(["procedure", words.split()[0], str(file), *words.split()[1:]]) == 0
    assert "没有错误" in capsys.readouterr().out
    assert [(one.number, one.note) for one in ProcedureVersion.objects.all()] == [(1, "首次")]
    assert main(["procedure", "export", "answer"]) == 0
    assert ET.fromstring(capsys.readouterr().out.split("\n", 1)[1]).tag.endswith("definitions")
    assert main(["procedure", "export", str(file), "--format", "yaml", "--output", str(tmp_path / "again.yaml")]) == 0
    assert parse((tmp_path / "again.yaml").read_text("utf-8")) == parse(TEXT)


def test_every_fault_is_printed_and_nothing_published(file, capsys):
    file.write_text(RESTAURANT, "utf-8")
    assert main(["procedure", "check", str(file)]) == 1
    told = capsys.readouterr().out
    assert [word for word in ("综合窗口", "出件窗口", "nodes.fire.when", "没有机构“住建局”") if word not in told] == []
    assert main(["procedure", "publish", str(file)]) == 1
    file.write_text("id: [", "utf-8")
    assert main(["procedure", "check", str(file)]) == 1
    assert not ProcedureVersion.objects.exists()


def test_what_cannot_be_read_or_written_is_told(file, capsys, tmp_path):
    file.write_bytes("标题".encode("gb18030"))
    assert main(["procedure", "check", str(file)]) == 2
    assert main(["procedure", "check", str(tmp_path / "none.yaml")]) == 2
    assert main(["procedure", "export", "nothing"]) == 2
    file.write_text(TEXT, "utf-8")
    assert main(["procedure", "publish", str(file), "--from", "明天"]) == 2
    assert main(["procedure", "export", str(file), "--output", str(tmp_path)]) == 2
    file.write_text("{id: p, nodes: {a: {after: b}, b: {after: a}}}", "utf-8")
    assert main(["procedure", "export", str(file)]) == 2
    told = capsys.readouterr().err
    assert [w for w in ("UTF-8", "读不了", "nothing", "YYYY-MM-DD", "写不了", "互相等待") if w not in told] == []
