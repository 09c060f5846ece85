"""`suixin keys`, as the security officer types it."""

from dataclasses import replace

import pytest

from suixin.ground.people.applications import create_application
from suixin.ground.people.queries import application_secret
from suixin.ground.people.tests.factories import organisation
from suixin.ground.security.keys import ring
from suixin.site.cli import main

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path)
    ring().seal("tested", b"x")


def test_command_lists_rotates_retires_and_destroys(capsys) -> None:
    for words in ("rotate tested", "reseal tested", "retire tested seal 1", "destroy tested seal 1", "list"):
        assert main(["keys", *words.split()]) == 0
    told = capsys.readouterr().out
    assert "第 2 版" in told
    assert "destroyed" in told
    assert main(["keys", "rotate", "nothing"]) == 2


def test_secrets_of_applications_open_after_the_version_that_sealed_them_is_gone(capsys) -> None:
    create_application(organisation(), "网关", app_id="app-1", secret="a secret")
    for words in ("rotate application", "reseal application", "retire application seal 1", "destroy application seal 1"):
        assert main(["keys", *words.split()]) == 0
    assert application_secret("app-1")[0] == b"a secret"
    assert "共重新封装 1 行" in capsys.readouterr().out
