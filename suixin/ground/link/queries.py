"""Peers and their keys, as those who pack and unpack want them."""

from suixin.ground.link import keys
from suixin.ground.link.errors import UnknownPeer
from suixin.ground.link.introductions import introduce
from suixin.ground.link.models import Peer
from suixin.ground.link.packing import Receiver
from suixin.kit import clock


def active_peer(code: str) -> Peer:
    """The peer of that code, in force. Raises UnknownPeer."""
    found = Peer.objects.active().filter(code=code).first()
    if found is None:
        raise UnknownPeer(f"没有启用中的平台“{code[:40]}”;请先登记并批准。")
    return found


def receiver_of(peer: Peer) -> Receiver:
    """What packages for the peer are enciphered for."""
    return Receiver(bytes.fromhex(peer.encryption_key), peer.encryption_key_id)


def signing_key_of(sender: str, key_id: str) -> bytes:
    """The public signing key of an active peer: what `open_package` wants. Raises UnknownPeer."""
    peer = active_peer(sender)
    for one in peer.former_keys:
        if one["key_id"] == key_id and one["before"] is None:  # its successor is not in use yet
            return bytes.fromhex(one["key"])
    if key_id != peer.signing_key_id:
        raise UnknownPeer(f"平台“{sender[:40]}”没有登记签名密钥 {key_id[:40]};请对方重新发送介绍文件。")
    return bytes.fromhex(peer.signing_key)


def our_introduction(code: str, name: str, address: str = "") -> bytes:
    """Our own introduction under the name that we go by."""
    made = (keys.signing_key(), keys.sign(b"")[0], keys.receiver())
    return introduce(code, name, address, keys=made, made_at=clock.now().isoformat(timespec="seconds"), sign=keys.sign)
