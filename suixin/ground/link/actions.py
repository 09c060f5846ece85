"""Writes about peers: register from an introduction, decide by a second person, suspend, resume, end."""

from django.db import transaction

from suixin.ground.audit.actions import record
from suixin.ground.audit.states import state_of
from suixin.ground.link.errors import WrongPeer
from suixin.ground.link.introductions import Introduction, introduction_of
from suixin.ground.link.keys import PURPOSE
from suixin.ground.link.models import Peer, PeerState, Role
from suixin.ground.security.policy import require
from suixin.kit import clock
from suixin.kit.actor import Actor

_MOST_FORMER = 10
_STEPS = {
    PeerState.SUSPENDED: (PeerState.ACTIVE,), PeerState.ACTIVE: (PeerState.SUSPENDED,),
    PeerState.ENDED: (PeerState.WAITING, PeerState.ACTIVE, PeerState.SUSPENDED),
}


@transaction.atomic
def register_peer(introduction: bytes, role: Role, *, actor: Actor, reason: str, purpose: str = PURPOSE) -> Peer:
    """The peer, waiting for a second person; a known one with new keys waits again. Raises NotAllowed, WrongPeer.

    `purpose`: what its signing key is for, as its id says; only who made the introduction here names another
    """
    require(actor, "link.register_peer", None)
    told = _told(introduction, purpose)
    peer = Peer.objects.select_for_update().filter(code=told.code).first()
    before = state_of(peer) if peer else None
    peer = peer or Peer(code=told.code)
    peer.name, peer.address, peer.role, peer.state, peer.reason = told.name, told.address, role, PeerState.WAITING, reason[:200]
    peer.signing_key, peer.signing_key_id = told.signing_key, told.signing_key_id
    peer.encryption_key, peer.encryption_key_id = told.encryption_key, told.encryption_key_id
    peer.next_keys, peer.former_keys = {}, []
    peer.asked_key, peer.asked_at, peer.decided_key, peer.decided_at = actor.key, clock.now(), "", None
    peer.save()
    record(actor, "link.peer_registered", peer, basis=reason, before=before, detail={"fingerprint": peer.fingerprint})
    return peer


@transaction.atomic
def approve_peer(peer: Peer, *, fingerprint: str, actor: Actor, reason: str) -> Peer:
    """The peer in force; `fingerprint` is what the other side read out. Raises NotAllowed, WrongPeer."""
    require(actor, "link.decide_peer", None)
    held = _held(peer, (PeerState.WAITING,))
    if held.asked_key == actor.key:
        raise WrongPeer("登记的人不能批准自己的登记;请另一位有权的同事办理。")
    if "".join(fingerprint.split()).lower() != held.fingerprint.replace(" ", ""):
        raise WrongPeer("指纹与对方平台的公钥不符;请打电话与对方核对后再批准。")
    held.decided_key, held.decided_at = actor.key, clock.now()
    return _move(held, PeerState.ACTIVE, actor=actor, reason=reason)


@transaction.atomic
def move_peer(peer: Peer, state: PeerState, *, actor: Actor, reason: str) -> Peer:
    """The peer suspended, resumed or ended. Raises NotAllowed, WrongPeer."""
    require(actor, "link.decide_peer", None)
    if state not in _STEPS:
        raise WrongPeer("登记的平台由另一位同事批准后启用。")
    return _move(_held(peer, _STEPS[state]), state, actor=actor, reason=reason)


@transaction.atomic
def announce_keys(peer: Peer, introduction: bytes, *, actor: Actor) -> Peer:
    """The peer's next keys, waiting for a person; whoever calls has seen that the keys in force signed them. Raises WrongPeer."""
    told = _told(introduction, PURPOSE)
    held = _held(peer, (PeerState.ACTIVE, PeerState.SUSPENDED))
    if told.code != held.code:
        raise WrongPeer(f"新公钥的介绍文件是“{told.code}”的,不是“{held.code}”的;请对方平台核对。")
    if (told.signing_key, told.encryption_key) == (held.signing_key, held.encryption_key):
        return held
    held.next_keys = {
        "signing_key": told.signing_key, "signing_key_id": told.signing_key_id, "encryption_key": told.encryption_key,
        "encryption_key_id": told.encryption_key_id, "at": clock.now().isoformat(timespec="seconds"),
    }
    held.save(update_fields=["next_keys"])
    record(actor, "link.peer_keys_announced", held, detail={"fingerprint": held.next_fingerprint})
    return held


