"""The official client (delta-sharing from PyPI) against a real server, in the interpreter that `bin/prepare dev` makes for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from suixin.data.access import actions, engine
from suixin.data.access.granted import shares
from suixin.data.access.models import Door, SubjectKind
from suixin.data.access.plans import plan_of
from suixin.data.access.tests.factories import filled, grant, land, record
from suixin.data.access.versions import pinned
from suixin.data.doors.delta import recipients
from suixin.data.doors.tests.client import make_caller
from suixin.data.doors.tests.conftest import node as node
from suixin.data.doors.tests.servers import environment_of, serving
from suixin.data.doors.tests.servers import node_database as node_database
from suixin.ground.people.models import Application
from suixin.kit.actor import PUBLIC, SYSTEM

PYTHON = Path(sys.prefix) / "clients" / "bin" / "python"
READER = Path(__file__).with_name("reader.py")
OWN, WHOLE = "hospital.data-bureau.people_list", "hospital.data-bureau.open_list"


def client(profile, *words):
    """A process of the official client."""
    assert PYTHON.exists(), "run bin/prepare dev: it makes the interpreter that has the official client"
    return subprocess.Popen(
        [PYTHON, READER, profile, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def told(process):
    """What it printed last, as JSON."""
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return json.loads(out.splitlines()[-1])


@pytest.fixture
def shared(node_database):
    """Two tables for one application, one filtered and masked, one whole, each with two versions; a server; a profile."""
    make_caller()
    given = []
    for table, limits in (("people_list", {"row_filter": "number < 5"}), ("open_list", {"masks": {"name": ""}})):
        resource = filled(30, table=table, write_mode="upsert")
        one = grant(resource, subject_kind=SubjectKind.APPLICATION, subject_key="hospital", **limits)
        shares.served(plan_of(one, PUBLIC, resource.contract, door=Door.SHARE))
        land(resource, [record(3) | {"number": 9}, record(90), record(5)], sm3=f"two of {table}")
        given.append(one)
    token, text = recipients.make_token(Application.objects.get(app_id="hospital"), actor=SYSTEM)
    with serving(environment_of(node_database)) as server:
        server.get("/delta-sharing/shares")
        profile = node_database / "hospital.share"
        profile.write_bytes(recipients.profile(text, token, base=str(server.base_url)))
        yield given, profile, server, text


def asked(given):
    """The rows that the grant shows, as text."""
    plan = plan_of(given, PUBLIC, given.resource.contract, door=Door.SHARE)
    sql, parameters = plan.select_sql(pinned(plan.table))
    with engine.cursor() as cursor:
        return sorted((row["code"], row["name"]) for row in cursor.execute(sql, parameters).to_arrow_table().to_pylist())


def test_official_client_reads_what_each_grant_shows_and_its_changes(shared):
    (own, whole), profile, *_ = shared
    for given, table in ((own, OWN), (whole, WHOLE)):
        found = told(client(profile, "whole", table))
        assert found["tables"] == [WHOLE, OWN]
        assert (found["shares"], found["version"], found["some"]) == (["hospital"], 2, 3)
        assert found["columns"] == given.columns
        assert [(row["code"], row["name"]) for row in found["rows"]] == [(code, str(name)) for code, name in asked(given)]
    images = [["update_postimage", "k000003", 2], ["update_preimage", "k000003", 2]]
    assert found["changes"] == [["insert", "k000090", 2], *images]
    assert told(client(profile, "whole", OWN))["changes"] == [["delete", "k000003", 2], ["insert", "k000090", 2]]
    _stops_when_revoked(*shared)


def _stops_when_revoked(given, profile, server, text):
    """One server serves both, since it takes long to make."""
    whole = given[1]
    reading = client(profile, "interrupted", WHOLE)
    assert reading.stdout.readline() == "ready\n"
    reading.stdin.write("\n")
    reading.stdin.flush()
    assert reading.stdout.readline() == "ready\n"  # the first file is read, the second is not
    table, headers = WHOLE.replace(".", "/schemas/", 1).replace(".", "/tables/", 1), {"Authorization": f"Bearer {text}"}
    lines = server.post(f"/delta-sharing/shares/{table}/query", headers=headers, json={}).text.splitlines()
    address = next(json.loads(line)["file"]["url"] for line in lines if '"file"' in line)
    assert server.get(address).status_code == 200
    actions.revoke_grant(whole, actor=SYSTEM, reason="试验")
    while server.get(address).status_code == 200:  # at most a second: plans are that late in other processes
        pass
    found = told(reading)
    assert found["files"] == 2
    assert "403" in found["stopped"] or "FileNotFound" in found["stopped"]
