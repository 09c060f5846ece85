"""Keys as people handle them: rotated with a reason, on record, by the right person only."""

from dataclasses import replace

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.security import keys
from suixin.ground.security.actions import move_key, rotate_key
from suixin.ground.security.keys import ring
from suixin.kit.errors import NotAllowed
from suixin.kit.keyring import KeyMissing, KeyStateRefused, Kind
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path)
    ring().seal("tested", b"x")


def test_security_officer_rotates_and_it_is_on_record() -> None:
    assert rotate_key("tested", actor=cast.security_officer, reason="每年轮换") == 2
    assert Record.objects.get(action="security.key_rotated").basis == "每年轮换"


@pytest.mark.parametrize("actor", [cast.data_officer, cast.administrator, cast.operator, cast.auditor, cast.public])
def test_others_rotate_nothing(actor) -> None:
    with pytest.raises(NotAllowed):
        rotate_key("tested", actor=actor, reason="x")
    assert len(ring().versions("tested")) == 1


def test_mistyped_purpose_or_kind_makes_no_key() -> None:
    for purpose, kind in (("testde", None), ("tested", Kind.SIGN)):
        with pytest.raises(KeyMissing, match="tested"):
            rotate_key(purpose, actor=cast.security_officer, reason="x", kind=kind)
    assert "testde" not in ring().purposes()


def test_current_version_is_not_retired_and_the_attempt_leaves_no_record() -> None:
    with pytest.raises(KeyStateRefused):
        move_key("tested", Kind.SEAL, 1, to="retired", actor=cast.security_officer, reason="x")
    assert not Record.objects.filter(action="security.key_retired").exists()


def test_key_that_the_log_needs_is_never_retired() -> None:
    ring().seal("audit", b"x")
    rotate_key("audit", actor=cast.security_officer, reason="每年轮换", kind=Kind.SEAL)
    with pytest.raises(KeyStateRefused, match="审计"):
        move_key("audit", Kind.SEAL, 1, to="retired", actor=cast.security_officer, reason="x")


def test_key_that_lasts_is_never_retired_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    rotate_key("tested", actor=cast.security_officer, reason="每年轮换")
    monkeypatch.setitem(keys._lasting, ("tested", Kind.SEAL), "它一直在用。")
    with pytest.raises(KeyStateRefused, match="它一直在用"):
        move_key("tested", Kind.SEAL, 1, to="retired", actor=cast.security_officer, reason="x")


def test_version_that_files_still_need_is_neither_retired_nor_destroyed(monkeypatch: pytest.MonkeyPatch) -> None:
    rotate_key("tested", actor=cast.security_officer, reason="每年轮换")
    needed = {1: 7}
    monkeypatch.setitem(keys._uses, "tested", lambda: needed)
    with pytest.raises(KeyStateRefused, match="7 个文件在用"):
        move_key("tested", Kind.SEAL, 1, to="retired", actor=cast.security_officer, reason="x")
    needed.clear()
    move_key("tested", Kind.SEAL, 1, to="retired", actor=cast.security_officer, reason="x")
    needed[1] = 7
    with pytest.raises(KeyStateRefused, match="7 个文件在用"):
        move_key("tested", Kind.SEAL, 1, to="destroyed", actor=cast.security_officer, reason="x")
