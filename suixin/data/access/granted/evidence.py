"""Evidence of an exchange: a signed receipt over the rows that were given, made while they pass, at flat memory.

    evidence = Evidence(plan, last=version)
    for rows in ...: evidence.add(rows)
    envelope = evidence.finish()

Made     for any door and any number of rows: digests of 4,096 rows each, 32 bytes, is all that is kept meanwhile
Handed   `envelope`, as `suixin receipt verify` reads it off line; with its salt, since who was given rows may check them
"""

import base64
import secrets
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC

import pyarrow as pa

from suixin.data.access import engine
from suixin.data.access.granted.subjects import subject_of
from suixin.data.access.models import Door, Grant
from suixin.data.access.plans import Column, Plan, plan_of
from suixin.data.access.sqltext import identifier
from suixin.data.catalog.contract import ROW_COLUMN
from suixin.data.lake import canonical, receipts
from suixin.data.lake.canonical import CHUNK_ROWS, SALT_BYTES, LeafSeries
from suixin.data.lake.exchange_form import FORMAT
from suixin.data.lake.receipt_form import canonical_json, salt_digest
from suixin.data.lake.snapshots import snapshot
from suixin.ground.audit.actions import record
from suixin.ground.security import policy
from suixin.kit import clock, merkle
from suixin.kit.actor import Actor
from suixin.kit.errors import BadRequest, NotFound

BATCH_ROWS = 65_536


class Evidence:
    """The receipt of one exchange in the making. `first`: the version before, of an exchange of changes."""

    def __init__(self, plan: Plan, *, last: int, first: int | None = None) -> None:
        self.plan, self.first, self.last, self.identifier = plan, first, last, str(uuid.uuid4())
        self._columns = tuple(canonical.Column(one.field, one.name, _kind(one)) for one in plan.columns)
        self.schema = pa.schema([pa.field(one.field, one.arrow_type) for one in self._columns])
        self._salt = secrets.token_bytes(SALT_BYTES)
        self._leaves = LeafSeries(self._columns, self._salt)
        self.given = self.deleted = 0

    def add(self, rows: pa.Table) -> None:
        """Further rows as shown, under the plan's fields."""
        self._leaves.add(rows.select(self.schema.names).cast(self.schema))
        self.given += rows.num_rows

    def add_deleted(self, count: int) -> None:
        """So many rows were told to be gone."""
        self.deleted += count

    def finish(self) -> bytes:
        """The signed receipt of all rows that were added."""
        digests = self._leaves.finish().digests
        plan, actor = self.plan, self.plan.actor
        statement: Mapping[str, object] = {
            "format": FORMAT, "id": self.identifier, "door": plan.door.value, "grant": plan.grant, "basis": plan.basis,
            "requester": {"kind": actor.kind.value, "key": actor.key, "name": actor.name, "organisation": actor.organisation},
            "resource": {"code": plan.contract.code, "table": plan.table, "title": plan.contract.title},
            "query": {"row_filter": plan.row_filter, "masks": {one.field: one.mask for one in plan.columns if one.mask}},
            "versions": {"first": self.first, "last": self.last}, "rows": {"given": self.given, "deleted": self.deleted},
            "columns": [[one.field, one.name, one.kind] for one in self._columns], "key": [], "chunk_rows": CHUNK_ROWS,
            "chunks": len(digests), "root": merkle.root(digests).hex(), "salt_sm3": salt_digest(self._salt),
            "signed_at": clock.now().astimezone(UTC).isoformat(timespec="milliseconds"),
        }
        leaves = base64.b64encode(b"".join(digests)).decode()
        return canonical_json({"leaves": leaves, "receipt": receipts.signed(statement), "salt": self._salt.hex()}) + b"\n"


def rows_of(plan: Plan, version: int | None = None) -> Iterator[pa.Table]:
    """The plan's rows at a version in the order of their arrival, piece by piece, each as the receipt's columns have it.

    The order must be asked for: DuckDB reads several files at once and gives their rows in any order.
    """
    held = snapshot(plan.table, version)
    schema = Evidence(plan, last=held.version).schema
    sql, parameters = plan.select_sql(held)
    with engine.cursor() as cursor:
        for batch in cursor.execute(f"{sql} ORDER BY {identifier(ROW_COLUMN)}", parameters).to_arrow_reader(BATCH_ROWS):
            yield pa.Table.from_batches([batch]).cast(schema)


def receipt_of(plan: Plan, version: int | None = None) -> bytes:
    """The receipt of all rows that the plan shows of a version: of what any door gave of it by that grant."""
    made = Evidence(plan, last=snapshot(plan.table, version).version)
    for rows in rows_of(plan, version):
        made.add(rows)
    return made.finish()


def delivery_receipt(grant: str, door: str, version: int | None, *, actor: Actor) -> bytes:
    """The same by the grant's uuid, on record. Raises NotAllowed, NotFound, BadRequest, VersionGone."""
    found = _grant(grant)
    policy.require(actor, "access.view", found.resource)
    if door not in found.doors:
        raise BadRequest(f"这份授权没有通道“{door[:20]}”;有 {'、'.join(found.doors)}。", parameter="door")
    made = receipt_of(plan_of(found, subject_of(found), found.resource.contract, door=Door(door)), version)
    record(actor, "access.delivery_receipted", found, detail={"door": door, "version": version})
    return made


def _grant(grant: str) -> Grant:
    try:
        found = Grant.objects.select_related("resource__provider").filter(uuid=uuid.UUID(grant)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(f"没有标识为“{grant[:40]}”的授权;请从授权页复制它的标识。")
    return found


def _kind(column: Column) -> str:
    """The kind of the shown value: a masked one is text, a sealed one that is shown whole is what it was before."""
    if column.mask:
        return canonical.TEXT
    kind = column.item.arrow_type
    if isinstance(kind, pa.Decimal128Type):
        return f"{canonical.DECIMAL}({kind.precision},{kind.scale})"
    return {
        pa.string(): canonical.TEXT, pa.int64(): canonical.INTEGER, pa.float64(): canonical.DOUBLE, pa.date32(): canonical.DATE,
        pa.timestamp("us", tz="UTC"): canonical.DATETIME, pa.bool_(): canonical.BOOLEAN,
    }[kind]
