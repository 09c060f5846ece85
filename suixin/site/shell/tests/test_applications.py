"""Pages of applications and keys: who sees which, a secret shown once, rotation and revocation by hand."""

from dataclasses import replace

import pytest
from django.test import Client

from suixin.ground.audit.models import Record
from suixin.ground.people.applications import create_application
from suixin.ground.people.models import Account, Application, Organisation, Post
from suixin.ground.people.tests.factories import organisation
from suixin.ground.security.keys import ring
from suixin.kit import clock
from suixin.kit.sm import public_to_pem, sm2_keypair

pytestmark = pytest.mark.django_db
LIST, PAGE, KEYS = "/console/applications/", "/console/applications/app-1/", "/console/keys/"


@pytest.fixture(autouse=True)
def home(tmp_path, settings):
    settings.SUIXIN = replace(settings.SUIXIN, home=tmp_path)


@pytest.fixture
def application() -> Application:
    return create_application(organisation("民政局", number=1), "救助核验", app_id="app-1", secret="first secret")[0]


def enter(client: Client, role: str, where: Organisation) -> None:
    account = Account.objects.create(username=role, display_name=role)
    Post.objects.create(account=account, organisation=where, role=role)
    client.force_login(account)


def test_new_application_shows_its_secret_once(client: Client) -> None:
    ours = organisation("民政局", number=1)
    enter(client, "head_of_sharing", ours)
    answer = client.post(f"{LIST}new/", {"organisation": ours.pk, "name": "救助核验"})
    assert 'id="new-secret"' in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    made = Application.objects.get()
    assert 'id="new-secret"' not in client.get(f"{LIST}{made.app_id}/").content.decode()
    assert made.app_id in client.get(LIST).content.decode()


def test_application_of_another_body_is_neither_listed_shown_nor_changed(client: Client, application) -> None:
    enter(client, "head_of_sharing", organisation("人社局", number=2))
    assert "app-1" not in client.get(LIST).content.decode()
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}revoke/", {"reason": "试", "key": application.keys.get().key_id}).status_code == 403
    assert client.post(PAGE, {"kind": "HMAC-SM3", "reason": "试"}).status_code == 403
    assert client.get(f"{PAGE}rotate/").status_code == 403
    other = client.post(f"{LIST}new/", {"organisation": application.organisation.pk, "name": "冒名"})
    assert other.status_code == 422
    assert application.keys.usable(clock.now()).count() == 1


def test_department_registers_its_public_key(client: Client, application) -> None:
    enter(client, "head_of_sharing", application.organisation)
    public = sm2_keypair().public
    answer = client.post(PAGE, {"kind": "SM2", "public": public_to_pem(public), "reason": "上线"})
    assert (answer.status_code, 'id="new-secret"' in answer.content.decode()) == (200, False)
    assert application.keys.first().public == public.hex()


@pytest.mark.parametrize(("form", "word"), [
    ({"kind": "SM2", "public": ""}, "请填写公钥"), ({"kind": "SM2", "public": "zz"}, "SM2 公钥"),
    ({"kind": "HMAC-SM3", "until": "2000-01-01"}, "已过"), ({"kind": "none"}, "none"),
])
def test_wrong_key_form_is_answered_with_a_sentence(client: Client, application, form, word) -> None:
    enter(client, "head_of_sharing", application.organisation)
    answer = client.post(PAGE, form | {"reason": "上线"})
    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert application.keys.count() == 1


def test_rotation_keeps_the_old_key_for_the_days_typed(client: Client, application) -> None:
    enter(client, "data_officer", application.organisation)
    key = application.keys.get()
    form = {"key": key.key_id, "kind": "HMAC-SM3", "overlap_days": 3, "reason": "每季轮换"}
    assert 'id="new-secret"' in client.post(f"{PAGE}rotate/", form).content.decode()
    key.refresh_from_db()
    assert (key.expires_at - clock.now()).days == 2
    assert application.keys.usable(clock.now()).count() == 2


def test_revocation_and_switching_off_need_a_reason(client: Client, application) -> None:
    enter(client, "data_officer", application.organisation)
    key = application.keys.get()
    client.post(f"{PAGE}revoke/", {"reason": "", "key": key.key_id})
    assert application.keys.usable(clock.now()).count() == 1
    client.post(f"{PAGE}revoke/", {"reason": "密钥泄露", "key": key.key_id})
    assert application.keys.usable(clock.now()).count() == 0
    client.post(f"{PAGE}revoke/", {"reason": "停用", "move": "disable"})
    application.refresh_from_db()
    assert not application.is_active
    assert client.post(f"{PAGE}revoke/", {"reason": "试", "key": "none"}).status_code == 404


def test_security_officer_rotates_a_purpose_and_sees_no_key(client: Client) -> None:
    ring().seal("tested", b"x")
    handle = ring().versions("tested")[0].handle
    enter(client, "security_officer", organisation())
    page = client.get(KEYS).content.decode()
    assert "tested" in page
    assert handle not in page
    assert client.post(KEYS, {"purpose": "tested", "reason": "每年轮换"}).status_code == 302
    assert len(ring().versions("tested")) == 2
    assert Record.objects.filter(action="security.key_rotated").exists()


@pytest.mark.parametrize("role", ["data_officer", "operator", "administrator", "clerk"])
def test_keys_page_is_closed_to_others(client: Client, role: str) -> None:
    ring().seal("tested", b"x")
    enter(client, role, organisation())
    assert client.get(KEYS).status_code == 403
    assert client.post(KEYS, {"purpose": "tested", "reason": "x"}).status_code == 403


def test_auditor_looks_at_keys_and_rotates_none(client: Client) -> None:
    ring().seal("tested", b"x")
    enter(client, "auditor", organisation())
    assert 'name="purpose"' not in client.get(KEYS).content.decode()
    assert client.post(KEYS, {"purpose": "tested", "reason": "x"}).status_code == 422
    assert len(ring().versions("tested")) == 1
