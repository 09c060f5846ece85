"""Letters of a peer: kept once, done in order, refused when they are not its own; what either end lost is asked for again."""

import orjson
import pytest

from suixin.data.access.tests.factories import node_at
from suixin.data.doors.tests.client import get
from suixin.data.sharing.cascade import applying, linking, receiving
from suixin.data.sharing.cascade.adapters.http import PATH
from suixin.data.sharing.cascade.errors import LetterDiffers, LetterRefused, WrongLink
from suixin.data.sharing.cascade.models import Incoming, Link, LinkState, RemoteEntry
from suixin.data.sharing.cascade.tests.factories import FakePeer, linked
from suixin.ground.audit.models import Record
from suixin.kit import signing
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        yield


def entry(number: int, kind: str = "published", version: int = 1) -> dict[str, object]:
    """An event of the peer's catalogue."""
    return {
        "number": number, "kind": kind, "code": "307001/1", "table": "units", "title": f"第{version}版", "provider": "省民政厅",
        "version": version, "digest": "", "content": {"items": []},
    }


def test_letters_in_any_order_are_done_in_theirs_and_the_missing_is_asked_for():
    peer = FakePeer()
    link = linked(peer)
    first, second, third = (peer.letter("entries", {"entries": [entry(n, version=n)]}) for n in (1, 2, 3))
    assert receiving.take(link, [third, first, third]).new == 2
    assert receiving.word(link).content["wanted"] == [2]
    assert (applying.apply_waiting(link), RemoteEntry.objects.get().version) == (1, 1)
    receiving.take(link, [second, first])
    assert (applying.apply_waiting(link), RemoteEntry.objects.get().version) == (2, 3)
    assert (link.received, link.applied, receiving.word(link).content["wanted"]) == (3, 3, [])
    Incoming.objects.filter(sequence=2).delete()
    assert receiving.word(link).content["wanted"] == [2]
    assert receiving.take(link, [second]).new == 1
    assert applying.apply_waiting(link) == 0


def test_entry_without_the_form_is_left_out_with_a_note_and_the_others_are_taken():
    peer = FakePeer()
    link = linked(peer)
    contents: list[object] = [[], {"items": [1]}, {"items": [{"name": "甲"}]}, {}, None]
    odd = [entry(2) | {"code": "odd", "content": one} for one in contents]
    peer.tells(link, "entries", {"entries": [*odd, "entry", entry(3) | {"title": "\0"}, entry(1)]})
    assert (RemoteEntry.objects.get().code, Incoming.objects.get().sentence[:4]) == ("307001/1", "7 条目")


def test_what_is_not_the_peers_is_refused_and_other_content_holds_the_link():
    peer = FakePeer()
    link = linked(peer)
    letter = peer.letter("entries", {"entries": []})
    for wrong in (letter | {"signature": "00" * 64}, FakePeer().letter("entries", {}), {"envelope": 1}, "letter",
                  letter | {"envelope": letter["envelope"].replace('"to":"sn"', '"to":"cs"')}):
        with pytest.raises(LetterRefused):
            receiving.take(link, [wrong])
    assert Incoming.objects.count() == 0
    receiving.take(link, [letter])
    with pytest.raises(LetterDiffers, match="第 1 封"):
        receiving.take(link, [peer.letter("entries", {"entries": [entry(9)]}, sequence=1)])
    assert Link.objects.get().state == LinkState.HELD
    with pytest.raises(WrongLink, match="不能退回"):
        linking.resume(link, actor=SYSTEM, reason="核对过", after=-1)
    assert linking.resume(link, actor=SYSTEM, reason="核对过").state == LinkState.ACTIVE


def test_letter_that_cannot_be_done_does_not_stop_those_behind_it():
    peer = FakePeer()
    link = linked(peer)
    peer.tells(link, "rows", {"number": 1}, about="00000000-0000-0000-0000-000000000000")
    peer.tells(link, "entries", {"entries": [entry(1)]})
    assert [one.sentence[:12] for one in Incoming.objects.all()] == ["来了没有约定过的回流 0", ""]
    assert (RemoteEntry.objects.count(), Record.objects.filter(action="cascade.not_done").count()) == (1, 1)
    peer.tells(link, "entries", {"entries": [entry(3, "withdrawn"), entry(2)]})
    assert RemoteEntry.objects.get().state == "withdrawn"


def test_peer_that_has_more_than_we_wrote_holds_the_link():
    peer = FakePeer()
    link = linked(peer)
    word = {"received": 5, "applied": 5, "wanted": [], "at_ms": 1, "asks": [], "counts": {}}
    with pytest.raises(LetterDiffers, match="由备份恢复"):
        receiving.take(link, [peer.letter("word", word, sequence=0)])
    assert linking.resume(Link.objects.get(), actor=SYSTEM, reason="核对过", after=5).sent == 5


def test_door_takes_signed_letters_of_the_peer_and_of_nobody_else():
    peer = FakePeer()
    linked(peer)
    body = orjson.dumps({"letters": [peer.letter("entries", {"entries": [entry(1)]})]})

    def posted(address=f"{PATH}sc", by=peer, sent=body):
        headers = signing.sign("POST", address, app_id="cascade-sc", private=by.keys.private, body=sent)
        return get(address, method="POST", headers=headers, body=sent)

    answer = posted()
    assert (answer.status, orjson.loads(answer.json["data"]["word"]["envelope"])["content"]["received"]) == (200, 1)
    unsigned, read = get(f"{PATH}sc", method="POST", body=body), get(f"{PATH}sc")
    refused = [posted(by=FakePeer()), posted(f"{PATH}other"), posted(sent=b"[]"), unsigned, read]
    assert [one.status for one in refused] == [401, 404, 400, 401, 405]
    assert Incoming.objects.count() == 1


def test_only_the_bureau_of_the_whole_platform_links_it():
    link = linked(FakePeer())
    for actor in (cast.clerk, cast.head_of_sharing, cast.district_officer, cast.auditor):
        with pytest.raises(NotAllowed):
            linking.stop(link, actor=actor, reason="试")
    assert linking.stop(link, actor=cast.data_officer, reason="不再级联").state == LinkState.STOPPED
