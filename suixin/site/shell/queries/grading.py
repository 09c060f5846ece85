"""What the page of a table's levels shows."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext

from suixin.data.access import versions
from suixin.data.catalog import rules
from suixin.data.catalog.contract import Contract, Level
from suixin.data.catalog.models import Resource
from suixin.data.catalog.queries import resource_by
from suixin.ground.security import policy
from suixin.kit.actor import Actor
from suixin.site.shell.components import Cell, Column, Table, Tone
from suixin.site.shell.queries.tables import level_cell


@dataclass(frozen=True, slots=True)
class GradingPage:
    """The levels of one table; `proposed` is what its size asks for, `rows` how many it holds."""

    resource: Resource
    items: Table
    rows: int
    proposed: Level | None
    may_regrade: bool


def grading_page(table: str, *, actor: Actor) -> GradingPage:
    """The levels of a table and of its items. Raises UnknownResource, NotAllowed."""
    resource = resource_by(table)
    may_regrade = policy.may(actor, "catalog.regrade", resource)
    if not may_regrade:  # the security officer grades entries and looks at no other page of them
        policy.require(actor, "catalog.view", resource)
    contract, rows = resource.contract, versions.row_count(table)
    proposed = rules.regrading(contract, rows=rows, threshold=settings.SUIXIN.regrade_persons)
    return GradingPage(resource, _items(contract), rows, proposed, may_regrade)


def _items(contract: Contract) -> Table:
    columns = (Column(gettext("信息项")), Column(gettext("字段名"), is_code=True), Column(gettext("分级")), Column(gettext("存储")))
    rows = [
        (Cell(item.name), Cell(item.field), level_cell(int(item.level)),
         Cell(gettext("加密存储") if item.is_sealed else gettext("明文存储"), tone=_tone(item.is_sealed, item.level)))
        for item in contract.items
    ]
    return Table(gettext("各信息项的分级与存储"), columns, rows)


def _tone(is_sealed: bool, level: Level) -> Tone:
    """Good when sealed, a warning where a value of the highest levels lies in the clear."""
    return "good" if is_sealed else "warn" if level >= Level.L4 else ""
