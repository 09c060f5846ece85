"""Keys that change while letters go: both count until the new one is in use, then the old one signs nothing; no letter is lost."""

from typing import Any

import orjson
import pytest

from suixin.data.access.tests.factories import node_at
from suixin.data.sharing.cascade import applying, connecting, linking, posting, receiving, rekeying
from suixin.data.sharing.cascade.errors import LetterRefused, WrongLink
from suixin.data.sharing.cascade.models import Incoming, LetterKind, Link, Outgoing
from suixin.data.sharing.cascade.tests.factories import FakePeer, linked, written
from suixin.ground.link import keys
from suixin.ground.link.actions import move_peer
from suixin.ground.link.errors import WrongPeer
from suixin.ground.link.introductions import introduction_of
from suixin.ground.link.models import Peer, PeerState
from suixin.ground.security.actions import move_key, rotate_key
from suixin.kit.actor import SYSTEM
from suixin.kit.errors import NotAllowed
from suixin.kit.keyring import KeyStateRefused, Kind
from suixin.kit.sm import sm2_keypair, sm2_verify
from tests import cast

pytestmark = pytest.mark.django_db
NOTHING: dict[str, Any] = {"entries": []}


@pytest.fixture(autouse=True)
def _node(tmp_path, monkeypatch):
    with node_at(tmp_path, monkeypatch):
        yield


def test_keys_of_a_peer_are_announced_accepted_and_used_and_then_the_old_one_is_refused():
    peer = FakePeer()
    link, new = linked(peer), FakePeer(keys=sm2_keypair())
    peer.tells(link, "keys", {"introduction": new.introduction().decode()})
    told = Peer.objects.get()
    with pytest.raises(LetterRefused):  # nobody accepted it yet
        receiving.take(link, [new.letter("entries", NOTHING, sequence=2)])
    with pytest.raises(NotAllowed):
        rekeying.accept_keys(link, fingerprint=told.next_fingerprint, actor=cast.clerk, reason="核对")
    with pytest.raises(WrongPeer, match="指纹"):
        rekeying.accept_keys(link, fingerprint=told.fingerprint, actor=SYSTEM, reason="核对")
    link = rekeying.accept_keys(link, fingerprint=told.next_fingerprint, actor=SYSTEM, reason="已电话核对")
    late, stale = peer.letter("entries", NOTHING, sequence=2), peer.letter("entries", NOTHING, sequence=4)
    in_use = new.letter("keys", {"in_use": "link:1 link:1"}, sequence=3)
    for letter in (in_use, late):  # the old key still signs what was written before
        assert receiving.take(link, [letter]).new == 1
    assert applying.apply_waiting(link) == 2
    with pytest.raises(LetterRefused, match="旧公钥"):
        receiving.take(link, [stale])
    Incoming.objects.filter(sequence=2).delete()
    assert receiving.take(link, [late]).new == 1  # lost here, sent again as it was
    assert [bool(key.revoked_at) for key in link.application.keys.filter(kind="SM2").order_by("pk")] == [True, False]


def test_announcement_of_another_platform_and_use_of_what_nobody_accepted_change_nothing():
    peer = FakePeer()
    link, other = linked(peer), FakePeer(code="yn", keys=sm2_keypair())
    peer.tells(link, "keys", {"introduction": other.introduction().decode()})
    peer.tells(link, "keys", {"in_use": "link:9 link:9"})
    assert (Peer.objects.get().next_keys, Peer.objects.get().former_keys) == ({}, [])
    assert ["“yn”" in one.sentence or "重新核对" in one.sentence for one in Incoming.objects.all()] == [True, True]


