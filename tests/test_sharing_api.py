"""Sharing by token: asked for in one call, followed, recorded; refused in the words of the pages, done once for one key."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any  # bodies and answers are JSON

import orjson
import pytest
from django.test import Client

from suixin.data.access.tests.factories import node_at
from suixin.data.sharing.models import Part, Request, Share, UseRecord
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import Office
from suixin.ground.people import tokens
from suixin.ground.people.credentials import TokenScope
from suixin.ground.people.models import Account
from suixin.kit import clock

pytestmark = pytest.mark.django_db(transaction=True)
HERE = "/api/v1/sharing"


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with node_at(tmp_path, monkeypatch):
        yield offices.office()


def program(name: str, scope: TokenScope = TokenScope.WRITE) -> Client:
    text = tokens.make_token(Account.objects.get(username=name), "脚本", scope=scope, days=1)[1]
    return Client(headers={"authorization": f"Bearer {text}"})


def wish(**more: Any) -> dict[str, Any]:
    until = (clock.today() + timedelta(days=90)).isoformat()
    part = {"table": "people_list", "columns": ["编码", "name"], **offices.SAID, "until": until, **more}
    return {"title": "低保资格核对", "parts": [part], "submit": True}


def post(client: Client, path: str, body: dict[str, Any], key: str = "") -> Any:
    headers = {"idempotency-key": key} if key else {}
    return client.post(HERE + path, orjson.dumps(body), content_type="application/json", headers=headers)


def test_a_program_asks_once_and_follows(city: Office) -> None:
    offices.entry(city)
    clerk = program("clerk")
    first, again = (post(clerk, "/requests", wish(), key="request-0001") for _ in range(2))
    assert (first.status_code, again.json()) == (201, first.json())
    assert Request.objects.count() == 1
    [part] = clerk.get(f"{HERE}/parts").json()["data"]
    assert (part["stage"], part["columns"], part["number"][:2]) == ("待本部门负责人同意", ["code", "name"], "GX")
    assert program("supplier").get(f"{HERE}/parts").json()["data"][0]["id"] == part["id"]


def test_what_is_incomplete_is_refused_and_nothing_stays(city: Office) -> None:
    offices.entry(city)
    answer = post(program("clerk"), "/requests", wish(scenario="核"))
    assert (answer.status_code, answer.json()["code"]) == (422, "share-422")
    assert (Request.objects.count(), Part.objects.count()) == (0, 0)
    assert post(program("clerk"), "/requests", wish(table="no_such")).status_code == 400
    assert post(program("clerk", TokenScope.READ), "/requests", wish()).status_code == 403
    assert Client().get(f"{HERE}/parts").status_code == 401


def test_use_is_recorded_by_the_asker_only(city: Office) -> None:
    offices.agreed(city, offices.entry(city))
    share = Share.objects.get()
    [shown] = program("clerk").get(f"{HERE}/shares").json()["data"]
    assert (shown["state"], shown["rows_url"]) == ("in_use", "/api/v1/datasets/people_list/rows")
    day = clock.today().isoformat()
    used = {"since": day, "until": day, "scenario": "核对", "process": "逐人核对", "effect": "免交证明", "storage": "不留存",
        "destruction": "无"}
    assert post(program("supplier"), f"/shares/{share.uuid}/use-records", used).status_code == 403
    kept = post(program("clerk"), f"/shares/{share.uuid}/use-records", used)
    assert (kept.status_code, UseRecord.objects.get().by) == (201, "clerk")
    assert kept.json()["keep_until"] > day


def test_share_is_suspended_resumed_and_terminated_by_its_provider_only(city: Office) -> None:
    offices.agreed(city, offices.entry(city))
    here = f"/shares/{Share.objects.get().uuid}"
    stop = {"reason": "越权使用", "remedy_by": (clock.today() + timedelta(days=9)).isoformat()}
    assert post(program("clerk"), f"{here}/suspend", stop).status_code == 403
    head = program("supplier-head")
    assert post(head, f"{here}/suspend", {**stop, "remedy_by": clock.today().isoformat()}).status_code in (400, 409, 422)
    assert post(head, f"{here}/suspend", stop).json()["state"] == "suspended"
    assert post(head, f"{here}/resume", {"reason": "已整改"}).json()["state"] == "in_use"
    assert post(head, f"{here}/terminate", {"reason": "系统下线", "consultation": "已与救助局商定"}).json()["state"] == "disposing"
    assert post(head, f"{here}/terminate", {"reason": "系统下线", "consultation": "已与救助局商定"}).status_code in (400, 409, 422)
