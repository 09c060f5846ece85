"""Verifying the log: everything recomputed, the first broken link named; constant memory.

Looks at   anchors in both places (sequence, links, signatures), archives, every link of the chain against its record
           and against the anchors, sealed files, records that nobody wrote
Faults     are named by number and record; after a fault it goes on from what the chain itself says, so that one
           edited row is one fault
"""

import hmac
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from suixin.ground.audit import anchors, archiving, chain, keys, sealing, store
from suixin.ground.audit.anchors import Statement
from suixin.ground.audit.archiving import Archived, ArchivedLink, check_archives
from suixin.ground.audit.errors import BadArchive
from suixin.ground.audit.models import Pending
from suixin.ground.audit.sealed_files import EXPIRED, SEALED, check_files
from suixin.ground.audit.store import Link
from suixin.ground.audit.verdicts import FAULTS_LIMIT, Kind, Verdict
from suixin.ground.audit.verifying_anchors import newest_seq, stated, verify_anchors
from suixin.kit.errors import SuixinError

_ACTION, _KEY, _DETAIL = (chain.COLUMNS.index(name) for name in ("action", "object_key", "detail"))
_TOLD = frozenset({SEALED, EXPIRED, archiving.ARCHIVED, archiving.EXPIRED})
_STRETCH = 10_000
_TRIES = 3
_NEAR = 2_000


def verify(*, first: int = 1, place: Path | None = None) -> Verdict:
    """What is wrong with the log, from number `first` on; `place` is another copy of the second place.

    What waits is sealed before, unless the chain is already known to be broken. Records and anchors that are written
    meanwhile are left to the next time; when rows were archived meanwhile, it looks again.
    """
    for _ in range(_TRIES):
        stored = (store.extent()[0], archiving.archives())
        verdict = _verified(first, place)
        if verdict.is_intact or stored == (store.extent()[0], archiving.archives()):
            break
    return verdict


def _verified(first: int, place: Path | None) -> Verdict:
    verdict = Verdict()
    try:
        sealing.seal_pending(is_anchored=True)
    except SuixinError as error:
        verdict.notes.append(error.sentence)
    until = newest_seq()  # before the extent: what an anchor says was committed before it
    restores = verify_anchors(verdict, until, place)
    for restore in restores:
        verdict.notes.append(f"锚点第 {restore.seq} 条({restore.at})声明由备份恢复,链回到编号 {restore.number}:{restore.restored}。")
    low, high = store.extent()
    start = _start(verdict, stated(restores, until, place), before=first)
    walk = _Walk(verdict, start, stated(restores, until, place))
    _walk_archives(walk, low)
    for stretch in store.stretches(walk.number + 1, high, _STRETCH):
        walk.take(stretch)
    walk.close()
    check_files(verdict, walk.sealed, walk.expired)
    check_archives(verdict, walk.archived, since=start.number)
    verdict.first, verdict.last = start.number + 1, walk.number
    _verify_strangers(verdict)
    return verdict


def _walk_archives(walk: "_Walk", low: int) -> None:
    """Archives after the start, in order; those whose rows are still in the database were not finished."""
    for path in archiving.archives():
        first, last = archiving.extent_of(path)
        if last <= walk.number or (low and first >= low):
            continue
        try:
            for link in archiving.lines(path):
                walk.take_archived(path.name, link)
        except BadArchive as error:
            walk.verdict.add(Kind.ARCHIVE, error.sentence, number=first)


def _start(verdict: Verdict, said: Iterator[Statement], *, before: int) -> Statement:
    """The last statement from which the chain can be followed to `before`; the genesis as it should be without one."""
    found: Statement | None = None
    for one in said:
        if one.number >= before and found is not None:
            break
        found = one
    if found is None or found.number >= before > 1:
        verdict.add(Kind.ANCHOR_FILE, "没有任何锚点可以作为起点:锚点文件夹和数据库里的锚点都不在了。")
        return Statement(0, 0, b"", "", "", "")
    if not anchors.is_signed(found.line):
        verdict.add(Kind.ANCHOR, f"作为起点的锚点第 {found.seq} 条签名不符。", number=found.number)
    if found.seq == 0 and found.digest != chain.genesis(found.system):
        verdict.add(Kind.ANCHOR, "第 0 条锚点的起始杂凑与系统标识不符。")
    return found


