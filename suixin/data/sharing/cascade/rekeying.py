"""Keys that change while letters go: announced by a letter under the old key, accepted by a person, then used, and the old one ends.

Ours     the keyring has a new version; each peer is told by a letter (our introduction, signed with the new key inside, the old one
         outside); we sign with the old key until the peer's word says that it knows the new one, then tell so by a letter
Theirs   announced keys wait for a person; from then on both keys count, until the letter that says the new one is in use: above its
         number the old key signs nothing any more, below it stays good for letters that come again
Lost     nothing: every letter carries the signature of its time, and numbers say which key it must be
"""

from django.db import transaction

from suixin.data.sharing.cascade import envelopes, posting
from suixin.data.sharing.cascade.applying import Content
from suixin.data.sharing.cascade.errors import WrongLink
from suixin.data.sharing.cascade.models import Incoming, LetterKind, Link, Way
from suixin.ground.audit import actions as audit
from suixin.ground.link import actions as peers
from suixin.ground.link import keys
from suixin.ground.link.models import Peer
from suixin.ground.link.queries import our_introduction
from suixin.ground.people import applications
from suixin.ground.people.applications import NewKey
from suixin.ground.people.models import KeyKind
from suixin.ground.security import policy
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.keyring import Kind


def known_keys(peer: Peer) -> str:
    """Which of the peer's keys we know, as it calls them: signing and encryption."""
    return f"{peer.signing_key_id} {peer.encryption_key_id}"


@transaction.atomic
def write_keys(link: Link) -> bool:
    """Whether the peer was told now that our keys are others."""
    held, ours = Link.objects.select_for_update(of=("self",)).get(pk=link.pk), " ".join(keys.current())
    if not held.our_keys:  # of a link from before keys could change
        Link.objects.filter(pk=held.pk).update(our_keys=ours, told_keys=ours)
        return False
    if held.way == Way.DIRECT:  # it knows a secret, no key
        return False
    if ours in (held.our_keys, held.told_keys):
        return False
    us = posting.platform()
    posting.post(held, LetterKind.KEYS, {"introduction": our_introduction(us.code, us.name, us.address).decode()})
    Link.objects.filter(pk=held.pk).update(told_keys=ours)
    audit.record(SYSTEM, "cascade.keys_told", held, detail={"keys": ours})
    return True


@transaction.atomic
def tell_keys_again(link: Link, *, actor: Actor, reason: str) -> Link:
    """Our keys announced once more to a peer that refused or never took them. Raises NotAllowed, WrongLink."""
    policy.require(actor, "sharing.cascade", None)
    held = Link.objects.select_for_update(of=("self",)).get(pk=link.pk)
    if held.way == Way.DIRECT or held.our_keys in ("", " ".join(keys.current())):
        raise WrongLink(f"平台“{held}”已认可本平台现在的公钥，不用再告知。")
    Link.objects.filter(pk=held.pk).update(told_keys=held.our_keys)
    write_keys(held)
    audit.record(actor, "cascade.keys_told_again", held, basis=reason)
    return Link.objects.select_related("peer", "application").get(pk=link.pk)


def hear_known(held: Link, knows: str) -> None:
    """The peer knows those of our keys: we sign with them from now on. Part of the caller's transaction, which holds the link."""
    if not knows or not held.our_keys or knows == held.our_keys or knows != held.told_keys:
        return
    held.our_keys = knows
    held.save(update_fields=["our_keys"])
    posting.post(held, LetterKind.KEYS, {"in_use": knows})
    audit.record(SYSTEM, "cascade.keys_used", held, detail={"keys": knows})


def take_keys(letter: Incoming, content: Content) -> None:
    """The peer's announcement, waiting for a person; or its word that the accepted keys are in use."""
    peer = Peer.objects.get(pk=letter.link.peer_id)
    if "introduction" in content:
        peers.announce_keys(peer, str(content["introduction"]).encode(), actor=SYSTEM)
        return
    if content.get("in_use") != known_keys(peer) or not envelopes.signer(letter.envelope.encode(), letter.signature, [peer.signing_key]):
        raise WrongLink("对端说已改用的公钥不是本平台确认过的；请两端重新核对公钥。")
    ended = peers.end_former_keys(peer, before=letter.sequence, actor=SYSTEM)
    for key in letter.link.application.keys.filter(public__in=ended, revoked_at=None):
        applications.revoke_key(key, actor=SYSTEM, reason="对端平台已改用新公钥")


@transaction.atomic
def accept_keys(link: Link, *, fingerprint: str, actor: Actor, reason: str) -> Link:
    """The keys that the peer announced, in force beside those before until it uses them. Raises NotAllowed, WrongPeer."""
    policy.require(actor, "sharing.cascade", None)
    peer = peers.accept_keys(link.peer, fingerprint=fingerprint, actor=actor, reason=reason)
    if not link.application.keys.filter(public=peer.signing_key, revoked_at=None).exists():
        applications.make_key(link.application, NewKey(KeyKind.SM2, public=peer.signing_key), actor=SYSTEM, reason=reason)
    return Link.objects.select_related("peer", "application").get(pk=link.pk)


@transaction.atomic
def refuse_keys(link: Link, *, actor: Actor, reason: str) -> Link:
    """The announced keys refused; the peer goes on with those that it has. Raises NotAllowed, WrongPeer."""
    policy.require(actor, "sharing.cascade", None)
    peers.refuse_keys(link.peer, actor=actor, reason=reason)
    return Link.objects.select_related("peer", "application").get(pk=link.pk)


def why_needed(kind: Kind, version: int) -> str:
    """Why a version of our key for exchange may not be retired: a peer knows no newer one."""
    place = 0 if kind is Kind.SIGN else 1
    key_id = f"{keys.PURPOSE}:{version}"
    links = Link.objects.select_related("peer").exclude(way=Way.DIRECT)
    waiting = [one for one in links if one.our_keys.split(" ")[place:place + 1] == [key_id]]
    if kind is Kind.INDEX or not waiting or keys.current()[place] == key_id:
        return ""
    return f"平台 {'、'.join(map(str, waiting[:5]))} 还没有确认本平台的新公钥;请对方确认后再停用。"
