"""Writes of insight: declare an indicator, compute its value."""

from dataclasses import dataclass

import orjson
from django.db import transaction

from suixin.data.access.versions import newest_version
from suixin.data.insight import computing, rules
from suixin.data.insight.dependences import declare_use
from suixin.data.insight.models import Indicator, Value
from suixin.ground.audit import actions as audit
from suixin.ground.security import policy
from suixin.kit import clock, sm
from suixin.kit.actor import Actor


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
    declare_use(indicator)
    audit.record(actor, "insight.declared", indicator)
    return indicator


def compute(indicator: Indicator, *, actor: Actor) -> Value:
    """The indicator's value over the newest versions; the stored one when nothing it reads has changed.

    Raises NotAllowed, InvalidIndicator; the read is under the public's grant, so a table that is not open is refused,
    and so is the stored value of one that no longer is.
    """
    policy.require(actor, "insight.compute", indicator)
    computing.public_plans(indicator.tables)
    versions = {table: newest_version(table) for table in indicator.tables}
    latest = indicator.values.first()
    if latest is not None and latest.versions == versions and latest.sql == indicator.sql:
        return latest
    computed = computing.recompute(indicator.sql, versions)
    return _write_value(indicator, computed, actor)


@transaction.atomic
def _write_value(indicator: Indicator, computed: computing.Computation, actor: Actor) -> Value:
    value = indicator.values.create(
        computed_at=clock.now(),
        sql=indicator.sql,
        versions=computed.versions,
        columns=computed.columns,
        rows=computed.rows,
        digest=computed.digest,
    )
    audit.record(actor, "insight.computed", indicator, detail={"digest": computed.digest})
    return value
