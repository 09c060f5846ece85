"""What an indicator uses of entries, told to the catalogue: every item that its SQL names, in each of its tables."""

from suixin.data.catalog import dependences
from suixin.data.catalog.models import Resource, Use
from suixin.data.insight import rules
from suixin.data.insight.models import Indicator

KIND = "insight.indicator"


def declare_use(indicator: Indicator) -> None:
    """The items that the SQL names, as uses of their entries; part of the caller's transaction.

    A column is counted for every table of the indicator that has an item of that name: rather one too many told.
    """
    named = rules.columns_of(indicator.sql)
    tables = list(Resource.objects.filter(table__in=indicator.tables).select_related("provider").prefetch_related("items"))
    by = dependences.By(
        KIND, indicator.slug, f"指标：{indicator.title}", tables[0].provider if tables else None, is_public=True
    )
    dependences.declare(by, [
        (table, item.field, Use.COMPUTED)
        for table in tables for item in table.items.all() if named is None or named & {item.field, item.name}
    ])
