"""The access log and what was used up: every reading is on record before its answer leaves.

Promise  a record outlives its process: it stands in the process's journal (journal.py) before the answer leaves, and in the node's log,
         SUIXIN_HOME/state/access.sqlite, when somebody reads that (settling.py, log_files.py); a power cut may cost the last moments.
         A nonce is spent before its record is written; a second process sees it at once, on PostgreSQL a second node too (nonces.py)
Quota    the use of a limited grant is counted with the nonce (spending.py, quotas.py); other limits by `count`
Fields   the least of standards/data.md 4.4: who, whence, what, which columns, how many rows, result, time, bytes,
         masks, grant; X-Road's of operational monitoring (monitoring.py); of a delivery version and predicate (deliveries.py);
         records are only added
Subjects whom a reading by key was about (blind indexes) stand beside their record, so that a resident or a firm
         finds who read its data (traces.py); a table of its own, because one key may name a person and a firm
"""

import os
import sqlite3
import threading
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from suixin.data.access import nonces, quotas, settling
from suixin.data.access.errors import Replayed
from suixin.data.access.journal import Journal
from suixin.data.access.plans import Plan
from suixin.data.access.predicates import Delivered, assumed
from suixin.data.access.spending import Nonce, Spending, Use
from suixin.kit import clock, origin
from suixin.kit.actor import Actor

_LONGEST, _SHORT = 500, 128
ANSWERED = frozenset({"200", "204", "206"})  # what counts against a quota: not 304, where nothing left, and no refusal


class Called(NamedTuple):
    """What the caller said of its call, and what came of it: the fields of X-Road's operational monitoring."""

    method: str = ""
    status: int = 0
    received: int = 0
    message_id: str = ""
    user_id: str = ""
    issue: str = ""
    represented: str = ""
    purpose: str = ""
    fault: str = ""


NOTHING_SAID = Called()


class Access(NamedTuple):
    """One reading, or an attempt at one."""

    trace_id: str
    at_ms: int
    actor: Actor
    door: str
    action: str
    resource: str
    code: str
    micros: int
    plan: Plan | None = None
    rows: int | None = None
    bytes: int | None = None
    address: str = ""
    terminal: str = ""
    request: str = ""
    subjects: tuple[str, ...] = ()
    called: Called = NOTHING_SAID
    delivered: Delivered | None = None
    uses: int = 1


class _Writers:
    """What this process writes with, in one home: what is spent only where it is spent here."""

    def __init__(self) -> None:
        self.pid, self.journal, self._lock = os.getpid(), Journal(_journals()), threading.Lock()
        self._spending: Spending | None = None

    def spending(self) -> Spending:
        """What was spent on this node."""
        with self._lock:
            if self._spending is None:
                self._spending = Spending(spent_path(), before=path())
            return self._spending

    def close(self) -> None:
        """Let go of both."""
        self.journal.close()
        if self._spending is not None:
            self._spending.close()


_writers: dict[Path, _Writers] = {}  # by home of the node
_newest: tuple[Path, _Writers] | None = None  # the one that was asked for last
_lock = threading.Lock()


def path() -> Path:
    """Where this node's log lies; what it holds is complete once it is settled."""
    return Path(settings.SUIXIN.home) / "state" / "access.sqlite"


def spent_path() -> Path:
    """Where this node's nonces and quotas lie."""
    return path().with_name("spent.sqlite")


def settle() -> int:
    """Every record of this node that was written until now stands in its log; how many came."""
    return settling.settle(path(), _journals())


def write(access: Access, *, nonce: Nonce | None = None) -> None:
    """Keep the record, having spent the nonce and counted the use of the quota.

    Raises Replayed when the nonce was used, OverQuota when the grant has no call left, and nothing is written then; OSError
    when there is no room.
    """
    plan = access.plan
    is_counted = plan is not None and access.code in ANSWERED and quotas.is_limited(plan)
    use = Use(plan, access.uses, access.at_ms) if plan is not None and is_counted else None
    if nonce is not None or use is not None:
        _spend(nonce, use, access.at_ms)
    keep(access)


def keep(access: Access) -> None:
    """The record alone, with nothing spent. Raises OSError when there is no room."""
    if _writer().journal.append(settling.packed(_row(access), access.subjects)):
        settling.settle_beside(path(), _journals())


