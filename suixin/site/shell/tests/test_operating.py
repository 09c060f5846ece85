"""Pages of the operator: jobs, settings, health; and the progress page of an upload."""

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from suixin.data.access.tests import factories as access
from suixin.ground.audit.models import Record
from suixin.ground.jobs import actions, running
from suixin.ground.jobs.models import Job
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit.actor import SYSTEM
from suixin.site.config import SETTINGS_FILE, Config, WrongSetting, read_config
from suixin.site.health import findings
from suixin.site.shell.meanings import MEANINGS
from suixin.site.shell.queries.operating import HIDDEN, shown

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("/console/jobs/", "/console/settings/", "/console/health/")


@pytest.fixture(autouse=True)
def node(tmp_path, monkeypatch):
    """The folder of the node, its lake empty."""
    with access.node_at(tmp_path, monkeypatch) as folder:
        yield folder


def enter(client: Client, role: str) -> Client:
    organisation, _ = Organisation.objects.get_or_create(uscc="11510900XX0000027W", defaults={"name": "数据局", "slug": "bureau"})
    account = Account.objects.create(username=role, display_name=role)
    Post.objects.create(account=account, organisation=organisation, role=role)
    client.force_login(account)
    return client


def failed_job() -> Job:
    job = actions.enqueue("collection.land_waiting", actor=SYSTEM)
    Job.objects.update(state="failed", sentence="对方系统没有应答;请稍后重试。", code="x-503", trace_id="abcdef0123")
    return job


@pytest.mark.parametrize("page", PAGES)
def test_operator_sees_the_page_and_clerk_is_refused(client, page):
    assert enter(client, "operator").get(page).status_code == 200
    assert enter(Client(), "clerk").get(page).status_code == 403


def test_failed_job_is_shown_with_its_sentence_and_trace_id_and_runs_again(client):
    job = failed_job()
    enter(client, "operator")
    listed = client.get("/console/jobs/?state=failed", headers={"HX-Request": "true"}).content.decode()
    assert "对方系统没有应答" in listed
    assert "abcdef0123" in listed
    assert client.post(f"/console/jobs/{job.uuid}/", {"wish": "retry"}).status_code == 302
    assert Job.objects.get().state == "waiting"


def test_job_is_discarded_only_with_a_reason(client):
    job = failed_job()
    enter(client, "operator")
    assert client.post(f"/console/jobs/{job.uuid}/", {"wish": "discard", "reason": ""}).status_code == 422
    client.post(f"/console/jobs/{job.uuid}/", {"wish": "discard", "reason": "作废"})
    assert (Job.objects.get().state, Record.objects.filter(action="site.discarded_job").count()) == ("discarded", 1)


def test_auditor_sees_jobs_and_cannot_retry_them(client):
    job = failed_job()
    enter(client, "auditor")
    assert client.get(f"/console/jobs/{job.uuid}/").status_code == 200
    client.post(f"/console/jobs/{job.uuid}/", {"wish": "retry"})
    assert Job.objects.get().state == "failed"


def test_settings_page_names_every_setting_and_no_secret(client):
    text = enter(client, "operator").get("/console/settings/").content.decode()
    assert all(f"SUIXIN_{name.upper()}" in text for name in Config.__dataclass_fields__)
    assert settings.SUIXIN.secret_key not in text


@pytest.mark.parametrize(("name", "value", "told"), [
    ("database_url", "postgresql://suixin:hunter2@10.0.0.1/x", f"postgresql://suixin:{HIDDEN}@10.0.0.1/x"),
    ("demo_password", "hunter2", HIDDEN), ("oidc_client_secret", "hunter2", HIDDEN), ("hosts", ("a", "b"), "a, b"),
    ("oidc_issuer", (("province", "https://id.example"), ("b", "https://b.example")), "province=https://id.example, b=https://b.example"),
    ("https", True, "1"),
])  # fmt: skip
def test_secret_values_are_hidden(name, value, told):
    assert shown(name, value) == told


def test_every_setting_has_its_meaning_in_chinese():
    assert set(MEANINGS) == set(Config.__dataclass_fields__)


def test_value_of_the_settings_file_is_not_called_a_default(client, node, monkeypatch):
    monkeypatch.delenv("SUIXIN_PASSWORD_DAYS", raising=False)
    settings.SUIXIN.home.mkdir(exist_ok=True)
    (settings.SUIXIN.home / SETTINGS_FILE).write_text("SUIXIN_PASSWORD_DAYS=90\n", "utf-8")
    text = enter(client, "operator").get("/console/settings/").content.decode()
    assert "设置文件" in text.partition("SUIXIN_PASSWORD_DAYS")[2][:600]


def test_role_that_is_none_stops_the_start_instead_of_needing_no_second_factor(tmp_path):
    with pytest.raises(WrongSetting, match="角色代码"):
        read_config({"SUIXIN_HOME": str(tmp_path), "SUIXIN_SECOND_FACTOR_ROLES": "administrator,adminstrator"})


@pytest.mark.parametrize(("more", "named"), [
    ({"SUIXIN_HTTPS": "1"}, "SUIXIN_HTTPS"),
    ({"SUIXIN_OIDC_ISSUER": "province=https://id.example.gov.cn"}, "SUIXIN_OIDC_ISSUER"),
])
def test_people_who_are_nobody_and_real_ones_at_once_stop_the_start(tmp_path, more, named):
    made_up = {"SUIXIN_HOME": str(tmp_path), "SUIXIN_SIMULATED_IDENTITY": "1"}
    with pytest.raises(WrongSetting, match=f"{named} 说明这是正式环境"):
        read_config({**made_up, **more})
    assert not read_config({**made_up, **more, "SUIXIN_SIMULATED_IDENTITY": "0"}).simulated_identity
    assert read_config({**made_up, "SUIXIN_OIDC_ISSUER": "province=http://127.0.0.1:9"}).simulated_identity


def test_health_tells_that_people_who_are_nobody_may_sign_in(settings):
    from dataclasses import replace

    assert "identity" not in {one.part for one in findings()}
    settings.SUIXIN = replace(settings.SUIXIN, simulated_identity=True)
    told = next(one for one in findings() if one.part == "identity")
    assert not told.is_well
    assert "SUIXIN_SIMULATED_IDENTITY" in told.sentence


def test_large_upload_is_handed_to_a_job_and_followed_to_its_outcome(client, monkeypatch, settings):
    from dataclasses import replace

    settings.SUIXIN = replace(settings.SUIXIN, upload_direct_bytes=10)
    enter(client, "data_officer")
    file = SimpleUploadedFile("大.csv", "编号,名称\n1,甲\n2,乙\n".encode())
    page = client.post("/console/upload/", {"file": file})["Location"]
    assert "正在排队" in client.get(page).content.decode()
    assert running.deliver(Job.objects.get().pk) == "done"
    told = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "待确认" in told
    assert "every 2s" not in told


def test_nobody_follows_the_upload_of_another(client):
    job = failed_job()
    assert enter(client, "data_officer").get(f"/console/upload/{job.uuid}/").status_code == 404
