"""Rows that return under a grant with receipts: each part bears one, which whoever has the letter checks off line."""

from datetime import timedelta
from pathlib import Path
from typing import Any  # a statement is JSON
from uuid import uuid4

import orjson
import pytest
from django.conf import settings

from suixin.data.access import receipt_checks as checks
from suixin.data.access import receipts
from suixin.data.access.receipt_checks import Verdict
from suixin.data.access.tests.factories import node_at
from suixin.data.sharing.cascade import landing, returning
from suixin.data.sharing.cascade.models import Flow, Intake, Outgoing
from suixin.data.sharing.cascade.tests.factories import FakePeer, linked, written
from suixin.data.sharing.tests import offices
from suixin.data.sharing.tests.offices import entry
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        yield


def offered(peer: FakePeer, city: offices.Office, *, is_receipted: bool) -> Flow:
    """A flow of an entry of ours to the province, its rows written."""
    flow = returning.offer_flow(
        linked(peer), entry(city), divisions=[], columns=["code", "number"], basis="条例第二十四条",
        until=clock.now() + timedelta(days=9), actor=city.officer, is_receipted=is_receipted,
    )
    returning.write_flow(flow)
    return flow


def refuse_to_note(*_: object, **__: object) -> None:
    """As a full disk does."""
    raise OSError("no room")


def verify(letter: bytes, fingerprint: str) -> Verdict:
    """What is to be said about the letter, off line."""
    found = checks.receipted_letter(letter)
    assert found is not None
    receipt, body = found
    return checks.verify_answer(receipt, trusted=[fingerprint], body=body)


def test_part_bears_a_receipt_that_proves_the_letter_and_nothing_else():
    flow = offered(FakePeer(), offices.office(), is_receipted=True)
    [letter] = Outgoing.objects.filter(kind="rows")
    fingerprint = checks.fingerprint_of(receipts.public_key())
    verdict = verify(letter.envelope.encode(), fingerprint)
    said: Any = verdict.statement
    assert verdict.is_intact
    assert (said["door"], said["action"], said["rows"], said["grant"]) == ("table", "cascade", letter.rows, str(flow.share.grant.uuid))
    assert said["requester"]["key"] == "cascade-sc"
    forged = orjson.loads(letter.envelope)
    forged["content"]["rows"][0][1] = "999"
    assert [one.what for one in verify(orjson.dumps(forged, option=orjson.OPT_SORT_KEYS), fingerprint).faults] == ["original"]
    twice = letter.envelope.replace('"rows":[', '"rows":[["999","1"]],"rows":[', 1).encode()
    assert orjson.loads(twice) == orjson.loads(letter.envelope)  # the last of two counts here, and for others the first
    assert [one.what for one in verify(twice, fingerprint).faults] == ["original"]
    assert [one.what for one in verify(letter.envelope.encode(), "0" * 64).faults] == ["signer"]


def test_source_keeps_the_receipt_of_what_was_written_alone(monkeypatch):
    kept = Path(settings.SUIXIN.home) / "evidence" / "demanded"
    with monkeypatch.context() as full:
        full.setattr(returning, "note_delivery", refuse_to_note)
        with pytest.raises(OSError, match="no room"):
            offered(FakePeer(), offices.office(), is_receipted=True)
    assert (list(kept.rglob("*.json")), Outgoing.objects.filter(kind="rows").count()) == ([], 0)
    returning.write_flow(Flow.objects.get())
    assert (len(list(kept.rglob("*.json"))), Outgoing.objects.filter(kind="rows").count()) == (1, 1)


def test_part_without_the_demand_bears_none():
    offered(FakePeer(), offices.office(), is_receipted=False)
    [part] = written(Flow.objects.get().link, "rows")
    assert checks.RECEIPT not in part


def test_receiver_keeps_the_letter_as_the_original_and_takes_no_part_whose_receipt_does_not_hold():
    peer = FakePeer()
    city = offices.office()
    flow = offered(peer, city, is_receipted=True)
    [part] = written(flow.link, "rows")
    about, ours = str(uuid4()), entry(city, 0, table="returned")
    items = [{"field": "code", "name": "编码"}, {"field": "number", "name": "数量"}]
    peer.tells(flow.link, "flow", {"title": "省级名单", "items": items, "key": ["code"]}, about=about)
    landing.accept_flow(intake := Intake.objects.get(), ours, actor=city.officer)
    peer.tells(flow.link, "rows", part, about=about, rows=len(part["rows"]))
    assert landing.land_waiting(intake) == 1
    with pytest.raises(NotAllowed):
        landing.letter_of(intake, 1, actor=city.clerk)
    intake.refresh_from_db()
    assert verify(landing.letter_of(intake, 1, actor=SYSTEM), checks.fingerprint_of(receipts.public_key())).is_intact
    peer.tells(flow.link, "rows", part | {"number": 2, "rows": part["rows"][1:]}, about=about, rows=1)
    assert landing.land_waiting(intake) == 0
    intake.refresh_from_db()
    assert (intake.state, "第 2 块的回执核验不通过：内容与回执不符" in intake.sentence) == ("held", True)