def count(limit: quotas.Limited) -> None:
    """One use of a limit that is no grant's, counted across processes and nodes. Raises OverQuota: none is left."""
    quotas.require_left(limit)
    at_ms = int(clock.now().timestamp() * 1000)
    _spend(None, Use(limit, 1, at_ms), at_ms)


def note_reading(
    actor: Actor, resource: str, *, action: str, rows: int, plan: Plan | None = None, request: str = "",
    delivered: Delivered | None = None, subjects: tuple[str, ...] = (),
) -> None:
    """Record what a page of our own showed of a resource (its code); call it before the rows are handed on.

    `subjects`: blind indexes of whom it was asked by name for (`traces.subjects_of`).

    Raises OverQuota.
    """
    here, at_ms = origin.current(), int(clock.now().timestamp() * 1000)
    write(Access(
        here.trace_id, at_ms, actor, "page", action, resource, "200", 0, plan, rows, address=here.address,
        terminal=here.terminal, request=request, delivered=delivered, subjects=subjects,
    ))


def has_added(connection: sqlite3.Connection) -> bool:
    """Whether a file's records have the columns that came later."""
    return bool(connection.execute("SELECT 1 FROM pragma_table_info('access') WHERE name = 'digest'").fetchone())


def close_all() -> None:
    """Let go of every file (tests that move SUIXIN_HOME)."""
    global _newest  # noqa: PLW0603  it is one of those that are closed
    with _lock:
        for writers in _writers.values():
            if writers.pid == os.getpid():
                writers.close()
        _writers.clear()
        _newest = None


def _spend(nonce: Nonce | None, use: Use | None, at_ms: int) -> None:
    """On this node, or where several nodes share a database. Raises Replayed, OverQuota."""
    if nonces.is_shared():
        if nonce is not None:
            nonces.spend(nonce.app_id, nonce.value, until_ms=nonce.until_ms)
        if use is not None:
            quotas.take_shared(use.limit, at_ms=use.at_ms, uses=use.number)
        return
    try:
        _writer().spending().spend(nonce, use, at_ms=at_ms)
    except sqlite3.IntegrityError as error:
        raise Replayed("随机数 X-Nonce 已用过；每次调用请换一个新的，并重新签名。") from error


def _journals() -> Path:
    return path().with_name("journal")


def _writer() -> _Writers:
    global _newest  # noqa: PLW0603  spares hashing a path for every record
    home, newest = settings.SUIXIN.home, _newest
    if newest is not None and newest[0] is home and newest[1].pid == os.getpid():
        return newest[1]
    writers = _writers.get(home)
    if writers is None or writers.pid != os.getpid():
        with _lock:
            writers = _writers.get(home)
            if writers is None or writers.pid != os.getpid():
                writers = _writers[home] = _Writers()
    _newest = (home, writers)
    return writers


def _row(access: Access) -> tuple[object, ...]:
    plan, actor = access.plan, access.actor
    columns = ",".join(plan.fields) if plan else ""
    masks = ",".join(plan.mask_names) if plan else ""
    return (
        access.trace_id, access.at_ms, actor.kind.value, actor.key[:_LONGEST], actor.organisation, access.address[:64],
        access.terminal[:_LONGEST], access.door, access.action, access.resource[:_LONGEST], columns, access.rows,
        plan.grant if plan else "", plan.basis if plan else "", masks, access.code, access.micros, access.bytes,
        access.request[:_LONGEST], *_called(access.called, plan), *_delivered(access),
    )


def _called(called: Called, plan: Plan | None) -> tuple[object, ...]:
    purpose = (plan.purpose if plan else "") or called.purpose
    if called is NOTHING_SAID:
        return (None, None, None, None, None, None, None, purpose[:_SHORT] or None, None)
    return (
        called.method[:8], called.status, called.received, called.message_id[:_SHORT], called.user_id[:_SHORT], called.issue[:_SHORT],
        called.represented[:_SHORT], purpose[:_SHORT], called.fault[:_LONGEST],
    )


def _delivered(access: Access) -> tuple[object, ...]:
    delivered = access.delivered
    if delivered is None and access.plan is not None and access.code in ANSWERED and access.rows != 0:
        delivered = assumed(access.plan, access.door)
    return (None, None, None) if delivered is None else (delivered.version, delivered.predicate, delivered.digest)
