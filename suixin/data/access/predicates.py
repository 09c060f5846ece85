"""What is kept of rows given in bulk: the version, the predicate they were found by, and its digest (deliveries.py reads them).

Sealed   a predicate in which the caller named values; the grant's own row filter is no secret of the log
"""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from suixin.data.access.memo import Memo
from suixin.data.access.models import Door
from suixin.data.access.plans import Plan
from suixin.data.access.query import Filter
from suixin.data.access.values import text_of
from suixin.data.lake.snapshots import snapshot
from suixin.ground.security.keys import register_lasting, ring
from suixin.ground.security.subjects import KINDS
from suixin.kit.keyring import Kind

PURPOSE = "delivery"
# doors that give whole tables or large parts; who writes the record of one may say more exactly what was given
BULK = frozenset({Door.DOWNLOAD, Door.AGGREGATE, Door.TABLE, Door.SHARE, Door.SUBSCRIPTION, Door.FILE})
register_lasting(PURPOSE, Kind.SEAL, "访问日志里批量提供的条件用它加密，三年内居民还要据此查询。")
register_lasting(PURPOSE, Kind.INDEX, "访问日志里批量提供的条件按它归并，三年内居民还要据此查询。")
_digests = Memo[str](limit=1024)


@dataclass(frozen=True, slots=True)
class Delivered:
    """Rows given in bulk: of which version, under which predicate, and the digest by which equal predicates are found."""

    version: int
    predicate: str
    digest: str


def delivered(plan: Plan, version: int, filters: Sequence[Filter] = ()) -> Delivered | None:
    """What the log keeps of rows given in bulk; None when the resource names nobody."""
    if not any(item.sensitive in KINDS for item in plan.contract.items):
        return None
    masks = {one.column.field: one.column.mask for one in filters if one.column.mask}
    asked = [[one.column.field, one.operator.value, [text_of(value) for value in one.values]] for one in filters]
    body = orjson.dumps([plan.row_filter, asked, masks])
    digest = _digests.get(body) or _digests.put(body, ring().blind_index(PURPOSE, body.hex())[:32])
    told = body.decode() if not filters else ring().seal(PURPOSE, body).hex()
    return Delivered(version, told, digest)


def assumed(plan: Plan, door: str) -> Delivered | None:
    """What is kept when a bulk door said nothing more exact: all that the grant shows of the newest version."""
    return delivered(plan, snapshot(plan.table).version) if door in BULK else None
