"""A peer without an instance: it signs letters with a key of its own, and what we write to it is read."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import orjson
from django.conf import settings

from suixin.data.sharing.cascade import applying, linking, receiving
from suixin.data.sharing.cascade.models import Link, Outgoing
from suixin.ground.link import introductions
from suixin.ground.link.actions import approve_peer, register_peer
from suixin.ground.link.models import Role
from suixin.ground.link.packing import Receiver
from suixin.ground.people.models import Organisation
from suixin.kit import clock
from suixin.kit.actor import SYSTEM
from suixin.kit.sm import sm2_keypair, sm2_sign

SECOND = replace(SYSTEM, key="second")


@dataclass
class FakePeer:
    """The platform of the province, as far as we hear of it."""

    code: str = "sc"
    keys: Any = field(default_factory=sm2_keypair)
    key_id: str = "link:1"
    sent: int = 0

    def sign(self, message: bytes) -> tuple[str, str]:
        """As `ground.link.keys.sign` does."""
        return self.key_id, sm2_sign(self.keys.private, message).hex()

    def introduction(self) -> bytes:
        """Who it is."""
        key = self.keys.public
        return introductions.introduce(
            self.code, "省平台", "http://127.0.0.1:9", keys=(key, self.key_id, Receiver(key, "link:1")), made_at=clock.now().isoformat(),
            sign=self.sign,
        )

    def letter(self, kind: str, content: dict[str, Any], *, about: str = "", sequence: int | None = None, rows: int = 0) -> dict[str, str]:
        """The next letter (or of that number) in wire form."""
        if sequence is None:
            self.sent += 1
            sequence = self.sent
        said = {
            "version": 1, "from": self.code, "to": "sn", "sequence": sequence, "kind": kind, "about": about, "rows": rows,
            "day": date.today().isoformat(), "content": content,  # noqa: DTZ011 its own day
        }
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
        return {"envelope": text.decode(), "signature": self.sign(text)[1]}

    def tells(self, link: Link, kind: str, content: dict[str, Any], *, about: str = "", rows: int = 0) -> None:
        """A letter of it came here and was done."""
        receiving.take(link, [self.letter(kind, content, about=about, rows=rows)])
        applying.apply_waiting(link)


def linked(peer: FakePeer) -> Link:
    """The link to it, approved by two persons."""
    settings.SUIXIN = replace(settings.SUIXIN, source_networks=("127.0.0.0/8",))
    linking.set_platform(code="sn", name="遂宁市平台", level="city", division="510900", address="http://127.0.0.1:8", actor=SYSTEM)
    told = peer.introduction()
    made = register_peer(told, Role.UPPER, actor=SYSTEM, reason="试验")
    approve_peer(made, fingerprint=introductions.introduction_of(told).fingerprint, actor=SECOND, reason="已核对")
    made.refresh_from_db()
    bureau, _ = Organisation.objects.get_or_create(uscc="11510000XX0000001A", defaults={"name": "省数据局", "slug": "province-bureau"})
    return linking.connect(made, linking.Terms(bureau, "province", "510000"), actor=SYSTEM, reason="试验")


def written(link: Link, kind: str) -> list[dict[str, Any]]:
    """Contents of the letters of that kind that we wrote to it."""
    return [orjson.loads(one.envelope)["content"] for one in Outgoing.objects.filter(link=link, kind=kind)]
