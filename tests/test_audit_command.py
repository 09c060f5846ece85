"""`suixin audit`: exit codes and words for people and for programs."""

import json

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.audit.tests.conftest import second_place  # noqa: F401  a fixture
from suixin.ground.audit.tests.factories import recorded
from suixin.site import cli

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("second_place")]


def test_intact_log_ends_with_nought(capsys: pytest.CaptureFixture[str]) -> None:
    recorded(3)
    assert cli.main(["audit", "seal"]) == 0
    assert cli.main(["audit", "verify"]) == 0
    assert "审计链完整" in capsys.readouterr().out


def test_broken_log_ends_with_one_and_names_the_first_fault(capsys: pytest.CaptureFixture[str]) -> None:
    ids = recorded(5)
    cli.main(["audit", "seal"])
    Record.objects.filter(pk=ids[2]).update(actor_name="别人")
    assert cli.main(["audit", "verify"]) == 1
    assert f"首处:编号 3 的记录 {ids[2]} 内容被改动" in capsys.readouterr().out
    assert cli.main(["audit", "verify", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["is_intact"], told["faults"][0]["kind"], told["faults"][0]["number"]) == (False, "record_changed", 3)
