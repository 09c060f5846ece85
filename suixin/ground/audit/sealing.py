"""The sealer: numbers committed records without gaps, chains them, and anchors the chain in a second place.

Order    a record is sealed once its transaction has committed, whatever its id; a rolled-back one never waited
One      only one process seals at a time; were there two, the numbers' key lets only one commit
Crash    between links and anchor, or between the two places of an anchor: the next call goes on where it stopped
Guarded  a record that is not as its writer wrote it, or is gone, is not sealed: it stays in `Pending`, refused
"""

import fcntl
import hmac
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from suixin.ground.audit import anchors, chain, keys, store
from suixin.ground.audit.errors import AnchorsDisagree, AnchorsUnwritable
from suixin.ground.audit.models import Anchor, Pending, Seal
from suixin.kit import clock, crash

ANCHOR_SECONDS = 3  # called every 2 s, an anchor is at most 5 s away
_BATCH = 5_000
_ADVISORY_LOCK = 5_109_000_001
_log = logging.getLogger(__name__)


def seal_pending(limit: int = 200_000, *, is_anchored: bool = False) -> int:
    """How many records were sealed. `is_anchored`: anchor now, even when the last anchor is young.

    Nothing when another process is sealing. Raises AnchorsDisagree, AnchorsUnwritable (what was sealed stays sealed).
    """
    with _only_one() as is_mine:
        if not is_mine:
            return 0
        taken_over, sealed = _begin(), 0
        while sealed < limit:
            taken = _seal_batch(min(_BATCH, limit - sealed), taken_over)
            sealed += taken
            _anchor(is_due=is_anchored and not taken)
            with suppress(AnchorsUnwritable):  # a second place out of reach stops no sealing; it is told at the end
                anchors.keep()
            if not taken:
                break
        _anchor(is_due=is_anchored)
        anchors.keep()
        return sealed


def seal_all() -> int:
    """How many records were sealed and anchored: all that waited, unless another process is at it. Raises as `seal_pending`."""
    total = 0
    while sealed := seal_pending(is_anchored=True):
        total += sealed
    return total


def head() -> tuple[int, bytes]:
    """Number and digest of the newest link; of the genesis, or of the newest anchor, when the database holds none."""
    newest = Seal.objects.order_by("-number").values_list("number", "digest").first()
    if newest is not None:
        return newest[0], bytes(newest[1])
    last = Anchor.objects.order_by("-seq").first()
    said = anchors.parsed(last.line) if last else None
    return (said.number, said.digest) if said else (0, b"")


def _begin() -> int:
    """The last record older than the chain, which nobody authenticated when it was written. Raises AnchorsDisagree."""
    anchors.require_same_history()
    last = Anchor.objects.order_by("-seq").first()
    if last is None:
        system = uuid.uuid4().hex
        oldest = Pending.objects.filter(mac=b"").aggregate(last=Max("pk"))["last"] or 0
        anchors.state(0, chain.genesis(system), count=0, facts={"system": system, "taken_over": oldest})
    elif last.number > head()[0]:
        raise AnchorsDisagree(
            f"审计链在数据库里到第 {head()[0]} 条为止,而锚点证明已到第 {last.number} 条:尾部被删除。请运行 suixin audit verify 查明。"
        )
    first = anchors.parsed(Anchor.objects.order_by("seq").values_list("line", flat=True)[0])
    return first.taken_over if first is not None else 0


def _seal_batch(limit: int, taken_over: int) -> int:
    """The number of rows that no longer wait: sealed, or refused."""
    waiting = store.waiting(limit)
    if not waiting:
        return 0
    number, digest = head()
    mac, seals, refused = keys.log_mac(), [], []
    for one in waiting:
        canonical = chain.canonical_json(one.row) if one.row is not None else b""
        is_known = hmac.compare_digest(one.mac, mac(canonical)) or (not one.mac and one.record_id <= taken_over)
        if one.row is None or not is_known:
            refused.append(one.record_id)
            continue
        number, digest = number + 1, chain.linked(digest, canonical)
        seals.append((number, one.record_id, digest, mac(digest)))
    return len(waiting) if _commit(seals, refused) else 0


def _commit(seals: list[tuple[int, int, bytes, bytes]], refused: list[int]) -> bool:
    try:
        with transaction.atomic():
            if seals:
                store.add_seals(seals)
            if refused:
                Pending.objects.filter(pk__in=refused).update(refused=True)
                _log.error("audit records %s were altered or deleted before they were sealed", refused[:20])
            crash.point("audit.sealing")
    except IntegrityError:  # somebody else sealed them
        return False
    crash.point("audit.sealed")
    return True


def _anchor(*, is_due: bool) -> None:
    last = Anchor.objects.order_by("-seq").first()
    number, digest = head()
    if last is not None and number == last.number:
        return
    age = abs((clock.now() - last.at).total_seconds()) if last is not None else ANCHOR_SECONDS
    if is_due or age >= ANCHOR_SECONDS:
        anchors.state(number, digest, count=number - (last.number if last else 0))
        crash.point("audit.anchored")


@contextmanager
def _only_one() -> Iterator[bool]:
    """Whether nobody else is sealing; holds that inside the block."""
    if connection.vendor == "postgresql":
        with _advisory_lock() as is_mine:
            yield is_mine
        return
    place = Path(settings.SUIXIN.home) / "state"
    place.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place / "audit.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def _advisory_lock() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK])
        is_mine = bool((cursor.fetchone() or (False,))[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])