@transaction.atomic
def accept_keys(peer: Peer, *, fingerprint: str, actor: Actor, reason: str) -> Peer:
    """The announced keys in force; those before count beside them until `end_former_key`. Raises NotAllowed, WrongPeer."""
    require(actor, "link.decide_peer", None)
    held = _held(peer, (PeerState.ACTIVE,))
    if not held.next_keys:
        raise WrongPeer(f"“{held}”没有等待确认的新公钥;请刷新页面。")
    if "".join(fingerprint.split()).lower() != held.next_fingerprint.replace(" ", ""):
        raise WrongPeer("指纹与对方平台的新公钥不符;请与对方核对后再确认。")
    before = state_of(held)
    former = {"key": held.signing_key, "key_id": held.signing_key_id, "before": None}
    if held.next_keys["signing_key"] != held.signing_key:
        held.former_keys = [*held.former_keys, former][-_MOST_FORMER:]
    for name in ("signing_key", "signing_key_id", "encryption_key", "encryption_key_id"):
        setattr(held, name, held.next_keys[name])
    held.next_keys = {}
    held.save()
    record(actor, "link.peer_keys_accepted", held, basis=reason, before=before, detail={"fingerprint": held.fingerprint})
    return held


@transaction.atomic
def refuse_keys(peer: Peer, *, actor: Actor, reason: str) -> Peer:
    """The announced keys forgotten, whatever the peer's state; those in force stay. Raises NotAllowed, WrongPeer."""
    require(actor, "link.decide_peer", None)
    held = _held(peer, tuple(PeerState))
    if not held.next_keys:
        raise WrongPeer(f"“{held}”没有等待确认的新公钥;请刷新页面。")
    detail, held.next_keys = {"fingerprint": held.next_fingerprint}, {}
    held.save(update_fields=["next_keys"])
    record(actor, "link.peer_keys_refused", held, basis=reason, detail=detail)
    return held


@transaction.atomic
def end_former_keys(peer: Peer, *, before: int, actor: Actor) -> list[str]:
    """The public keys that sign nothing of that number or above from now on: their successor is in use."""
    held = Peer.objects.select_for_update().get(pk=peer.pk)
    ended = [str(one["key"]) for one in held.former_keys if one["before"] is None]
    held.former_keys = [one | {"before": before if one["before"] is None else one["before"]} for one in held.former_keys]
    held.save(update_fields=["former_keys"])
    if ended:
        record(actor, "link.peer_keys_ended", held, detail={"before": before})
    return ended


def _told(introduction: bytes, purpose: str) -> Introduction:
    told = introduction_of(introduction)
    if told.signing_key_id.partition(":")[0] != purpose:
        raise WrongPeer(f"介绍文件的签名密钥“{told.signing_key_id[:40]}”不是平台互联用的;请对方平台重新导出介绍文件。")
    return told


def _held(peer: Peer, states: tuple[PeerState, ...]) -> Peer:
    held = Peer.objects.select_for_update().get(pk=peer.pk)
    if held.state not in states:
        raise WrongPeer(f"“{held}”现在是“{held.get_state_display()}”,不能这样办理;请刷新页面。")
    return held


def _move(held: Peer, state: PeerState, *, actor: Actor, reason: str) -> Peer:
    before = state_of(held)
    held.state, held.reason = state, reason[:200]
    held.save(update_fields=["state", "reason", "decided_key", "decided_at"])
    record(actor, f"link.peer_{state.value}", held, basis=reason, before=before)
    return held