class _Walk:
    """One way through the chain."""

    def __init__(self, verdict: Verdict, start: Statement, said: Iterator[Statement]) -> None:
        self.verdict, self.number, self.digest, self.stated = verdict, start.number, start.digest, said
        self.mac = keys.log_mac()
        self.sealed: dict[str, tuple[int, dict[str, object]]] = {}
        self.expired: set[str] = set()
        self.archived: dict[str, Archived] = {}
        self.is_known = bool(start.digest)  # whether `digest` is that of `number`
        self.anchor = next(said, None)
        while self.anchor is not None and self.anchor.number < start.number:
            self.anchor = next(said, None)
        self._compare()

    def take(self, links: Sequence[Link]) -> None:
        """The next links, in order of number."""
        linked, canonical_json = chain.linked, chain.canonical_json
        for place, link in enumerate(links):
            if link.number != self.number + 1:
                self.missing(link.number)
            row = link.row
            computed = linked(self.digest, canonical_json(row)) if row is not None and self.is_known else b""
            if computed != link.digest or self.mac(link.digest) != link.mac:
                self._name(link, links, place)
            elif row is not None and row[_ACTION] in _TOLD:
                self._file(link.number, row)
            self.number, self.digest, self.is_known = link.number, link.digest, True
            self.verdict.records += 1
            if self.anchor is not None and self.anchor.number == self.number:
                self._compare()

    def take_archived(self, name: str, link: ArchivedLink) -> None:
        """The next link, from an archive; a record whose time is over vouches for itself by its code alone."""
        if link.number <= self.number:
            return
        if link.number != self.number + 1:
            self.missing(link.number)
        if self.mac(link.digest) != link.mac:
            self.verdict.add(Kind.SEAL, f"归档 {name} 里编号 {link.number} 的封存行被改动:认证码与杂凑不符。", number=link.number)
        elif link.record is not None and self.is_known and chain.linked(self.digest, link.record) != link.digest:
            self.verdict.add(Kind.ARCHIVE, f"归档 {name} 里编号 {link.number} 的记录内容被改动。", number=link.number)
        elif link.record is not None and b'"action":"audit.' in link.record:
            said = orjson.loads(link.record)
            self._file(link.number, [said.get(column, "") for column in (*chain.COLUMNS[:-1],)] + [orjson.dumps(said["detail"]).decode()])
        self.number, self.digest, self.is_known = link.number, link.digest, True
        self.verdict.records += 1
        self._compare()

    def _file(self, number: int, row: Sequence[object]) -> None:
        """A record that tells of a file: sealed, archived, its time over."""
        name, action = str(row[_KEY]), row[_ACTION]
        if action == EXPIRED:
            self.expired.add(name)
        elif action == SEALED:
            self.sealed[name] = (number, orjson.loads(str(row[_DETAIL])))
        elif action in (archiving.ARCHIVED, archiving.EXPIRED):
            self.archived[name] = Archived(number, orjson.loads(str(row[_DETAIL])))

    def missing(self, following: int) -> None:
        """Numbers between the last link and `following` are gone."""
        first, last = self.number + 1, following - 1
        self.verdict.add(Kind.GAP, f"编号 {first} 到 {last} 的封存行不在了:这些记录或其封存被删除。", number=first)
        self.number, self.is_known = last, False
        while self.anchor is not None and self.anchor.number <= last:
            self.anchor = next(self.stated, None)

    def close(self) -> None:
        """Anchors beyond the end say what was cut off."""
        beyond = self.anchor
        while self.anchor is not None:
            beyond, self.anchor = self.anchor, next(self.stated, None)
        if beyond is not None:
            self.verdict.add(
                Kind.TAIL, f"尾部被截断:锚点(第 {beyond.seq} 条,{beyond.at})证明链曾到编号 {beyond.number},现在只到 {self.number};"
                f"编号 {self.number + 1} 到 {beyond.number} 的记录被删除。", number=self.number + 1,
            )

    def _compare(self) -> None:
        while self.anchor is not None and self.anchor.number == self.number:
            if self.is_known and self.anchor.digest != self.digest:
                self.verdict.add(
                    Kind.ANCHOR, f"编号 {self.number} 的杂凑与锚点(第 {self.anchor.seq} 条,{self.anchor.at})所证明的不符:"
                    "此处及以前的链被重写过。", number=self.number,
                )
            self.anchor = next(self.stated, None)

    def _name(self, link: Link, links: Sequence[Link], place: int) -> None:
        """The fault of one link."""
        add, where = self.verdict.add, {"number": link.number, "record": link.record_id}
        if not hmac.compare_digest(self.mac(link.digest), link.mac):
            add(Kind.SEAL, f"编号 {link.number}(记录 {link.record_id})的封存行被改动:认证码与杂凑不符。", **where)
        elif not self.is_known:
            self._name_after_gap(link)
        elif (other := self._belonging(link, links, place)) is not None:
            add(Kind.ORDER, f"编号 {link.number} 应是记录 {other},现在是记录 {link.record_id}:次序被调换。", **where)
        elif link.row is None:
            add(Kind.DELETED, f"编号 {link.number} 的记录 {link.record_id} 被删除。", **where)
        else:
            add(Kind.CHANGED, f"编号 {link.number} 的记录 {link.record_id} 内容被改动:按现在的内容重算,杂凑不符。", **where)

    def _name_after_gap(self, link: Link) -> None:
        if link.row is None:
            self.verdict.add(
                Kind.DELETED, f"编号 {link.number} 的记录 {link.record_id} 被删除。", number=link.number, record=link.record_id
            )

    def _belonging(self, link: Link, links: Sequence[Link], place: int) -> int | None:
        """The record near by whose content gives this link's digest: rows were exchanged."""
        for near in links[max(0, place - _NEAR):place + _NEAR]:
            if near is not link and near.row is not None:
                if chain.linked(self.digest, chain.canonical_json(near.row)) == link.digest:
                    return near.record_id
                swapped = (link.record_id, *near.row[1:])
                if chain.linked(self.digest, chain.canonical_json(swapped)) == link.digest:
                    return near.record_id
        return None


def _verify_strangers(verdict: Verdict) -> None:
    """Records that nobody's action wrote, and those that were altered or deleted before their seal."""
    for record_id in store.foreign_ids(FAULTS_LIMIT):
        verdict.add(Kind.FOREIGN, f"记录 {record_id} 不是系统写入的:它没有封存,也没有在等待封存。", record=record_id)
    for record_id in Pending.objects.filter(refused=True).order_by("pk").values_list("pk", flat=True)[:FAULTS_LIMIT]:
        verdict.add(Kind.UNSEALED, f"记录 {record_id} 在封存之前被改动或删除。", record=record_id)
    verdict.unsealed = Pending.objects.filter(refused=False).count()