def test_our_new_key_is_told_under_the_old_one_and_used_when_the_peer_knows_it():
    connecting.declare()
    peer = FakePeer()
    link, old = linked(peer), keys.signing_key()
    rotate_key("link", actor=SYSTEM, reason="年度更换")
    assert (rekeying.write_keys(link), rekeying.write_keys(link)) == (True, False)
    posting.post(link, LetterKind.ENTRIES, NOTHING)
    hears(link, peer, knows="link:7 link:7")
    assert {one.sequence for one in Outgoing.objects.all() if is_by(one, old)} == {1, 2}
    assert introduction_of(written(link, "keys")[0]["introduction"].encode()).signing_key == keys.signing_key().hex()
    with pytest.raises(KeyStateRefused, match="还没有确认"):
        move_key("link", Kind.SIGN, 1, to="retired", actor=SYSTEM, reason="到期")
    hears(link, peer, knows="link:2 link:2")
    posting.post(link, LetterKind.ENTRIES, NOTHING)
    assert {one.sequence for one in Outgoing.objects.all() if is_by(one, keys.signing_key())} == {3, 4}
    assert written(link, "keys")[1] == {"in_use": "link:2 link:2"}
    word = receiving.word(link)
    assert sm2_verify(keys.signing_key(), word.text, bytes.fromhex(word.signature))
    move_key("link", Kind.SIGN, 1, to="retired", actor=SYSTEM, reason="到期")


def test_peer_connected_again_while_its_keys_change_calls_with_either():
    peer = FakePeer()
    link, new = linked(peer), FakePeer(keys=sm2_keypair())
    peer.tells(link, "keys", {"introduction": new.introduction().decode()})
    link = rekeying.accept_keys(link, fingerprint=Peer.objects.get().next_fingerprint, actor=SYSTEM, reason="已电话核对")
    link = linking.connect(link.peer, linking.Terms(link.organisation, "province", "510000"), actor=SYSTEM, reason="改区划")
    told = set(link.application.keys.filter(revoked_at=None).values_list("public", flat=True))
    assert told == {peer.keys.public.hex(), new.keys.public.hex()}


def test_refused_announcement_is_told_again_and_nothing_is_when_the_peer_knows_our_keys():
    link = linked(FakePeer())
    with pytest.raises(WrongLink, match="已认可"):
        rekeying.tell_keys_again(link, actor=SYSTEM, reason="对端没有收到")
    rotate_key("link", actor=SYSTEM, reason="年度更换")
    assert (rekeying.write_keys(link), rekeying.write_keys(link)) == (True, False)
    rekeying.tell_keys_again(link, actor=SYSTEM, reason="对端误拒")
    assert (len(written(link, "keys")), rekeying.write_keys(link)) == (2, False)


def test_keys_announced_by_a_suspended_peer_wait_for_a_person():
    peer = FakePeer()
    link, new = linked(peer), FakePeer(keys=sm2_keypair())
    move_peer(link.peer, PeerState.SUSPENDED, actor=SYSTEM, reason="检修")
    peer.tells(link, "keys", {"introduction": new.introduction().decode()})
    assert Peer.objects.get().next_keys["signing_key"] == new.keys.public.hex()


@pytest.mark.parametrize("state", [PeerState.SUSPENDED, PeerState.ENDED])
def test_keys_announced_by_a_peer_that_is_not_in_force_are_refused_too(state):
    peer = FakePeer()
    link, new = linked(peer), FakePeer(keys=sm2_keypair())
    peer.tells(link, "keys", {"introduction": new.introduction().decode()})
    move_peer(link.peer, state, actor=SYSTEM, reason="检修")
    refused = rekeying.refuse_keys(Link.objects.select_related("peer").get(), actor=SYSTEM, reason="对端没有换过")
    assert (refused.peer.next_keys, refused.peer.signing_key, refused.peer.state) == ({}, peer.keys.public.hex(), state)
    with pytest.raises(WrongPeer, match="没有等待确认"):
        rekeying.refuse_keys(refused, actor=SYSTEM, reason="再点一次")


def hears(link: Link, peer: FakePeer, *, knows: str) -> None:
    """The peer said how far it is and which keys it knows."""
    said = {"received": 0, "applied": 0, "wanted": [], "at_ms": 1, "asks": [], "counts": {}, "knows": knows}
    receiving.take(link, [peer.letter("word", said, sequence=0)])


def is_by(letter: Outgoing, public: bytes) -> bool:
    """Whether that key signed it, as it says itself."""
    assert orjson.loads(letter.envelope)["sequence"] == letter.sequence
    return sm2_verify(public, letter.envelope.encode(), bytes.fromhex(letter.signature))
