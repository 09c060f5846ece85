"""Secrets of applications: sealed by the keyring, those of older homes open still."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from suixin.ground.people import keys
from suixin.ground.people.applications import create_application
from suixin.ground.people.models import Application
from suixin.ground.people.queries import application_secret
from suixin.ground.people.tests.factories import organisation
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.keyring.providers import read_master
from suixin.kit.sm import BrokenSeal, sm4_seal


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: SimpleNamespace) -> Path:
    settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path)
    return tmp_path


def test_secret_sealed_by_the_master_key_itself_opens_still(home: Path) -> None:
    sealed = sm4_seal(read_master(home / "keys" / "master.key"), b"old secret", b"app-1")
    assert keys.open_secret(sealed, "app-1") == b"old secret"
    keys.seal_secret(b"new", "app-2", has_others=True)
    assert keys.open_secret(sealed, "app-1") == b"old secret"
    with pytest.raises(BrokenSeal):
        keys.open_secret(sealed, "app-2")


@pytest.mark.django_db
def test_secret_survives_a_rotation_of_the_key_it_is_sealed_with() -> None:
    application, secret = create_application(organisation(), "网关")
    ring().rotate(keys.PURPOSE)
    assert application_secret(application.app_id)[0].decode() == secret


@pytest.mark.django_db
def test_lost_master_key_is_a_sentence_and_no_new_key(home: Path) -> None:
    ours = organisation()
    sealed = sm4_seal(b"k" * 16, b"secret", b"app-1")
    row = Application.objects.create(app_id="app-1", organisation=ours, name="旧应用")
    row.keys.create(key_id="k1", secret_sealed=sealed, created_at=clock.now())
    with pytest.raises(keys.BadMasterKey, match="从备份恢复"):
        create_application(ours, "新应用")
    assert not (home / "keys").exists()
