"""Writes of insight: declare an indicator, compute its value."""

from dataclasses import dataclass

import orjson
from django.db import transaction

from suixin.data.access import engine, plans
from suixin.data.access.models import Door
from suixin.data.access.versions import newest_version, pinned
from suixin.data.catalog.queries import resource_by
from suixin.data.insight import rules
from suixin.data.insight.models import Indicator, Value
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, sm
from suixin.kit.actor import PUBLIC, Actor

MAX_RESULT_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class IndicatorDeclaration:
    """An indicator as a pack or a city declares it."""

    slug: str
    title: str
    sql: str
    unit: str = ""
    description: str = ""
    frequency: str = ""
    chart: str = "line"


@dataclass(frozen=True, slots=True)
class Computation:
    """What one run of an indicator's SQL gave, before it is written."""

    columns: list[str]
    rows: list[list[object]]
    versions: dict[str, int]

    @property
    def digest(self) -> str:
        """SM3 of columns and rows; equal digests mean equal results."""
        return sm.sm3_hex(orjson.dumps([self.columns, self.rows]))


@transaction.atomic
def declare_indicator(declaration: IndicatorDeclaration, *, actor: Actor) -> Indicator:
    """The indicator as declared; declaring the same again changes nothing. Raises NotAllowed, InvalidIndicator."""
    policy.require(actor, "insight.declare", None)
    tables = rules.tables_of(declaration.sql)
    shown = {name: getattr(declaration, name) for name in ("title", "sql", "unit", "description", "frequency", "chart")}
    digest = sm.sm3_hex(orjson.dumps(shown))
    existing = Indicator.objects.filter(slug=declaration.slug).first()
    if existing is not None and existing.digest == digest:
        return existing
    indicator, _ = Indicator.objects.update_or_create(
        slug=declaration.slug, defaults={**shown, "tables": tables, "digest": digest}
    )
    audit.record(actor, "insight.declared", indicator)
    return indicator


def compute(indicator: Indicator, *, actor: Actor) -> Value:
    """The indicator's value over the newest versions; the stored one when nothing it reads has changed.

    Raises NotAllowed, InvalidIndicator; the read is under the public's grant, so a table that is not open is refused.
    """
    policy.require(actor, "insight.compute", indicator)
    versions = {table: newest_version(table) for table in indicator.tables}
    latest = indicator.values.first()
    if latest is not None and latest.versions == versions and latest.sql == indicator.sql:
        return latest
    computed = recompute(indicator.sql, versions)
    return _write_value(indicator, computed, actor)


@transaction.atomic
def _write_value(indicator: Indicator, computed: Computation, actor: Actor) -> Value:
    value = indicator.values.create(
        computed_at=clock.now(), sql=indicator.sql, versions=computed.versions,
        columns=computed.columns, rows=computed.rows, digest=computed.digest,
    )
    audit.record(actor, "insight.computed", indicator, detail={"digest": computed.digest})
    return value


def recompute(sql: str, versions: dict[str, int]) -> Computation:
    """The result of `sql` over exactly these versions of its tables (name to version). Raises InvalidIndicator."""
    tables = rules.tables_of(sql)
    parts, parameters = [], []
    for table in tables:
        plan = plans.open_plan(PUBLIC, resource_by(table), door=Door.COMPUTE)
        text, bound = plan.select_sql(pinned(table, versions[table]))
        parts.append(f'"{table}" AS ({text})')
        parameters += list(bound)
    statement = f"WITH {', '.join(parts)} SELECT * FROM ({sql.rstrip().rstrip(';')}) LIMIT {MAX_RESULT_ROWS}"
    with engine.cursor() as cursor:
        cursor.execute(statement, parameters)
        columns = [column[0] for column in cursor.description or ()]
        rows = [[_plain(cell) for cell in row] for row in cursor.fetchall()]
    return Computation(columns, rows, {table: versions[table] for table in tables})


def _plain(cell: object) -> object:
    """JSON form of a cell: numbers stay numbers, everything else becomes text."""
    if cell is None or isinstance(cell, bool | int | float | str):
        return cell
    text = str(cell)
    return float(text) if _is_number(text) else text


def _is_number(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()
