"""Peers: introduced with proof of the key, approved by a second person who heard the fingerprint."""

from dataclasses import replace
from pathlib import Path

import pytest

from suixin.ground.audit.models import Record
from suixin.ground.link import keys
from suixin.ground.link.actions import approve_peer, move_peer, register_peer
from suixin.ground.link.errors import UnknownPeer, WrongPeer
from suixin.ground.link.introductions import introduction_of
from suixin.ground.link.models import Peer, PeerState, Role
from suixin.ground.link.packing import Part, pack
from suixin.ground.link.queries import our_introduction, receiver_of, signing_key_of
from suixin.ground.link.tests.test_packages import about
from suixin.ground.link.unpacking import open_package
from suixin.kit.errors import NotAllowed
from tests import cast

pytestmark = pytest.mark.django_db
SECOND = replace(cast.data_officer, key="officer-2", name="数据专员乙")


def waiting() -> Peer:
    return register_peer(our_introduction("sc", "四川省平台"), Role.UPPER, actor=cast.data_officer, reason="川数函〔2026〕1 号")


def test_a_peer_is_in_force_when_a_second_person_has_compared_the_fingerprint() -> None:
    peer = waiting()
    with pytest.raises(WrongPeer, match="另一位"):
        approve_peer(peer, fingerprint=peer.fingerprint, actor=cast.data_officer, reason="已核对")
    with pytest.raises(NotAllowed):
        approve_peer(peer, fingerprint=peer.fingerprint, actor=cast.clerk, reason="已核对")
    with pytest.raises(WrongPeer, match="指纹"):
        approve_peer(peer, fingerprint="0000", actor=SECOND, reason="已核对")
    approve_peer(peer, fingerprint=peer.fingerprint, actor=SECOND, reason="已核对")
    assert Peer.objects.active().get().decided_key == SECOND.key
    assert Record.objects.filter(action="link.peer_active").count() == 1


def test_a_suspended_peer_and_one_with_new_keys_gives_no_key() -> None:
    peer = approve_peer(peer := waiting(), fingerprint=peer.fingerprint, actor=SECOND, reason="已核对")
    assert signing_key_of("sc", peer.signing_key_id) == keys.signing_key()
    move_peer(peer, PeerState.SUSPENDED, actor=cast.data_officer, reason="停电")
    with pytest.raises(UnknownPeer):
        signing_key_of("sc", peer.signing_key_id)
    move_peer(peer, PeerState.ACTIVE, actor=cast.data_officer, reason="恢复")
    waiting()  # introduced again: waits for a person again
    with pytest.raises(UnknownPeer):
        signing_key_of("sc", peer.signing_key_id)


def test_a_changed_introduction_is_refused() -> None:
    content = our_introduction("sc", "四川省平台")
    assert introduction_of(content).name == "四川省平台"
    for changed in (content.replace("四川".encode(), "云南".encode()), content[:-9], b"{}", b"[]", b""):
        with pytest.raises(WrongPeer):
            introduction_of(changed)


def test_a_package_for_a_peer_opens_with_its_keys(tmp_path: Path) -> None:
    peer = approve_peer(peer := waiting(), fingerprint=peer.fingerprint, actor=SECOND, reason="已核对")
    (tmp_path / "a").write_bytes(b"abc")
    pack(tmp_path / "p", [Part("a", tmp_path / "a")], about(), to=receiver_of(peer), sign=keys.sign)
    open_package(tmp_path / "p", tmp_path / "out", private_key=keys.private_key, signing_key=lambda *_: keys.signing_key())
    assert (tmp_path / "out" / "a").read_bytes() == b"abc"
