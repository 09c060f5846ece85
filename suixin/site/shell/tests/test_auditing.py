"""The audit log in the console: auditors search, open, export and verify; everybody sees their own traces."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suixin.ground.audit import sealing
from suixin.ground.audit.actions import record
from suixin.ground.audit.jobs import verify_all
from suixin.ground.audit.models import Pending, Record
from suixin.ground.audit.tests.conftest import second_place  # noqa: F401  a fixture
from suixin.ground.jobs.models import Job
from suixin.ground.people.models import Account, Organisation, Post
from suixin.kit import clock, origin
from suixin.kit.actor import Actor, ActorKind

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("second_place")]
PAGE = "/console/audit/"
CLERK = Actor(ActorKind.STAFF, "clerk", "张经办", "11510900XX00001236")


def enter(client: Client, role: str, username: str = "") -> None:
    body, _ = Organisation.objects.get_or_create(uscc="11510900XX00002542", defaults={"name": "市审计局", "slug": "audit"})
    account = Account.objects.create(username=username or role, display_name=role)
    Post.objects.create(account=account, organisation=body, role=role)
    client.force_login(account)


def done(count: int, *, action: str = "catalog.published", actor: Actor = CLERK) -> list[Record]:
    return [record(actor, action, ("catalog.resource", f"R{place}"), basis="某号文件") for place in range(count)]


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


@pytest.mark.parametrize("role", ["clerk", "data_officer", "operator", "administrator", "security_officer", "leader"])
@pytest.mark.parametrize("url", [PAGE, PAGE + "export.csv", PAGE + "export.ndjson"])
def test_nobody_but_the_auditor_reads_the_log(client: Client, role: str, url: str) -> None:
    enter(client, role)
    assert text(client, url, 403)


FOUND = [
    ("actor=clerk", 3), ("actor=%E5%BC%A0%E7%BB%8F%E5%8A%9E", 0), ("organisation=11510900XX00001236", 3), ("action=catalog.", 3),
    ("action=catalog.published", 3), ("action=lake.", 0), ("object=R1", 1), ("trace=4bf92f3577b34da6", 3), ("refused=on", 0),
    ("since=2020-01-01&until=2020-12-31", 0), ("code=200&actor=clerk", 3), ("actor=clerk' OR '1'='1", 0),
]


@pytest.mark.parametrize(("query", "count"), FOUND)
def test_search_finds_by_each_condition(client: Client, query: str, count: int) -> None:
    enter(client, "auditor")
    with origin.at(origin.Origin("4bf92f3577b34da6")):
        done(3)
    assert text(client, f"{PAGE}?{query}").count(">信息资源<") == count


def test_pages_follow_one_another_without_gap_or_repetition_and_never_count(client: Client) -> None:
    enter(client, "auditor")
    with clock.frozen(clock.now() - timedelta(hours=1)):  # all at the same instant
        made = {str(one.pk) for one in done(120)}
    seen: list[str] = []
    older = ""
    while True:
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(PAGE, {"action": "catalog.published", "before": older})
        assert not [one for one in caught if "COUNT" in one["sql"] and '"audit_record"' in one["sql"]]
        page = answer.context["page"]
        seen += [row[0].href.rstrip("/").rsplit("/", 1)[1] for row in page.table.rows]
        if not (older := page.older):
            break
    assert (len(seen), set(seen)) == (120, made)


def test_record_page_tells_place_and_verdict(client: Client) -> None:
    enter(client, "auditor")
    one = done(2)[1]
    url = f"{PAGE}{one.pk}/"
    assert "等待封存" in text(client, url)
    sealing.seal_pending(is_anchored=True)
    assert "完整" in text(client, url)
    Record.objects.filter(pk=one.pk).update(basis="另一号文件")
    assert "被改动" in text(client, url)


def test_own_traces_are_everybodys_and_others_are_not(client: Client) -> None:
    enter(client, "clerk")
    mine, other = done(1)[0], done(1, actor=Actor(ActorKind.STAFF, "other", "李某"))[0]
    page = text(client, PAGE + "mine/")
    assert (page.count("catalog.published"), "李某" in page) == (1, False)
    assert "某号文件" in text(client, f"{PAGE}{mine.pk}/")
    assert text(client, f"{PAGE}{other.pk}/", 403)


def test_export_is_on_record_and_harmless_in_a_spreadsheet(client: Client) -> None:
    enter(client, "auditor")
    done(2)
    record(CLERK, "catalog.published", ("catalog.resource", "=cmd()"))
    answer = client.get(PAGE + "export.csv?actor=clerk")
    lines = b"".join(answer).decode().splitlines()
    assert (len(lines), "'=cmd()" in lines[1]) == (4, True)
    assert Record.objects.get(action="audit.exported").detail == {"format": "csv", "conditions": {"actor": "clerk"}}
    assert not Pending.objects.exists()  # what was saved is sealed
    answer = client.get(PAGE + "export.ndjson?actor=clerk")
    assert [json.loads(line)["object_key"] for line in b"".join(answer).splitlines()] == ["=cmd()", "R1", "R0"]


def test_auditor_has_the_whole_chain_verified(client: Client) -> None:
    enter(client, "auditor")
    done(3)
    assert client.post(PAGE + "verify/").status_code == 302
    assert Job.objects.get().kind == "audit.verify"
    verify_all()
    assert "完整。" in text(client, PAGE)


@pytest.mark.parametrize("before", ["x", "1-", "9" * 30 + "-1", "1-2-3"])
def test_wrong_position_is_told(client: Client, before: str) -> None:
    enter(client, "auditor")
    assert "before" in text(client, f"{PAGE}?before={before}", 400)
