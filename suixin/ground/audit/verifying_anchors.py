"""Verifying anchors: the two places against each other, every line's link, the signatures that vouch for the rest.

A signature vouches for every line before it, because lines are linked: so the last line of each file is checked, and
a line whose link is broken.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from suixin.ground.audit import anchors
from suixin.ground.audit.anchors import Statement
from suixin.ground.audit.models import Anchor
from suixin.ground.audit.verdicts import Kind, Verdict


def newest_seq() -> int:
    """The newest anchor of either place: those that are added while a verification runs are not its business."""
    held, known = anchors.newest_kept(), Anchor.objects.order_by("-seq").values_list("seq", flat=True).first()
    return max(held.seq if held else -1, known if known is not None else -1)


def verify_anchors(verdict: Verdict, until: int, place: Path | None = None) -> list[Statement]:
    """The restores that the anchors up to `until` tell of; what is wrong with them goes to the verdict."""
    restores: list[Statement] = []
    known = _Known(verdict, until)
    before: Statement | None = None
    path_before: Path | None = None
    for path, said in anchors.kept(place):
        if said.seq > until:
            continue
        if before is not None and path_before is not None and path != path_before:
            _require_signature(verdict, path_before, before)
        _follow(verdict, path, before, said)
        known.meet(path, said)
        if said.restored:
            restores.append(said)
        before, path_before, verdict.anchors = said, path, verdict.anchors + 1
    if before is not None and path_before is not None:
        _require_signature(verdict, path_before, before)
    known.close()
    return restores


def stated(restores: Sequence[Statement], until: int, place: Path | None = None) -> Iterator[Statement]:
    """Statements of both places up to `until`, by number, without those that a restore has overtaken."""
    last = -1
    for said in _both(place):
        if said.seq > until:
            continue
        is_overtaken = any(r.seq > said.seq and said.number > r.number for r in restores)
        if not is_overtaken and said.number >= last:
            last = said.number
            yield said


def _both(place: Path | None) -> Iterator[Statement]:
    last = -1
    for _, said in anchors.kept(place):
        if said.seq > last:
            last = said.seq
            yield said
    for line in Anchor.objects.filter(seq__gt=last).order_by("seq").values_list("line", flat=True).iterator():
        if (held := anchors.parsed(line)) is not None:
            yield held


class _Known:
    """The database's anchors, met one by one by those of the second place."""

    def __init__(self, verdict: Verdict, until: int) -> None:
        self.verdict = verdict
        self.rows = iter(Anchor.objects.filter(seq__lte=until).order_by("seq").values_list("seq", "line", "is_kept").iterator())
        self.next = next(self.rows, None)
        self.absent: list[int] = []

    def meet(self, path: Path, said: Statement) -> None:
        """The line of the second place against the database's."""
        while self.next is not None and self.next[0] < said.seq:
            self._take()
        if self.next is None or self.next[0] > said.seq:
            return
        if self.next[1] != said.line:
            whose = "数据库里的锚点" if anchors.is_signed(said.line) else f"锚点文件 {path.name} 的锚点"
            self.verdict.add(Kind.ANCHOR_FILE, f"{whose}第 {said.seq} 条被改动:两处内容不同。", number=said.number)
        self.next = next(self.rows, None)

    def close(self) -> None:
        """Anchors that only the database has."""
        while self.next is not None:
            self._take()
        if self.absent:
            self.verdict.add(
                Kind.ANCHOR_FILE, f"锚点文件夹缺第 {self.absent[0]} 到 {self.absent[-1]} 条之间的锚点 {len(self.absent)} 条"
                "(数据库里有):文件被删除或删减。",
            )

    def _take(self) -> None:
        if self.next is not None and self.next[2]:
            self.absent.append(self.next[0])
        self.next = next(self.rows, None)


def _follow(verdict: Verdict, path: Path, before: Statement | None, said: Statement) -> None:
    """The line against the one before it."""
    expected = before.seq + 1 if before is not None else 0
    if said.seq != expected:
        verdict.add(
            Kind.ANCHOR_FILE, f"锚点文件 {path.name} 在第 {expected} 条处不连续(读到第 {said.seq} 条):锚点被删除或调换。",
            number=said.number,
        )
    elif said.previous != (anchors.line_hash(before.line) if before is not None else ""):
        guilty = before if before is not None and not anchors.is_signed(before.line) else said
        verdict.add(Kind.ANCHOR_FILE, f"锚点第 {guilty.seq} 条({path.name})被改动:与相邻锚点不相连,或签名不符。", number=guilty.number)


def _require_signature(verdict: Verdict, path: Path, said: Statement) -> None:
    if not anchors.is_signed(said.line):
        verdict.add(Kind.ANCHOR_FILE, f"锚点第 {said.seq} 条({path.name})签名不符:被改动,或不是本系统所签。", number=said.number)
