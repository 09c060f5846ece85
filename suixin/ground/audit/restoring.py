"""After a restore: the two places of anchors agree again, and on record is how far the chain went back.

A restored database knows less than the second place when that lies outside the backup, or was copied a moment later;
or more, when it was copied a moment earlier. Neither is hidden: lines that the database lacks are taken over from the
second place, and a signed anchor says that the chain goes on from where the database stands, and why.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.db import transaction

from suixin.ground.audit import anchors, sealing
from suixin.ground.audit.actions import record
from suixin.ground.audit.errors import AnchorsDisagree
from suixin.ground.audit.models import Anchor
from suixin.ground.audit.verifying import verify
from suixin.kit import holdings
from suixin.kit.actor import SYSTEM, Actor
from suixin.kit.holdings import Held, Proof, Rows


def accept_restore(*, actor: Actor, basis: str) -> int:
    """How many anchors of the second place were ahead of the database and are overtaken now. Raises AnchorsDisagree."""
    newest = anchors.newest_kept()
    if newest is None or Anchor.objects.filter(seq=newest.seq, line=newest.line).exists():
        Anchor.objects.filter(seq__gt=newest.seq if newest else -1).update(is_kept=False)
        anchors.keep()
        return 0
    number, digest = sealing.head()
    with transaction.atomic():
        taken = _take_over()
        detail = {"number": number, "was": newest.number}
        record(actor, "audit.restore_accepted", ("audit.anchor", str(newest.seq)), basis=basis, detail=detail)
        anchors.state(number, digest, count=0, facts={"restored": basis})
    anchors.keep()
    return taken


def _take_over() -> int:
    """Lines of the second place that the database lacks, taken in."""
    known = dict(Anchor.objects.values_list("seq", "line"))
    taken = 0
    for _, said in anchors.kept():
        if known.get(said.seq, said.line) != said.line and Anchor.objects.filter(seq=said.seq, is_kept=True).exists():
            raise AnchorsDisagree(f"锚点第 {said.seq} 条在两处内容不同,不能用恢复备份来解释;请运行 suixin audit verify 查明。")
        if known.get(said.seq) != said.line:
            values = {"number": said.number, "at": datetime.fromisoformat(said.at), "line": said.line, "is_kept": True}
            Anchor.objects.update_or_create(seq=said.seq, defaults=values)
            taken += 1
    return taken


class AuditHolding:
    """The second place of anchors, as a backup sees it: what lies in the home is copied with the home."""

    name = "audit"

    def root(self) -> Path:
        """The folder of anchors."""
        return anchors.folder()

    def held(self, rows: Rows) -> Held:
        """How far the chain went at the snapshot."""
        return Held({"chain": max((int(str(row[0])) for row in rows("audit", "Seal", ("number",))), default=0)}, ())

    def settle(self) -> str:
        """Both places agree again."""
        overtaken = accept_restore(actor=SYSTEM, basis="suixin restore")
        return f"锚点文件夹比备份新 {overtaken} 条锚点,已签名声明链由备份处继续" if overtaken else ""

    def proofs(self, *, has_keys: bool) -> Iterator[Proof]:
        """The whole chain; without keys nothing of it can be proven."""
        if not has_keys:
            yield Proof("审计链", "没有密钥,无法核验")
            return
        found = verify()
        fault = found.faults[0].sentence if found.faults else ""
        yield Proof("审计链", f"{found.records:,} 条记录、{found.anchors:,} 条锚点逐条重算相符", fault)


def register() -> None:
    """Make the log known to backups."""
    holdings.register(AuditHolding())
